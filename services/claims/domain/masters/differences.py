"""Rows of masters as text for people, and what differs between two moments."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.history import KindHistory
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.layouts import LAYOUTS
from services.claims.domain.masters.rows import Row

BOOKKEEPING: Final = frozenset({"change", "valid_from", "changed_on", "publication_order"})
"""Fields that say when and where a row was published: rows that differ in nothing else say the same. The flags of what
the last change touched (`*_changed`) are such fields too."""


class FieldText(NamedTuple):
    """A field of a row: its name, the item's Japanese name in the specification, its value as text."""

    name: str
    japanese: str
    value: str


class FieldChange(NamedTuple):
    """A field that differs, as text."""

    name: str
    before: str
    after: str


class Difference(NamedTuple):
    """A code that is in force before only, after only, or both times with other words."""

    kind: MasterKind
    code: str
    name: str
    before: bool
    after: bool
    changes: tuple[FieldChange, ...]


def kind_of_code(code: str) -> MasterKind | None:
    """Which master a code is of, by its length and first digit (chapter 1 (1)); None for a code of none of the six."""
    by_length = {4: MasterKind.MODIFIER, 7: MasterKind.DISEASE}
    by_digit = {"1": MasterKind.ACT, "6": MasterKind.DRUG, "7": MasterKind.MATERIAL, "8": MasterKind.COMMENT}
    return by_length.get(len(code)) or by_digit.get(code[:1])


def name_of(row: Row) -> str:
    """The row's Japanese name; a comment's text."""
    return row.text if isinstance(row, MasterComment) else row.name


def row_texts(kind: MasterKind, row: Row) -> tuple[FieldText, ...]:
    """Every field of the row in its order, then what stands in columns behind the specification's."""
    japanese, layout = _japanese_of(kind), LAYOUTS[kind]
    stated = (each.name for each in fields(row) if each.name != "extra")
    known = [FieldText(name, japanese.get(name, ""), text_of(getattr(row, name))) for name in stated]
    later = enumerate(row.extra, len(layout.columns) + 1)
    return (*known, *(FieldText(f"column {item}", layout.later.get(item, ""), text) for item, text in later if text))


def text_of(value: object) -> str:
    """A value for people: days as YYYY-MM-DD, a member of a closed set as its name and its official code."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return f"{value.name.lower().replace('_', ' ')} ({value.value})"
    if isinstance(value, date | Decimal | int | str):
        return str(value)
    if isinstance(value, tuple):
        return "; ".join(text_of(each) for each in value)
    if is_dataclass(value):
        return _members(value)
    raise TypeError(type(value).__name__)


def differences(
    before: KindHistory, day_before: date, after: KindHistory, day_after: date
) -> Iterator[Difference] | None:
    """What differs in a kind between two days, in the order of codes; None where it is not loaded on both."""
    eras = before.loaded_on(day_before), after.loaded_on(day_after)
    if eras[0] is None or eras[1] is None:
        return None
    old, new = eras[0].on(day_before), eras[1].on(day_after)
    return _differences(before.kind, old, new)


def _differences(kind: MasterKind, old: Mapping[str, Row], new: Mapping[str, Row]) -> Iterator[Difference]:
    for code in sorted(old.keys() | new.keys()):
        one, other = old.get(code), new.get(code)
        known = one if other is None else other
        if known is None or one is other:
            continue
        changes = () if one is None or other is None else _changes(kind, one, other)
        if changes or one is None or other is None:
            yield Difference(kind, code, name_of(known), one is not None, other is not None, changes)


def _changes(kind: MasterKind, one: Row, other: Row) -> tuple[FieldChange, ...]:
    was, now = ({each.name: each.value for each in row_texts(kind, row)} for row in (one, other))
    changes = (FieldChange(name, was.get(name, ""), now.get(name, "")) for name in {**was, **now})
    return tuple(each for each in changes if each.before != each.after and not _is_bookkeeping(each.name))


def _is_bookkeeping(name: str) -> bool:
    return name in BOOKKEEPING or name.endswith("_changed")


def _members(value: object) -> str:
    stated = ((each.name, text_of(getattr(value, each.name))) for each in fields(value))  # type: ignore[arg-type]  # asked
    return ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in stated if text)


@cache
def _japanese_of(kind: MasterKind) -> Mapping[str, str]:
    """The Japanese names by field; of a field made of several columns, the first one's."""
    found: dict[str, str] = {}
    for column in LAYOUTS[kind].columns:
        found.setdefault(column.field.partition(".")[0], column.japanese)
    return found
