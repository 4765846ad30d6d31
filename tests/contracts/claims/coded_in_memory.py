"""Claims' ledger in memory with what decided claims need: they stand, are looked at again, and are decided anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.claims.application.correcting import Correction, OpenReview, Standing
from services.claims.application.model import Decided, Working
from services.claims.application.readjudicating import PastClaim
from services.claims.domain.correction import Cause, Side, State
from services.claims.domain.readjudication import Place, terms_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import HOSPITAL
from tests.contracts.claims.fakes import ClaimsInMemory


class CodedInMemory(ClaimsInMemory):
    """An application.late_codes.CodedClaims; `reviews` are claims under review, `held` those that were held.

    `errors` says who reported an error that waits for an answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reviews: dict[ClaimId, Cause] = {}
        self.errors: dict[ClaimId, Side] = {}
        self.held: list[ClaimId] = []

    async def hold(self, claim_ids: Sequence[ClaimId]) -> None:
        self.held += claim_ids

    async def stand(self, claim_ids: Sequence[ClaimId]) -> Sequence[Standing]:
        await self.hold(claim_ids)
        return [self._standing(each) for each in sorted(claim_ids) if each in self.kept.claims]

    async def past(self, claim_ids: Sequence[ClaimId]) -> Sequence[PastClaim]:
        return [self._past(each) for each in self.kept.claims if each in claim_ids]

    async def open_review(self, claim_id: ClaimId, cause: Cause, now: datetime) -> None:
        self.reviews[claim_id] = cause

    async def close_review(self, claim_id: ClaimId) -> None:
        self.reviews.pop(claim_id, None)

    async def open_error(self, claim_id: ClaimId, side: Side, reason: str, now: datetime) -> None:
        self.errors[claim_id] = side

    async def close_error(self, claim_id: ClaimId) -> None:
        self.errors.pop(claim_id, None)

    async def count(self, month: Month) -> int:
        return len(self.kept.claims)

    async def page(self, month: Month, after: ClaimId | None, most: int) -> Sequence[ClaimId]:
        return [each for each in sorted(self.kept.claims) if each > (after or "")][:most]

    async def of_same_persons(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        return sorted(claim_ids)

    async def record(self, correction: Correction, now: datetime) -> None:
        """Steps are not kept."""

    async def link_resubmission(self, returned_claim: ClaimId, claim: ClaimId, now: datetime) -> bool:
        raise AssertionError

    def _standing(self, claim_id: ClaimId) -> Standing:
        made = self.kept.decisions.get(claim_id)
        if made is None:
            return Standing(claim=self.kept.work[claim_id], state=State.RECEIVED)
        cause = self.reviews.get(claim_id)
        return Standing(
            claim=_decided_claim(made),
            state=State(made.decision.outcome.value) if cause is None else State.UNDER_REVIEW,
            number=made.number,
            decision_id=made.decision_id,
            review=OpenReview(cause=cause) if cause is not None else None,
            error=self.errors.get(claim_id),
        )

    def _past(self, claim_id: ClaimId) -> PastClaim:
        claim, made = self.kept.claims[claim_id], self.kept.decisions.get(claim_id)
        return PastClaim(
            claim_id=claim_id,
            person=claim_id.encode(),
            hospital_code=HOSPITAL,
            claim_month=claim.submitted.claim_month,
            receipt=claim.submitted.receipt,
            place=Place(
                terms=terms_of(made.decision) if made is not None else None,
                cause=made.cause if made is not None else None,
                has_covers=made is not None and made.claim.kept_covers is not None,
                under_review=claim_id in self.reviews,
            ),
            covers=made.claim.covers if made is not None else None,
            kept_covers=made.claim.kept_covers if made is not None else None,
            revisions=self.revisions(claim_id),
            saw=made.claim.coding_revision if made is not None else None,
        )


def _decided_claim(made: Decided) -> Working:
    """The claim as it was when it was decided: it waits for nothing any more, and its covers are read elsewhere."""
    return replace(made.claim, coding_deadline=None, codes=None)
