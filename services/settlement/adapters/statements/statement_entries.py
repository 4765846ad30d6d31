"""An account's entries with what is known of their transfers, in pages: what sums and lines of a statement are made of.

Every read goes by key and joins nothing. A plan for a join of pages with the ledger rests on the database's guess of
their sizes, which is wrong while the tables are young, and then a month takes minutes.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import asyncpg

from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.domain.netting import Side
from services.settlement.domain.statement import (
    NO_RECEIPT,
    Column,
    Cut,
    Former,
    ReceiptYen,
    StatementDiffers,
    column_of,
    is_held,
)
from services.shared.chassis.queries import Statement

PAGE: Final = 5_000
"""Entries in memory at a time."""
FIRST_CAUSES: Final = ("PERSON_DECIDED",)
"""Causes of later decisions that are all the same a claim's first that pays: a person decided what was pended."""
CLAIM: Final = "claim"


class Source(Protocol):
    """A database or a transaction."""

    async def fetch(self, statement: Statement, *args: Any) -> list[asyncpg.Record]:  # noqa: ANN401 - wire values
        """All rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry up to a cut that no earlier statement holds. `is_held` says whether this one does, or a later month's.

    `kind` is the transfer's own, of a reversal that of what it takes back. `claim_id` and `decision_id` are empty where
    it is no claim's. `counterparty` is the other account's holder. Of a hospital's account, `is_leading` marks the one
    entry of a decision that carries what the receipt says beside payers' parts: `receipt`, empty on all others.
    """

    version: int
    amount_yen: int
    is_held: bool
    column: Column
    kind: str
    counterparty: str
    claim_id: str
    decision_id: str
    claim_month: str
    payer_number: str
    transfer_id: str
    reverses: str
    posted_at: datetime
    is_leading: bool
    receipt: ReceiptYen


async def entry_pages(source: Source, cut: Cut, former: Former) -> AsyncIterator[Sequence[Entry]]:
    """The entries in order. Raises StatementDiffers for one without its transfer."""
    after = former.open_from.version - 1
    while True:
        rows = await source.fetch(QUERIES["entries_up_to"], cut.account_id, after, cut.place.version, PAGE)
        if rows:
            yield await _entries(source, rows, cut, former)
            after = rows[-1]["version"]
        if len(rows) < PAGE:
            return


async def _entries(source: Source, rows: Sequence[asyncpg.Record], cut: Cut, former: Former) -> list[Entry]:
    ids = [row["transfer_id"] for row in rows]
    transfers = {row["transfer_id"]: row for row in await source.fetch(QUERIES["transfers_among"], ids)}
    if len(transfers) < len(set(ids)):
        raise StatementDiffers("entries and transfers")
    taken_back = [row["reverses"] for row in transfers.values() if row["reverses"] is not None]
    claims = [row["claim_id"] for row in transfers.values() if row["claim_id"] is not None]
    known = _Known(
        kinds=await _by_id(source, "kinds_among", taken_back),
        causes=await _by_id(source, "later_among", claims),
        receipts=await _receipts(source, cut, transfers.values()),
    )
    found = [(row, transfers[row["transfer_id"]]) for row in rows]
    return [
        _entry(row, transfer, known, cut=cut, former=former)
        for row, transfer in found
        if row["version"] > former.cut.version or transfer["claim_month"] > former.period
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Kinds of transfers that are taken back, causes of decisions that are not their claim's first, receipts; by id."""

    kinds: dict[str, str]
    causes: dict[str, str]
    receipts: dict[str, asyncpg.Record]


async def _by_id(source: Source, name: str, asked: Sequence[str]) -> dict[str, str]:
    rows = await source.fetch(QUERIES[name], asked) if asked else []
    return {row[0]: row[1] for row in rows}


async def _receipts(source: Source, cut: Cut, transfers: Iterable[asyncpg.Record]) -> dict[str, asyncpg.Record]:
    """What was decided of the receipts, by decision; for hospitals alone, as payers' claims are told by events."""
    decisions = list({row["decision_id"] for row in transfers if row["decision_id"]})
    if cut.side is not Side.HOSPITAL or not decisions:
        return {}
    return {row["decision_id"]: row for row in await source.fetch(QUERIES["receipts_among"], decisions)}


def _receipt_of(decided: asyncpg.Record | None, transfer: asyncpg.Record) -> ReceiptYen | None:
    """What the entry's receipt says beside payers' parts; none where another entry of the decision carries it."""
    if decided is None or decided["leading_payer"] != transfer["payer_number"]:
        return None
    if decided["patient_yen"] is None:
        return ReceiptYen(unknown_lines=1)
    sign = 1 if transfer["reverses"] is None else -1
    return ReceiptYen(patient_yen=sign * decided["patient_yen"], reduced_yen=sign * decided["reduced_yen"])


def _entry(row: asyncpg.Record, transfer: asyncpg.Record, known: _Known, *, cut: Cut, former: Former) -> Entry:
    reverses, decision = transfer["reverses"], transfer["decision_id"] or ""
    kind = known.kinds.get(reverses, "") if reverses else transfer["kind"]
    cause = known.causes.get(decision)
    is_first = cause is None or cause in FIRST_CAUSES
    receipt = _receipt_of(known.receipts.get(decision), transfer)
    other = "to_account" if transfer["from_account"] == cut.account_id else "from_account"
    return Entry(
        version=row["version"],
        amount_yen=row["amount_yen"],
        is_held=is_held(
            version=row["version"],
            month=transfer["claim_month"],
            cut=cut.place.version,
            period=cut.period,
            former=former,
        ),
        column=column_of(kind, is_reversal=reverses is not None, is_first_decision=is_first),
        kind=kind,
        counterparty=holder_of(transfer[other]),
        claim_id=transfer["claim_id"] or "",
        decision_id=decision,
        claim_month=transfer["claim_month"],
        payer_number=transfer["payer_number"],
        transfer_id=row["transfer_id"],
        reverses=reverses or "",
        posted_at=transfer["posted_at"],
        is_leading=receipt is not None,
        receipt=receipt or NO_RECEIPT,
    )


def holder_of(account_id: str) -> str:
    """The payer's number, the hospital's code, or what names another account."""
    return account_id.partition(":")[2]
