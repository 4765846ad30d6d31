"""Rows of cuts and statements, and the values that they stand for."""

from collections.abc import Mapping
from typing import Any

from services.settlement.domain.netting import Side, UnpaidStatement
from services.settlement.domain.notices import Head
from services.settlement.domain.statement import Cut, Draft, Former, Heads, Layout, Place, Statement
from services.shared.kernel.money import Yen

Row = Mapping[str, Any]
"""As the driver gives it."""


def cut_of(row: Row) -> Cut:
    """A row of `period_cut`."""
    return Cut(
        period=row["period"],
        account_id=row["account_id"],
        side=Side(row["kind"]),
        place=Place(version=row["cut_version"], sequence=row["cut_sequence"]),
        receipts=row["receipts"],
        price_sen=row["price_sen"],
        fee_yen=Yen(row["fee_yen"]),
        closes_on=row["closes_on"],
        due_on=row["due_on"],
        pays_on=row["pays_on"],
    )


def former_of(row: Row) -> Former:
    """A row of `former_statements`: a statement as the next one sees it."""
    earlier = zip(row["taken_up_ids"], row["taken_up_periods"], row["taken_up_yen"], strict=True)
    return Former(
        period=row["period"],
        cut=Place(version=row["cut_version"], sequence=row["cut_sequence"]),
        open_from=Place(version=row["open_version"], sequence=row["open_sequence"]),
        closing_yen=row["closing_yen"],
        carried_yen=row["carried_yen"],
        taken_up=tuple(UnpaidStatement(statement_id=each, period=month, yen=Yen(yen)) for each, month, yen in earlier),
    )


def heads_of(row: Row) -> Heads:
    """The heads in a row of `period_head` or `statement`."""
    transfers, events, files = (
        Head(block=row[f"{name}_block"], sha256=row[f"{name}_sha256"]) for name in ("transfers", "events", "files")
    )
    return Heads(transfers=transfers, events=events, files=files)


def columns_of(statement: Statement) -> tuple[object, ...]:
    """The columns of `insert_statement`."""
    draft = statement.draft
    cut, former, totals, heads = draft.cut, draft.former, draft.totals, draft.heads
    return (
        draft.statement_id,
        cut.account_id,
        cut.side.value,
        cut.period,
        cut.place.version,
        cut.place.sequence,
        draft.open_from.version,
        draft.open_from.sequence,
        former.closing_yen,
        totals.claims_yen,
        totals.adjustments_yen,
        totals.fees_yen,
        totals.paid_yen,
        draft.closing_yen,
        draft.ahead_yen,
        former.brought_yen,
        draft.net.payable_yen,
        draft.net.carried_yen,
        cut.due_on,
        draft.pays_on,
        totals.lines,
        statement.digests.csv_sha256,
        statement.digests.pdf_sha256,
        *(column for head in (heads.transfers, heads.events, heads.files) for column in (head.block, head.sha256)),
        statement.issued_at,
        draft.layout.value,
        *_receipts_of(draft),
    )


def _receipts_of(draft: Draft) -> tuple[int | None, int | None, int | None]:
    """The sums over receipts, where the layout says them."""
    if draft.layout is Layout.FIRST:
        return None, None, None
    receipts = draft.totals.receipts
    return receipts.patient_yen, receipts.reduced_yen, receipts.unknown_lines
