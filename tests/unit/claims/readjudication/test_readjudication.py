"""What is compared when a month is adjudicated again, and which claims are left alone."""

from dataclasses import replace
from datetime import date

import pytest

from services.claims.domain.correction import Cause, withdrawn
from services.claims.domain.outcome import Decision, Outcome, PayerPart, Reason, ReasonCode
from services.claims.domain.readjudication import (
    Batch,
    Change,
    Difference,
    Ground,
    Place,
    Share,
    Skip,
    Summary,
    Terms,
    payers_of,
    resting_on,
    rests_on,
    skipped,
    terms_of,
    with_batch,
)
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.ids import ClaimId

CLAIM = ClaimId("clm_" + "a" * 32)
INSURER = "01130012"
PROGRAMME = "54130018"
APPROVED = Terms(
    outcome=Outcome.APPROVED,
    billed_points=73,
    reduced_points=0,
    patient_yen=219,
    shares=(Share(INSURER, 73, 511),),
    grounds=(),
)
REDUCED = Terms(
    outcome=Outcome.REDUCED,
    billed_points=73,
    reduced_points=3,
    patient_yen=210,
    shares=(Share(INSURER, 70, 490),),
    grounds=(Ground("ABOVE_FIXED_POINTS", "F", "", "73 declared, 70 in the master"),),
)
RETURNED = Terms(outcome=Outcome.RETURNED, billed_points=0, reduced_points=0, patient_yen=0, shares=(), grounds=())
DECIDED = Place(terms=APPROVED, cause=Cause.SUBMITTED, has_covers=True)


def batch(*differences: Difference, unchanged: int = 0, **counts: int) -> Batch:
    counted = {Skip[name.upper()]: count for name, count in counts.items()}
    return Batch(last=CLAIM, unchanged=unchanged, skipped=counted, differences=differences)


def test_a_decided_claim_with_covers_is_adjudicated_again() -> None:
    assert skipped(DECIDED) is None
    assert skipped(replace(DECIDED, cause=Cause.READJUDICATED)) is None
    assert skipped(replace(DECIDED, cause=Cause.LATE_CODE)) is None


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place(terms=None, cause=None, has_covers=False), Skip.ON_ITS_WAY),
        (Place(terms=terms_of(withdrawn()), cause=Cause.WITHDRAWN, has_covers=True), Skip.WITHDRAWN),
        (replace(DECIDED, under_review=True), Skip.UNDER_REVIEW),
        (replace(DECIDED, terms=RETURNED, resubmitted=True), Skip.RESUBMITTED),
        (replace(DECIDED, cause=Cause.HOSPITAL_REVIEW), Skip.DECIDED_BY_PEOPLE),
        (replace(DECIDED, cause=Cause.PAYER_REVIEW), Skip.DECIDED_BY_PEOPLE),
        (replace(DECIDED, cause=Cause.ERROR_REPORTED), Skip.DECIDED_BY_PEOPLE),
        (replace(DECIDED, has_covers=False), Skip.NO_COVERS),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Skip) else "",
)
def test_a_claim_is_left_alone_for_a_reason(place: Place, reason: Skip) -> None:
    assert skipped(place) is reason


def test_the_first_reason_that_holds_is_told() -> None:
    place = replace(DECIDED, under_review=True, resubmitted=True, has_covers=False, cause=Cause.PAYER_REVIEW)

    assert skipped(place) is Skip.UNDER_REVIEW


def test_terms_are_a_decision_s_outcome_points_yen_and_reasons_in_order_of_payer_numbers() -> None:
    code = ReasonCode.DECLARED_ABOVE_LINES
    decision = Decision(
        outcome=Outcome.REDUCED,
        reasons=(Reason(code, code.official_code, code.says, INSURER),),
        billed_points=80,
        billed_yen=800,
        parts=(
            PayerPart(PROGRAMME, PayerKind.PROGRAMME, 1, 73, 146),
            PayerPart(INSURER, PayerKind.INSURER, 0, 73, 511),
        ),
        patient_yen=73,
        reduced_yen=70,
        notes=("unpriced",),
    )

    terms = terms_of(decision)

    assert terms.shares == (Share(INSURER, 73, 511), Share(PROGRAMME, 73, 146))
    assert terms.grounds == (Ground("DECLARED_ABOVE_LINES", "H", INSURER),)
    assert (terms.billed_points, terms.reduced_points, terms.patient_yen) == (80, 7, 73)


def test_a_decision_tells_the_day_whose_knowledge_it_rests_on() -> None:
    decision = resting_on(withdrawn(), date(2024, 7, 1))

    assert rests_on(decision.notes) == date(2024, 7, 1)
    assert rests_on(withdrawn().notes) is None


def test_other_words_for_the_same_reason_are_no_difference() -> None:
    reworded = replace(REDUCED, grounds=(replace(REDUCED.grounds[0], message="70点"),))

    assert reworded == REDUCED
    assert replace(REDUCED, grounds=(replace(REDUCED.grounds[0], official_code="A"),)) != REDUCED


def test_the_payers_of_a_difference_are_those_before_and_after() -> None:
    taken_over = replace(APPROVED, shares=(Share(PROGRAMME, 73, 730),), patient_yen=0)

    assert payers_of(Difference(claim_id=CLAIM, before=APPROVED, after=taken_over)) == (INSURER, PROGRAMME)


def test_a_summary_counts_every_claim_once_and_adds_up_what_changed() -> None:
    reduced = Difference(claim_id=CLAIM, before=APPROVED, after=REDUCED)
    returned = Difference(claim_id=CLAIM, before=APPROVED, after=RETURNED)

    summary = with_batch(Summary(), batch(reduced, unchanged=5, no_covers=2))
    summary = with_batch(summary, batch(returned, reduced, unchanged=1, no_covers=1, withdrawn=1))

    assert summary == Summary(
        claims=13,
        unchanged=6,
        changed=3,
        skipped={Skip.NO_COVERS: 3, Skip.WITHDRAWN: 1},
        outcomes={(Outcome.APPROVED, Outcome.REDUCED): 2, (Outcome.APPROVED, Outcome.RETURNED): 1},
        billed_points=Change(219, 146),
        reduced_points=Change(0, 6),
        patient_yen=Change(657, 420),
        payers={INSURER: Change(1533, 980)},
    )
