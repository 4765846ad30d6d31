from collections.abc import AsyncIterator, Iterator

import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import Database, open_pool
from tests.support.chassis_parts import ChassisBroker
from tests.support.stack import KafkaBroker, PostgresCluster


@pytest.fixture
def broker(kafka_broker: KafkaBroker) -> Iterator[ChassisBroker]:
    broker = ChassisBroker(real=kafka_broker)
    yield broker
    broker.repair()


@pytest.fixture
def empty(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    return postgres_cluster.create_database("chassis")


@pytest.fixture
async def fresh(empty: ServiceDatabase) -> ServiceDatabase:
    await migrate(empty.owner_dsn, CHASSIS_SQL_DIR)
    return empty


@pytest.fixture
async def database(fresh: ServiceDatabase) -> AsyncIterator[Database]:
    pool = await open_pool(fresh.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


@pytest.fixture
async def publisher(broker: ChassisBroker) -> AsyncIterator[Publisher]:
    publisher = Publisher(broker.access)
    yield publisher
    await publisher.close()
