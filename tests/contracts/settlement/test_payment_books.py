"""Both PaymentBooks keep what the suite says."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.settlement.application.paying import ForbiddenStep, accept, give_back, settle, unsettle
from services.settlement.domain.payments.states import PaymentState
from tests.contracts.settlement.desks import DeskInMemory, DeskOfPostgres
from tests.contracts.settlement.payments import Desk, PaymentBookContract, instructed, shown
from tests.support.payments import AT, OTHER, cause
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster


class TestPaymentsInMemory(PaymentBookContract):
    @pytest.fixture
    def desk(self) -> Desk:
        return DeskInMemory()

    async def test_a_return_is_taken_back_while_it_stands_and_then_the_debit_may_be(self, desk: Desk) -> None:
        """What PostgreSQL does with real matches is in tests/integration/bank/test_wrong_returns.py."""
        ids = await instructed(desk)
        async with desk.transaction() as (book, books):
            await accept(book, books, ids[:1], cause(1), at=AT)
            await settle(book, books, ids, cause(2), at=AT)
            await give_back(book, books, ids[:1], cause(3), at=AT)
            [moved] = await book.stand(ids[:1])
        with pytest.raises(ForbiddenStep):
            async with desk.transaction() as (book, books):
                await unsettle(book, books, shown(OTHER, ids), cause(4), at=AT)
        async with desk.transaction() as (book, books):
            assert await book.put_by(cause(3).event_id, ids[0], PaymentState.RETURNED) == ids[:1]
            await unsettle(book, books, shown(OTHER, ids[:1], PaymentState.RETURNED), cause(5), at=AT)
        assert await self.states(desk, ids) == ["settled"] * 3
        async with desk.transaction() as (book, books):
            [anew] = await book.stand(ids[:1])
            assert anew.transfer_id != moved.transfer_id
            await unsettle(book, books, shown(OTHER, ids), cause(6), at=AT)
        assert await self.states(desk, ids) == ["accepted", "instructed", "instructed"]


class TestPostgresPayments(PaymentBookContract):
    @pytest.fixture
    async def desk(self, postgres_cluster: PostgresCluster) -> AsyncIterator[Desk]:
        fresh = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
        async with opened(fresh) as database:
            yield DeskOfPostgres(database)
