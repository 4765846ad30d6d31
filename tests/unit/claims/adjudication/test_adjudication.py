"""What becomes of a receipt, rule by rule, in order of precedence."""

from dataclasses import replace

import pytest

from services.claims.domain import adjudication
from services.claims.domain.adjudication import AdjudicationFacts, Cover
from services.claims.domain.edits.edit import Edit
from services.claims.domain.outcome import Decision, Outcome, ReasonCode
from tests.support.examined import NOTHING_EXAMINED
from tests.unit.claims.adjudication.builders import INSURER, PROGRAMMES, billed, covered, insurer, programme, refused

_PLAIN = billed([insurer(100)], [("1", 100)])


def adjudicate(facts: AdjudicationFacts, covers: list[Cover]) -> Decision:
    return adjudication.adjudicate(facts, covers, NOTHING_EXAMINED)


def _codes(facts: AdjudicationFacts, covers: list[Cover] | None = None) -> tuple[Outcome, list[ReasonCode | Edit]]:
    decision = adjudicate(facts, covered(facts) if covers is None else covers)
    return decision.outcome, [reason.code for reason in decision.reasons]


def test_a_covered_receipt_whose_sums_agree_is_approved_as_declared() -> None:
    decision = adjudicate(_PLAIN, covered(_PLAIN))

    assert (decision.outcome, decision.reasons, decision.notes) == (Outcome.APPROVED, (), ())
    assert (decision.billed_yen, decision.parts[0].share_yen, decision.patient_yen) == (1000, 700, 300)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("UNKNOWN_MEMBER", ReasonCode.UNKNOWN_MEMBER),
        ("BRANCH_WRONG", ReasonCode.BRANCH_WRONG),
        ("BIRTH_DATE_DIFFERS", ReasonCode.BIRTH_DATE_DIFFERS),
        ("SEX_DIFFERS", ReasonCode.SEX_DIFFERS),
        ("ANOTHER_PAYER_SINCE", ReasonCode.ANOTHER_PAYER_SINCE),
        ("NOT_YET", ReasonCode.NOT_YET),
        ("ENDED", ReasonCode.ENDED),
        ("A_REASON_OF_LATER", ReasonCode.NOT_COVERED),
    ],
)
def test_a_receipt_that_a_payer_does_not_cover_is_returned_with_the_payers_reason(
    reason: str, code: ReasonCode
) -> None:
    decision = adjudicate(_PLAIN, [refused(covered(_PLAIN)[0], reason)])

    assert decision.outcome is Outcome.RETURNED
    assert [(each.code, each.payer_number) for each in decision.reasons] == [(code, INSURER)]


def test_every_payer_that_refuses_is_named_the_gravest_reason_first() -> None:
    facts = billed([insurer(100), programme(1, 100)], [("2", 100)])
    one, two = covered(facts)

    decision = adjudicate(facts, [refused(one, "ENDED"), refused(two, "UNKNOWN_MEMBER")])

    assert [(each.code.name, each.payer_number) for each in decision.reasons] == [
        ("UNKNOWN_MEMBER", PROGRAMMES[1]),
        ("ENDED", INSURER),
    ]


def test_a_payer_without_an_answer_pends_unless_another_refuses() -> None:
    facts = billed([insurer(100), programme(1, 100)], [("2", 100)])
    one, _ = covered(facts)

    assert _codes(facts, [one]) == (Outcome.PENDED, [ReasonCode.COVER_UNANSWERED])
    assert _codes(facts, [refused(one, "ENDED")]) == (
        Outcome.RETURNED,
        [ReasonCode.ENDED, ReasonCode.COVER_UNANSWERED],
    )


def test_a_third_partys_doing_pends_whatever_the_sums_are() -> None:
    facts = billed([insurer(90, lines=100)], [("1", 100)], marks=("10",))

    assert _codes(facts) == (Outcome.PENDED, [ReasonCode.THIRD_PARTY])


