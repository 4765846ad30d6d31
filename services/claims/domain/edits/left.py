"""What reductions leave of one unit: refused times are united, lines that fell are priced away, points are capped."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.claims.domain.edits.hits import Cut, Time
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.units import price_unit
from services.claims.domain.treatment import Line, LineKind, Unit


class Lessened(NamedTuple):
    """A reducing line that is missing from a unit, and how many of the paid times, the first ones, go without it."""

    full: int
    code: str


class _Standing(NamedTuple):
    """The lines that fell, points for one time, the times on which no other line is paid; `sure` where priced."""

    fallen: frozenset[int]
    points: int
    gone: frozenset[Time]
    sure: bool


class UnitLeft(NamedTuple):
    """What is left of a unit: refused times by line, the most points for one time, and the total of the month.

    `falling` are all its lines that fall in the end: where what is left cannot be priced (a percentage whose act fell),
    they fall at once.
    """

    unit: Unit
    schedule: MonthSchedule
    falling: frozenset[int]
    refused: Mapping[int, frozenset[Time]]
    points: int
    lessened: tuple[Lessened, ...]
    total: int

    @classmethod
    def of(cls, unit: Unit, schedule: MonthSchedule, falling: frozenset[int]) -> "UnitLeft":
        """A unit as declared."""
        return cls(unit, schedule, falling, {}, unit.points, (), unit.points * unit.times)

    def cut(self, cut: Cut) -> "tuple[UnitLeft, bool]":
        """What the cut leaves, and whether a machine can say so."""
        if cut.line is not None:
            return _refused(self, cut.line, cut.refused)
        if cut.points is not None:
            return _counted(self._replace(points=max(0, min(self.points, cut.points)))), True
        return _lessened(self, Lessened(cut.full, cut.reducing)) if cut.reducing else (self, False)


def _refused(left: UnitLeft, line: int, times: frozenset[Time]) -> tuple[UnitLeft, bool]:
    """Without a line at these times; nothing more where it was refused at all of them before."""
    known = left.refused.get(line)
    if known is not None and times <= known:
        return left, True
    less = left._replace(refused={**left.refused, line: times | (known or frozenset())})
    standing = _standing(less)
    is_told = line in standing.fallen or times <= standing.gone
    return _counted(less), standing.sure and is_told


def _lessened(left: UnitLeft, more: Lessened) -> tuple[UnitLeft, bool]:
    """With one more reducing line; of one code there is one, and it holds for the whole unit."""
    by_code = {each.code: each for each in sorted((*left.lessened, more), reverse=True)}
    less = left._replace(lessened=tuple(sorted(by_code.values())))
    priced = _priced(less, _standing(less).fallen, [each.code for each in less.lessened])
    return (left, False) if priced is None else (_counted(less), True)


def _counted(left: UnitLeft) -> UnitLeft:
    """With its total, which is never more than before."""
    standing = _standing(left)
    times = max(0, left.unit.times - len(standing.gone))
    points, done, total = standing.points, 0, 0
    codes: list[str] = []
    for each in left.lessened:
        at_these = min(each.full, times)
        total, done = total + (at_these - done) * points, at_these
        codes.append(each.code)
        priced = _priced(left, standing.fallen, codes)
        points = points if priced is None else min(points, priced)
    return left._replace(total=min(left.total, total + (times - done) * points))


def _standing(left: UnitLeft) -> _Standing:
    """What stands of the lines; as declared where what is left of them has no price."""
    refused = left.refused
    fallen = frozenset(number for number, times in refused.items() if len(times) >= left.unit.times)
    points = _priced(left, fallen, ())
    if points is None:
        fallen |= left.falling
        points = _priced(left, fallen, ())
    paid = [line.number for line in left.unit.lines if line.number not in fallen]
    gone = frozenset[Time]().union(*refused.values()).intersection(*(refused.get(each, ()) for each in paid))
    return _Standing(fallen, left.points if points is None else points, gone, points is not None)


def _priced(left: UnitLeft, fallen: frozenset[int], reducing: Sequence[str]) -> int | None:
    """The unit's points for one time without the lines that fell, no more than its points; 0 without any line."""
    if not fallen and not reducing:
        return left.points
    if fallen.issuperset(line.number for line in left.unit.lines):
        return 0
    unit = left.unit._replace(lines=(*left.unit.lines, *map(_line_of, reducing)))
    points = price_unit(unit, left.schedule, fallen).points
    return None if points is None else max(0, min(left.points, points))


def _line_of(code: str) -> Line:
    return Line(0, LineKind.ACT, code, None, None, "", None, "", ())
