"""One claim of a past month under the masters as they were known on some day."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.claims.application.readjudicating import Again, Past, PastClaim, judged_again
from services.claims.domain.adjudication import Cover
from services.claims.domain.correction import Cause
from services.claims.domain.examination import ALONE, Surroundings
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Place, Share, Skip, Terms, terms_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.support.uke import plain_receipt
from tests.usecases.claims.readjudication.masters import DECLARED, GONE, LOWERED, known

MAY = Month(2024, 5)
PAYER = "01130012"
APPROVED = Terms(
    outcome=Outcome.APPROVED,
    billed_points=73,
    reduced_points=0,
    patient_yen=219,
    shares=(Share(PAYER, 73, 511),),
    grounds=(),
)
COVER = Cover(payer_number=PAYER, covered=True, reason="COVERED", copay_tenths=3, public_programme=False)
CLAIM = PastClaim(
    claim_id=ClaimId("clm_" + "a" * 32),
    person=b"",
    hospital_code="1310000003",
    claim_month="202406",
    receipt=plain_receipt(),
    place=Place(terms=APPROVED, cause=Cause.SUBMITTED, has_covers=True),
    covers=(COVER,),
    kept_covers=b"kept",
)


def again(claim: PastClaim, as_of: date, around: Surroundings = ALONE) -> Again:
    judged = judged_again(claim, known(MAY, as_of), around)
    assert isinstance(judged, Again)
    return judged


def test_by_the_same_knowledge_nothing_differs() -> None:
    assert again(CLAIM, DECLARED).difference is None


def test_by_later_knowledge_the_claim_is_reduced_and_the_difference_tells_both_sides_to_the_yen() -> None:
    difference = again(CLAIM, LOWERED).difference

    assert difference is not None
    assert (difference.claim_id, difference.before) == (CLAIM.claim_id, APPROVED)
    assert difference.after.outcome is Outcome.REDUCED
    assert (difference.after.billed_points, difference.after.reduced_points) == (73, 3)
    assert (difference.after.shares, difference.after.patient_yen) == ((Share(PAYER, 70, 490),), 210)
    assert [each.official_code for each in difference.after.grounds] == ["F"]


def test_what_was_decided_by_later_knowledge_comes_out_the_same_by_it_and_otherwise_by_the_earlier() -> None:
    reduced = again(CLAIM, LOWERED)
    standing = replace(CLAIM, place=replace(CLAIM.place, terms=terms_of(reduced.decision)))

    assert again(standing, LOWERED).difference is None
    back = again(standing, DECLARED).difference
    assert back is not None
    assert back.after == APPROVED


def test_a_code_that_is_known_not_to_be_in_force_returns_the_claim() -> None:
    difference = again(CLAIM, GONE).difference

    assert difference is not None
    assert difference.after.outcome is Outcome.RETURNED
    assert difference.after.shares == ()


def test_the_share_is_by_the_covers_that_were_kept() -> None:
    elderly = replace(CLAIM, covers=(replace(COVER, copay_tenths=1),))

    difference = again(elderly, DECLARED).difference
    assert difference is not None
    assert (difference.after.shares, difference.after.patient_yen) == ((Share(PAYER, 73, 657),), 73)


def test_a_claim_with_a_twin_stays_returned_for_it() -> None:
    twin = Surroundings(has_twin=True)
    returned = again(CLAIM, DECLARED, twin)
    standing = replace(CLAIM, place=replace(CLAIM.place, terms=terms_of(returned.decision)))

    assert returned.decision.outcome is Outcome.RETURNED
    assert again(standing, DECLARED, twin).difference is None


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (replace(CLAIM, covers=None, place=replace(CLAIM.place, has_covers=False)), Skip.NO_COVERS),
        (replace(CLAIM, place=Place(terms=None, cause=None, has_covers=False)), Skip.ON_ITS_WAY),
        (replace(CLAIM, place=replace(CLAIM.place, under_review=True)), Skip.UNDER_REVIEW),
        (replace(CLAIM, receipt=b"RE,1\r\n"), Skip.UNREADABLE),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Skip) else "",
)
def test_a_claim_that_cannot_or_may_not_be_adjudicated_again_is_never_guessed(claim: PastClaim, reason: Skip) -> None:
    assert judged_again(claim, known(MAY, LOWERED), ALONE) is reason


def test_all_that_was_known_when_the_day_ended_in_tokyo_is_known() -> None:
    assert Past(month=MAY, as_of=LOWERED).known_until == datetime(2024, 7, 1, 14, 59, 59, 999999, tzinfo=UTC)
