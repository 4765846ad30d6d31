"""What the counts, the sums and the balances of a bank's file must agree in: one rule each."""

from collections.abc import Iterator, Mapping
from typing import Final

from services.settlement.domain.bank.layouts import FileKind, Layout
from services.settlement.domain.bank.records import Checked, Group, Row, Violation, violation

PAID_IN: Final = "1"
"""入払区分: 入金; else 出金."""
CANCELLED: Final = "1"
"""取消区分: 取消."""
BELOW_ZERO: Final = "2"
"""貸越区分: マイナス残高 [U: told by single banks' sheets]."""


def violations_of_row(number: int, row: Row, layout: Layout) -> Iterator[Violation]:
    """Between the fields of one data record."""
    if layout.kind != FileKind.TRANSFERS.value or row.content[layout.data.slices["has_edi"]] == b"Y":
        return
    if row.content[layout.data.slices["reference"]].strip(b"0123456789 "):
        at = layout.data["reference"].at
        yield violation(number, (at, "reference"), "customer_code", "is no 顧客コード of digits, and 識別表示 is not Y")


def violations_of_trailer(number: int, group: Group, layout: Layout) -> Iterator[Violation]:
    """Between a trailer and the records above it."""
    wanted = _WANTED[FileKind(layout.kind)](group)
    for name, value in wanted.items():
        if group.trailer is not None and group.trailer.number(name) != value:
            each = layout.trailer[name]
            yield violation(number, (each.at, name), "sum", f"{each.japanese} is not what the records above come to")


def violations_of_end(number: int, row: Row, found: Checked, layout: Layout) -> Iterator[Violation]:
    """Between the end record and the whole file; whether it counts itself differs from bank to bank."""
    if layout.kind != FileKind.STATEMENT.value or layout.end is None:
        return
    if row.number("records") not in (number, number - 1):
        at = layout.end["records"].at
        yield violation(number, (at, "records"), "sum", "レコード総件数 is not the number of records")
    if row.number("accounts") != len(found.groups):
        at = layout.end["accounts"].at
        yield violation(number, (at, "accounts"), "sum", "口座数 is not the number of headers")


def _of_transfers(group: Group) -> Mapping[str, int]:
    return {"count": len(group.data), "total_yen": group.total_yen}


def _of_statement(group: Group) -> Mapping[str, int]:
    """入金 and 出金 by themselves, and 取引前残高 + 入金 - 出金 = 取引後残高."""
    paid_in = [row.number("amount_yen") for row in group.data if row["direction"] == PAID_IN]
    paid_out = [row.number("amount_yen") for row in group.data if row["direction"] != PAID_IN]
    opening = group.header.number("opening_yen") * (-1 if group.header["overdrawn"] == BELOW_ZERO else 1)
    return {
        "in_count": len(paid_in),
        "in_yen": sum(paid_in),
        "out_count": len(paid_out),
        "out_yen": sum(paid_out),
        "closing_yen": abs(opening + sum(paid_in) - sum(paid_out)),
        "count": len(group.data),
    }


def _of_credits(group: Group) -> Mapping[str, int]:
    credited = [row.number("amount_yen") for row in group.data if row["cancelled"] != CANCELLED]
    cancelled = [row.number("amount_yen") for row in group.data if row["cancelled"] == CANCELLED]
    return {
        "count": len(credited),
        "total_yen": sum(credited),
        "cancelled_count": len(cancelled),
        "cancelled_yen": sum(cancelled),
    }


_WANTED: Final = {
    FileKind.TRANSFERS: _of_transfers,
    FileKind.STATEMENT: _of_statement,
    FileKind.CREDITS: _of_credits,
}
