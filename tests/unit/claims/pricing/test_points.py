"""Units by the kind of points of their acts (点数識別, 別紙７－１), and what stands in the way of a price."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.units import price_unit
from services.claims.domain.treatment import Line
from tests.unit.claims.pricing.builders import MAY, act, done, drug, given, material, stepped_act, unit, used

PLAIN, SECOND, HALF, MINUS = "111000110", "160095710", "170001650", "193510470"
PURCHASE, REDUCTION, MEAL = "150000001", "199000210", "197000110"
SCHEDULE = MonthSchedule.of(
    MAY,
    acts=[
        act(PLAIN, "288.00"),
        act(SECOND, "35.00"),
        act(HALF, "42.50"),
        act(MINUS, "49.00", {11: "8"}),
        act(PURCHASE, "0.00", {11: "4"}),
        act(REDUCTION, "0.00", {11: "7"}),
        stepped_act(MEAL, "640.00", "1", "3", "1", "640.00", "0", columns={11: "1"}),
    ],
    drugs=[drug("620000001", "10.00")],
    materials=[material("710000001", "100.00")],
)


def test_a_single_act_is_worth_its_points() -> None:
    assert price_unit(unit(done(PLAIN)), SCHEDULE) == (288, None, "", (288,), (288,), ())


def test_a_unit_of_several_acts_is_worth_their_sum() -> None:
    answer = price_unit(unit(done(PLAIN), done(SECOND)), SCHEDULE)

    assert (answer.points, answer.line_points, answer.arithmetic) == (323, (288, 35), "288 + 35")


def test_points_with_decimals_are_rounded_half_up() -> None:
    answer = price_unit(unit(done(HALF), done(SECOND)), SCHEDULE)

    assert (answer.points, answer.arithmetic) == (78, "42.5 rounded + 35")


def test_points_taken_off_are_taken_off() -> None:
    answer = price_unit(unit(done(PLAIN), done(MINUS)), SCHEDULE)

    assert (answer.points, answer.line_points, answer.arithmetic) == (239, (288, -49), "288 - 49")


def test_meals_are_priced_in_yen_by_their_number() -> None:
    answer = price_unit(unit(done(MEAL, "3"), section="97"), SCHEDULE)

    assert (answer.points, answer.arithmetic) == (1920, "640 + 640 × 2 steps")


@pytest.mark.parametrize(
    ("line", "section", "why", "missing"),
    [
        (done(PURCHASE), "50", Unpriced.PURCHASE_PRICE, PURCHASE),
        (done(REDUCTION), "92", Unpriced.DECLARED_REDUCTION, REDUCTION),
        (done(MEAL, "3"), "60", Unpriced.YEN_AMONG_POINTS, MEAL),
        (done(PLAIN), "97", Unpriced.YEN_AMONG_POINTS, PLAIN),
        (done(HALF), "97", Unpriced.YEN_AMONG_POINTS, HALF),
        (done("160000000"), "60", Unpriced.CODE_NOT_IN_MASTER, "160000000"),
        (given("620000000"), "21", Unpriced.CODE_NOT_IN_MASTER, "620000000"),
        (used("710000000"), "40", Unpriced.CODE_NOT_IN_MASTER, "710000000"),
    ],
)
def test_what_cannot_be_priced_says_why(line: Line, section: str, why: Unpriced, missing: str) -> None:
    assert price_unit(unit(line, section=section), SCHEDULE) == (None, why, missing, (), (), ())


@pytest.mark.parametrize(("line", "kind"), [(done(PLAIN), "s"), (given("620000001"), "y"), (used("710000001"), "t")])
def test_a_kind_that_is_not_loaded_is_named_and_nothing_is_guessed(line: Line, kind: str) -> None:
    answer = price_unit(unit(line), MonthSchedule.of(MAY))

    assert (answer.points, answer.why, answer.missing) == (None, Unpriced.KIND_NOT_LOADED, kind)


def test_one_line_without_a_price_leaves_its_unit_without() -> None:
    answer = price_unit(unit(done(PLAIN), done(SECOND), done("160000000")), SCHEDULE)

    assert (answer.points, answer.why) == (None, Unpriced.CODE_NOT_IN_MASTER)


def test_a_unit_is_priced_again_without_the_lines_that_an_edit_cut() -> None:
    whole = unit(done(PLAIN), done(SECOND), done(HALF))

    assert price_unit(whole, SCHEDULE).points == 366
    assert price_unit(whole, SCHEDULE, without={2}).points == 331
    assert price_unit(whole, SCHEDULE, without={1, 2, 3}).points == 0


CHANGED = "160000777"
CHANGING = MonthSchedule.of(
    MAY,
    acts=[
        act(CHANGED, "100.00", {88: "20240514"}),
        act(CHANGED, "120.00", {87: "20240515"}),
        act("160000888", "50.00", {88: "20240514"}),
    ],
)


@pytest.mark.parametrize(("day", "points"), [(1, 100), (14, 100), (15, 120), (31, 120)])
def test_a_code_that_changes_within_the_month_is_priced_by_the_treatment_day(day: int, points: int) -> None:
    assert price_unit(unit(done(CHANGED), days=(day,)), CHANGING).points == points


def test_days_under_two_versions_of_two_prices_have_no_price() -> None:
    answer = price_unit(unit(done(CHANGED), days=(14, 15), times=2), CHANGING)

    assert (answer.points, answer.why, answer.missing) == (None, Unpriced.VERSIONS_DIFFER, CHANGED)


def test_days_under_two_versions_of_one_price_have_it() -> None:
    """項番72: a facility standard that came later changes no price."""
    same = MonthSchedule.of(
        MAY, acts=[act(CHANGED, "100.00", {88: "20240514"}), act(CHANGED, "100.00", {87: "20240515", 72: "236"})]
    )
    answer = price_unit(unit(done(CHANGED), days=(14, 15), times=2), same)

    assert (answer.points, answer.remarks) == (100, ())


def test_without_a_day_a_code_that_changes_within_the_month_is_not_priced() -> None:
    assert price_unit(unit(done(CHANGED), days=()), CHANGING).why is Unpriced.NO_TREATMENT_DAY


def test_a_code_past_its_last_day_is_not_in_the_master() -> None:
    assert price_unit(unit(done("160000888"), days=(14,)), CHANGING).points == 50
    assert price_unit(unit(done("160000888"), days=(15,)), CHANGING).why is Unpriced.CODE_NOT_IN_MASTER
