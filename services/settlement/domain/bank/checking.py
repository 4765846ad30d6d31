"""Reads a bank's fixed-length file strictly: every record, every field, every sum, and all that is wrong with them.

Nothing is mended and nothing stops the reading: what is wrong is told with the record's number, the byte's offset in
it, the field and the rule, never with what stands there. A file without violations is one that the layout allows.
"""

import re
from collections.abc import Iterator
from typing import Final

from services.settlement.domain.bank.characters import loose_mark
from services.settlement.domain.bank.layouts import LAYOUTS, Field, FileKind, Form, Layout, Record
from services.settlement.domain.bank.records import Checked, Group, NoBankFile, Row, Violation, violation
from services.settlement.domain.bank.sums import violations_of_end, violations_of_row, violations_of_trailer

_LINE_END: Final = b"\r\n"
_KIND_AT: Final = slice(1, 3)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def checked(content: bytes) -> Checked:
    """The file, read whole. Raises NoBankFile where it is of no kind that is read."""
    layout = LAYOUTS[_kind_of(content)]
    rows, has_ends, loose_ends = _records(content, layout.size)
    found = Checked(kind=FileKind(layout.kind), has_line_ends=has_ends)
    found.tell(iter(loose_ends))
    order = _Order(layout)
    for number, row in enumerate(rows, 1):
        found.records = number
        kind = order.of(row)
        if kind is None:
            found.tell(iter([violation(number, (0, "mark"), "known", "is no データ区分 of this file")]))
            continue
        found.tell(order.out_of_place(number, kind))
        if kind.has_days or kind.shape.fullmatch(row) is None or loose_mark(row) is not None:
            found.tell(_broken(number, kind, row))
        _take(found, kind, row, layout)
    found.tell(order.missing(found.records))
    return found


def _kind_of(content: bytes) -> FileKind:
    if content[:1] != b"1":
        raise NoBankFile("the first byte is no header's データ区分 (1)")
    try:
        return FileKind(content[_KIND_AT].decode("ascii", "replace"))
    except ValueError:
        known = ", ".join(f"{kind.value} {LAYOUTS[kind].japanese}" for kind in FileKind)
        raise NoBankFile(f"the 種別コード is none of {known}") from None


def _records(content: bytes, size: int) -> tuple[list[bytes], bool, list[Violation]]:
    """The records, filled or cut to their size, whether lines end them, and what is wrong with their lengths."""
    has_ends = content[size : size + 2] == _LINE_END or (len(content) != size and b"\n" in content[: size + 2])
    if has_ends:
        lines = content.split(_LINE_END)
        if lines[-1] == b"":
            lines.pop()
            open_end: list[Violation] = []
        else:
            open_end = [violation(len(lines), (size, "record"), "line_end", "is not ended by CR LF, as the others are")]
    else:
        lines = [content[at : at + size] for at in range(0, len(content), size)]
        open_end = []
    wrong = [
        violation(number, (min(len(line), size), "record"), "length", f"has {len(line)} bytes instead of {size}")
        for number, line in enumerate(lines, 1)
        if len(line) != size
    ]
    return [line.ljust(size)[:size] for line in lines], has_ends, wrong + open_end


class _Order:
    """Which record may follow: header, data records, trailer, again or the end."""

    def __init__(self, layout: Layout) -> None:
        self._by_mark = {each.mark.encode(): each for each in (layout.header, layout.data, layout.trailer)}
        if layout.end is not None:
            self._by_mark[layout.end.mark.encode()] = layout.end
        self._end = layout.end
        self._last: str | None = None

    def of(self, row: bytes) -> Record | None:
        return self._by_mark.get(row[:1])

    def out_of_place(self, number: int, kind: Record) -> Iterator[Violation]:
        allowed = {
            None: {"header"},
            "header": {"data", "trailer"},
            "data": {"data", "trailer"},
            "trailer": {"header", "end"} if self._end is not None else {"header"},
            "end": set(),
        }[self._last]
        if kind.name not in allowed:
            before = self._last or "the beginning"
            yield violation(number, (0, "mark"), "order", f"a {kind.name} record does not follow {before}")
        self._last = kind.name

    def missing(self, records: int) -> Iterator[Violation]:
        last = "end" if self._end is not None else "trailer"
        if self._last != last:
            yield violation(records, (0, "mark"), "complete", f"the file does not end with its {last} record")


