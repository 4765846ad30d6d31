"""What every test may ask for: a PostgreSQL cluster and a Kafka broker, each started when first needed."""

from collections.abc import Iterator

import pytest

from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka, running_postgres


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    with running_kafka() as broker:
        yield broker
