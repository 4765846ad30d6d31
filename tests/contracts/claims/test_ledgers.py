"""Both ledgers keep what the suites say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_staging import PostgresStaging
from services.shared.chassis.postgres import Database, open_pool
from tests.contracts.claims.builders import NOW
from tests.contracts.claims.fakes import ClaimsInMemory
from tests.contracts.claims.suites import Books, IntakeContract, Ledger, StagingContract, TwinContract, WorkContract
from tests.support.stack import PostgresCluster


class PostgresBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Ledger]:
        async with self._database.transaction(label="test") as tx:
            yield PostgresStaging(tx, b"k" * 32)

    async def enrol_payer(self, payer_number: str, secret: bytes) -> None:
        await self._database.fetch(QUERIES["insert_payer"], payer_number, "name", secret, NOW)


class TestLedgerInMemory(IntakeContract, TwinContract, WorkContract, StagingContract):
    @pytest.fixture
    def books(self) -> Books:
        return ClaimsInMemory()


class TestPostgresLedger(IntakeContract, TwinContract, WorkContract, StagingContract):
    @pytest.fixture
    async def books(self, postgres_cluster: PostgresCluster) -> AsyncIterator[Books]:
        migrated = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
        pool = await open_pool(migrated.dsn, application_name="test")
        yield PostgresBooks(Database(pool))
        await pool.close()
