"""Both shelves keep what the suite says."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.claims.adapters.postgres_masters import PostgresMasters
from services.claims.application.master_shelf import MasterShelf
from services.shared.chassis.postgres import Database, open_pool
from tests.contracts.claims.masters.shelves import ShelfContract, ShelfInMemory
from tests.support.stack import PostgresCluster


class TestShelfInMemory(ShelfContract):
    @pytest.fixture
    def shelf(self) -> MasterShelf:
        return ShelfInMemory()


class TestPostgresMasters(ShelfContract):
    @pytest.fixture
    async def shelf(self, postgres_cluster: PostgresCluster) -> AsyncIterator[MasterShelf]:
        migrated = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
        pool = await open_pool(migrated.dsn, application_name="test")
        yield PostgresMasters(database=Database(pool))
        await pool.close()
