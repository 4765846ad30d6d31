import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import open_pool
from services.shared.chassis.watched_database import WatchedDatabase
from tests.support.edge import MemoryTelemetry
from tests.support.stack import PostgresCluster


@pytest.fixture
async def pool(postgres_cluster: PostgresCluster) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    made = await asyncio.to_thread(postgres_cluster.create_database, "edge")
    await migrate(made.owner_dsn, CHASSIS_SQL_DIR)
    opened = await open_pool(made.dsn, application_name="test")
    yield opened
    await opened.close()


async def test_each_transaction_is_a_child_span_and_a_duration_by_outcome(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    memory = MemoryTelemetry(share=1.0)
    telemetry = memory.build("claims")
    database = WatchedDatabase(pool, telemetry=telemetry, name="claims")

    with telemetry.batch_span("work"):
        async with database.transaction(label="claims.intake"):
            pass
    with pytest.raises(RuntimeError):
        async with database.transaction(label="claims.intake"):
            raise RuntimeError

    child, parent, failed = memory.exporter.get_finished_spans()
    assert child.name == "transaction claims.intake"
    assert child.parent is not None
    assert parent.context is not None
    assert child.parent.span_id == parent.context.span_id
    assert child.attributes is not None
    assert child.attributes["db.system.name"] == "postgresql"
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "RuntimeError"
