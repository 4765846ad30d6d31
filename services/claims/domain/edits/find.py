"""`find`: what the edits say of a receipt, in order of precedence, with the points that each reduction leaves.

What refuses lines or days by itself (age, standards, what stands beside what) comes first, and an addition falls with
its act. What counts in the month (judgement fees, limits, 逓減) then counts what is left, each in its turn, and nothing
that was refused before it. Days that several edits refuse are united, a unit that lost a line is priced anew, and a
reduction that takes nothing more than those before it is dropped. An act that was done excludes 外来管理加算 whether it
is paid or not (item 56 asks for the act). Edits that return or refer look at the receipt as declared.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Final, NamedTuple

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.edits.hits import Cut, Hit, Hits
from services.claims.domain.edits.left import UnitLeft
from services.claims.domain.edits.places import Places
from services.claims.domain.edits.remains import Remains
from services.claims.domain.treatment import Treatment
from services.shared.kernel.months import Month

MOST_KEPT: Final = 8_192
"""Sets of bits whose edits are kept."""
_DEPENDENT: Final = (Edit.NOTE_ALONE, Edit.RULE_ALONE, Edit.TIED, Edit.TIME, Edit.COMPANION, Edit.JUDGED_ALONE)
"""Edits that look again once lines have fallen; no other may, for a unit of which every line fell has none left."""
_DEPENDENT_BITS: Final = reduce(or_, (edit.bits for edit in _DEPENDENT))
_COUNTING: Final = (Edit.JUDGED_TWICE, Edit.MONTH_LIMIT, Edit.LIMIT, Edit.TAPER_MISSING)
"""Edits that count what is left, in order of precedence."""
MOST_ROUNDS: Final = 8
"""How often they look again: an addition to an addition to an act is two."""


class _Said(NamedTuple):
    edit: Edit
    hit: Hit


def find(case: EditCase) -> tuple[EditFinding, ...]:
    """Every finding, in order of precedence, those of one edit in the order of their lines. Empty for most receipts."""
    places = Places(case)
    said = _said(places)
    if not said:
        return ()
    remains = Remains(places)
    if any(_cuts(said)):
        said = _settled(said, remains)
    said.sort(key=lambda each: (_PLACES[each.edit], each.hit.line))
    return tuple(_weighed(case, said, remains))


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


def _settled(said: Sequence[_Said], remains: Remains) -> list[_Said]:
    """What holds: the edits that count asked again of what those before them leave. Only those that spoke may speak."""
    counting = [edit for edit in _COUNTING if any(each.edit is edit for each in said)]
    held = [each for each in said if each.edit not in _COUNTING]
    held += _refused(held, {(each.edit, each.hit.line) for each in held}, remains)
    for edit in counting:
        new = [_Said(edit, hit) for hit in edit.find(remains.places)]
        known = {(each.edit, each.hit.line) for each in held}
        held += new
        held += _refused(new, known, remains)
    return held


def _refused(said: Sequence[_Said], known: set[tuple[Edit, int]], remains: Remains) -> list[_Said]:
    """Take away what was said to fall; what the edits say of the additions to it, which fall as well."""
    found: list[_Said] = []
    for _ in range(MOST_ROUNDS):
        if not remains.refuse(_cuts(said)) or not remains.declared.marks & _DEPENDENT_BITS:
            break
        said = [each for each in _said_again(remains.places) if (each.edit, each.hit.line) not in known]
        known |= {(each.edit, each.hit.line) for each in said}
        found += said
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


def _cuts(said: Iterable[_Said]) -> list[Cut]:
    return [each.hit.cut for each in said if each.hit.cut is not None and each.edit.severity is Severity.REDUCE]


def _weighed(case: EditCase, said: Sequence[_Said], remains: Remains) -> Iterator[EditFinding]:
    """Findings with their points; a reduction that takes nothing more than those before it is dropped."""
    left: dict[int, UnitLeft] = {}
    for edit, hit in said:
        cut = hit.cut
        if cut is None or edit.severity is not Severity.REDUCE:
            yield EditFinding(edit, hit.line, hit.detail)
            continue
        at = cut.unit
        before = left.get(at) or UnitLeft.of(case.treatment.units[at], case.schedule, remains.fallen(at))
        after, is_told = before.cut(cut)
        left[at] = after
        if after.total < before.total:
            yield EditFinding(edit, hit.line, hit.detail, before.total, after.total, at)
        elif not is_told:
            yield EditFinding(edit, hit.line, hit.detail, before.total, None, at)
