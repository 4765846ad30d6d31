import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.postgres import Database, open_pool
from tests.support.stack import PostgresCluster


@pytest.fixture
async def migrated(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    return await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")


@pytest.fixture
async def database(migrated: ServiceDatabase) -> AsyncIterator[Database]:
    pool = await open_pool(migrated.dsn, application_name="test")
    yield Database(pool)
    await pool.close()
