"""The price of a treatment: its units priced, and how the receipt's declared points compare."""

from collections.abc import Sequence
from typing import NamedTuple

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.act_lines import MEALS
from services.claims.domain.pricing.book import book_of
from services.claims.domain.pricing.priced import PricedUnit, Pricing
from services.claims.domain.pricing.units import priced_by
from services.claims.domain.treatment import Treatment, Unit


def price(treatment: Treatment, schedule: MonthSchedule) -> Pricing:
    """Every unit priced from the schedule of the treatment month, for one time each."""
    book = book_of(schedule)
    return Pricing(tuple([priced_by(unit, book) for unit in treatment.units]))


class Difference(NamedTuple):
    """A unit whose declared points are not those of the schedule; `unit` is its place in the treatment."""

    unit: int
    declared: int
    priced: int
    arithmetic: str


def differences(treatment: Treatment, pricing: Pricing) -> tuple[Difference, ...]:
    """The units that were priced and declare something else, both figures for one time."""
    return tuple(
        Difference(place, unit.points, answer.points, answer.arithmetic)
        for place, (unit, answer) in enumerate(zip(treatment.units, pricing.units, strict=True))
        if answer.points is not None and answer.points != unit.points
    )


class Total(NamedTuple):
    """Points times count (yen in section 97): declared by all units, priced, and declared by those without a price."""

    declared: int
    priced: int
    unpriced_declared: int


def by_section(units: Sequence[Unit], prices: Sequence[PricedUnit]) -> dict[str, Total]:
    """Totals by 診療識別, in the order of the receipt; `prices` run parallel to `units`."""
    return _totals(units, prices, [unit.section for unit in units])


def by_share(units: Sequence[Unit], prices: Sequence[PricedUnit]) -> dict[str, Total]:
    """Totals in points by benefit share (負担区分), in the order of the receipt; meals are yen and left out."""
    return _totals(units, prices, [None if unit.section == MEALS else unit.share for unit in units])


def _totals(units: Sequence[Unit], prices: Sequence[PricedUnit], keys: Sequence[str | None]) -> dict[str, Total]:
    totals: dict[str, Total] = {}
    for key, unit, answer in zip(keys, units, prices, strict=True):
        if key is None:
            continue
        so_far = totals.get(key, Total(0, 0, 0))
        declared = unit.points * unit.times
        points, left = (0, declared) if answer.points is None else (answer.points * unit.times, 0)
        totals[key] = Total(so_far.declared + declared, so_far.priced + points, so_far.unpriced_declared + left)
    return totals
