"""Points left by benefit share, told from the payers' points of a decision."""

from services.claims.domain.households.left_points import points_left
from tests.unit.claims.adjudication.builders import PROGRAMMES, billed, insurer, programme

BOTH = billed([insurer(100), programme(1, 40)], [("1", 60), ("2", 40)])


def test_where_nothing_was_cut_the_lines_say_it() -> None:
    assert points_left(BOTH, {"01130012": 100, PROGRAMMES[1]: 40}, 0) == {"1": 60, "2": 40}


def test_lines_of_one_share_stand_together() -> None:
    facts = billed([insurer(100)], [("1", 60), ("1", 40)])

    assert points_left(facts, {"01130012": 100}, 0) == {"1": 100}
    assert points_left(facts, {"01130012": 70}, 30) == {"1": 70}


def test_the_programmes_points_tell_which_share_lost() -> None:
    assert points_left(BOTH, {"01130012": 90, PROGRAMMES[1]: 40}, 10) == {"1": 50, "2": 40}
    assert points_left(BOTH, {"01130012": 90, PROGRAMMES[1]: 35}, 10) == {"1": 55, "2": 35}


def test_what_is_declared_above_the_lines_lies_on_no_share() -> None:
    facts = billed([insurer(103, lines=100)], [("1", 100)])

    assert points_left(facts, {"01130012": 100}, 3) == {"1": 100}


def test_cuts_that_could_lie_on_several_shares_are_not_placed() -> None:
    facts = billed([insurer(100), programme(1, 60), programme(2, 60)], [("1", 10), ("2", 30), ("3", 30), ("4", 30)])
    parts = {"01130012": 90, PROGRAMMES[1]: 55, PROGRAMMES[2]: 55}

    assert points_left(facts, parts, 10) is None


def test_points_that_contradict_the_lines_tell_nothing() -> None:
    assert points_left(BOTH, {"01130012": 120, PROGRAMMES[1]: 40}, 10) is None
    assert points_left(BOTH, {"01130012": 90, PROGRAMMES[1]: 20}, 10) is None
