"""What makes a process NOT_SERVING, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.consumer import ConsumerState
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import Database, open_pool
from services.shared.chassis.readiness import Readiness
from tests.support.stack import PostgresCluster


@dataclass
class Watched:
    """A consumer of a given state, and what was told."""

    state: ConsumerState = ConsumerState.RUNNING
    is_ready: bool = True
    told: list[bool] = field(default_factory=list)

    async def tell(self, ready: bool) -> None:
        self.told.append(ready)

    def readiness(self, database: Database) -> Readiness:
        return Readiness(database=database, consumers=[self], is_ready=lambda: self.is_ready, tell=self.tell)


@pytest.fixture
async def made(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    database = await asyncio.to_thread(postgres_cluster.create_database, "edge")
    await migrate(database.owner_dsn, CHASSIS_SQL_DIR)
    return database


@pytest.fixture
async def database(made: ServiceDatabase) -> AsyncIterator[Database]:
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


async def test_only_a_change_is_told(database: Database) -> None:
    watched = Watched()
    readiness = watched.readiness(database)

    reasons = [await readiness.look(), await readiness.look()]
    watched.state = ConsumerState.RETRYING
    reasons += [await readiness.look(), await readiness.look()]

    assert reasons == ["", "", "consumer", "consumer"]
    assert watched.told == [True, False]


async def test_a_consumer_without_a_place_in_its_group_makes_the_service_unready(database: Database) -> None:
    assert await Watched(state=ConsumerState.STARTING).readiness(database).look() == "consumer"


async def test_a_service_may_add_its_own_condition(database: Database) -> None:
    assert await Watched(is_ready=False).readiness(database).look() == "service"


async def test_an_outbox_that_is_not_passed_on_makes_the_service_unready(
    database: Database, made: ServiceDatabase
) -> None:
    owner = await asyncpg.connect(made.owner_dsn)
    try:
        await owner.execute(
            "INSERT INTO outbox (shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers,"
            " value, created_at) VALUES (0, 't', 'k', 'e', 't', 's', 's', '', now(), '', '', now() - interval '31 s')"
        )
    finally:
        await owner.close()

    assert await Watched().readiness(database).look() == "outbox_age"


async def test_a_database_that_does_not_answer_makes_the_service_unready(database: Database) -> None:
    readiness = Watched().readiness(database)
    database.pool.terminate()

    assert await readiness.look() == "database"
