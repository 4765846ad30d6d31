"""The journal of a month's close in PostgreSQL: begun, cut, headed, stated, closed. Every row is written once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.settlement.adapters.ledger.chain import chain_heads
from services.settlement.adapters.payers.announcing import announce_notices
from services.settlement.adapters.payers.notices import payer_notice
from services.settlement.adapters.periods.calendars import calendar_of, tariff
from services.settlement.adapters.periods.cutting import (
    Step,
    cut_hospitals,
    cut_payers,
    days_of,
    prices_of,
)
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_rows import columns_of, cut_of, heads_of
from services.settlement.application.closing import Asked, CannotClose, CloseRefusal, Stage
from services.settlement.domain.netting import Side
from services.settlement.domain.notices import Head, PeriodClosed, StatementIssued, Told
from services.settlement.domain.statement import Cut, Heads, Statement, StatementDiffers
from services.shared.chassis.postgres import ConstraintViolated, Database, Transaction
from services.shared.kernel.months import business_day

PAYERS_AT_ONCE: Final = 20
"""Payers cut in one transaction: their streams, and so their postings, wait for it."""
HOSPITALS_AT_ONCE: Final = 500
_REFUSED: Final = frozenset({"statement_equals_ledger", "statement_goes_on", "statement_adds_up", "statement_nets"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresJournal:
    """See Journal. `wake` tells the relay that payers were told something; `seal` seals what is settled by now."""

    database: Database
    wake: Callable[[], None]
    seal: Callable[[], Awaitable[None]]

    async def begin(self, asked: Asked, now: datetime) -> Stage:
        """See Journal."""
        async with self.database.transaction(label="settlement.period-begin") as tx:
            await tx.execute(QUERIES["lock_period"], asked.period)
            stage = await _stage(tx, asked.period)
            if stage is not None:
                return stage
            await _refuse_order(tx, asked.period)
            await _refuse_calendar(tx, asked, business_day(now))
            await tx.execute(QUERIES["insert_period"], asked.period, asked.is_early, asked.by, asked.traceparent, now)
        return Stage.OPENED

    async def cut_payers(self, period: str, now: datetime) -> int:
        """See Journal."""
        async with self.database.transaction(label="settlement.period-cut-payers") as tx:
            step = await _step(tx, period, now)
            rows = await tx.fetch(QUERIES["payers_to_cut"], period, PAYERS_AT_ONCE)
            if rows:
                await cut_payers(step, [row["payer_number"] for row in rows])
                tx.once_committed(self.wake)
        return len(rows)

    async def cut_hospitals(self, period: str, now: datetime) -> int:
        """See Journal."""
        async with self.database.transaction(label="settlement.period-cut-hospitals") as tx:
            step = await _step(tx, period, now)
            rows = await tx.fetch(QUERIES["hospitals_to_cut"], period, HOSPITALS_AT_ONCE)
            if rows:
                await cut_hospitals(step, [row["account_id"] for row in rows])
        return len(rows)

    async def take_heads(self, period: str, now: datetime) -> Heads:
        """See Journal. Sealed twice: what was being written at the first look is settled at the second."""
        if not await self.database.fetch(QUERIES["heads"], period):
            await self.seal()
            await self.seal()
        async with self.database.transaction(label="settlement.period-heads") as tx:
            await tx.execute(QUERIES["lock_period"], period)
            row = await tx.fetchrow(QUERIES["heads"], period)
            if row is not None:
                return heads_of(dict(row))
            found = await chain_heads(tx)
            named = (found.transfers, found.events, found.files)
            columns = [column for head in named for column in (head.number, head.sha256)]
            await tx.execute(QUERIES["insert_heads"], period, *columns, now)
        transfers, events, files = (Head(block=head.number, sha256=head.sha256) for head in named)
        return Heads(transfers=transfers, events=events, files=files)

    async def count_cuts(self, period: str) -> int:
        """See Journal."""
        return int((await self.database.fetch(QUERIES["cuts"], period))[0][0])

    async def count_statements(self, period: str) -> int:
        """See Journal."""
        return int((await self.database.fetch(QUERIES["statements"], period))[0][0])

    async def to_issue(self, period: str, most: int) -> Sequence[Cut]:
        """See Journal."""
        return [cut_of(dict(row)) for row in await self.database.fetch(QUERIES["cuts_to_issue"], period, most)]

    async def issue(self, statement: Statement) -> None:
        """See Journal."""
        draft, cut = statement.draft, statement.draft.cut
        try:
            async with self.database.transaction(label="settlement.period-issue") as tx:
                step = await _step(tx, cut.period, statement.issued_at)
                if await tx.fetchval(QUERIES["is_issued"], draft.statement_id):
                    return
                await tx.execute(QUERIES["insert_statement"], *columns_of(statement))
                if cut.side is Side.PAYER:
                    await announce_notices(tx, [payer_notice(_issued(statement, step.traceparent))], step.now)
                    tx.once_committed(self.wake)
        except ConstraintViolated as violated:
            if violated.constraint in _REFUSED:
                raise StatementDiffers("statement and ledger") from violated
            raise

    async def finish(self, period: str, now: datetime) -> None:
        """See Journal."""
        async with self.database.transaction(label="settlement.period-finish") as tx:
            step = await _step(tx, period, now)
            if await _stage(tx, period) is Stage.CLOSED:
                return
            sums = await tx.fetchrow(QUERIES["sum_up_period"], period)
            assert sums is not None  # noqa: S101 - an aggregate gives one row
            await tx.execute(QUERIES["insert_closed"], period, *sums.values(), now)
            rows = await tx.fetch(QUERIES["payers_statements"], period)
            closed = [_closed(step, row["payer_number"], row["statement_id"]) for row in rows]
            await announce_notices(tx, [payer_notice(each) for each in closed], now)
            tx.once_committed(self.wake)


async def _step(tx: Transaction, period: str, now: datetime) -> Step:
    """The step alone in its month until the transaction ends."""
    await tx.execute(QUERIES["lock_period"], period)
    rows = await tx.fetch(QUERIES["periods"], period)
    return Step(tx=tx, period=period, now=now, traceparent=rows[0]["traceparent"])


async def _stage(tx: Transaction, period: str) -> Stage | None:
    """How far the month is; none where it was never begun."""
    rows = await tx.fetch(QUERIES["periods"], period)
    if not rows:
        return None
    if rows[0]["closed_at"] is not None:
        return Stage.CLOSED
    return Stage.ISSUING if await tx.fetchrow(QUERIES["heads"], period) is not None else Stage.CUTTING


async def _refuse_order(tx: Transaction, period: str) -> None:
    """Months are closed one after the other. Raises CannotClose."""
    near = await tx.fetchrow(QUERIES["neighbours"])
    assert near is not None  # noqa: S101 - a row of two sub-selects
    if near["latest"] is not None and near["latest"] > period:
        raise CannotClose(CloseRefusal.LATER_PERIOD_BEGUN, [near["latest"]])
    if near["unfinished"] is not None:
        raise CannotClose(CloseRefusal.EARLIER_PERIOD_OPEN, [near["unfinished"]])


async def _refuse_calendar(tx: Transaction, asked: Asked, today: date) -> None:
    """Every payer has its days and every authority its price, and the month is over. Raises CannotClose."""
    payers = [row["payer_number"] for row in await tx.fetch(QUERIES["payers_to_cut"], asked.period, None)]
    if not payers:
        raise CannotClose(CloseRefusal.NOTHING_TO_CLOSE)
    days = days_of(payers, await calendar_of(tx, asked.period))
    prices_of(payers, asked.period, await tariff(tx))
    if not asked.is_early and (open_yet := [payer for payer in payers if days[payer].closes_on >= today]):
        raise CannotClose(CloseRefusal.NOT_OVER, open_yet)


def _closed(step: Step, payer: str, statement_id: str) -> PeriodClosed:
    told = Told(payer_number=payer, cause=statement_id, period=step.period, traceparent=step.traceparent, at=step.now)
    return PeriodClosed(told=told, statement_id=statement_id)


def _issued(statement: Statement, traceparent: str) -> StatementIssued:
    """What a payer is told of its statement, as what it owes."""
    draft, cut, totals = statement.draft, statement.draft.cut, statement.draft.totals
    return StatementIssued(
        told=Told(
            payer_number=cut.holder,
            cause=draft.statement_id,
            period=cut.period,
            traceparent=traceparent,
            at=statement.issued_at,
        ),
        statement_id=draft.statement_id,
        opening_yen=-draft.former.closing_yen,
        claims_yen=-totals.claims_yen,
        adjustments_yen=-totals.adjustments_yen,
        fees_yen=-totals.fees_yen,
        paid_yen=totals.paid_yen,
        closing_yen=-draft.closing_yen,
        payable_yen=draft.net.payable_yen,
        due_on=cut.due_on,
        lines=totals.lines,
        first_sequence=draft.former.cut.sequence + 1,
        last_sequence=cut.place.sequence,
        transfers_head=draft.heads.transfers,
        events_head=draft.heads.events,
        files_head=draft.heads.files,
        csv_sha256=statement.digests.csv_sha256,
        pdf_sha256=statement.digests.pdf_sha256,
    )
