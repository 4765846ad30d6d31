"""What the findings of an examination do to a decision, and what its cuts take from whom."""

from services.claims.domain.adjudication import AdjudicationFacts, adjudicate
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.examination import Examination, ExaminedUnit
from services.claims.domain.outcome import Decision, Outcome, ReasonCode
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.treatment import Unit
from tests.unit.claims.adjudication.builders import billed, covered, insurer, programme

PRICED = PricedUnit(100, None, "", (100,), (), ())


def of(severity: Severity) -> Edit:
    """The first edit of a severity."""
    return next(each for each in Edit if each.severity is severity)


def unit(share: str, points: int, allowed: int, *, times: int = 1, price: PricedUnit = PRICED) -> ExaminedUnit:
    return ExaminedUnit(Unit(1, "60", share, times, (), points, ()), price, allowed)


def decided(facts: AdjudicationFacts, *findings: EditFinding, units: tuple[ExaminedUnit, ...] = ()) -> Decision:
    examination = Examination(findings=findings, units=units, loaded=frozenset())
    return adjudicate(facts, covered(facts), examination)


PLAIN = billed([insurer(300)], [("1", 300)])


def test_a_finding_that_returns_decides_before_one_that_asks_a_person_and_one_that_cuts() -> None:
    returning, referring = of(Severity.RETURN), of(Severity.REFER)

    decision = decided(PLAIN, EditFinding(returning, 5, "why"), EditFinding(referring, 6, "why else"))

    assert decision.outcome is Outcome.RETURNED
    assert [(each.code, each.message) for each in decision.reasons] == [(returning, "why")]
    assert (decision.billed_points, decision.parts) == (0, ())


def test_a_finding_for_a_person_pends_the_claim_and_moves_no_money() -> None:
    referring, noting = of(Severity.REFER), of(Severity.NOTE)

    decision = decided(PLAIN, EditFinding(referring, 5, "look"), EditFinding(noting, 0, "by the way"))

    assert (decision.outcome, decision.billed_yen) == (Outcome.PENDED, 0)
    assert [each.code for each in decision.reasons] == [referring]


def test_a_cut_of_which_a_machine_cannot_say_what_is_left_pends_the_claim() -> None:
    decision = decided(
        PLAIN, EditFinding(of(Severity.REDUCE), 5, "too many", 200, None, 0), units=(unit("1", 200, 200),)
    )

    assert decision.outcome is Outcome.PENDED


def test_a_note_changes_nothing() -> None:
    decision = decided(PLAIN, EditFinding(of(Severity.NOTE), 5, "by the way"), units=(unit("1", 300, 300),))

    assert (decision.outcome, decision.reasons, decision.notes) == (Outcome.APPROVED, (), ())


def test_a_cut_is_taken_from_every_payer_of_its_lines_and_from_nobody_else() -> None:
    facts = billed([insurer(300), programme(1, 100)], [("1", 200), ("2", 100)])
    cut = EditFinding(of(Severity.REDUCE), 5, "once too often", 100, 60, 1)

    decision = decided(facts, cut, units=(unit("1", 200, 200), unit("2", 50, 60, times=2)))

    assert decision.outcome is Outcome.REDUCED
    assert [each.code for each in decision.reasons] == [of(Severity.REDUCE)]
    assert [(part.points, part.share_yen) for part in decision.parts] == [(260, 1820), (60, 180)]
    assert (decision.billed_yen, decision.reduced_yen, decision.patient_yen) == (3000, 400, 600)


def test_a_cut_and_points_declared_above_the_lines_add_up_and_h_comes_first() -> None:
    facts = billed([insurer(310, lines=300)], [("1", 300)])

    decision = decided(facts, EditFinding(of(Severity.REDUCE), 5, "why", 300, 250, 0), units=(unit("1", 300, 250),))

    assert [each.code for each in decision.reasons] == [ReasonCode.DECLARED_ABOVE_LINES, of(Severity.REDUCE)]
    assert (decision.billed_points, decision.reduced_yen) == (310, 600)
    assert decision.parts[0].points == 250


def test_what_has_no_price_is_paid_as_declared_and_says_why_once() -> None:
    missing = PricedUnit(None, Unpriced.KIND_NOT_LOADED, "y", (), (), ())

    decision = decided(PLAIN, units=(unit("1", 100, 100, price=missing), unit("1", 200, 200, price=missing)))

    assert (decision.outcome, decision.billed_points) == (Outcome.APPROVED, 300)
    assert decision.notes == ("unpriced", "unpriced.kind-not-loaded:y")


def test_however_much_has_no_price_the_notes_on_money_stand_first_and_what_is_untold_is_counted() -> None:
    facts = billed([insurer(40, burden_yen=1, meals_yen=670)], [("1", 40)])
    missing = [PricedUnit(None, Unpriced.CODE_NOT_IN_MASTER, f"{at:09d}", (), (), ()) for at in range(40)]

    decision = decided(facts, units=tuple(unit("1", 1, 1, price=each) for each in missing))

    assert decision.notes[:3] == ("meals_unsettled", "insurer_burden_differs", "unpriced")
    assert decision.notes[3:-1] == tuple(f"unpriced.code-not-in-master:{at:09d}" for at in range(32))
    assert decision.notes[-1] == "unpriced.and-more:8"


def test_meals_that_are_cut_are_yen_and_touch_no_points() -> None:
    meals = ExaminedUnit(Unit(1, "97", "1", 1, (), 640, ()), PRICED, 600)

    decision = decided(PLAIN, EditFinding(of(Severity.REDUCE), 5, "why", 640, 600, 0), units=(meals,))

    assert (decision.outcome, decision.billed_points, decision.reduced_yen) == (Outcome.APPROVED, 300, 0)
