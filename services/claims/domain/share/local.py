"""Local programmes (地方単独事業) as an operator writes them down: a CSV of rows, and its meaning.

One row is one programme, told by its 法別番号 or the beginning of its 負担者番号. `percent` of the cost and monthly
limits are what it leaves to the patient; empty means there is none. A file states all rows of each number that it
names. A file with one bad row means nothing at all.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, TypeVar

from services.claims.domain.faulty_rows import FaultyRows, RowError, faulty
from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.programmes import (
    LAW_DIGITS,
    MOST_PERCENT,
    NUMBER_DIGITS,
    LeftRounding,
    LimitOrder,
    Programme,
)
from services.shared.kernel.months import Month

COLUMNS: Final = (
    *("number", "name", "percent", "inpatient_limit_yen", "outpatient_limit_yen"),
    *("order", "rounding", "since", "until", "source"),
)
NEEDED: Final = ("number", "name", "source")
ORDERS: Final = tuple([each for each in LimitOrder if each is not LimitOrder.LONG_TERM])
"""A long-term specified disease is no programme, so no row makes one."""
MOST_CHARACTERS: Final = 200
"""Of a name or a source."""
MOST_YEN_DIGITS: Final = 8
"""Of a monthly limit: as many as 負担金額 has (記録条件仕様 公費レコード)."""
_Word = TypeVar("_Word", bound=Enum)

Programmes = Mapping[str, tuple[Programme, ...]]
"""Per number all its rows, in one order whatever order the file had."""


class WrongColumn(ValueError):
    """A column of a row breaks a rule."""

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(f"{column}: {rule}")
        self.column = column
        self.rule = rule


def read_programmes(content: bytes) -> Programmes | FaultyRows:
    """What a file means. UTF-8, with or without a byte order mark, or else cp932; a header names the columns."""
    try:
        reader = csv.reader(io.StringIO(_text_of(content), newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        return faulty([RowError(1, "", "must be UTF-8")])
    except csv.Error as error:
        return faulty([RowError(1, "", f"must be CSV: {error}")])
    header = rows[0][1] if rows else []
    if not (set(NEEDED) <= set(header) <= set(COLUMNS)) or len(set(header)) < len(header):
        columns = f"the columns are {', '.join(COLUMNS)}; at least number, name and source"
        return faulty([RowError(1, "", columns)])
    return _meaning(header, [(line, row) for line, row in rows[1:] if row])


def _meaning(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> Programmes | FaultyRows:
    found: dict[str, dict[Month | None, Programme]] = {}
    errors: list[RowError] = []
    for line, row in rows:
        try:
            programme = _programme_of(header, row)
        except WrongColumn as wrong:
            errors.append(RowError(line, wrong.column, wrong.rule))
            continue
        same = found.setdefault(programme.number, {})
        if programme.since in same:
            errors.append(RowError(line, "since", f"must differ from that of the other rows of {programme.number}"))
        same[programme.since] = programme
    if not found and not errors:
        errors = [RowError(1, "", "must state a programme")]
    return faulty(errors) if errors else {number: _in_order(found[number].values()) for number in sorted(found)}


def _programme_of(header: Sequence[str], row: Sequence[str]) -> Programme:
    if len(row) > len(header):
        raise WrongColumn("", f"must have {len(header)} columns")
    return programme_of_row(dict(zip(header, row, strict=False)))


def programme_of_row(row: Mapping[str, str]) -> Programme:
    """The programme of a row; WrongColumn that names the column. Months are YYYY-MM."""
    percent = _whole(row, "percent", MOST_PERCENT)
    inpatient_yen, outpatient_yen = (_whole(row, f"{each}_limit_yen") for each in ("inpatient", "outpatient"))
    since, until = _month(row, "since"), _month(row, "until")
    if since is not None and until is not None and until < since:
        raise WrongColumn("until", "must not lie before since")
    return Programme(
        number=_number(row),
        name=_text(row, "name"),
        percent=percent,
        inpatient_limit_yen=inpatient_yen,
        outpatient_limit_yen=outpatient_yen,
        order=_word(row, "order", ORDERS, LimitOrder.BEFORE),
        rounding=_word(row, "rounding", tuple(LeftRounding), LeftRounding.ONE_YEN),
        blank_is_nothing=percent is None and inpatient_yen is None and outpatient_yen is None,
        since=since,
        until=until,
        mark=SourceMark.SEEN,
        source=_text(row, "source"),
    )


def programmes_text(programmes: Iterable[Programme]) -> str:
    """Rows as text, equal for equal rows; `programmes_in` reads it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_fields(each) for each in _in_order(programmes)])
    return out.getvalue()


def programmes_in(text: str) -> tuple[Programme, ...]:
    """The rows of a text that `programmes_text` wrote."""
    rows = csv.reader(io.StringIO(text, newline=""))
    return tuple([programme_of_row(dict(zip(COLUMNS, row, strict=True))) for row in rows])


def _fields(programme: Programme) -> Iterator[str]:
    """The columns of a row."""
    yield from (programme.number, programme.name)
    for number in (programme.percent, programme.inpatient_limit_yen, programme.outpatient_limit_yen):
        yield "" if number is None else str(number)
    yield from (programme.order.value, programme.rounding.value)
    yield from (month_text(programme.since), month_text(programme.until), programme.source)


def month_text(month: Month | None) -> str:
    """YYYY-MM; nothing where a row is open."""
    return "" if month is None else f"{month.year:04d}-{month.month:02d}"


def _in_order(programmes: Iterable[Programme]) -> tuple[Programme, ...]:
    """By the month in which they begin; no two of a number begin in one."""
    return tuple(sorted(programmes, key=lambda each: (each.number, month_text(each.since))))


def _text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932")


def _text(row: Mapping[str, str], column: str) -> str:
    text = row.get(column, "").strip()
    if not text:
        raise WrongColumn(column, "must not be empty")
    if len(text) > MOST_CHARACTERS or not text.isprintable():
        raise WrongColumn(column, f"must be one line of at most {MOST_CHARACTERS} characters")
    return text


def _number(row: Mapping[str, str]) -> str:
    text = _text(row, "number")
    if not (text.isascii() and text.isdigit() and LAW_DIGITS <= len(text) <= NUMBER_DIGITS):
        raise WrongColumn("number", f"must be {LAW_DIGITS} to {NUMBER_DIGITS} digits, not {text!r}")
    return text


def _whole(row: Mapping[str, str], column: str, most: int = 10**MOST_YEN_DIGITS - 1) -> int | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise WrongColumn(column, f"must be a whole number of 0 or more, not {text!r}")
    if len(text) > MOST_YEN_DIGITS or int(text) > most:
        raise WrongColumn(column, f"must be at most {most}, not {text!r}")
    return int(text)


def _month(row: Mapping[str, str], column: str) -> Month | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    year, dash, month = text.partition("-")
    try:
        if not dash:
            raise ValueError
        return Month.parse(year + month)
    except ValueError as error:
        raise WrongColumn(column, f"must be YYYY-MM, not {text!r}") from error


def _word(row: Mapping[str, str], column: str, words: Sequence[_Word], otherwise: _Word) -> _Word:
    text = row.get(column, "").strip()
    known = {each.value: each for each in words}
    if text and text not in known:
        raise WrongColumn(column, f"must be one of {', '.join(known)}, not {text!r}")
    return known[text] if text else otherwise
