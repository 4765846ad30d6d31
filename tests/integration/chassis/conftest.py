from collections.abc import AsyncIterator, Iterator

import pytest

from services.shared.chassis.kafka import Publisher
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import Database, open_pool
from tests.support.chassis_parts import FreshDatabase, PlainBroker, make_database
from tests.support.postgres_wheel import get_server


@pytest.fixture(scope="session")
def postgres_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pg")
    server = get_server(folder, cleanup_mode="delete")
    yield str(folder)
    server.cleanup()


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainBroker]:
    broker = PlainBroker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def broker(shared_broker: PlainBroker) -> PlainBroker:
    return shared_broker


@pytest.fixture(scope="session")
def fragile_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainBroker]:
    broker = PlainBroker(tmp_path_factory.mktemp("fragile"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def own_broker(fragile_broker: PlainBroker) -> Iterator[PlainBroker]:
    """A broker that the test may kill and wipe; empty at the start and at the end."""
    yield fragile_broker
    fragile_broker.empty()


@pytest.fixture
async def empty(postgres_dir: str) -> FreshDatabase:
    return await make_database(f"postgresql://postgres@/postgres?host={postgres_dir}", postgres_dir)


@pytest.fixture
async def fresh(empty: FreshDatabase) -> FreshDatabase:
    await migrate(empty.owner_dsn, CHASSIS_SQL_DIR)
    return empty


@pytest.fixture
async def database(fresh: FreshDatabase) -> AsyncIterator[Database]:
    pool = await open_pool(fresh.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


@pytest.fixture
async def publisher(broker: PlainBroker) -> AsyncIterator[Publisher]:
    publisher = Publisher(broker.access)
    yield publisher
    await publisher.close()
