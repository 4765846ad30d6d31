"""A statement as CSV: UTF-8 with a byte order mark, lines ended by CR LF (RFC 4180), one table.

The first column names the kind of row: 見出 (what holds for the whole), 集計 (sums), 内訳 (by counterparty), 明細 (one
claim, correction, fee or payment). The same statement gives the same bytes. Numbers are plain integers, so that a
program adds them up without reading signs.

The second layout has 患者負担額 behind the columns of the first, and says it and 査定額 on one line of a receipt only:
each column adds up to its sum.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from services.settlement.adapters.statements import statement_words as words
from services.settlement.domain.netting import Side
from services.settlement.domain.statement import Draft, Layout, Line, Share

MARK: Final = "\N{BYTE ORDER MARK}"
COLUMNS: Final = (
    *("行種", "番号", "区分", "印", "請求年月", "診療年月", "レセプト種別", "相手方", "請求ID", "点数", "金額"),
    *("査定額", "理由", "取消元振替ID", "計上日", "振替ID", "通知番号"),
)
PATIENT: Final = "患者負担額"
COLUMNS_OF: Final = {Layout.FIRST: COLUMNS, Layout.SECOND: (*COLUMNS, PATIENT)}
_TITLE, _SUM, _SHARE, _LINE = "見出", "集計", "内訳", "明細"


class StatementCsv:
    """Writes one statement: begin, then lines as often as there are some."""

    def __init__(self, draft: Draft, *, issued_on: date) -> None:
        """`issued_on`: the day in Tokyo."""
        self._draft = draft
        self._issued_on = issued_on
        self._sign = draft.cut.side.sign
        self._columns = COLUMNS_OF[draft.layout]
        self._written = 0

    def begin(self) -> bytes:
        """Everything before the lines."""
        draft, side = self._draft, self._draft.cut.side
        summed = [*words.summary(draft), *words.receipt_summary(draft)]
        titles = [self._cells({"行種": _TITLE, "区分": word, "理由": value}) for word, value in self._titles()]
        sums = [self._cells({"行種": _SUM, "区分": word, "金額": yen}) for word, yen in summed]
        shares = [self._cells(_share(number, share, side.sign)) for number, share in enumerate(draft.shares, 1)]
        return (MARK + _written([self._columns, *titles, *self._taken_up(), *sums, *shares])).encode()

    def lines(self, lines: Sequence[Line]) -> bytes:
        """The next lines."""
        return _written(self._line(line) for line in lines).encode()

    def _titles(self) -> Iterable[tuple[str, str]]:
        draft, cut = self._draft, self._draft.cut
        yield "表題", words.TITLES[cut.side]
        yield "明細書番号", draft.statement_id
        yield words.HOLDERS[cut.side], cut.holder
        yield "請求年月", words.month(cut.period)
        yield "発行日", words.day(self._issued_on)
        yield "締切日", words.day(cut.closes_on)
        yield words.DAY[cut.side], words.day(words.pay_day(draft))
        yield "明細件数", str(draft.totals.lines)
        if cut.side is Side.PAYER:
            yield "審査件数", str(cut.receipts)
            yield "審査手数料単価(円)", words.price(cut.price_sen)
            yield "通知番号", f"{draft.former.cut.sequence + 1}-{cut.place.sequence}"
        for word, block, digest in words.heads(draft):
            yield f"連鎖先頭({word})", f"{block}:{digest}" if digest else ""
        yield from words.layout_facts(draft)

    def _taken_up(self) -> Iterable[list[object]]:
        """A row of each statement that this one takes up; none where it takes up none."""
        for each in self._draft.taken_up:
            row = {"請求年月": words.month(each.period), "金額": each.yen, "理由": each.statement_id}
            yield self._cells({"行種": _TITLE, "区分": words.TAKEN_UP_EACH, **row})

    def _cells(self, row: Mapping[str, object]) -> list[object]:
        return [row.get(column, "") for column in self._columns]

    def _line(self, line: Line) -> list[object]:
        self._written += 1
        cells: list[object] = [
            _LINE,
            self._written,
            words.COLUMNS[line.column],
            words.mark_of(line),
            words.month(line.claim_month),
            words.month(line.treatment_month),
            line.receipt_kind,
            line.counterparty,
            line.claim_id,
            line.points if line.claim_id else "",
            self._sign * line.yen,
            self._reduced(line),
            words.reason_of(line),
            line.takes_back,
            words.day(line.posted_on),
            line.transfer_id,
            line.sequence or "",
        ]
        return cells if self._draft.layout is Layout.FIRST else [*cells, words.receipt_yen(line)[0]]

    def _reduced(self, line: Line) -> int | str:
        if self._draft.layout is not Layout.FIRST:
            return words.receipt_yen(line)[1]
        return line.reduced_yen if line.claim_id else ""


def _share(number: int, share: Share, sign: int) -> dict[str, object]:
    return {
        "行種": _SHARE,
        "番号": number,
        "区分": words.COLUMNS[share.column],
        "印": words.mark_of(share),
        "相手方": share.counterparty,
        "金額": sign * share.yen,
        "理由": f"{share.lines}件",
    }


def _written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
