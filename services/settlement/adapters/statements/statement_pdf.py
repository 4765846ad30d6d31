"""A statement as a printable PDF: A4 across, a first page with sums and proofs, then the breakdown and the lines.

The first page is written last, as it carries the CSV's digest, and stands first all the same. The same statement gives
the same bytes; what is kept in memory is one page and the places of the others.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from services.settlement.adapters.statements import statement_words as words
from services.settlement.adapters.statements.pdf import Pdf, rule, text, text_to
from services.settlement.adapters.statements.pdf_font import cut_font
from services.settlement.domain.netting import Side
from services.settlement.domain.statement import Draft, Layout, Line, Share

WIDTH: Final = 842
"""A4 across, in points."""
HEIGHT: Final = 595
LEFT: Final = 36.0
RIGHT: Final = 806.0
TOP: Final = 556.0
BOTTOM: Final = 34.0
ROW: Final = 12.5
SIZE: Final = 7.0
LARGE: Final = 15.0
ROWS: Final = 37
"""Rows of a table on a page."""
HEADS: Final = (
    "番号",
    "区分",
    "印",
    "請求年月",
    "診療年月",
    "種別",
    "相手方",
    "請求ID",
    "点数",
    "金額(円)",
    "査定額",
    "理由",
    "計上日",
)
STARTS: Final = (36.0, 66.0, 122.0, 152.0, 190.0, 228.0, 250.0, 302.0, 480.0, 530.0, 596.0, 644.0, 760.0)
ENDS: Final = {0: 60.0, 8: 522.0, 9: 588.0, 10: 638.0}
"""Where columns of numbers end; all others begin at STARTS."""
PATIENT: Final = "患者負担額"
HEADS_WITH_PATIENT: Final = (*HEADS[:10], PATIENT, *HEADS[10:])
STARTS_WITH_PATIENT: Final = (
    *(36.0, 63.0, 118.0, 145.0, 181.0, 217.0, 241.0, 292.0),
    *(450.0, 494.0, 552.0, 606.0, 656.0, 762.0),
)
ENDS_WITH_PATIENT: Final = {0: 58.0, 8: 486.0, 9: 546.0, 10: 600.0, 11: 648.0}
"""The second layout's columns of lines."""
SHARE_HEADS: Final = ("番号", "相手方", "区分", "印", "件数", "金額(円)")
SHARE_STARTS: Final = (36.0, 70.0, 170.0, 270.0, 320.0, 420.0)
SHARE_ENDS: Final = {0: 60.0, 4: 390.0, 5: 500.0}
PROVEN: Final = "この書面は台帳と一致することを確認して発行しました。"
CHAIN: Final = "連鎖先頭"
PAGE: Final = "頁"
SUMS: Final = "集計"
SHARES: Final = "内訳"
LINES: Final = "明細"
MONTH: Final = "月分"
NAMED: Final = "明細書番号"
ISSUED: Final = "発行日"
CLOSED: Final = "締切日"
COUNT: Final = "明細件数"
RECEIPTS: Final = "審査件数"
PRICE: Final = "審査手数料単価(円)"
SEQUENCES: Final = "通知番号"
"""Words of the first page and of every head."""

MOST_TAKEN_UP: Final = 10
"""Named on the first page."""

_OWN: Final = (
    PROVEN,
    CHAIN,
    PAGE,
    SUMS,
    SHARES,
    LINES,
    MONTH,
    NAMED,
    ISSUED,
    CLOSED,
    COUNT,
    RECEIPTS,
    PRICE,
    SEQUENCES,
)


def alphabet(layout: Layout) -> str:
    """Every character that a statement of a layout can print beside ASCII. Another one makes other bytes."""
    later = (PATIENT, *words.RECEIPT_ROWS, words.UNKNOWN, words.UNKNOWN_LINES, words.LAYOUT)
    named = (
        *words.TITLES.values(),
        *words.HOLDERS.values(),
        *words.COUNTERPARTIES.values(),
        *words.COLUMNS.values(),
        *words.CAUSES.values(),
        *words.MOVES.values(),
        *words.PAYER_ROWS,
        *words.HOSPITAL_ROWS,
        *words.PAYABLE.values(),
        *words.DAY.values(),
        *(words.LATE, words.EARLIER, words.TAKEN_BACK, words.BROUGHT, words.CARRIED),
        *(*HEADS, *SHARE_HEADS, *_OWN, *words.CHAINS, "△"),
        *(() if layout is Layout.FIRST else later),
    )
    return "".join(sorted(set("".join(named))))


