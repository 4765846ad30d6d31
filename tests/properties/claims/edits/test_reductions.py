"""Reductions over generated receipts: against a slow count by days, and what holds whatever order units stand in."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.edit import Severity
from services.claims.domain.edits.find import allowed_points, find
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.treatment import Unit
from tests.unit.claims.edits.builders import Rows, case, receipt, registered, unit
from tests.unit.claims.pricing.builders import act, done

CHANCES = settings(max_examples=300, deadline=None)
STANDARD, TAPER = "236", "160000190"
GROWN_ON, HELD_SINCE, HELD_UNTIL = 8, 4, 22
"""Days of May 2024: from when the patient is fifteen, and from when to when the standard is registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An act as the slow count sees it, and the columns that tell the service the same."""

    points: int
    columns: dict[int, str]
    grown: bool = False
    needs: bool = False
    limit: int | None = None
    judged: str = ""
    falls: str = ""


def _known(points: int, *, grown: bool = False, needs: bool = False, limit: int | None = None, **groups: str) -> Known:
    columns: dict[int, str] = {41: "15"} if grown else {}
    columns |= {72: STANDARD} if needs else {}
    columns |= {} if limit is None else {36: str(limit), 37: "1"}
    columns |= {50: "2", 51: groups["judged"]} if "judged" in groups else {}
    columns |= {52: "1", 63: groups["falls"]} if "falls" in groups else {}
    return Known(points=points, columns=columns, grown=grown, needs=needs, limit=limit, **groups)


ACTS = {
    "160000010": _known(100, grown=True, needs=True),
    "160000020": _known(70, grown=True, needs=True, limit=2),
    "160000030": _known(144, needs=True, judged="1"),
    "160000040": _known(125, limit=1, judged="1"),
    "160000050": _known(150, needs=True, falls="40"),
    "160000060": _known(530, grown=True, limit=3, falls="40"),
    "160000070": _known(130, falls="34"),
    "160000080": _known(21),
}
ADDED = "160000090"
ROWS = Rows(
    acts=[
        *(act(code, f"{known.points}.00", known.columns) for code, known in ACTS.items()),
        act(ADDED, "5.00", {38: "1201", 39: "2", 68: "7", 69: "7"}),
        act(TAPER, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"}),
    ]
)
DAYS = st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True).map(sorted)
CODES = st.lists(st.sampled_from([*ACTS, ADDED]), min_size=1, max_size=3)


@st.composite
def _plain_units(draw: st.DrawFn) -> list[Unit]:
    """Units of one act each, at its points."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(list(ACTS)), DAYS), min_size=1, max_size=6))
    return [unit(done(code), points=ACTS[code].points, days=days) for code, days in drawn]


@st.composite
def _units(draw: st.DrawFn) -> list[Unit]:
    """Units of several acts, some twice on a day or without days, some at other points than their price."""
    units = []
    for codes in draw(st.lists(CODES, min_size=1, max_size=6)):
        days = draw(DAYS | st.just([]))
        points = sum(5 if code == ADDED else ACTS[code].points for code in codes)
        more = draw(st.sampled_from((0, 0, 7, -3)))
        lines = [done(code) for code in codes]
        times = draw(st.integers(1, 3))
        twice = draw(st.sampled_from((0, *days)))
        units.append(unit(*lines, points=points + more, times=times, days=days, twice=twice))
    return units


def _case(units: Sequence[Unit]) -> EditCase:
    treated = receipt(*units, days=31, born=f"2009-05-{GROWN_ON + 1:02}")
    standards = registered(STANDARD, since=f"2024-05-{HELD_SINCE:02}", until=f"2024-05-{HELD_UNTIL:02}")
    return case(ROWS, treated, standards=standards)


def _allowed(judged: EditCase) -> tuple[int, ...]:
    return allowed_points(judged.treatment, find(judged))


@CHANCES
@for_all(_plain_units())
def test_units_of_one_act_are_paid_as_a_slow_count_by_days_pays_them(units: list[Unit]) -> None:
    """It takes each edit's days away one by one and counts what is left; it shares no code with the service."""
    assert sum(_allowed(_case(units))) == _slow_total(units)


@CHANCES
@for_all(_units(), st.randoms(use_true_random=False))
def test_in_whatever_order_units_stand_the_total_is_the_same(units: list[Unit], chance: Random) -> None:
    """Where a machine can say what is left; of what it cannot, a person decides and nothing is paid."""
    other = list(units)
    chance.shuffle(other)
    assume(not any(each.unit is not None and each.points_after is None for each in find(_case(units))))

    assert sum(_allowed(_case(units))) == sum(_allowed(_case(other)))


@CHANCES
@for_all(_units())
def test_findings_of_a_unit_hold_one_after_another_from_what_is_declared(units: list[Unit]) -> None:
    judged = _case(units)

    findings = find(judged)

    for at, each in enumerate(judged.treatment.units):
        left = each.points * each.times
        for finding in _reductions(findings, at):
            assert finding.points_before == left
            if finding.points_after is not None:
                assert 0 <= finding.points_after < left
                left = finding.points_after
        assert allowed_points(judged.treatment, findings)[at] == left


@CHANCES
@for_all(_units())
def test_no_line_that_alone_must_fall_is_paid_without_a_word(units: list[Unit]) -> None:
    """A finding that is not told took nothing more: a unit with a refused day is cut, or a person looks at it."""
    judged = _case(units)
    findings = find(judged)

    for at, each in enumerate(judged.treatment.units):
        if _must_be_cut(each):
            assert _reductions(findings, at), each


def _reductions(findings: Sequence[EditFinding], at: int) -> list[EditFinding]:
    return [each for each in findings if each.unit == at and each.edit.severity is Severity.REDUCE]


def _must_be_cut(each: Unit) -> bool:
    """Whether some act of a unit is refused on some day, and no declared points below the price hide it."""
    known = [ACTS[line.code] for line in each.lines if line.code in ACTS]
    return _declares_enough(each) and any(_is_refused(one, day.day) for one in known for day in each.days)


def _declares_enough(each: Unit) -> bool:
    return each.points >= sum(ACTS[line.code].points if line.code in ACTS else 5 for line in each.lines)


def _is_refused(known: Known, day: int) -> bool:
    return (known.grown and day < GROWN_ON) or (known.needs and not HELD_SINCE <= day <= HELD_UNTIL)


def _slow_total(units: Sequence[Unit]) -> int:
    """Points of what is left, time by time: (day, minus points, code)."""
    times = [(day.day, -each.points, each.lines[0].code) for each in units for day in each.days]
    times = sorted(time for time in times if not _is_refused(ACTS[time[2]], time[0]))
    judged = [time for time in times if ACTS[time[2]].judged]
    times = [time for time in times if time not in judged] + judged[:1]
    for code, known in ACTS.items():
        of_code = [time for time in times if time[2] == code]
        for time in [] if known.limit is None else of_code[known.limit :]:
            times.remove(time)
    total, begun = 0, set[str]()
    for _, minus, code in sorted(times):
        group = ACTS[code].falls
        total += -minus * 9 // 10 if group in begun else -minus
        begun |= {group} - {""}
    return total