def _take(found: Checked, kind: Record, row: bytes, layout: Layout) -> None:
    """Keep the record's values, and tell where they disagree with the others."""
    number = found.records
    values = Row(kind, row, number)
    if kind is layout.header:
        found.groups.append(Group(header=values))
    elif kind is layout.end:
        found.tell(violations_of_end(number, values, found, layout))
    elif found.groups and kind is layout.data:
        found.groups[-1].data.append(values)
        found.tell(violations_of_row(number, values, layout))
    elif found.groups:
        found.groups[-1].trailer = values
        found.tell(violations_of_trailer(number, found.groups[-1], layout))


def _broken(number: int, kind: Record, row: bytes) -> Iterator[Violation]:
    """What is wrong with each field of a record by itself."""
    for each in kind.fields:
        said = _wrong(each, row[each.at : each.end])
        if said is not None:
            place, rule, why = said
            yield violation(number, (each.at + place, each.name), rule, why)


def _wrong(each: Field, value: bytes) -> tuple[int, str, str] | None:
    """Place in the field, rule and words; None: nothing is wrong with it."""
    if each.form in (Form.TEXT, Form.ANYTHING):
        return _wrong_text(each, value)
    if re.fullmatch(each.shape.encode("latin-1"), value) is None:
        return (_first_wrong(each, value), _RULES[each.form], _WORDS[each.form].format(length=each.length, field=each))
    digits = value.decode("ascii")
    if each.form is Form.MONTH_DAY and not _is_day(digits):
        return (0, "calendar", "is no day of the calendar, MMDD")
    if each.form is Form.DATE and not _is_day(digits[2:]):
        return (0, "calendar", "is no day of the calendar, YYMMDD")
    if each.form is Form.DATE_OR_NONE and digits.strip("0") and not _is_day(digits[2:]):
        return (0, "calendar", "is neither a day of the calendar, YYMMDD, nor zeros")
    return None


def _wrong_text(each: Field, value: bytes) -> tuple[int, str, str] | None:
    found = each.alphabet.not_allowed.search(value)
    if found is not None:
        return (found.start(), "alphabet", f"holds a character that {each.japanese} may not have")
    place = loose_mark(value)
    if place is not None:
        return (place, "mark", "has a voicing mark behind a character that carries none")
    if each.form is Form.TEXT and value[:1] == b" " and value.strip(b" "):
        return (0, "left_aligned", "begins with a space")
    return None


def _first_wrong(each: Field, value: bytes) -> int:
    """The first byte that is no digit, or, of a blank, no space."""
    wanted = rb"[^ ]" if each.form is Form.BLANK else rb"\D"
    found = re.search(wanted, value) if each.form is not Form.CODE else None
    return found.start() if found is not None else 0


def _is_day(digits: str) -> bool:
    month, day = int(digits[:2]), int(digits[2:])
    return 1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]


_RULES: Final = {
    Form.DIGITS: "digits",
    Form.DIGITS_OR_BLANK: "digits_or_blank",
    Form.AMOUNT: "amount",
    Form.MONTH_DAY: "digits",
    Form.DATE: "digits",
    Form.DATE_OR_NONE: "digits",
    Form.CODE: "known",
    Form.BLANK: "blank",
}
_WORDS: Final = {
    Form.DIGITS: "is not {length} digits",
    Form.DIGITS_OR_BLANK: "is neither {length} digits nor blank",
    Form.AMOUNT: "is not {length} digits that are more than 0",
    Form.MONTH_DAY: "is not {length} digits",
    Form.DATE: "is not {length} digits",
    Form.DATE_OR_NONE: "is not {length} digits",
    Form.CODE: "is none of the codes of {field.japanese}",
    Form.BLANK: "is not blank",
}
