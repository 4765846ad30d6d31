"""What every test may ask for: a PostgreSQL cluster and a Kafka broker, each started when first needed."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka, running_postgres


def pytest_configure() -> None:
    """Let programs that the tests start be interrupted: a shell's background job ignores SIGINT, and so would they."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    with running_kafka() as broker:
        yield broker
