"""What a pended claim comes to once a person accepts it."""

from dataclasses import replace

from services.claims.domain.adjudication import adjudicate, asks_a_person
from services.claims.domain.correction import Cut, PayerCut, Refusal
from services.claims.domain.edits.edit import Edit, Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.outcome import Decision, Outcome, ReasonCode
from services.claims.domain.pended import ACCEPTED, accepted, accepted_but_for
from tests.support.examined import NOTHING_EXAMINED
from tests.unit.claims.adjudication.builders import billed, covered, insurer, refused

PLAIN = billed([insurer(100)], [("1", 100)])
THIRD_PARTY = replace(PLAIN, special_marks=("10",))


def finding(severity: Severity) -> EditFinding:
    edit = next(each for each in Edit if each.severity is severity)
    return EditFinding(edit=edit, line=5, detail="", points_before=None, points_after=None)


def test_a_third_party_s_claim_is_paid_as_declared_and_says_that_a_person_let_it_pass() -> None:
    decision = accepted(THIRD_PARTY, covered(THIRD_PARTY), NOTHING_EXAMINED)

    assert isinstance(decision, Decision)
    assert (decision.outcome, decision.parts[0].share_yen, decision.patient_yen) == (Outcome.APPROVED, 700, 300)
    assert decision.notes == (ACCEPTED,)


def test_findings_that_ask_a_person_are_answered_by_one() -> None:
    referred = replace(NOTHING_EXAMINED, findings=(finding(Severity.REFER),))

    assert adjudicate(PLAIN, covered(PLAIN), referred).outcome is Outcome.PENDED
    decision = accepted(PLAIN, covered(PLAIN), referred)
    assert isinstance(decision, Decision)
    assert decision.outcome is Outcome.APPROVED


def test_what_a_machine_is_sure_of_stays() -> None:
    sure = replace(NOTHING_EXAMINED, findings=(finding(Severity.RETURN), finding(Severity.REFER)))

    decision = accepted(THIRD_PARTY, covered(THIRD_PARTY), sure)

    assert isinstance(decision, Decision)
    assert (decision.outcome, decision.notes) == (Outcome.RETURNED, ())
    refusing = [refused(covered(PLAIN)[0], "ENDED")]
    uncovered = accepted(THIRD_PARTY, refusing, NOTHING_EXAMINED)
    assert isinstance(uncovered, Decision)
    assert uncovered.outcome is Outcome.RETURNED


def test_a_payer_that_did_not_answer_cannot_be_accepted_away() -> None:
    assert accepted(PLAIN, [], NOTHING_EXAMINED) is Refusal.STILL_PENDED


def test_a_cut_that_no_machine_can_finish_asks_a_person() -> None:
    unfinished = finding(Severity.REDUCE)._replace(points_before=100, points_after=None)

    assert asks_a_person(unfinished)
    assert not asks_a_person(unfinished._replace(points_after=50))


def cut_of(number: str, points: int, yen: int) -> Cut:
    return Cut(official_code="B", points=points, payers=(PayerCut(payer_number=number, points=points, yen=yen),))


def test_a_person_sizes_a_cut_that_no_machine_can() -> None:
    unfinished = finding(Severity.REDUCE)._replace(points_before=100, points_after=None)
    examined = replace(NOTHING_EXAMINED, findings=(unfinished,))
    whole = accepted(PLAIN, covered(PLAIN), examined)
    assert isinstance(whole, Decision)

    less = accepted_but_for(whole, cut_of(whole.parts[0].payer_number, 10, 70))

    assert isinstance(less, Decision)
    assert (less.outcome, less.reduced_yen, less.patient_yen) == (Outcome.REDUCED, 100, 270)
    assert [(each.code, each.official_code) for each in less.reasons] == [(ReasonCode.REDUCED_BY_PERSON, "B")]
    assert ACCEPTED in less.notes


def test_nothing_is_cut_of_what_goes_back_or_from_who_bears_nothing() -> None:
    back = accepted(THIRD_PARTY, [refused(covered(PLAIN)[0], "ENDED")], NOTHING_EXAMINED)
    whole = accepted(PLAIN, covered(PLAIN), NOTHING_EXAMINED)
    assert isinstance(back, Decision)
    assert isinstance(whole, Decision)

    assert accepted_but_for(back, cut_of(whole.parts[0].payer_number, 1, 7)) is Refusal.NOTHING_TO_CUT
    assert accepted_but_for(whole, cut_of("99999999", 1, 7)) is Refusal.PAYER_NOT_ON_CLAIM
