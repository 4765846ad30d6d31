"""What a statement holds, read from ledger and events: in sums, and line by line.

Entries and events never change and a cut never moves, so everything is read in short statements of its own, page by
page, and gives the same whenever it is asked.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, Final, Protocol

import asyncpg
from seikyu.settlement.v1 import events_pb2

from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.period_queries import QUERIES
from services.settlement.adapters.statement_rows import former_of
from services.settlement.domain.decision import SUBMITTED
from services.settlement.domain.netting import Side
from services.settlement.domain.posting import PAYER_ACCOUNT, reversal_event_id, share_event_id
from services.settlement.domain.statement import Column, Cut, Former, Held, Line, Place, Share, column_of
from services.shared.chassis.queries import Statement
from services.shared.kernel.ids import DecisionId
from services.shared.kernel.months import BUSINESS_ZONE, business_day

STRETCH: Final = 50_000
"""Entries or events that one statement adds up."""
PAGE: Final = 2_000
"""Lines read at a time: what is in memory."""
FIRST_CAUSES: Final = ("PERSON_DECIDED",)
"""Causes of later decisions that are all the same a claim's first that pays: a person decided what was pended."""
_AHEAD: Final = "ahead"
_CLAIM: Final = "claim"


class Source(Protocol):
    """A database or a transaction."""

    async def fetch(self, statement: Statement, *args: Any) -> list[asyncpg.Record]:  # noqa: ANN401 - wire values
        """All rows."""
        ...


class StatementReader:
    """The LedgerReader, and the lines."""

    def __init__(self, source: Source) -> None:
        """Reads from a database, or within one transaction."""
        self._source = source

    async def former(self, cut: Cut) -> Former:
        """See LedgerReader."""
        rows = await self._source.fetch(QUERIES["former_statements"], [cut.account_id], cut.period)
        return former_of(dict(rows[0])) if rows else Former()

    async def pay_day(self, cut: Cut, held: Held) -> date:
        """See LedgerReader."""
        if cut.side is Side.PAYER:
            return cut.pays_on
        payers = sorted({PAYER_ACCOUNT + share.counterparty for share in held.shares})
        rows = await self._source.fetch(QUERIES["latest_pay_day"], cut.period, payers)
        latest: date | None = rows[0][0]
        return latest or cut.pays_on

    async def held(self, cut: Cut, former: Former) -> Held:
        """See LedgerReader."""
        shares, ahead_yen, open_version = await self._entries(cut, former)
        events, events_yen, zero_events, open_sequence = await self._events(cut, former)
        balance = await self._source.fetch(QUERIES["balance_at"], cut.account_id, cut.place.version)
        return Held(
            shares=shares,
            ahead_yen=ahead_yen,
            open_from=Place(version=open_version, sequence=open_sequence),
            events=events,
            events_yen=events_yen,
            zero_events=zero_events,
            balance_yen=balance[0]["balance_after"] if balance else 0,
        )

    async def lines(self, cut: Cut, former: Former) -> AsyncIterator[Sequence[Line]]:
        """All lines in pages: of a payer its events and then all other entries, of a hospital its entries."""
        if cut.side is Side.PAYER:
            async for page in self._event_pages(cut, former):
                yield page
        async for page in self._entry_pages(cut, former):
            yield page

    async def _entries(self, cut: Cut, former: Former) -> tuple[tuple[Share, ...], int, int]:
        found: dict[tuple[str, Column, bool], tuple[int, int]] = {}
        ahead_yen, open_version = 0, cut.place.version + 1
        for first in range(former.open_from.version, cut.place.version + 1, STRETCH):
            last = min(first + STRETCH - 1, cut.place.version)
            span = (cut.account_id, first, last, former.cut.version, cut.period, former.period, FIRST_CAUSES)
            for row in await self._source.fetch(QUERIES["entry_sums"], *span):
                if row["column"] == _AHEAD:
                    ahead_yen += row["yen"]
                    open_version = min(open_version, row["first"])
                    continue
                key = (_holder(row["counterparty"]), Column(row["column"]), row["is_late"])
                lines, yen = found.get(key, (0, 0))
                found[key] = (lines + row["lines"], yen + row["yen"])
        shares = tuple(
            Share(counterparty=who, column=column, is_late=is_late, lines=lines, yen=yen)
            for (who, column, is_late), (lines, yen) in sorted(found.items(), key=_order)
        )
        return shares, ahead_yen, open_version

    async def _events(self, cut: Cut, former: Former) -> tuple[int, int, int, int]:
        events, yen, zero_events, open_sequence = 0, 0, 0, cut.place.sequence + 1
        if cut.side is not Side.PAYER:
            return events, yen, zero_events, open_sequence
        for first in range(former.open_from.sequence, cut.place.sequence + 1, STRETCH):
            last = min(first + STRETCH - 1, cut.place.sequence)
            span = (cut.holder, first, last, former.cut.sequence, cut.period, former.period)
            for row in await self._source.fetch(QUERIES["event_sums"], *span):
                if row["is_ahead"]:
                    open_sequence = min(open_sequence, row["first"])
                else:
                    events, yen = events + row["events"], yen + row["yen"]
                    zero_events += row["zero_events"]
        return events, yen, zero_events, open_sequence

    async def _event_pages(self, cut: Cut, former: Former) -> AsyncIterator[Sequence[Line]]:
        after = former.open_from.sequence - 1
        while True:
            span = (cut.holder, after, cut.place.sequence, former.cut.sequence, cut.period, former.period, PAGE)
            rows = await self._source.fetch(QUERIES["held_events"], *span)
            if rows:
                yield [_event_line(row, cut) for row in rows]
                after = rows[-1]["sequence"]
            if len(rows) < PAGE:
                return

    async def _entry_pages(self, cut: Cut, former: Former) -> AsyncIterator[Sequence[Line]]:
        after, claims = former.open_from.version - 1, False if cut.side is Side.PAYER else None
        while True:
            span = (cut.account_id, after, cut.place.version, former.cut.version, cut.period, former.period, PAGE)
            rows = await self._source.fetch(QUERIES["held_entries"], *span, claims)
            if rows:
                told = await self._told(rows)
                yield [_entry_line(row, told.get(_event_of(row)), cut) for row in rows]
                after = rows[-1]["version"]
            if len(rows) < PAGE:
                return

    async def _told(self, rows: Sequence[asyncpg.Record]) -> dict[str, bytes]:
        """What payers were told of claims' entries, by event id."""
        ids = [_event_of(row) for row in rows if row["own_kind"] == _CLAIM]
        found = await self._source.fetch(QUERIES["told_events"], ids) if ids else []
        return {row["event_id"]: row["value"] for row in found}


