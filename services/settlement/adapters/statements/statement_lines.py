"""What a statement holds, read from ledger and events: in sums, and line by line.

Entries and events never change and a cut never moves, so everything is read in short statements of its own, page by
page, and gives the same whenever it is asked.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
from seikyu.settlement.v1 import events_pb2

from services.settlement.adapters.messages import patient_yen_of, read_settled
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_entries import CLAIM, FIRST_CAUSES, Entry, Source, entry_pages
from services.settlement.adapters.statements.statement_rows import former_of
from services.settlement.domain.decision import SUBMITTED
from services.settlement.domain.netting import Side
from services.settlement.domain.posting import PAYER_ACCOUNT, reversal_event_id, share_event_id
from services.settlement.domain.statement import (
    NO_RECEIPT,
    Column,
    Cut,
    Former,
    Held,
    Layout,
    Line,
    Place,
    ReceiptYen,
    Share,
    StatementDiffers,
    Totals,
    added,
    column_of,
    totals_of,
)
from services.shared.kernel.ids import DecisionId
from services.shared.kernel.months import BUSINESS_ZONE, business_day

STRETCH: Final = 50_000
"""Events that one statement adds up."""
PAGE: Final = 2_000
"""Events read at a time: what is in memory."""


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

    async def held(self, cut: Cut, former: Former, layout: Layout) -> Held:
        """See LedgerReader."""
        shares, ahead_yen, open_version, receipts = await self._entries(cut, former)
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
            receipts=NO_RECEIPT if layout is Layout.FIRST else await self._receipts(cut, former, receipts),
        )

    async def lines(self, cut: Cut, former: Former) -> AsyncIterator[Sequence[Line]]:
        """All lines in pages: of a payer its events and then all other entries, of a hospital its entries."""
        if cut.side is Side.PAYER:
            async for page in self._event_pages(cut, former):
                yield page
        async for page in self._entry_pages(cut, former):
            yield page

    async def _entries(self, cut: Cut, former: Former) -> tuple[tuple[Share, ...], int, int, ReceiptYen]:
        found: dict[tuple[str, str, bool], tuple[int, int]] = {}
        ahead_yen, open_version, receipts = 0, cut.place.version + 1, NO_RECEIPT
        async for page in entry_pages(self._source, cut, former):
            for entry in page:
                if not entry.is_held:
                    ahead_yen += entry.amount_yen
                    open_version = min(open_version, entry.version)
                    continue
                key = (entry.counterparty, entry.column.value, entry.claim_month < cut.period)
                lines, yen = found.get(key, (0, 0))
                found[key] = (lines + 1, yen + entry.amount_yen)
                if entry.is_leading:
                    receipts += entry.receipt
        shares = tuple(
            Share(counterparty=who, column=Column(column), is_late=is_late, lines=lines, yen=yen)
            for (who, column, is_late), (lines, yen) in sorted(found.items())
        )
        return shares, ahead_yen, open_version, receipts

    async def _receipts(self, cut: Cut, former: Former, of_entries: ReceiptYen) -> ReceiptYen:
        """The sums over receipts; from the lines where some were posted before decisions kept what is no payer's."""
        summed = await self._receipts_of_events(cut, former) if cut.side is Side.PAYER else of_entries
        if not summed.unknown_lines:
            return summed
        totals = Totals()
        async for lines in self.lines(cut, former):
            totals = added(totals, totals_of(lines))
        return totals.receipts

    async def _receipts_of_events(self, cut: Cut, former: Former) -> ReceiptYen:
        summed = NO_RECEIPT
        for span in _spans(cut, former):
            for row in await self._source.fetch(QUERIES["receipt_sums"], *span):
                summed += ReceiptYen(**dict(row))
        return summed

    async def _events(self, cut: Cut, former: Former) -> tuple[int, int, int, int]:
        events, yen, zero_events, open_sequence = 0, 0, 0, cut.place.sequence + 1
        if cut.side is not Side.PAYER:
            return events, yen, zero_events, open_sequence
        for span in _spans(cut, former):
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
        """Of a payer those that are no claim's: its claims are told by events."""
        async for page in entry_pages(self._source, cut, former):
            held = [each for each in page if each.is_held and (cut.side is Side.HOSPITAL or each.kind != CLAIM)]
            told = await self._told(held)
            yield [_entry_line(each, told.get(_event_of(each)), cut) for each in held]

    async def _told(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """What payers were told of claims' entries, by event id."""
        ids = [_event_of(each) for each in entries if each.kind == CLAIM]
        found = await self._source.fetch(QUERIES["told_events"], ids) if ids else []
        return {row["event_id"]: row["value"] for row in found}


def _spans(cut: Cut, former: Former) -> Iterator[tuple[str, int, int, int, str, str]]:
    """The open events up to the cut in stretches, as queries of sums are asked for them."""
    for first in range(former.open_from.sequence, cut.place.sequence + 1, STRETCH):
        last = min(first + STRETCH - 1, cut.place.sequence)
        yield cut.holder, first, last, former.cut.sequence, cut.period, former.period


def _event_of(entry: Entry) -> str:
    if entry.kind != CLAIM:
        return ""
    share = share_event_id(DecisionId(entry.decision_id), entry.payer_number)
    return reversal_event_id(share) if entry.reverses else share


def _event_line(row: asyncpg.Record, cut: Cut) -> Line:
    said = read_settled(row["value"])
    shown = _Shown(
        yen=-said.share_yen, counterparty=said.hospital_code, is_leading=True, patient_yen=row["patient_yen"]
    )
    return _claim_line(said, cut, shown)


def _entry_line(entry: Entry, told: bytes | None, cut: Cut) -> Line:
    """Raises StatementDiffers for a claim's entry that no event tells of."""
    if told is not None:
        said = read_settled(told)
        posted = None if entry.receipt.unknown_lines else entry.receipt.patient_yen
        shown = _Shown(
            yen=entry.amount_yen, counterparty=entry.counterparty, is_leading=entry.is_leading, patient_yen=posted
        )
        return _claim_line(said, cut, shown)
    if entry.kind == CLAIM:
        raise StatementDiffers("entries and events")
    return Line(
        column=entry.column,
        is_late=entry.claim_month < cut.period,
        kind=entry.kind,
        cause="",
        counterparty=entry.counterparty,
        claim_id="",
        claim_month=entry.claim_month,
        treatment_month="",
        receipt_kind="",
        points=0,
        yen=entry.amount_yen,
        reduced_yen=0,
        transfer_id=entry.transfer_id,
        takes_back=entry.reverses,
        sequence=0,
        posted_on=business_day(entry.posted_at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """How an account shows an event. `patient_yen` as posted: for a reversal that a former release wrote without it."""

    yen: int
    counterparty: str
    is_leading: bool
    patient_yen: int | None


def _claim_line(said: events_pb2.ClaimSettled, cut: Cut, shown: _Shown) -> Line:
    is_reversal = said.kind == events_pb2.SETTLEMENT_KIND_REVERSAL
    cause = said.cause or SUBMITTED
    is_first = not said.replaces_decision_id or cause in FIRST_CAUSES
    told_yen = patient_yen_of(said)
    return Line(
        column=column_of(CLAIM, is_reversal=is_reversal, is_first_decision=is_first),
        is_late=said.claim_month < cut.period,
        kind=CLAIM,
        cause=cause,
        counterparty=shown.counterparty,
        claim_id=said.claim_id,
        claim_month=said.claim_month,
        treatment_month=said.treatment_month,
        receipt_kind=said.receipt_kind,
        points=said.points,
        yen=shown.yen,
        reduced_yen=said.reduced_yen,
        patient_yen=shown.patient_yen if told_yen is None else told_yen,
        is_leading=shown.is_leading,
        transfer_id=said.transfer_id,
        takes_back=said.reverses_transfer_id,
        sequence=said.sequence if cut.side is Side.PAYER else 0,
        posted_on=business_day(said.posted_time.ToDatetime(BUSINESS_ZONE)),
    )
