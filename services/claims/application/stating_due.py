"""Households' statements without being asked for: what decisions touched is stated again once its claims are in.

Two steps, each one transaction per batch, which may be repeated and broken off anywhere. Following: the decisions are
read once, in the order of recording, and the month of each one's household is remembered as due. Stating: what is due
of months whose claims are in is stated; a month that says something new makes its household's year due, and one that
begins or ceases to count for 多数回該当 the household's later months. Nothing is kept per claim but whose it is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from services.claims.application.household_statements import (
    MOST_HOUSEHOLDS,
    MOST_RECEIPTS,
    Batch,
    HouseholdLedger,
    HouseholdStatements,
    PlacedReceipt,
    UnplacedReceipt,
    placed_receipt,
)
from services.claims.domain.households.closing import latest_month_in, latest_year_in
from services.claims.domain.households.statement import Household
from services.claims.domain.households.versions import Span
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month, business_day

NOTHING_DUE: Final = Batch(last=None)


class Touched(NamedTuple):
    """A decision as it touches its household's month. `receipt` is empty where the household is known already."""

    claim_id: ClaimId
    month: Month
    decided_at: datetime
    household: str
    payer_number: str
    receipt: bytes
    position: str


class DueSpan(NamedTuple):
    """A month or a year of which some households are due."""

    span: Span
    since: Month


class DueLedger(HouseholdLedger, Protocol):
    """What is due, beside receipts and statements. One open transaction."""

    async def lock_following(self) -> None:
        """Wait until no other transaction follows the decisions: the place is read after it, and never moves back."""
        ...

    async def touched(self, most: int) -> Sequence[Touched]:
        """The next decisions after the place that following has reached, none that a slower commit may precede."""
        ...

    async def touch(self, month: Month, households: Sequence[Household]) -> None:
        """Remember households' months as due; those that are stay."""
        ...

    async def save_place(self, position: str) -> None:
        """Following has come so far."""
        ...

    async def next_due(self, latest_month: Month, latest_year: Month) -> DueSpan | None:
        """The earliest month, up to one, that has households due; else the earliest year, up to one."""
        ...

    async def take_due(self, due: DueSpan, most: int) -> Sequence[Household]:
        """Take households off what is due, in the order of their keys; whoever touches them again waits for this."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatingDue:
    """The two steps. Decisions younger than `quiet` are left for later: a burst of them is followed once it is over."""

    statements: HouseholdStatements
    quiet: timedelta

    async def follow(self, ledger: DueLedger, *, now: datetime) -> int:
        """Follow the next decisions; how many."""
        await ledger.lock_following()
        touched = settled_before(await ledger.touched(MOST_RECEIPTS), now - self.quiet)
        if not touched:
            return 0
        for month in sorted({each.month for each in touched}):
            await self._follow_month(ledger, month, [each for each in touched if each.month == month])
        await ledger.save_place(touched[-1].position)
        return len(touched)

    async def _follow_month(self, ledger: DueLedger, month: Month, touched: Sequence[Touched]) -> None:
        unplaced = {each.claim_id: each.receipt for each in touched if each.receipt}
        found = await asyncio.to_thread(self._placed, unplaced)
        await ledger.place(month, found)
        known = {each.household: each.payer_number for each in touched}
        known |= {each.household: each.payer_number for each in found}
        known.pop("", None)
        await ledger.touch(month, [Household(key=key, payer_number=payer) for key, payer in sorted(known.items())])

    def _placed(self, unplaced: Mapping[ClaimId, bytes]) -> list[PlacedReceipt]:
        return [placed_receipt(UnplacedReceipt(*each), self.statements.platform_key) for each in unplaced.items()]

    async def state(self, ledger: DueLedger, *, now: datetime) -> Batch:
        """State the next households that are due; `last` is None where none is."""
        latest_month = latest_month_in(business_day(now))
        due = await ledger.next_due(latest_month, latest_year_in(latest_month))
        if due is None:
            return NOTHING_DUE
        await ledger.lock(due.span, due.since)
        households = await ledger.take_due(due, MOST_HOUSEHOLDS)
        if due.span is Span.MONTH:
            return await self.statements.state_households(ledger, due.since, households, now=now)
        return await self.statements.state_years(ledger, due.since, households, now=now)


def settled_before(touched: Sequence[Touched], before: datetime) -> Sequence[Touched]:
    """Those up to the first that is younger: the place must not pass over one that is still too young."""
    for place, each in enumerate(touched):
        if each.decided_at > before:
            return touched[:place]
    return touched
