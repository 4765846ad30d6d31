"""Closing a claim month (締め): every account is cut, then each cut becomes a statement, then the month is over.

Each step is one transaction whose rows are the journal: what stands is done, and whoever closes again, after a kill or
beside another, goes on with what is missing. Nothing is done twice, as every row is there once.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final, Protocol

from services.settlement.domain.statement import (
    LAYOUT_NOW,
    Cut,
    Digests,
    Draft,
    Former,
    Heads,
    Held,
    Layout,
    Statement,
    Totals,
    drawn_up,
    refuse_other_sums,
)
from services.shared.kernel.ids import account_statement_id
from services.shared.kernel.months import business_day

MOST_CUTS_AT_ONCE: Final = 500
"""Statements asked for in one look at the journal."""


class Stage(Enum):
    """How far a month is."""

    OPENED = "opened"
    CUTTING = "cutting"
    ISSUING = "issuing"
    CLOSED = "closed"


class CloseRefusal(Enum):
    """Why a month is not closed, in order of precedence."""

    LATER_PERIOD_BEGUN = "later_period_begun"
    """A later month was begun: what is of this one stands there."""
    EARLIER_PERIOD_OPEN = "earlier_period_open"
    """A month before this one was begun and is not closed."""
    NOTHING_TO_CLOSE = "nothing_to_close"
    """No payer was ever told anything."""
    CALENDAR_MISSING = "calendar_missing"
    """A payer has no days for the month, and there are none for all."""
    TARIFF_MISSING = "tariff_missing"
    """A review authority has no price for the month."""
    NOT_OVER = "not_over"
    """The day on which the month closes is not over."""


class CannotClose(Exception):
    """A month cannot be closed, or not further. `names`: payers or authorities that it is about, at most 100."""

    def __init__(self, refusal: CloseRefusal, names: Sequence[str] = ()) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.names = tuple(names[:100])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for which month YYYYMM to be closed; `is_early` before its day is over."""

    period: str
    is_early: bool
    by: str
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a close is: so many accounts of so many cut or stated."""

    stage: Stage
    done: int
    total: int


class Journal(Protocol):
    """The month's steps. Each method is a transaction of its own and may be repeated."""

    async def begin(self, asked: Asked, now: datetime) -> Stage:
        """Begin the month, or find it as it stands. Raises CannotClose."""
        ...

    async def cut_payers(self, period: str, now: datetime) -> int:
        """Cut the next payers and charge their fees; how many, 0 where none is left. Raises CannotClose."""
        ...

    async def cut_hospitals(self, period: str, now: datetime) -> int:
        """Cut the next hospitals; how many, 0 where none is left."""
        ...

    async def take_heads(self, period: str, now: datetime) -> Heads:
        """The heads that the month's statements carry, kept with the first call."""
        ...

    async def count_cuts(self, period: str) -> int:
        """How many accounts are cut."""
        ...

    async def count_statements(self, period: str) -> int:
        """How many statements are issued."""
        ...

    async def to_issue(self, period: str, most: int) -> Sequence[Cut]:
        """The next cuts without a statement."""
        ...

    async def issue(self, statement: Statement) -> None:
        """Keep the statement and tell its payer. Raises StatementDiffers where the ledger refuses it."""
        ...

    async def finish(self, period: str, now: datetime) -> None:
        """The month is closed, and its payers are told."""
        ...


class LedgerReader(Protocol):
    """What statements read of ledger and events; it never changes, so every read is its own."""

    async def former(self, cut: Cut) -> Former:
        """What the account's statement before this left behind."""
        ...

    async def held(self, cut: Cut, former: Former, layout: Layout) -> Held:
        """What a statement holds, in sums; of receipts as well where the layout says them."""
        ...

    async def pay_day(self, cut: Cut, held: Held) -> date:
        """The day on which the holder is paid, or pays: the latest of the payers that a hospital has money from."""
        ...


class Documents(Protocol):
    """The statement written out."""

    async def digests(self, draft: Draft, issued_on: date) -> tuple[Digests, Totals]:
        """Write CSV and PDF to nowhere: what they come to, and what the lines in them add up to."""
        ...


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The use case over its ports."""

    journal: Journal
    ledger: LedgerReader
    documents: Documents
    clock: Clock

    async def close(self, asked: Asked) -> AsyncIterator[Progress]:
        """Do what is missing; progress after each step.

        Raises:
            CannotClose: before anything is done; or in the middle, where a payer came without days or price.
            StatementDiffers: ledger, events and lines are not the same yen: the month stays open.
        """
        period = asked.period
        stage = await self.journal.begin(asked, self.clock.now())
        if stage is not Stage.CLOSED:
            yield Progress(stage=Stage.OPENED, done=0, total=0)
            async for progress in self._cut(period, stage):
                yield progress
            async for progress in self._issue(period):
                yield progress
            await self.journal.finish(period, self.clock.now())
        total = await self.journal.count_cuts(period)
        yield Progress(stage=Stage.CLOSED, done=total, total=total)

    async def _cut(self, period: str, stage: Stage) -> AsyncIterator[Progress]:
        """Cut every account, payers first, unless the month's statements have begun."""
        if stage is Stage.ISSUING:
            return
        for step in (self.journal.cut_payers, self.journal.cut_hospitals):
            while await step(period, self.clock.now()):
                done = await self.journal.count_cuts(period)
                yield Progress(stage=Stage.CUTTING, done=done, total=done)

    async def _issue(self, period: str) -> AsyncIterator[Progress]:
        heads = await self.journal.take_heads(period, self.clock.now())
        total = await self.journal.count_cuts(period)
        done = await self.journal.count_statements(period)
        while cuts := await self.journal.to_issue(period, MOST_CUTS_AT_ONCE):
            for cut in cuts:
                await self.journal.issue(await self._statement(cut, heads))
                done += 1
                yield Progress(stage=Stage.ISSUING, done=min(done, total), total=total)

    async def _statement(self, cut: Cut, heads: Heads) -> Statement:
        now = self.clock.now()
        draft = await drafted(self.ledger, cut, heads)
        digests, printed = await self.documents.digests(draft, business_day(now))
        refuse_other_sums(draft, printed)
        return Statement(draft=draft, digests=digests, issued_at=now)


async def drafted(ledger: LedgerReader, cut: Cut, heads: Heads, *, layout: Layout = LAYOUT_NOW) -> Draft:
    """The statement of a cut as the ledger says it; the same whenever it is asked. Raises StatementDiffers."""
    former = await ledger.former(cut)
    held = await ledger.held(cut, former, layout)
    named = account_statement_id(cut.account_id, cut.period)
    pays_on = await ledger.pay_day(cut, held)
    return drawn_up(named, cut, former, held, pays_on=pays_on, heads=heads, layout=layout)
