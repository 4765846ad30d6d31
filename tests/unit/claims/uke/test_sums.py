"""What the lines of a receipt add up to."""

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.findings import Profile
from tests.support import uke

INPATIENT = {"kind": "1111", "admission_date": "20240501"}


def _facts(*lines: str, points: str = "73", **head: str) -> ReceiptFacts:
    insurer = uke.insurer(points=points)
    assessment = assess(uke.receipt(uke.head(**head), insurer, uke.disease(), *lines), profile=Profile.STRICT)
    assert assessment.facts is not None, assessment.findings
    return assessment.facts


def test_points_stand_on_the_last_line_of_a_unit_and_count_once() -> None:
    facts = _facts(uke.act(points=""), uke.drug(), uke.drug(points="100"))

    assert facts.line_points == 100


def test_points_are_multiplied_by_the_count() -> None:
    facts = _facts(uke.act(times="3", days_8="2"))

    assert facts.line_points == 3 * 73


def test_points_of_a_reduction_are_taken_off() -> None:
    reduction = uke.drug(treatment_section="39", item_code="630010002", quantity="", points="12")

    facts = _facts(uke.act(), reduction, points="61")

    assert facts.line_points == 61
    assert facts.arithmetic == ()


def test_a_reduction_inside_a_unit_is_in_the_units_points_already() -> None:
    facts = _facts(uke.act(points=""), uke.drug(item_code="630010002", quantity="", points="61"), points="61")

    assert facts.line_points == 61


def test_meals_are_yen_and_stand_in_no_payers_points() -> None:
    meals = uke.act(treatment_section="97", item_code="197000210", points="640", times="9", days_8="8")

    facts = _facts(uke.act(), meals, **INPATIENT)

    assert (facts.line_points, facts.meal_lines_yen) == (73, 5_760)
    assert facts.payers[0].line_points == 73


def test_comments_belong_to_no_unit() -> None:
    facts = _facts(uke.act(points=""), uke.comment(treatment_section=""), uke.drug(points="73"))

    assert facts.line_points == 73


def test_a_donors_lines_are_added_apart() -> None:
    donor = (
        uke.line("TI", organ="1", site="1"),
        uke.line("TR", receipt_number="1", kind="1992", treatment_month="202405", sex="2", birth_date="19850101"),
        uke.line("TS", days="1", points="50"),
        uke.disease(),
        uke.act(points="50"),
    )

    facts = _facts(uke.act(), *donor)

    assert facts.line_points == 73
    assert facts.arithmetic == ()
