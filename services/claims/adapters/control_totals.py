"""The control-totals job: compares the books of claims and settlement, tells the difference as a level and an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc

from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_reads import FeedPosition, position_of
from services.claims.domain.control import NONE, Book, Totals, announced_difference, posted_difference
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.metrics import Level, Metrics, Reading
from services.shared.chassis.postgres import Database, TransientFault

CALL_TIMEOUT_S: Final = 10.0
DECISIONS_PER_FOLD: Final = 20_000
FOLDED: Final = "claims.adjudicated-total"
"""The cursor up to which decisions are added up; the statement control_totals names it too."""
ADJUDICATED_POSTED: Final = "adjudicated_posted"
POSTED_ANNOUNCED: Final = "posted_announced"
REPLACED_REVERSED: Final = "replaced_reversed"
"""What later decisions replaced, beside what settlement took back of it."""
REVERSED_ANNOUNCED: Final = "reversed_announced"

_log = get_logger(__name__)


class SettlementSilent(TransientFault):
    """Settlement did not answer; the round is given up and tried again at the next interval."""


class ControlTotals:
    """Compares per payer and claim month; tells sums over all of them only, which name nobody."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        channel: grpc.aio.Channel,
        metrics: Metrics,
        posted_within: timedelta,
        valid_for_s: float,
    ) -> None:
        """A decision older than `posted_within` must be posted; a figure older than `valid_for_s` is told no longer."""
        self._database = database
        self._clock = clock
        self._stub = settlement_service_pb2_grpc.SettlementServiceStub(channel)
        self._posted_within = posted_within
        self._valid_for_s = valid_for_s
        self._compared_at_s = 0.0
        self._readings: Sequence[Reading] = ()
        metrics.observe(Level.CONTROL_DIFFERENCE, self._told)

    async def compare(self) -> None:
        """One round. Raises SettlementSilent."""
        due_until = self._clock.now() - self._posted_within
        theirs = await self._settlements_books()
        await self._fold(due_until)
        own = await self._own_books(due_until)
        differences = {
            ADJUDICATED_POSTED: posted_difference(due=own.due, adjudicated=own.adjudicated, posted=theirs.posted),
            POSTED_ANNOUNCED: announced_difference(posted=theirs.posted, announced=theirs.announced),
            REPLACED_REVERSED: posted_difference(
                due=own.due_replaced, adjudicated=own.replaced, posted=theirs.reversed_
            ),
            REVERSED_ANNOUNCED: announced_difference(posted=theirs.reversed_, announced=theirs.announced_reversed),
        }
        self._readings = [each for books, totals in differences.items() for each in _readings(books, totals)]
        self._compared_at_s = self._clock.monotonic_s()
        for books, totals in differences.items():
            if totals != NONE:
                _log.error(
                    "control totals differ", check=books, count=totals.parts, total=totals.points, amount_yen=totals.yen
                )

    async def _settlements_books(self) -> "SettlementsBooks":
        told = {(each.payer_number, each.claim_month): each for each in await self._settlements_totals()}
        return SettlementsBooks(
            posted={k: Totals(parts=t.posted_parts, points=t.posted_points, yen=t.posted_yen) for k, t in told.items()},
            announced={
                k: Totals(parts=t.announced_events, points=t.announced_points, yen=t.announced_yen)
                for k, t in told.items()
            },
            reversed_={
                k: Totals(parts=t.reversed_parts, points=t.reversed_points, yen=t.reversed_yen) for k, t in told.items()
            },
            announced_reversed={
                k: Totals(parts=t.announced_reversals, points=t.announced_reversed_points, yen=t.announced_reversed_yen)
                for k, t in told.items()
            },
        )

    async def _settlements_totals(self) -> Sequence[settlement.ControlTotal]:
        """All pages."""
        request = settlement.GetControlTotalsRequest()
        totals: list[settlement.ControlTotal] = []
        while True:
            try:
                page = await self._stub.GetControlTotals(request, timeout=CALL_TIMEOUT_S)
            except grpc.aio.AioRpcError as failed:
                raise SettlementSilent(failed.code().name) from failed
            totals += page.totals
            if not page.next_page_token:
                return totals
            request.page_token = page.next_page_token

    async def _fold(self, due_until: datetime) -> None:
        """Add up the decisions that are due by now, so that a look reads each decision once and not once a round."""
        more = True
        while more:
            async with self._database.transaction(label="claims.adjudicated-total") as tx:
                cursor = await tx.fetchval(QUERIES["read_cursor"], FOLDED)
                after = FeedPosition.parse(cursor or "0")
                last = await tx.fetchrow(
                    QUERIES["fold_adjudicated"], str(after.xid), after.seq, due_until, DECISIONS_PER_FOLD
                )
                if last is not None:
                    await tx.execute(QUERIES["save_cursor"], FOLDED, str(position_of(last)))
            more = last is not None

    async def _own_books(self, due_until: datetime) -> "OwnBooks":
        rows = await self._database.fetch(QUERIES["control_totals"], "", due_until)
        return OwnBooks(
            due=_book(rows, "due_"),
            adjudicated=_book(rows, ""),
            due_replaced=_book(rows, "due_replaced_"),
            replaced=_book(rows, "replaced_"),
        )

    def _told(self) -> Sequence[Reading]:
        """Nothing where another process compares by now: the last figures of this one may no longer hold."""
        is_valid = self._clock.monotonic_s() - self._compared_at_s <= self._valid_for_s
        return self._readings if is_valid else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBooks:
    """What payers were adjudicated, and what later decisions replaced of it: all, and what is due to be posted."""

    due: Book
    adjudicated: Book
    due_replaced: Book
    replaced: Book


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementsBooks:
    """What settlement has posted and announced, and what it took back of it, as positive numbers."""

    posted: Book
    announced: Book
    reversed_: Book
    announced_reversed: Book


def _book(rows: Sequence[asyncpg.Record], prefix: str) -> Book:
    return {
        (row["payer_number"], row["claim_month"]): Totals(
            parts=row[f"{prefix}parts"], points=row[f"{prefix}points"], yen=row[f"{prefix}yen"]
        )
        for row in rows
    }


def _readings(books: str, totals: Totals) -> list[Reading]:
    return [
        (float(value), {"total": name, "books": books})
        for name, value in (("parts", totals.parts), ("points", totals.points), ("yen", totals.yen))
    ]
