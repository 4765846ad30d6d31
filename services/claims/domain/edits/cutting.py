"""Which times of a unit a line's refusal takes: all of them, those of some days, or single ones."""

from collections.abc import Collection, Iterable

from services.claims.domain.edits.hits import Cut, Time
from services.claims.domain.edits.places import PlacedAct, PlacedMaterial
from services.claims.domain.treatment import DayCount, Unit

UNDATED = 0
"""The day of times of which none is stated."""


def times_of(unit: Unit) -> list[Time]:
    """Every time of a unit, first those without a day, then day by day."""
    dated = [Time(each.day, nth) for each in unit.days for nth in range(each.times)]
    return [*(Time(UNDATED, nth) for nth in range(unit.times - len(dated))), *dated]


def without_times(unit: Unit, refused: Collection[Time]) -> Unit:
    """The unit as if it had not been done at these times."""
    left = [each for each in times_of(unit) if each not in refused]
    days = [each.day for each in left if each.day != UNDATED]
    return unit._replace(times=len(left), days=tuple(DayCount(day, days.count(day)) for day in dict.fromkeys(days)))


def cut_line(placed: PlacedAct | PlacedMaterial) -> Cut:
    """Without the line at all."""
    return cut_times(placed, times_of(placed.unit))


def cut_days(placed: PlacedAct | PlacedMaterial, days: Collection[int]) -> Cut:
    """Without the line on these days."""
    return cut_times(placed, [each for each in times_of(placed.unit) if each.day in days])


def cut_times(placed: PlacedAct | PlacedMaterial, times: Iterable[Time]) -> Cut:
    """Without the line at these times."""
    return Cut(placed.at, line=placed.line.number, refused=frozenset(times))


def paid_first(placed: PlacedAct) -> tuple[int, tuple[str, ...], tuple[DayCount, ...], int, int]:
    """Of what was done on one day, the order in which it counts: the dearest first, however the receipt is ordered."""
    unit = placed.unit
    return -unit.points, tuple(line.code for line in unit.lines), unit.days, unit.times, placed.at


def days_overlap(one: Unit, other: Unit) -> bool:
    """Whether both were done on one day; true where one of them states no day."""
    if one.days == other.days or not one.days or not other.days:
        return True
    days = {each.day for each in one.days}
    return any(each.day in days for each in other.days)
