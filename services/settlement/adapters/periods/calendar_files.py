"""Calendars and tariffs as files, CSV or YAML: read strictly, every fault told by its line, column and rule.

A CSV has the columns in its first line; a YAML file is a list of items with the same names. Nothing is guessed: a
column that is not known is a fault, and so is a month or a payer that stands twice.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final, Generic, TypeVar

import yaml

from services.settlement.domain.payment_calendar import CalendarRow, treatment_month
from services.settlement.domain.tariff import SEN_A_YEN, ReviewFee, Rounding

Row = TypeVar("Row")
MOST_ROWS: Final = 100_000
MOST_ERRORS: Final = 100
MOST_SEN: Final = 1_000_000
"""A price beyond is a mistake."""
CALENDAR_COLUMNS: Final = ("payer", "claim_month", "closes_on", "due_on", "pays_on", "mark", "source")
TREATMENT_MONTH: Final = "treatment_month"
"""May stand beside claim_month; it is then the month before."""
TARIFF_COLUMNS: Final = ("authority", "since", "yen_per_receipt", "rounding", "mark", "source")
_MONTH: Final = re.compile(r"^([0-9]{4})-?(0[1-9]|1[0-2])$")
_PAYER: Final = re.compile(r"^([0-9]{6}|[0-9]{8}|\*)$")
_AUTHORITY: Final = re.compile(r"^(1|2|2(0[1-9]|[1-3][0-9]|4[0-7]))$")
_MARKS: Final = frozenset("RPSUMC")


class FileFormat(Enum):
    """How a file is written."""

    CSV = "csv"
    YAML = "yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileError:
    """What is wrong: the line (of YAML the item), from 1, the column, the rule."""

    line: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile(Generic[Row]):
    """The rows of a file, or what is wrong with it; at most MOST_ERRORS."""

    rows: tuple[Row, ...]
    errors: tuple[FileError, ...]


class _Fault(Exception):
    def __init__(self, column: str, rule: str) -> None:
        super().__init__(f"{column}: {rule}")
        self.column = column
        self.rule = rule


def read_calendar(content: bytes, form: FileFormat) -> ReadFile[CalendarRow]:
    """The rows of a calendar."""
    columns = (*CALENDAR_COLUMNS, TREATMENT_MONTH)
    return _read(content, form, columns, make=_calendar_row, key=lambda row: (row.payer_number, row.period))


def read_tariff(content: bytes, form: FileFormat) -> ReadFile[ReviewFee]:
    """The prices of a tariff."""
    return _read(content, form, TARIFF_COLUMNS, make=_fee, key=lambda fee: (fee.authority, fee.since))


def _read(
    content: bytes,
    form: FileFormat,
    columns: Sequence[str],
    *,
    make: Callable[[Mapping[str, str]], Row],
    key: Callable[[Row], tuple[str, str]],
) -> ReadFile[Row]:
    rows: dict[tuple[str, str], Row] = {}
    errors: list[FileError] = []
    try:
        for line, cells in _items(content, form):
            try:
                _refuse_unknown(cells, columns)
                row = make(cells)
                if rows.setdefault(key(row), row) is not row:
                    raise _Fault(columns[1], "stands twice")
            except _Fault as fault:
                errors.append(FileError(line=line, column=fault.column, rule=fault.rule))
    except _Fault as unreadable:
        errors.append(FileError(line=1, column=unreadable.column, rule=unreadable.rule))
    if not rows and not errors:
        errors.append(FileError(line=1, column="", rule="no rows"))
    return ReadFile(rows=() if errors else tuple(rows.values()), errors=tuple(errors[:MOST_ERRORS]))


def _items(content: bytes, form: FileFormat) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as unreadable:
        raise _Fault("", "must be UTF-8") from unreadable
    return _csv_items(text) if form is FileFormat.CSV else _yaml_items(text)


def _csv_items(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text), restkey="", restval="", strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if number > MOST_ROWS:
                raise _Fault("", f"more than {MOST_ROWS} rows")
            if "" in row:
                raise _Fault("", "more cells than columns")
            yield reader.line_num, {name: cell.strip() for name, cell in row.items()}
    except csv.Error as malformed:
        raise _Fault("", "no CSV") from malformed


def _yaml_items(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        items = yaml.load(text, Loader=yaml.BaseLoader)  # texts, lists, mappings only
    except (yaml.YAMLError, RecursionError) as malformed:
        raise _Fault("", "no YAML") from malformed
    if not isinstance(items, list) or len(items) > MOST_ROWS:
        raise _Fault("", f"must be a list of at most {MOST_ROWS} items")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not all(isinstance(cell, str) for cell in item.values()):
            raise _Fault("", f"item {number} is no mapping of names to values")
        yield number, item


def _refuse_unknown(cells: Mapping[str, str], columns: Sequence[str]) -> None:
    for name in cells:
        if name not in columns:
            raise _Fault(str(name)[:50], "is no column")


def _calendar_row(cells: Mapping[str, str]) -> CalendarRow:
    period = _month(cells, "claim_month")
    if cells.get(TREATMENT_MONTH) and _month(cells, TREATMENT_MONTH) != treatment_month(period):
        raise _Fault(TREATMENT_MONTH, "must be the month before claim_month")
    values = {
        "payer_number": _matched(cells, "payer", _PAYER, "must be 6 or 8 digits, or *"),
        "period": period,
        "mark": _mark(cells),
        "source": _filled(cells, "source"),
    }
    try:
        return CalendarRow(
            **values, closes_on=_day(cells, "closes_on"), due_on=_day(cells, "due_on"), pays_on=_day(cells, "pays_on")
        )
    except ValueError as wrong:
        raise _Fault("closes_on", "must not be after due_on or pays_on") from wrong


def _fee(cells: Mapping[str, str]) -> ReviewFee:
    rounding = {each.value: each for each in Rounding}.get(_filled(cells, "rounding"))
    if rounding is None:
        raise _Fault("rounding", "must be down, half_up or up")
    return ReviewFee(
        authority=_matched(cells, "authority", _AUTHORITY, "must be 1, 2, or 2 and a prefecture"),
        since=_month(cells, "since"),
        price_sen=_sen(cells),
        rounding=rounding,
        mark=_mark(cells),
        source=_filled(cells, "source"),
    )


def _sen(cells: Mapping[str, str]) -> int:
    try:
        sen = Decimal(_filled(cells, "yen_per_receipt")) * SEN_A_YEN
    except InvalidOperation as wrong:
        raise _Fault("yen_per_receipt", "must be a number") from wrong
    if not sen.is_finite() or sen != sen.to_integral_value() or not 0 <= sen <= MOST_SEN:
        raise _Fault("yen_per_receipt", "must be 0 to 10000 with at most two decimals")
    return int(sen)


def _month(cells: Mapping[str, str], name: str) -> str:
    found = _MONTH.match(_filled(cells, name))
    if found is None:
        raise _Fault(name, "must be a month, YYYY-MM")
    return found[1] + found[2]


def _day(cells: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(_filled(cells, name))
    except ValueError as wrong:
        raise _Fault(name, "must be a day, YYYY-MM-DD") from wrong


def _mark(cells: Mapping[str, str]) -> str:
    mark = _filled(cells, "mark")
    if mark not in _MARKS:
        raise _Fault("mark", "must be R, P, S, U, M or C")
    return mark


def _matched(cells: Mapping[str, str], name: str, pattern: re.Pattern[str], rule: str) -> str:
    value = _filled(cells, name)
    if pattern.match(value) is None:
        raise _Fault(name, rule)
    return value


def _filled(cells: Mapping[str, str], name: str) -> str:
    value = cells.get(name, "").strip()
    if not value:
        raise _Fault(name, "is missing")
    return value