class StatementPdf:
    """Writes one statement: begin, lines as often as there are some, end with the CSV's digest."""

    def __init__(self, draft: Draft, *, issued_on: date) -> None:
        """`issued_on`: the day in Tokyo."""
        self._draft = draft
        self._issued_on = issued_on
        self._sign = draft.cut.side.sign
        self._font = cut_font(alphabet(draft.layout))
        title = f"{words.TITLES[draft.cut.side]} {words.month(draft.cut.period)}"
        identity = draft.statement_id.removeprefix("stm_")
        self._pdf = Pdf(self._font, width=WIDTH, height=HEIGHT, title=title, identity=identity)
        self._pages = 1 + _pages(len(draft.shares)) + _pages(draft.totals.lines)
        self._page = 1
        self._written = 0
        self._waiting: list[Line] = []

    def begin(self) -> bytes:
        """Everything before the lines."""
        shares = self._draft.shares
        pages = (self._share_page(start, shares[start : start + ROWS]) for start in range(0, len(shares), ROWS))
        return b"".join([self._pdf.begin(), *pages])

    def lines(self, lines: Sequence[Line]) -> bytes:
        """The pages that the next lines fill."""
        self._waiting.extend(lines)
        written = []
        while len(self._waiting) >= ROWS:
            written.append(self._line_page(self._waiting[:ROWS]))
            del self._waiting[:ROWS]
        return b"".join(written)

    def end(self, csv_sha256: str) -> bytes:
        """The last lines, the first page, the places of all pages."""
        rest = self._line_page(self._waiting) if self._waiting else b""
        self._waiting = []
        return rest + self._pdf.page(self._first_page(csv_sha256), is_first=True) + self._pdf.end()

    def _share_page(self, start: int, shares: Sequence[Share]) -> bytes:
        rows = ((start + place, self._share(share)) for place, share in enumerate(shares, 1))
        return self._table_page(SHARES, _Columns(SHARE_HEADS, SHARE_STARTS, SHARE_ENDS), rows)

    def _line_page(self, lines: Sequence[Line]) -> bytes:
        start = self._written
        self._written += len(lines)
        rows = ((start + place, self._cells(line)) for place, line in enumerate(lines, 1))
        return self._table_page(LINES, _LINE_COLUMNS[self._draft.layout], rows)

    def _table_page(self, name: str, columns: "_Columns", rows: "Iterator[tuple[int, tuple[str, ...]]]") -> bytes:
        self._page += 1
        height = TOP - 34
        drawn = [self._head(self._page, name), self._row(columns, height, columns.heads), rule(LEFT, RIGHT, height - 3)]
        for number, cells in rows:
            height -= ROW
            drawn.append(self._row(columns, height, (str(number), *cells)))
        return self._pdf.page("".join(drawn))

    def _row(self, columns: "_Columns", height: float, cells: Sequence[str]) -> str:
        font, ends, starts = self._font, columns.ends, columns.starts
        return "".join(
            text_to(font, (ends[place], height), SIZE, cell)
            if place in ends
            else text(font, (starts[place], height), SIZE, cell)
            for place, cell in enumerate(cells)
        )

    def _share(self, share: Share) -> tuple[str, ...]:
        yen = words.amount(self._sign * share.yen)
        return share.counterparty, words.COLUMNS[share.column], words.mark_of(share), f"{share.lines:,}", yen

    def _cells(self, line: Line) -> tuple[str, ...]:
        return (
            words.COLUMNS[line.column],
            words.mark_of(line),
            words.month(line.claim_month),
            words.month(line.treatment_month),
            line.receipt_kind,
            line.counterparty,
            line.claim_id,
            words.amount(line.points) if line.claim_id else "",
            words.amount(self._sign * line.yen),
            *self._receipt_cells(line),
            words.reason_of(line),
            words.day(line.posted_on),
        )

    def _receipt_cells(self, line: Line) -> tuple[str, ...]:
        if self._draft.layout is Layout.FIRST:
            return (words.amount(line.reduced_yen) if line.claim_id else "",)
        return tuple(words.amount(each) if isinstance(each, int) else each for each in words.receipt_yen(line))

    def _head(self, page: int, name: str) -> str:
        draft, font = self._draft, self._font
        cut = draft.cut
        said = f"{words.TITLES[cut.side]}  {words.month(cut.period)}  {words.HOLDERS[cut.side]} {cut.holder}  {name}"
        return (
            text(font, (LEFT, TOP), SIZE + 2, said)
            + text_to(font, (RIGHT, TOP), SIZE, f"{page:,} / {self._pages:,} {PAGE}")
            + text(font, (LEFT, BOTTOM - 10), SIZE - 1, f"{NAMED} {draft.statement_id}")
        )

    def _first_page(self, csv_sha256: str) -> str:
        draft, font, side = self._draft, self._font, self._draft.cut.side
        drawn = [
            self._head(1, SUMS),
            text(font, (LEFT, TOP - 44), LARGE, f"{words.TITLES[side]}  {words.month(draft.cut.period)}{MONTH}"),
            *self._facts(TOP - 74),
            *self._sums(TOP - 74),
            *self._proofs(BOTTOM + 72, csv_sha256),
        ]
        return "".join(drawn)

    def _facts(self, height: float) -> Iterator[str]:
        """Left: who, when, how many."""
        draft, cut = self._draft, self._draft.cut
        facts = [
            (words.HOLDERS[cut.side], cut.holder),
            (ISSUED, words.day(self._issued_on)),
            (CLOSED, words.day(cut.closes_on)),
            (words.DAY[cut.side], words.day(words.pay_day(draft))),
            (COUNT, f"{draft.totals.lines:,}"),
        ]
        if cut.side is Side.PAYER:
            facts += [
                (RECEIPTS, f"{cut.receipts:,}"),
                (PRICE, words.price(cut.price_sen)),
                (SEQUENCES, f"{draft.former.cut.sequence + 1:,} - {cut.place.sequence:,}"),
            ]
        facts += [*words.layout_facts(draft), *self._taken_up()]
        for place, (word, value) in enumerate(facts):
            line = height - 18 * place
            yield text(self._font, (LEFT, line), SIZE + 2, word)
            yield text(self._font, (LEFT + 120, line), SIZE + 2, value)

    def _taken_up(self) -> Iterator[tuple[str, str]]:
        """Statements that this one takes up, those that the page has room for; the CSV names all."""
        for each in self._draft.taken_up[:MOST_TAKEN_UP]:
            said = f"{each.statement_id}  {words.amount(each.yen)} 円"
            yield f"{words.TAKEN_UP_EACH} {words.month(each.period)}", said
        if (more := len(self._draft.taken_up) - MOST_TAKEN_UP) > 0:
            yield words.TAKEN_UP_EACH, f"+ {more:,}"

    def _sums(self, height: float) -> Iterator[str]:
        """Right: what is added up."""
        for place, (word, yen) in enumerate([*words.summary(self._draft), *words.receipt_summary(self._draft)]):
            line = height - 22 * place
            yield text(self._font, (430, line), SIZE + 3, word)
            yield text_to(self._font, (RIGHT, line), SIZE + 3, f"{words.amount(yen)} 円")
            yield rule(430, RIGHT, line - 5)

    def _proofs(self, height: float, csv_sha256: str) -> Iterator[str]:
        """Below: digests by which the statement and the ledger behind it can be checked."""
        proofs = [("CSV SHA-256", csv_sha256)]
        for word, block, digest in words.heads(self._draft):
            proofs.append((f"{CHAIN} {word}", f"{block:,}  {digest}" if digest else "-"))
        yield rule(LEFT, RIGHT, height + 14)
        yield text(self._font, (LEFT, height), SIZE, PROVEN)
        for place, (word, value) in enumerate(proofs, 1):
            yield text(self._font, (LEFT, height - 13 * place), SIZE, word)
            yield text(self._font, (LEFT + 120, height - 13 * place), SIZE, value)


class _Columns:
    """The columns of a table: their heads, where they start, and where those of numbers end."""

    __slots__ = ("ends", "heads", "starts")

    def __init__(self, heads: Sequence[str], starts: Sequence[float], ends: dict[int, float]) -> None:
        self.heads = heads
        self.starts = starts
        self.ends = ends


_LINE_COLUMNS: Final = {
    Layout.FIRST: _Columns(HEADS, STARTS, ENDS),
    Layout.SECOND: _Columns(HEADS_WITH_PATIENT, STARTS_WITH_PATIENT, ENDS_WITH_PATIENT),
}


def _pages(rows: int) -> int:
    return -(-rows // ROWS)
