"""Both PaymentBooks keep what the suite says."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contracts.settlement.desks import DeskInMemory, DeskOfPostgres
from tests.contracts.settlement.payments import Desk, PaymentBookContract
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster


class TestPaymentsInMemory(PaymentBookContract):
    @pytest.fixture
    def desk(self) -> Desk:
        return DeskInMemory()


class TestPostgresPayments(PaymentBookContract):
    @pytest.fixture
    async def desk(self, postgres_cluster: PostgresCluster) -> AsyncIterator[Desk]:
        fresh = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
        async with opened(fresh) as database:
            yield DeskOfPostgres(database)
