"""Both Books keep what the suite says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.application.books import Books
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.books import BooksContract, LedgerOfBooks
from tests.contracts.settlement.books_in_memory import BooksInMemory
from tests.support.settlement import decision, opened, part, post
from tests.support.stack import PostgresCluster

OWING = "06139999"
"""A payer that no other test of the suite has."""


class BooksOfPostgres:
    """The real ledger; `owe` posts decisions on claims, and takes back by a later one of 0 yen and more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = count(1)
        self._owed: list[tuple[int, int]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Books]:
        async with self._database.transaction(label="test") as tx:
            yield PostgresBooks(tx)

    async def owe(self, hospital: str, yen: int) -> None:
        """Less than nothing: the last claim's part is less by so much."""
        code = hospital.removeprefix("hospital:")
        if yen > 0:
            number = next(self._claims)
            self._owed.append((number, yen))
            await post(self._database, [decision(number, part(OWING, yen=yen), hospital=code)])
        else:
            number, owed = self._owed[-1]
            await post(self._database, [decision(number, part(OWING, yen=owed + yen), hospital=code, nth=2)])


class TestBooksInMemory(BooksContract):
    @pytest.fixture
    def ledger(self) -> LedgerOfBooks:
        return BooksInMemory()


class TestPostgresBooks(BooksContract):
    @pytest.fixture
    async def ledger(self, postgres_cluster: PostgresCluster) -> AsyncIterator[LedgerOfBooks]:
        fresh = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
        async with opened(fresh) as database:
            yield BooksOfPostgres(database)
