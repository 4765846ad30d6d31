"""Both ledgers keep what the suite says of codes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.shared.chassis.postgres import Database, open_pool
from tests.contracts.claims.coded import CodedBooks, CodedContract, CodedLedger
from tests.contracts.claims.coded_in_memory import CodedInMemory
from tests.support.stack import PostgresCluster


class PostgresBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[CodedLedger]:
        async with self._database.transaction(label="test") as tx:
            yield PostgresReadjudication(tx, b"k" * 32)


class TestCodesInMemory(CodedContract):
    @pytest.fixture
    def coded_books(self) -> CodedBooks:
        return CodedInMemory()


class TestCodesInPostgres(CodedContract):
    @pytest.fixture
    async def coded_books(self, postgres_cluster: PostgresCluster) -> AsyncIterator[CodedBooks]:
        migrated = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
        pool = await open_pool(migrated.dsn, application_name="test")
        yield PostgresBooks(Database(pool))
        await pool.close()
