"""Edits of how often: limits of the master, days of treatment, twice on one day, judgement fees."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_times, paid_first, times_of
from services.claims.domain.edits.hits import WHOLE_RECEIPT, Cut, Hit, Hits
from services.claims.domain.edits.places import PlacedAct, Places
from services.claims.domain.masters.act_additions import JudgementGroup
from services.claims.domain.pricing.dated import month_limits_of

_PATHOLOGY = (JudgementGroup.PATHOLOGY, JudgementGroup.HISTOLOGY, JudgementGroup.CYTOLOGY)
"""病理診断: 40 includes 41 and 42 (item 51); which of them is judged already makes 40's fee one too many."""


def over_limit(places: Places) -> Hits:
    """More often in the month than the master allows (上限回数エラー処理 1): the surplus is not paid."""
    for placed, most in _limited(places.marked(marks.LIMIT_PAID)):
        yield from _surplus(placed, most, f"{placed[0].act.code}: at most {most} in a month")


def over_limit_looked_at(places: Places) -> Hits:
    """More often in the month than the master allows (上限回数エラー処理 0): somebody looks at it."""
    for placed, most in _limited(places.marked(marks.LIMIT_LOOKED_AT)):
        times = sum(each.unit.times for each in placed)
        yield Hit(placed[-1].line.number, f"{placed[0].act.code}: {times} times, at most {most} in a month")


def visits_over_days(places: Places) -> Hits:
    """First and further visits together more often than the days of treatment."""
    if not places.case.treatment.kind.inpatient:
        yield from _over_days(places, places.marked(marks.VISIT_FEE), "visit fees")


def stays_over_days(places: Places) -> Hits:
    """Bed fees together more often than the days of treatment."""
    if places.case.treatment.kind.inpatient:
        yield from _over_days(places, places.marked(marks.BED_FEE), "bed fees")


def act_over_days(places: Places) -> Hits:
    """An act more often than the days of treatment."""
    for code, placed in _by_code(places.marked(marks.AT_MOST_DAYS)).items():
        yield from _over_days(places, placed, code)


def leave_without_bed(places: Places) -> Hits:
    """外泊 that does not stand right behind a bed fee in its unit (別紙7-4, item 6)."""
    before: PlacedAct | None = None
    for placed in places.acts:
        if placed.marks & marks.LEAVE:
            follows = before is not None and before.at == placed.at and before.marks & marks.BED_FEE
            if not follows:
                yield Hit(placed.line.number, f"{placed.act.code} stands right behind a bed fee only")
        before = placed


def twice_a_day(places: Places) -> Hits:
    """What counts a day at most once, twice on one day: an act of this kind, or two bed fees."""
    groups: list[tuple[str, Sequence[PlacedAct]]] = [
        (code, placed) for code, placed in _by_code(places.marked(marks.AT_MOST_DAYS)).items()
    ]
    if places.case.treatment.kind.inpatient:
        groups.append(("bed fees", places.marked(marks.BED_FEE)))
    for what, placed in groups:
        counts: Counter[int] = Counter()
        for each in placed:
            for day in each.unit.days:
                counts[day.day] += day.times
        for day_number in sorted(day for day, times in counts.items() if times > 1):
            yield Hit(placed[-1].line.number, f"{what}: {counts[day_number]} times on day {day_number}")


def judged_twice(places: Places) -> Hits:
    """A judgement fee twice in its group and month: the surplus is not paid."""
    judged = places.marked(marks.JUDGED)
    groups = [placed.act.judgement_group for placed in judged]
    for at, group in enumerate(groups):
        if groups.index(group) == at:
            of_group = [placed for placed in judged if placed.act.judgement_group is group]
            part = _part_judged(group, groups)
            if part is not None:
                says = f"judgement group {group.value}: not beside {part.value}, a part of it"
                yield from _surplus(of_group, 0, says)
            elif len(of_group) > 1 or of_group[0].unit.times > 1:
                yield from _surplus(of_group, 1, f"judgement group {group.value}: once in a month")


def _part_judged(group: JudgementGroup, groups: Sequence[JudgementGroup]) -> JudgementGroup | None:
    """The part of a group that is judged as well; only that of pathology has parts."""
    return next((each for each in _PATHOLOGY[1:] if each in groups), None) if group is _PATHOLOGY[0] else None


def over_month_limit(places: Places) -> Hits:
    """Tests of a group at more points than it may come to in the month: the last days are paid what is left."""
    for group, most in month_limits_of(places.case.treatment.month).items():
        tests = [placed for placed in places.marked(marks.BUNDLED) if placed.act.bundle.value == group]
        left = most
        for placed in {each.at: each for each in sorted(tests, key=lambda one: (one.unit.days, one.at))}.values():
            unit = placed.unit
            points = unit.points * unit.times
            if points > left:
                is_known = unit.times == 1 and len(unit.lines) == sum(each.at == placed.at for each in tests)
                cut = Cut(placed.at, points=left) if is_known else Cut(placed.at)
                yield Hit(placed.line.number, f"tests of group {group}: at most {most} points in a month", cut)
            left = max(0, left - points)


def judged_without_test(places: Places) -> Hits:
    """A judgement fee without any test of its group on the receipt."""
    tested = [placed.act.judgement_group for placed in places.marked(marks.PERFORMED)]
    for placed in places.marked(marks.JUDGED):
        group = placed.act.judgement_group
        if group in tested or (group in _PATHOLOGY and any(each in tested for each in _PATHOLOGY)):
            continue
        yield Hit(placed.line.number, f"{placed.act.code}: no test of group {group.value} on the receipt")


def _limited(acts: Sequence[PlacedAct]) -> Iterator[tuple[list[PlacedAct], int]]:
    """The acts of each code that is done more often than its limit, and the limit."""
    if len(acts) == 1 and acts[0].unit.times == 1:
        return
    for placed in _by_code(acts).values():
        limit = placed[0].act.limit
        if limit is not None and sum(each.unit.times for each in placed) > limit.times:
            yield placed, limit.times


def _by_code(acts: Iterable[PlacedAct]) -> dict[str, list[PlacedAct]]:
    found: dict[str, list[PlacedAct]] = {}
    for placed in acts:
        found.setdefault(placed.act.code, []).append(placed)
    return found


def _surplus(placed: Sequence[PlacedAct], most: int, says: str) -> Hits:
    """Cuts of what exceeds, the last times first."""
    done = [(time, each) for each in placed for time in times_of(each.unit)]
    done.sort(key=lambda one: (one[0].day, paid_first(one[1]), one[1].line.number, one[0].nth))
    refused = done[most:]
    for each in placed:
        times = [time for time, of in refused if of is each]
        if times:
            yield Hit(each.line.number, says, cut_times(each, times))


def _over_days(places: Places, placed: Sequence[PlacedAct], what: str) -> Hits:
    times = placed[0].unit.times if len(placed) == 1 else sum(each.unit.times for each in placed)
    days = places.case.treatment.days
    if times > days:
        number = placed[-1].line.number if placed else WHOLE_RECEIPT
        yield Hit(number, f"{what}: {times} times on {days} days of treatment")
