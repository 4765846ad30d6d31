"""The service's database with a span and a duration for each transaction. Adds nothing else to it."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from typing_extensions import override

from services.shared.chassis.metrics import Duration
from services.shared.chassis.postgres import Database, HandOver, Transaction
from services.shared.chassis.telemetry import Telemetry


class WatchedDatabase(Database):
    """A Database whose transactions are told to telemetry under their labels."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        hand_over: HandOver | None = None,
        telemetry: Telemetry,
        name: str,
    ) -> None:
        """`name` is the database's, which is the service's."""
        super().__init__(pool, hand_over=hand_over)
        self._telemetry = telemetry
        self._name = name

    @override
    @asynccontextmanager
    async def transaction(self, *, label: str, timeout_s: float | None = None) -> AsyncGenerator[Transaction]:
        """As in Database; the duration includes the wait for a connection."""
        began_s = time.perf_counter()
        outcome = "rolled_back"
        try:
            with self._telemetry.transaction_span(label, database=self._name):
                async with super().transaction(label=label, timeout_s=timeout_s) as tx:
                    yield tx
            outcome = "committed"
        finally:
            self._telemetry.metrics.record(
                Duration.TRANSACTION, time.perf_counter() - began_s, transaction=label, outcome=outcome
            )
