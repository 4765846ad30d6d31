"""Points per payer and per benefit share against an independent count over generated receipts."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile, Rule
from tests.support import uke

# 別表21 as the specification prints it: a circle for each payer, the insurer first.
CIRCLES = {
    "1": "o....",
    "5": ".o...",
    "6": "..o..",
    "2": "oo...",
    "3": "o.o..",
    "7": ".oo..",
    "4": "ooo..",
    "M": "oo.o.",
}
NUMBERS = ("54130018", "81140048", "12141024")


@dataclass(frozen=True)
class Unit:
    """A unit of `lines` lines, the last of which states the points."""

    share: str
    points: int
    times: int
    lines: int


def _units(programmes: int) -> st.SearchStrategy[list[Unit]]:
    shares = [share for share, circles in CIRCLES.items() if "o" not in circles[programmes + 1 :]]
    unit = st.builds(Unit, st.sampled_from(shares), st.integers(0, 9_999), st.integers(1, 31), st.integers(1, 4))
    return st.lists(unit, min_size=1, max_size=12)


RECEIPTS = st.integers(0, 3).flatmap(lambda programmes: st.tuples(st.just(programmes), _units(programmes)))


def _lines(unit: Unit) -> list[str]:
    days = {"days_7": "", **{f"days_{day}": "1" for day in range(1, unit.times + 1)}}
    common = {"share": unit.share, "times": str(unit.times), **days}
    first = [uke.act(points="", **common)] + [uke.drug(**common)] * (unit.lines - 2) if unit.lines > 1 else []
    section = "" if first else "60"
    return [*first, uke.act(treatment_section=section, points=str(unit.points), **common)]


def _receipt(programmes: int, units: list[Unit], declared: list[int]) -> bytes:
    payers = [uke.insurer(points=str(declared[0]))]
    payers += [uke.programme(programme_number=NUMBERS[at], points=str(declared[at + 1])) for at in range(programmes)]
    lines = [line for unit in units for line in _lines(unit)]
    return uke.receipt(uke.head(kind=f"11{programmes + 1}2"), *payers, uke.disease(), *lines)


def _expected(programmes: int, units: list[Unit]) -> list[int]:
    return [
        sum(unit.points * unit.times for unit in units if CIRCLES[unit.share][payer] == "o")
        for payer in range(programmes + 1)
    ]


@given(RECEIPTS)
def test_each_payers_points_are_those_of_the_units_that_name_it(receipt: tuple[int, list[Unit]]) -> None:
    programmes, units = receipt
    expected = _expected(programmes, units)

    assessment = assess(_receipt(programmes, units, expected), profile=Profile.STRICT)

    assert assessment.findings == ()
    assert assessment.facts is not None
    assert [payer.line_points for payer in assessment.facts.payers] == expected
    assert assessment.facts.arithmetic == ()
    per_share: Counter[str] = Counter()
    for unit in units:
        per_share[unit.share] += unit.points * unit.times
    assert {share.share: share.points for share in assessment.facts.shares} == per_share


@given(RECEIPTS, st.integers(0, 3), st.integers(-5, 5).filter(bool))
def test_a_difference_is_found_at_the_payer_that_declares_it(
    receipt: tuple[int, list[Unit]], at: int, difference: int
) -> None:
    programmes, units = receipt
    payer = at % (programmes + 1)
    declared = _expected(programmes, units)
    declared[payer] = max(0, declared[payer] + difference)

    facts = assess(_receipt(programmes, units, declared), profile=Profile.STRICT).facts

    assert facts is not None
    expected = _expected(programmes, units)[payer]
    rule = Rule.POINTS_ABOVE_LINES if declared[payer] > expected else Rule.POINTS_BELOW_LINES
    found = [(finding.rule, finding.line) for finding in facts.arithmetic]
    assert found == ([] if declared[payer] == expected else [(rule, 2 + payer)])
