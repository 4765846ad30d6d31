"""過誤: when an error may be reported, and who may agree to it."""

import pytest

from services.claims.domain.correction import Refusal, Side, State, agreement_refusal, report_refusal

HOSPITAL, PAYER, OPERATOR = Side.HOSPITAL, Side.PAYER, None


@pytest.mark.parametrize(
    ("state", "reported_by", "refusal"),
    [
        (State.APPROVED, None, None),
        (State.REDUCED, None, None),
        (State.APPROVED, HOSPITAL, Refusal.ERROR_REPORTED),
        (State.APPROVED, PAYER, Refusal.ERROR_REPORTED),
        (State.RECEIVED, None, Refusal.NOT_DECIDED),
        (State.PENDED, None, Refusal.PENDED),
        (State.RETURNED, None, Refusal.ALREADY_RETURNED),
        (State.UNDER_REVIEW, None, Refusal.UNDER_REVIEW),
        (State.WITHDRAWN, PAYER, Refusal.ALREADY_WITHDRAWN),
    ],
)
def test_an_error_is_reported_once_of_a_claim_that_pays(
    state: State, reported_by: Side | None, refusal: Refusal | None
) -> None:
    assert report_refusal(state, reported_by) is refusal


@pytest.mark.parametrize(
    ("reported_by", "speaker", "reference", "refusal"),
    [
        (PAYER, HOSPITAL, "", None),
        (HOSPITAL, PAYER, "", None),
        (PAYER, OPERATOR, "2026-7", None),
        (PAYER, OPERATOR, "", Refusal.AGREEMENT_UNREFERENCED),
        (PAYER, HOSPITAL, "2026-7", Refusal.REFERENCE_NOT_ASKED),
        (PAYER, PAYER, "", Refusal.OWN_REPORT),
        (HOSPITAL, HOSPITAL, "", Refusal.OWN_REPORT),
        (None, HOSPITAL, "", Refusal.NO_ERROR_REPORTED),
        (None, OPERATOR, "2026-7", Refusal.NO_ERROR_REPORTED),
    ],
)
def test_the_other_side_agrees_or_an_operator_with_a_reference(
    reported_by: Side | None, speaker: Side | None, reference: str, refusal: Refusal | None
) -> None:
    assert agreement_refusal(State.APPROVED, reported_by, speaker, reference) is refusal


@pytest.mark.parametrize("state", [State.UNDER_REVIEW, State.RETURNED, State.WITHDRAWN])
def test_nobody_agrees_to_an_error_of_a_claim_that_pays_no_longer_or_is_looked_at(state: State) -> None:
    assert agreement_refusal(state, PAYER, HOSPITAL, "") is not None