def test_a_receipt_not_covered_is_returned_even_when_a_third_party_did_it() -> None:
    facts = billed([insurer(100)], [("1", 100)], marks=("10",))

    assert _codes(facts, [refused(covered(facts)[0], "NOT_YET")]) == (Outcome.RETURNED, [ReasonCode.NOT_YET])


def test_a_payer_named_twice_is_returned() -> None:
    facts = billed([insurer(100), programme(1, 100), replace(programme(2, 100), number=PROGRAMMES[1])], [("4", 100)])

    assert _codes(facts) == (Outcome.RETURNED, [ReasonCode.PAYER_REPEATED])


@pytest.mark.parametrize(
    "facts",
    [
        billed([insurer(100)], [("2", 100)]),
        billed([insurer(100)], [("?", 100)]),
        billed([insurer(100)], [("1", 110), ("1", -10)]),
        billed([insurer(100), programme(1, 60)], [("2", 50), ("1", 50)]),
        billed([insurer(100), programme(1, 60, lines=50)], [("2", 50), ("1", 50)]),
        billed([insurer(105, lines=100), programme(1, 60, lines=50)], [("2", 50), ("1", 50)]),
    ],
    ids=["absent payer", "no such share", "below zero", "lines elsewhere", "above its lines", "above the excess"],
)
def test_benefit_shares_that_contradict_the_payers_are_returned(facts: AdjudicationFacts) -> None:
    outcome, codes = _codes(facts)

    assert (outcome, set(codes)) == (Outcome.RETURNED, {ReasonCode.SHARES_CONTRADICT})


def test_contradicting_shares_come_before_points_below_the_lines() -> None:
    facts = billed([insurer(90, lines=100), programme(1, 60, lines=50)], [("2", 50), ("1", 50)])

    assert _codes(facts) == (Outcome.RETURNED, [ReasonCode.SHARES_CONTRADICT])


def test_points_declared_below_the_lines_are_returned_even_when_another_payer_declares_above() -> None:
    facts = billed([insurer(110, lines=100), programme(1, 40, lines=50)], [("2", 50), ("1", 50)])

    assert _codes(facts) == (Outcome.RETURNED, [ReasonCode.DECLARED_BELOW_LINES])


def test_points_declared_above_the_lines_are_cut_by_the_difference_with_reason_h() -> None:
    facts = billed([insurer(110, lines=100), programme(1, 60, lines=50)], [("2", 50), ("1", 50)])

    decision = adjudicate(facts, covered(facts))

    assert [(each.code, each.official_code) for each in decision.reasons] == [(ReasonCode.DECLARED_ABOVE_LINES, "H")]
    assert decision.outcome is Outcome.REDUCED
    assert (decision.billed_points, decision.billed_yen, decision.reduced_yen) == (110, 1100, 100)
    assert [(part.points, part.share_yen) for part in decision.parts] == [(100, 700), (50, 150)]
    assert decision.patient_yen == 150


def test_what_a_decision_does_not_cover_stands_in_its_notes() -> None:
    facts = replace(billed([insurer(100, burden_yen=250, meals_yen=1380)], [("1", 100)]), discount_unit_yen=9)

    decision = adjudicate(facts, covered(facts))

    assert decision.notes == ("meals_unsettled", "insurer_burden_differs", "discount_unapplied")
    assert decision.billed_yen == 1000


@pytest.mark.parametrize("marks", [("10",), ()], ids=["pended", "returned"])
def test_a_claim_that_moves_no_money_has_no_note_on_its_money(marks: tuple[str, ...]) -> None:
    facts = billed([insurer(90 if not marks else 100, lines=100, meals_yen=1380)], [("1", 100)], marks=marks)

    decision = adjudicate(facts, covered(facts))

    assert decision.outcome is (Outcome.PENDED if marks else Outcome.RETURNED)
    assert decision.notes == ()


def test_a_copay_ratio_outside_zero_to_ten_is_no_answer() -> None:
    with pytest.raises(ValueError, match="copay_tenths"):
        Cover(payer_number=INSURER, covered=True, reason="COVERED", copay_tenths=11, public_programme=False)
