"""A decision that does not conserve cannot be built."""

from dataclasses import replace

import pytest

from services.claims.domain.outcome import Decision, Outcome, PayerPart, Reason, ReasonCode
from services.claims.domain.uke.facts import PayerKind

_PART = PayerPart("01130012", PayerKind.INSURER, 0, 100, 700)
_REASON = Reason(ReasonCode.DECLARED_ABOVE_LINES, "H", "", "01130012")
_APPROVED = Decision(
    outcome=Outcome.APPROVED,
    reasons=(),
    billed_points=100,
    billed_yen=1000,
    parts=(_PART,),
    patient_yen=300,
    reduced_yen=0,
    notes=("unpriced",),
)


def test_an_approved_decision_may_not_lose_a_yen() -> None:
    with pytest.raises(ValueError, match="not the billed yen"):
        replace(_APPROVED, patient_yen=299)


def test_billed_yen_are_ten_a_point() -> None:
    with pytest.raises(ValueError, match="ten a point"):
        replace(_APPROVED, billed_points=101)


def test_no_part_is_negative_even_where_the_sum_holds() -> None:
    with pytest.raises(ValueError, match="negative"):
        replace(_APPROVED, parts=(replace(_PART, share_yen=1001),), patient_yen=-1)


def test_a_cut_needs_the_outcome_reduced_and_the_outcome_reduced_a_cut() -> None:
    with pytest.raises(ValueError, match="cuts yen"):
        replace(_APPROVED, patient_yen=290, reduced_yen=10)
    with pytest.raises(ValueError, match="cuts yen"):
        replace(_APPROVED, outcome=Outcome.REDUCED, reasons=(_REASON,))


def test_only_an_approved_decision_goes_without_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        replace(_APPROVED, reasons=(_REASON,))
    with pytest.raises(ValueError, match="reason"):
        replace(_APPROVED, outcome=Outcome.REDUCED, patient_yen=290, reduced_yen=10)


@pytest.mark.parametrize("outcome", [Outcome.RETURNED, Outcome.PENDED])
def test_a_returned_or_pended_decision_moves_no_yen(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="moves no yen"):
        replace(_APPROVED, outcome=outcome, reasons=(_REASON,))


def test_only_verified_official_codes_are_claimed() -> None:
    assert {code.name: code.official_code for code in ReasonCode if code.official_code} == {"DECLARED_ABOVE_LINES": "H"}
