"""Precedence, and what depends on what was cut."""

from dataclasses import replace

from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.find import allowed_points, find
from tests.unit.claims.edits.builders import TEST, Rows, case, ids, receipt, registered, unit
from tests.unit.claims.pricing.builders import act, done, drug, given

BASE, NOTE, SURGERY, PERCENT = "112007410", "112016070", "150010210", "150000290"
ROWS = Rows(
    acts=[
        act(BASE, "75.00", {38: "1201", 39: "0", 42: "06"}),
        act(NOTE, "5.00", {38: "1201", 39: "2", 68: "7", 69: "7"}),
        act(SURGERY, "1000.00", {40: "1", 72: "236", 85: "K"}),
        act(PERCENT, "100.00", {11: "5", 40: "1", 68: "9", 69: "7", 85: "K"}),
        act(TEST, "100.00"),
    ],
    drugs=[drug("620000001", "100.00")],
)
ADULT = "1980-01-01"


def test_ids_are_unique_and_severities_stand_from_the_gravest_on() -> None:
    order = list(Severity)
    places = [order.index(edit.severity) for edit in Edit]

    assert places == sorted(places)
    assert len({edit.id for edit in Edit}) == len(Edit)


def test_every_reduction_has_an_official_code_and_nothing_else_has_one() -> None:
    for edit in Edit:
        assert (edit.official_code in {"D", "F", "G"}) is (edit.severity is Severity.REDUCE), edit


def test_findings_stand_in_order_of_precedence() -> None:
    treated = receipt(unit(done(TEST), points=120), unit(done("169999999"), points=10))
    judged = case(ROWS, treated, twin=True)

    assert ids(judged) == ["claim.duplicate", "act.unknown", "points.above-price"]


def test_an_addition_falls_with_its_act_and_the_unit_is_priced_anew() -> None:
    judged = case(ROWS, receipt(unit(done(BASE), done(NOTE), points=80), born=ADULT))

    findings = find(judged)

    assert [(each.edit.id, each.line, each.points_before, each.points_after) for each in findings] == [
        ("act.age-high", 11, 80, 5),
        ("note.without-base", 12, 5, 0),
    ]
    assert allowed_points(judged.treatment, findings) == (0,)


def test_an_addition_in_another_unit_falls_with_its_act_as_well() -> None:
    judged = case(ROWS, receipt(unit(done(BASE), points=75), unit(done(NOTE), points=5), born=ADULT))

    assert ids(judged) == ["act.age-high", "note.without-base"]
    assert allowed_points(judged.treatment, find(judged)) == (0, 0)


def test_a_percentage_that_cannot_be_priced_without_its_act_falls_with_it() -> None:
    treated = receipt(unit(done(SURGERY), done(PERCENT), points=2000, section="50"))
    judged = case(ROWS, treated, standards=registered())

    findings = find(judged)

    assert [(each.edit.id, each.points_before, each.points_after) for each in findings] == [
        ("act.standard-missing", 2000, 0),
    ]


def test_reductions_of_one_unit_hold_one_after_another() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {36: "2", 37: "1"})])
    judged = case(rows, receipt(unit(done(TEST), points=110, days=(7, 8, 9)), days=3))

    assert [(each.edit.id, each.points_before, each.points_after) for each in find(judged)] == [
        ("limit.capped", 330, 220),
        ("points.above-price", 220, 200),
    ]


def test_a_reduction_that_takes_nothing_more_is_not_said() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {14: "1", 42: "06"})])
    judged = case(rows, receipt(unit(done(TEST), points=100), kind="1318", born="1940-01-01"))

    assert ids(judged) == ["act.insurance-only"]


def test_part_of_a_line_among_others_cannot_be_cut_by_machine() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {42: "06"}), act("160000110", "50.00")])
    treated = receipt(unit(done(TEST), done("160000110"), points=150, days=(7, 20)), born="2018-05-15", days=2)

    findings = find(case(rows, treated))

    assert [(each.edit.id, each.points_before, each.points_after) for each in findings] == [("act.age-high", 300, None)]
    assert allowed_points(treated, findings) == (300,)


def test_the_same_case_gives_the_same_findings_whatever_came_before() -> None:
    judged = case(ROWS, receipt(unit(done(BASE), done(NOTE), points=80), born=ADULT))
    other = case(ROWS, receipt(unit(done(TEST), points=120)))

    first = find(judged)
    find(other)

    assert find(judged) == first
    assert find(replace(judged)) == first


def test_a_clean_receipt_has_no_findings() -> None:
    treated = receipt(unit(done(TEST), points=100), unit(given("620000001"), points=10, section="21"))

    assert find(case(ROWS, treated)) == ()
