"""The sweep of decisions that settlement does not have: each is remembered until it is posted, and announced again.

The cursor reads every decision once and always moves on; a decision found missing on its way stands in a table of its
own from then on, so that one that can never be posted neither stops the sweep nor is ever forgotten. It is announced
again at growing intervals, since settlement may refuse it each time, and is counted and logged for a person to look at.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc

from services.claims.adapters import messages
from services.claims.adapters.control_totals import CALL_TIMEOUT_S, SettlementSilent
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_reads import FeedPosition, position_of
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.metrics import Level, Metrics, Reading
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.traceparent import raise_flag

DECISIONS_PER_ROUND: Final = 5_000
FIRST_WAIT: Final = timedelta(minutes=1)
"""Between the first and the second announcement of a missing decision; each wait after it is twice as long."""
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_DOUBLINGS: Final = 10
OVERDUE_AFTER: Final = timedelta(hours=1)
"""Longer than any outage that mends itself; then a person must look."""
MOST_NAMED: Final = 10
"""Overdue decisions that a round names in the log, the oldest first."""
CURSOR: Final = "claims.unposted"

_log = get_logger(__name__)


class UnpostedDecisions:
    """Asks settlement which decisions it does not have, and announces those again."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        channel: grpc.aio.Channel,
        measures: ClaimMeasures,
        metrics: Metrics,
        settled_after: timedelta,
        valid_for_s: float,
    ) -> None:
        """Decisions younger than `settled_after` are on their way; figures older than `valid_for_s` are not told."""
        self._database = database
        self._clock = clock
        self._stub = settlement_service_pb2_grpc.SettlementServiceStub(channel)
        self._measures = measures
        self._settled_after = settled_after
        self._valid_for_s = valid_for_s
        self._told_at_s = 0.0
        self._readings: Sequence[Reading] = ()
        metrics.observe(Level.UNPOSTED, self._told)

    async def sweep(self) -> None:
        """One round: decisions that the cursor has not seen, then those found missing whose wait is over."""
        await self._read_on()
        await self._ask_again()
        await self._tell()

    async def _read_on(self) -> None:
        cursor = await self._database.fetch(QUERIES["read_cursor"], CURSOR)
        after = FeedPosition.parse(cursor[0]["position"]) if cursor else FeedPosition(0, 0)
        now = self._clock.now()
        rows = await self._database.fetch(
            QUERIES["decisions_after"], str(after.xid), after.seq, now - self._settled_after, DECISIONS_PER_ROUND
        )
        if not rows:
            return
        missing = await self._missing(rows)
        async with self._database.transaction(label="claims.unposted") as tx:
            if missing:
                claims, numbers = _keys(missing)
                await tx.execute(QUERIES["insert_unposted"], now, now + FIRST_WAIT, claims, numbers)
                self._announce(tx, missing)
            await tx.execute(QUERIES["save_cursor"], CURSOR, str(position_of(rows[-1])))

    async def _ask_again(self) -> None:
        now = self._clock.now()
        rows = await self._database.fetch(QUERIES["due_unposted"], now, DECISIONS_PER_ROUND)
        if not rows:
            return
        missing = await self._missing(rows)
        still = {row["decision_id"] for row in missing}
        async with self._database.transaction(label="claims.unposted-again") as tx:
            await tx.execute(
                QUERIES["delete_unposted"], *_keys([row for row in rows if row["decision_id"] not in still])
            )
            waits = [now + _wait(row["attempts"]) for row in missing]
            await tx.execute(QUERIES["defer_unposted"], *_keys(missing), waits)
            self._announce(tx, missing)

    async def _missing(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        request = settlement.FindUnpostedRequest(decision_ids=[row["decision_id"] for row in rows])
        try:
            answer = await self._stub.FindUnposted(request, timeout=CALL_TIMEOUT_S)
        except grpc.aio.AioRpcError as failed:
            raise SettlementSilent(failed.code().name) from failed
        unposted = set(answer.decision_ids)
        return [row for row in rows if row["decision_id"] in unposted]

    def _announce(self, tx: Transaction, missing: Sequence[asyncpg.Record]) -> None:
        tx.announce(
            [
                messages.adjudicated(
                    row["claim_id"],
                    row["decision_id"],
                    traceparent=raise_flag(row["traceparent"]),
                    content=row["content"],
                    at=row["decided_at"],
                )
                for row in missing
            ]
        )
        if missing:
            self._measures.announced_again(len(missing), "decided")
            _log.warning("decisions announced again", count=len(missing))

    async def _tell(self) -> None:
        overdue_since: datetime = self._clock.now() - OVERDUE_AFTER
        (row,) = await self._database.fetch(QUERIES["count_unposted"], overdue_since)
        self._readings = [(row["waiting"], {"state": "waiting"}), (row["overdue"], {"state": "overdue"})]
        self._told_at_s = self._clock.monotonic_s()
        if not row["overdue"]:
            return
        _log.error("decisions stay unposted", count=row["overdue"])
        for each in await self._database.fetch(QUERIES["overdue_unposted"], overdue_since, MOST_NAMED):
            _log.error(
                "decision stays unposted",
                claim_id=each["claim_id"],
                decision_id=each["decision_id"],
                attempts=each["attempts"],
            )

    def _told(self) -> Sequence[Reading]:
        is_valid = self._clock.monotonic_s() - self._told_at_s <= self._valid_for_s
        return self._readings if is_valid else ()


def _keys(rows: Sequence[asyncpg.Record]) -> tuple[list[str], list[int]]:
    return [row["claim_id"] for row in rows], [row["number"] for row in rows]


def _wait(attempts: int) -> timedelta:
    doublings: int = 2 ** min(attempts, MOST_DOUBLINGS)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)
