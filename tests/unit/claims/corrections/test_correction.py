"""What a claim's state allows, and the decisions that corrections lead to."""

import pytest

from services.claims.domain.correction import (
    Borne,
    Cause,
    Cut,
    PayerCut,
    Refusal,
    State,
    names_another_claim,
    reduced,
    resubmission_refusal,
    returned,
    review_refusal,
    withdrawal_refusal,
    withdrawn,
)
from services.claims.domain.outcome import Decision, Outcome, PayerPart, ReasonCode
from services.claims.domain.outputs.returned import with_search_number
from services.claims.domain.outputs.search_number import search_number_of
from services.claims.domain.uke.facts import PayerKind
from tests.support.uke import plain_receipt

INSURER, PROGRAMME = "01130012", "21136015"
ALLOWED = None


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (State.RECEIVED, ALLOWED),
        (State.APPROVED, ALLOWED),
        (State.REDUCED, ALLOWED),
        (State.PENDED, ALLOWED),
        (State.RETURNED, Refusal.ALREADY_RETURNED),
        (State.WITHDRAWN, Refusal.ALREADY_WITHDRAWN),
        (State.UNDER_REVIEW, Refusal.UNDER_REVIEW),
    ],
)
def test_what_has_not_gone_back_can_be_withdrawn(state: State, refusal: Refusal | None) -> None:
    assert withdrawal_refusal(state) is refusal


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (State.RECEIVED, Refusal.NOT_DECIDED),
        (State.APPROVED, ALLOWED),
        (State.REDUCED, ALLOWED),
        (State.PENDED, Refusal.PENDED),
        (State.RETURNED, Refusal.ALREADY_RETURNED),
        (State.WITHDRAWN, Refusal.ALREADY_WITHDRAWN),
        (State.UNDER_REVIEW, Refusal.UNDER_REVIEW),
    ],
)
def test_only_what_pays_can_be_reviewed_or_reported(state: State, refusal: Refusal | None) -> None:
    assert review_refusal(state) is refusal


@pytest.mark.parametrize("state", State)
def test_only_what_went_back_is_submitted_again(state: State) -> None:
    went_back = state in {State.RETURNED, State.WITHDRAWN}

    assert resubmission_refusal(state) is (None if went_back else Refusal.NOT_RETURNED)


def test_every_outcome_is_a_state_and_every_cause_and_refusal_has_its_own_words() -> None:
    assert {outcome.value for outcome in Outcome} < {state.value for state in State}
    assert [cause.value for cause in Cause] == list(range(1, len(Cause) + 1))
    assert len({refusal.value for refusal in Refusal}) == len(Refusal)


def test_a_withdrawn_claim_moves_nothing_and_says_why() -> None:
    decision = withdrawn()

    assert (decision.outcome, decision.parts, decision.billed_yen) == (Outcome.WITHDRAWN, (), 0)
    assert [reason.code for reason in decision.reasons] == [ReasonCode.WITHDRAWN_BY_HOSPITAL]


@pytest.mark.parametrize("code", [ReasonCode.ERROR_REPORTED, ReasonCode.RETURNED_IN_REVIEW])
def test_an_error_and_a_review_return_the_whole_claim(code: ReasonCode) -> None:
    assert (returned(code).outcome, returned(code).parts) == (Outcome.RETURNED, ())


BORNE = Borne(
    billed_points=100,
    parts=(
        PayerPart(INSURER, PayerKind.INSURER, 0, 100, 700),
        PayerPart(PROGRAMME, PayerKind.PROGRAMME, 1, 60, 200),
    ),
    patient_yen=100,
    reduced_yen=0,
    notes=("unpriced",),
)


def cut(points: int, *payers: tuple[str, int, int], code: str = "B") -> Cut:
    return Cut(
        official_code=code,
        points=points,
        payers=tuple(PayerCut(payer_number=number, points=less, yen=yen) for number, less, yen in payers),
    )


def test_a_review_takes_points_and_yen_off_payers_and_the_rest_off_the_patient() -> None:
    decision = reduced(BORNE, cut(10, (INSURER, 10, 70), (PROGRAMME, 10, 20)))

    assert isinstance(decision, Decision)
    assert [(part.points, part.share_yen) for part in decision.parts] == [(90, 630), (50, 180)]
    assert (decision.patient_yen, decision.reduced_yen, decision.billed_yen) == (90, 100, 1_000)
    assert [(reason.code, reason.official_code) for reason in decision.reasons] == [(ReasonCode.REDUCED_IN_REVIEW, "B")]


def test_what_was_cut_before_stays_cut() -> None:
    before = reduced(BORNE, cut(10, (INSURER, 10, 70)))
    assert isinstance(before, Decision)
    standing = Borne(
        billed_points=before.billed_points,
        parts=before.parts,
        patient_yen=before.patient_yen,
        reduced_yen=before.reduced_yen,
        notes=before.notes,
    )

    after = reduced(standing, cut(5, (INSURER, 5, 35)))

    assert isinstance(after, Decision)
    assert (after.reduced_yen, after.billed_yen) == (150, 1_000)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (cut(10, ("67130001", 10, 70)), Refusal.PAYER_NOT_ON_CLAIM),
        (cut(10, (INSURER, 5, 35), (INSURER, 5, 35)), Refusal.PAYER_NOT_ON_CLAIM),
        (cut(10, (INSURER, 10, 101)), Refusal.CUT_UNBALANCED),
        (cut(20, (INSURER, 10, 70)), Refusal.CUT_BEYOND_SHARE),
        (cut(80, (INSURER, 80, 701)), Refusal.CUT_BEYOND_SHARE),
        (cut(100, (INSURER, 100, 700), (PROGRAMME, 61, 200)), Refusal.CUT_BEYOND_SHARE),
    ],
)
def test_a_cut_that_does_not_fit_what_is_borne_is_refused(asked: Cut, refusal: Refusal) -> None:
    assert reduced(BORNE, asked) is refusal


CLAIM, OTHER = "clm_" + "1" * 32, "clm_" + "2" * 32


def test_a_receipt_s_search_number_leads_to_its_own_claim_or_to_none() -> None:
    assert names_another_claim(with_search_number(plain_receipt(), search_number_of(OTHER)), CLAIM)
    assert not names_another_claim(with_search_number(plain_receipt(), search_number_of(CLAIM)), CLAIM)
    assert not names_another_claim(with_search_number(plain_receipt(), "12345678901234567"), CLAIM)
    assert not names_another_claim(plain_receipt(), CLAIM)
    assert not names_another_claim(b"RE,1\r\n", CLAIM)
