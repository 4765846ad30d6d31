"""Meals (section 97) are yen and not settled: what would be cut of them is told, and nothing counts it as points."""

from seikyu.claims.v1 import claim_pb2, explanation_pb2
from seikyu.claims.v1 import events_pb2 as claims_events

from services.claims.adapters.explanations import finding_of
from services.claims.adapters.outcome_files import cuts_of
from services.claims.domain.adjudication import adjudicate
from services.claims.domain.examination import Examination, Surroundings, examine
from services.claims.domain.outcome import Outcome
from services.claims.domain.outputs.reduced import Cut
from services.claims.domain.treatment import Unit
from tests.unit.claims.adjudication.builders import billed, covered, insurer
from tests.unit.claims.edits.builders import TEST, Rows, receipt, registered, unit
from tests.unit.claims.pricing.builders import act, done

MEAL = "197000110"
ROWS = Rows(acts=[act(TEST, "50.00"), act(MEAL, "670.00", {11: "1", 72: "236"})])
MEALS = unit(done(MEAL), points=670, days=(7, 8, 9), section="97")


def _examined(*units: Unit) -> Examination:
    """By masters in which the meal demands a standard that the hospital lacks."""
    return examine(receipt(*units, kind="1111", days=3), ROWS.schedule(), Surroundings(standards=registered()))


def _decided(reduced_yen: int, *letters: str) -> claims_events.ClaimAdjudicated:
    reasons = [claim_pb2.Reason(official_code=letter) for letter in letters]
    return claims_events.ClaimAdjudicated(billed_points=60, reduced_yen=reduced_yen, reasons=reasons)


def test_a_meal_without_its_standard_is_told_as_a_note_and_the_claim_is_approved() -> None:
    examination = _examined(unit(done(TEST), points=50), MEALS)
    facts = billed([insurer(50, meals_yen=2_010)], [("1", 50)])
    decision = adjudicate(facts, covered(facts), examination)

    told = [finding_of(each) for each in examination.findings]
    assert [(each.rule, each.effect) for each in told] == [("act.standard-missing", explanation_pb2.RULE_EFFECT_NOTE)]
    assert not told[0].HasField("points_before")
    assert (decision.outcome, decision.reasons, decision.reduced_yen) == (Outcome.APPROVED, (), 0)
    assert cuts_of(_decided(0), examination) == []


def test_beside_a_cut_of_points_a_meal_is_no_reason_and_no_row_of_the_notice() -> None:
    examination = _examined(unit(done(TEST), points=60), MEALS)
    facts = billed([insurer(60, meals_yen=2_010)], [("1", 60)])
    decision = adjudicate(facts, covered(facts), examination)

    assert [each.official_code for each in decision.reasons] == ["F"]
    assert decision.reduced_yen == 100
    assert cuts_of(_decided(100, "F"), examination) == [Cut(11, "F", 60, 50)]


def test_a_notice_has_the_sum_above_the_lines_in_a_row_of_its_own() -> None:
    examination = _examined(unit(done(TEST), points=60))

    assert cuts_of(_decided(150, "H", "F"), examination) == [Cut(11, "F", 60, 50), Cut(0, "H", 60, 55)]


def test_where_lines_lose_more_than_was_decided_the_notice_tells_the_sum_and_adds_no_points() -> None:
    examination = _examined(unit(done(TEST), points=60))

    assert cuts_of(_decided(40, "F"), examination) == [Cut(0, "F", 60, 56)]
    assert cuts_of(_decided(40, "F"), None) == [Cut(0, "F", 60, 56)]
