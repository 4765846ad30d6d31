"""Lines of treatment put together to units (点数・回数算定単位) and written as SI, IY and TO records."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tests.support.mutator.raw import (
    CODE,
    MATERIAL_PRICE,
    POINTS,
    QUANTITY,
    SECTION,
    SHARE,
    Fields,
    counted_on,
    record,
)


class Item(NamedTuple):
    """One line of a unit: its record, code, quantity and, for a purchased material, its price in yen."""

    record: str
    code: str
    quantity: Decimal | int | None = None
    price_yen: Decimal | None = None


class UnitDraft(NamedTuple):
    """A unit: section (診療識別), its lines, the points of one time, and how often on which days."""

    section: str
    items: tuple[Item, ...]
    points: int
    days: dict[int, int]


def act(code: str, quantity: int | None = None) -> Item:
    """An act."""
    return Item("SI", code, quantity)


def number(value: Decimal | int | None) -> str:
    """A quantity as the format writes it: no zeros that say nothing."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def lines_of(units: Iterable[UnitDraft], share: str, others: Iterable[UnitDraft] = ()) -> list[Fields]:
    """The units in order of their sections, each opening a 剤 of its own; `others` are not shared by programmes."""
    shared = [(unit, share) for unit in units] + [(unit, "1") for unit in others]
    return [line for unit, who in sorted(shared, key=lambda each: each[0].section) for line in unit_lines(unit, who)]


def unit_lines(unit: UnitDraft, share: str) -> list[Fields]:
    """The records of one unit: the section on the first, the points on the last."""
    last = len(unit.items) - 1
    return [
        _line(item, unit, share, section=unit.section if place == 0 else "", points=place == last)
        for place, item in enumerate(unit.items)
    ]


def _line(item: Item, unit: UnitDraft, share: str, *, section: str, points: bool) -> Fields:
    fields = {
        SECTION: section,
        SHARE: share,
        CODE: item.code,
        QUANTITY: number(item.quantity),
        POINTS: str(unit.points) if points else "",
    }
    if item.price_yen is not None:
        fields[MATERIAL_PRICE] = number(item.price_yen)
    return counted_on(record(item.record, fields), unit.days)
