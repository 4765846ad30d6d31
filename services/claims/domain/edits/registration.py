"""Registrations (届出) as an operator writes them down: a CSV of hospitals' standards and premises, and its meaning.

One row is one dated fact: hospital_code, item, value, valid_from, valid_to. Items are `standard` (a 施設基準 code of up
to four digits), `facility` (hospital or clinic), `licensed_beds` and `general_beds` (許可病床, 一般病床). Days are
YYYY-MM-DD; an empty valid_to is no end. A file states the whole registration of each hospital that it names. A file
with one bad row means nothing at all.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import Final, NamedTuple

from services.claims.domain.edits.standards import Facility, FacilityStandards, Period, Premises, Registered
from services.claims.domain.faulty_rows import FaultyRows, RowError, faulty

HEADER: Final = ("hospital_code", "item", "value", "valid_from", "valid_to")
_A_DAY: Final = timedelta(days=1)
_HOSPITAL: Final = re.compile(r"[0-9]{10}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Item(Enum):
    """What a row states."""

    STANDARD = "standard"
    FACILITY = "facility"
    LICENSED_BEDS = "licensed_beds"
    GENERAL_BEDS = "general_beds"


_VALUES: Final[Mapping[Item, re.Pattern[str]]] = {
    Item.STANDARD: re.compile(r"[1-9][0-9]{0,3}", re.ASCII),
    Item.FACILITY: re.compile("|".join(each.value for each in Facility)),
    Item.LICENSED_BEDS: re.compile(r"[0-9]{1,4}", re.ASCII),
    Item.GENERAL_BEDS: re.compile(r"[0-9]{1,4}", re.ASCII),
}


class Stated(NamedTuple):
    """One fact of a hospital; `value` has the form of its item."""

    item: Item
    value: str
    period: Period


Registrations = Mapping[str, tuple[Stated, ...]]
"""Per hospital code everything that is registered, in one order whatever order the rows had."""


def read_registrations(content: bytes) -> Registrations | FaultyRows:
    """What a file means. UTF-8, with or without a byte order mark."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return faulty([RowError(1, "", "must be UTF-8")])
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        return faulty([RowError(1, "", f"must be CSV: {error}")])
    if not rows or tuple(rows[0]) != HEADER:
        return faulty([RowError(1, "", f"must be the header {','.join(HEADER)}")])
    found: dict[str, dict[Stated, int]] = {}
    errors: list[RowError] = []
    for line, row in enumerate(rows[1:], 2):
        if row:
            wrong = list(_errors(line, row)) or list(_contradictions(line, _stated(row), found.get(row[0], {})))
            errors += wrong
            if not wrong:
                found.setdefault(row[0], {}).setdefault(_stated(row), line)
    if not found and not errors:
        errors = [RowError(1, "", "must state something of a hospital")]
    return faulty(errors) if errors else {code: _in_order(stated) for code, stated in sorted(found.items())}


def registration_text(stated: Iterable[Stated]) -> str:
    """The same facts as text, equal for equal facts; `stated_in` reads it."""
    return "".join(f"{','.join(_fields(each))}\n" for each in _in_order(stated))


def stated_in(text: str) -> tuple[Stated, ...]:
    """The facts of a text that `registration_text` wrote."""
    return tuple(_stated(("", *line.split(","))) for line in text.splitlines())


def standards_of(stated: Sequence[Stated]) -> FacilityStandards:
    """What the facts say of a hospital."""
    registered = [Registered(each.value, each.period) for each in stated if each.item is Item.STANDARD]
    return FacilityStandards(registered=tuple(registered), premises=tuple(_premises(stated)))


def _premises(stated: Sequence[Stated]) -> Iterator[Premises]:
    """What the hospital is in each stretch of days in which nothing of it changes."""
    told = [each for each in stated if each.item is not Item.STANDARD]
    begins = sorted({each.period.first for each in told} | _ends(told))
    for at, first in enumerate(begins):
        last = begins[at + 1] - _A_DAY if at + 1 < len(begins) else None
        holding = {each.item: each.value for each in told if each.period.holds(first)}
        if holding:
            yield Premises(
                Period(first, last),
                Facility(holding[Item.FACILITY]) if Item.FACILITY in holding else None,
                _number(holding.get(Item.LICENSED_BEDS)),
                _number(holding.get(Item.GENERAL_BEDS)),
            )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _ends(told: Iterable[Stated]) -> set[date]:
    """The days after those on which something ends."""
    lasts = {each.period.last for each in told}
    return {last + _A_DAY for last in lasts if last is not None and last < date.max}


def _errors(line: int, row: Sequence[str]) -> Iterator[RowError]:
    if len(row) != len(HEADER):
        yield RowError(line, "", f"must have {len(HEADER)} columns")
        return
    code, item, value, first, last = row
    if not _HOSPITAL.fullmatch(code):
        yield RowError(line, "hospital_code", "must be ten digits")
    known = next((each for each in Item if each.value == item), None)
    if known is None:
        yield RowError(line, "item", f"must be one of {', '.join(each.value for each in Item)}")
    elif not _VALUES[known].fullmatch(value):
        yield RowError(line, "value", f"must match {_VALUES[known].pattern}")
    if _day(first) is None:
        yield RowError(line, "valid_from", "must be a day YYYY-MM-DD")
    if last and (_day(last) is None or last < first):
        yield RowError(line, "valid_to", "must be empty or a day YYYY-MM-DD that is not before valid_from")


def _contradictions(line: int, stated: Stated, known: Mapping[Stated, int]) -> Iterator[RowError]:
    """A hospital is one thing on one day: what it is, and its beds, are not told twice with two values."""
    for other, told_on in known.items():
        same = other.item is stated.item is not Item.STANDARD and other.value != stated.value
        if same and _overlap(stated.period, other.period):
            yield RowError(line, "valid_from", f"must not tell another {stated.item.value} of days of line {told_on}")


def _overlap(one: Period, other: Period) -> bool:
    return (one.last is None or other.first <= one.last) and (other.last is None or one.first <= other.last)


def _stated(row: Sequence[str]) -> Stated:
    _, item, value, first, last = row
    return Stated(Item(item), value, Period(date.fromisoformat(first), date.fromisoformat(last) if last else None))


def _fields(stated: Stated) -> tuple[str, ...]:
    first, last = stated.period
    return stated.item.value, stated.value, str(first), str(last or "")


def _in_order(stated: Iterable[Stated]) -> tuple[Stated, ...]:
    return tuple(sorted(stated, key=_fields))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