def _order(item: tuple[tuple[str, Column, bool], tuple[int, int]]) -> tuple[str, str, bool]:
    (counterparty, column, is_late), _ = item
    return counterparty, column.value, is_late


def _holder(account_id: str) -> str:
    return account_id.partition(":")[2]


def _event_of(row: asyncpg.Record) -> str:
    if row["own_kind"] != _CLAIM:
        return ""
    share = share_event_id(DecisionId(row["decision_id"]), row["payer_number"])
    return share if row["reverses"] is None else reversal_event_id(share)


def _event_line(row: asyncpg.Record, cut: Cut) -> Line:
    said = read_settled(row["value"])
    return _claim_line(said, cut, yen=-said.share_yen, counterparty=said.hospital_code)


def _entry_line(row: asyncpg.Record, told: bytes | None, cut: Cut) -> Line:
    if told is not None:
        said = read_settled(told)
        return _claim_line(said, cut, yen=row["amount_yen"], counterparty=_holder(row["counterparty"]))
    return Line(
        column=column_of(row["own_kind"], is_reversal=row["reverses"] is not None, is_first_decision=False),
        is_late=row["claim_month"] < cut.period,
        kind=row["own_kind"],
        cause="",
        counterparty=_holder(row["counterparty"]),
        claim_id="",
        claim_month=row["claim_month"],
        treatment_month="",
        receipt_kind="",
        points=0,
        yen=row["amount_yen"],
        reduced_yen=0,
        transfer_id=row["transfer_id"],
        takes_back=row["reverses"] or "",
        sequence=0,
        posted_on=business_day(row["posted_at"]),
    )


def _claim_line(said: events_pb2.ClaimSettled, cut: Cut, *, yen: int, counterparty: str) -> Line:
    is_reversal = said.kind == events_pb2.SETTLEMENT_KIND_REVERSAL
    cause = said.cause or SUBMITTED
    is_first = not said.replaces_decision_id or cause in FIRST_CAUSES
    return Line(
        column=column_of(_CLAIM, is_reversal=is_reversal, is_first_decision=is_first),
        is_late=said.claim_month < cut.period,
        kind=_CLAIM,
        cause=cause,
        counterparty=counterparty,
        claim_id=said.claim_id,
        claim_month=said.claim_month,
        treatment_month=said.treatment_month,
        receipt_kind=said.receipt_kind,
        points=said.points,
        yen=yen,
        reduced_yen=said.reduced_yen,
        transfer_id=said.transfer_id,
        takes_back=said.reverses_transfer_id,
        sequence=said.sequence if cut.side is Side.PAYER else 0,
        posted_on=business_day(said.posted_time.ToDatetime(BUSINESS_ZONE)),
    )
