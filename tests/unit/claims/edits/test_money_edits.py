"""Points declared against the fee schedule, and what must be billed at less."""

from services.claims.domain.edits.edit import Edit
from services.claims.domain.edits.find import allowed_points, find
from tests.unit.claims.edits.builders import TEST, Rows, case, cuts, found, ids, receipt, unit
from tests.unit.claims.pricing.builders import act, done, drug, given, stepped_act

PLAIN = Rows(acts=[act(TEST, "100.00")], drugs=[drug("620000001", "100.00")])


def test_a_single_act_above_its_fixed_points_is_cut_to_them() -> None:
    assert ids(case(PLAIN, receipt(unit(done(TEST), points=100)))) == []
    assert cuts("points.above-price", case(PLAIN, receipt(unit(done(TEST), points=101, days=(7, 8)), days=2))) == [
        (11, 202, 200)
    ]
    assert Edit.ABOVE_PRICE.official_code == "F"


def test_a_computed_unit_above_its_price_is_cut_to_it_with_the_arithmetic() -> None:
    rows = Rows(acts=[stepped_act(TEST, "250.00", "30", "99999999", "30", "40.00", "0", columns={8: "1"})])
    judged = case(rows, receipt(unit(done(TEST, "60"), points=330)))

    assert cuts("points.above-sum", judged) == [(11, 330, 290)]
    assert "declared 330, the fee schedule gives 290: 250 + " in found("points.above-sum", judged)[0].detail
    assert Edit.ABOVE_SUM.official_code == "G"


def test_drugs_are_computed() -> None:
    assert cuts("points.above-sum", case(PLAIN, receipt(unit(given("620000001"), points=11, section="21")))) == [
        (11, 11, 10)
    ]


def test_below_its_price_a_unit_is_paid_as_declared_and_told() -> None:
    judged = case(PLAIN, receipt(unit(done(TEST), points=99)))

    assert ids(judged) == ["points.below-price"]
    assert allowed_points(judged.treatment, find(judged)) == (99,)


def test_what_has_no_price_is_not_compared() -> None:
    rows = Rows(acts=[act(TEST, "0.00", {11: "4"})])

    assert ids(case(rows, receipt(unit(done(TEST), points=5_000)))) == []


def test_yen_of_meals_are_told_and_never_cut() -> None:
    rows = Rows(acts=[act("197000110", "670.00", {11: "1", 13: "1"})])
    meals = unit(done("197000110"), points=690, section="97")

    assert ids(case(rows, receipt(meals, kind="1111"))) == ["meals.yen"]
    assert ids(case(rows, receipt(meals._replace(points=670), kind="1111"))) == []


MANAGEMENT, TREATMENT = "112011010", "140002210"
MANAGED = Rows(acts=[act(MANAGEMENT, "52.00", {56: "2"}), act(TREATMENT, "35.00", {56: "1"}), act(TEST, "100.00")])


def test_outpatient_management_is_not_billed_on_a_day_with_an_act_that_excludes_it() -> None:
    """項番56."""
    managed = unit(done(MANAGEMENT), points=52, days=(7, 14), section="12")

    assert ids(case(MANAGED, receipt(managed, unit(done(TREATMENT), points=35, days=(8,)), days=3))) == []
    assert ids(case(MANAGED, receipt(managed, unit(done(TEST), points=100, days=(7,)), days=2))) == []
    treated = receipt(managed, unit(done(TREATMENT), points=35, days=(14,)), days=2)
    assert cuts("management.excluded", case(MANAGED, treated)) == [(11, 104, 52)]


ULTRASOUND, TAPER = "160072110", "160000190"
FALLING = Rows(
    acts=[
        act(ULTRASOUND, "150.00", {52: "1", 63: "40"}),
        act("160072210", "530.00", {52: "1", 63: "40"}),
        act("160070410", "130.00", {52: "1", 63: "34"}),
        act(TAPER, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"}),
        act(TEST, "21.00"),
    ]
)


def test_the_second_and_later_times_of_a_group_are_billed_at_less() -> None:
    """別紙7-1 2 ⑹ 参考２: 150 points, then 150 − 150 × 10/100 ＝ 135 twice."""
    right = receipt(
        unit(done(ULTRASOUND), points=150), unit(done(ULTRASOUND), done(TAPER), points=135, days=(14, 21)), days=3
    )
    wrong = receipt(unit(done(ULTRASOUND), points=150, days=(7, 14, 21)), days=3)

    assert ids(case(FALLING, right)) == []
    assert cuts("taper.missing", case(FALLING, wrong)) == [(11, 450, 420)]


def test_a_group_falls_whatever_its_acts_and_groups_do_not_touch_each_other() -> None:
    of_one_group = receipt(
        unit(done(ULTRASOUND), points=150, days=(7,)), unit(done("160072210"), points=530, days=(14,)), days=2
    )
    of_two_groups = receipt(unit(done(ULTRASOUND), points=150), unit(done("160070410"), points=130))

    assert cuts("taper.missing", case(FALLING, of_one_group)) == [(12, 530, 477)]
    assert ids(case(FALLING, of_two_groups)) == []


def test_a_falling_code_stands_beside_an_act_that_falls() -> None:
    assert found("taper.without-act", case(FALLING, receipt(unit(done(TEST), done(TAPER), points=19))))
    assert not found("taper.without-act", case(FALLING, receipt(unit(done(ULTRASOUND), done(TAPER), points=135))))
