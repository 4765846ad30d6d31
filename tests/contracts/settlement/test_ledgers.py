"""Both ledgers keep what the suite says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import Ledger
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.fakes import LedgerInMemory
from tests.contracts.settlement.suites import Books, LedgerContract
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster


class PostgresBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Ledger]:
        async with self._database.transaction(label="test") as tx:
            yield PostgresLedger(tx)

    async def enrol(self, payer: str) -> None:
        await self._database.fetch(QUERIES["enrol_payer"], payer, "request", "cluster")


class TestLedgerInMemory(LedgerContract):
    @pytest.fixture
    def books(self) -> Books:
        return LedgerInMemory()


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    async def books(self, postgres_cluster: PostgresCluster) -> AsyncIterator[Books]:
        fresh = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
        async with opened(fresh) as database:
            yield PostgresBooks(database)
