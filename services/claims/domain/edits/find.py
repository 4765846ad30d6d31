"""`find`: what the edits say of a receipt, in order of precedence, with the points that each reduction leaves.

Reductions hold one after another: what a later one leaves is worked out from what an earlier one left, and one that
takes nothing more is dropped. Where lines fall, the edits look again at what is left, so that an addition falls with
its act; the unit that lost a line is priced anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.edits.hits import Cut, Hit, Hits
from services.claims.domain.edits.places import Places
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Pricing
from services.claims.domain.pricing.units import price_unit
from services.claims.domain.treatment import Line, LineKind, Treatment, Unit
from services.shared.kernel.months import Month

MOST_KEPT: Final = 8_192
"""Sets of bits whose edits are kept."""
_DEPENDENT: Final = (Edit.NOTE_ALONE, Edit.RULE_ALONE, Edit.TIED, Edit.TIME, Edit.COMPANION, Edit.JUDGED_ALONE)
"""Edits that look again once lines have fallen; no other may, for a unit of which every line fell has none left."""
MOST_ROUNDS: Final = 8
"""How often they look again: an addition to an addition to an act is two."""


class _Said(NamedTuple):
    edit: Edit
    hit: Hit


def find(case: EditCase) -> tuple[EditFinding, ...]:
    """Every finding, in order of precedence, those of one edit in the order of their lines. Empty for most receipts."""
    said = _said(Places(case))
    if not said:
        return ()
    said += _fallen_with(case, said)
    said.sort(key=lambda each: (_PLACES[each.edit], each.hit.line))
    return tuple(_weighed(case, said))


def allowed_points(treatment: Treatment, findings: Iterable[EditFinding]) -> tuple[int, ...]:
    """What each unit counts for the month (points × times) after its reductions, parallel to the units."""
    left = [unit.points * unit.times for unit in treatment.units]
    for finding in findings:
        if finding.unit is not None and finding.points_after is not None:
            left[finding.unit] = min(left[finding.unit], finding.points_after)
    return tuple(left)


_PLACES: Final = {edit: place for place, edit in enumerate(Edit)}


def _said(places: Places) -> list[_Said]:
    month = places.case.treatment.month
    return [
        _Said(edit, hit)
        for edit, since, find_hits in _asked(places.marks)
        if since is None or since <= month
        for hit in find_hits(places)
    ]


@lru_cache(maxsize=MOST_KEPT)
def _asked(seen: int) -> tuple[tuple[Edit, Month | None, Callable[[Places], Hits]], ...]:
    """The edits that have something to look at."""
    return tuple((edit, edit.since, edit.find) for edit in Edit if edit.bits & seen)


def _fallen_with(case: EditCase, said: list[_Said]) -> list[_Said]:
    """What the edits say of the additions once the lines that fall are gone."""
    found: list[_Said] = []
    known = {(each.edit, each.hit.line) for each in said}
    fallen = _fallen_lines(said)
    for _ in range(MOST_ROUNDS if fallen else 0):
        places = Places(_without(case, fallen))
        new = [each for each in _said_again(places) if (each.edit, each.hit.line) not in known]
        if not new:
            break
        known |= {(each.edit, each.hit.line) for each in new}
        found += new
        fallen |= _fallen_lines(new)
    return found


def _said_again(places: Places) -> list[_Said]:
    """What the dependent edits say of what is left of a receipt."""
    month = places.case.treatment.month
    return [
        _Said(edit, hit)
        for edit in _DEPENDENT
        if edit.bits & places.marks and (edit.since is None or edit.since <= month)
        for hit in edit.find(places)
    ]


def _fallen_lines(said: Iterable[_Said]) -> set[tuple[int, int]]:
    """Units and numbers of the lines that are not paid at all."""
    cuts = [each.hit.cut for each in said if each.hit.cut is not None]
    return {(cut.unit, cut.without) for cut in cuts if cut.without is not None}


def _without(case: EditCase, fallen: set[tuple[int, int]]) -> EditCase:
    """The case without these lines. Units keep their places, be it without lines."""
    units = tuple(
        unit._replace(lines=tuple(line for line in unit.lines if (at, line.number) not in fallen))
        for at, unit in enumerate(case.treatment.units)
    )
    return replace(case, treatment=replace(case.treatment, units=units), pricing=Pricing(case.pricing.units))


def _weighed(case: EditCase, said: Sequence[_Said]) -> Iterator[EditFinding]:
    """Findings with their points; a reduction that takes nothing more than those before it is dropped."""
    left: dict[int, _Left] = {}
    falls = _fallen_lines(said)
    for edit, hit in said:
        cut = hit.cut
        if cut is None or edit.severity is not Severity.REDUCE:
            yield EditFinding(edit, hit.line, hit.detail)
            continue
        before = left.get(cut.unit) or _Left.of(
            case.treatment.units[cut.unit], frozenset(number for at, number in falls if at == cut.unit)
        )
        after = before.cut(cut, case.schedule)
        if after is None:
            yield EditFinding(edit, hit.line, hit.detail, before.total, None, cut.unit)
        elif after.total < before.total:
            left[cut.unit] = after
            yield EditFinding(edit, hit.line, hit.detail, before.total, after.total, cut.unit)


class _Left(NamedTuple):
    """What is left of a unit: the lines that fell, points for one time, times, and the total of the month.

    `falling` are all its lines that fall in the end: where what is left cannot be priced (a percentage whose act fell),
    they fall at once.
    """

    unit: Unit
    falling: frozenset[int]
    fallen: frozenset[int]
    points: int
    times: int
    total: int

    @classmethod
    def of(cls, unit: Unit, falling: frozenset[int]) -> "_Left":
        """A unit as declared."""
        return cls(unit, falling, frozenset(), unit.points, unit.times, unit.points * unit.times)

    def cut(self, cut: Cut, schedule: MonthSchedule) -> "_Left | None":
        """What the cut leaves; None where a machine cannot say."""
        if cut.without is not None:
            fallen = self.fallen | {cut.without}
            priced = self._priced(fallen, (), schedule)
            if priced is None:
                fallen = self.falling
                priced = self._priced(fallen, (), schedule)
            return None if priced is None else self._with(fallen=fallen, points=priced)
        if cut.times is not None:
            return self._with(times=cut.times)
        if cut.points is not None:
            return self._with(points=cut.points)
        if not cut.reducing:
            return None
        reduced = self._priced(self.fallen, (_line_of(cut.reducing),), schedule)
        if reduced is None:
            return None
        full = min(cut.full, self.times)
        return self._replace(total=min(self.total, full * self.points + (self.times - full) * max(0, reduced)))

    def _with(
        self, *, fallen: frozenset[int] | None = None, points: int | None = None, times: int | None = None
    ) -> "_Left":
        """No more than before in any of them."""
        points = self.points if points is None else max(0, min(self.points, points))
        times = self.times if times is None else min(self.times, times)
        fallen = self.fallen if fallen is None else fallen
        return _Left(self.unit, self.falling, fallen, points, times, min(self.total, points * times))

    def _priced(self, fallen: frozenset[int], more: tuple[Line, ...], schedule: MonthSchedule) -> int | None:
        """The unit's points for one time without the lines that fell; 0 without any line left."""
        if fallen.issuperset(line.number for line in self.unit.lines):
            return 0
        unit = self.unit._replace(lines=(*self.unit.lines, *more))
        return price_unit(unit, schedule, fallen).points


def _line_of(code: str) -> Line:
    return Line(0, LineKind.ACT, code, None, None, "", None, "", ())
