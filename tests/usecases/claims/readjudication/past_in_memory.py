"""Claims of a past month in memory, in the order in which they came: an application.readjudicating.PastClaims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.claims.application.correcting import Correction, Standing
from services.claims.application.model import Decided, Working
from services.claims.application.readjudicating import PastClaim
from services.claims.application.registrations import RegistrationReader
from services.claims.domain.correction import Cause, Side, State
from services.claims.domain.readjudication import terms_of
from services.shared.kernel.ids import ClaimId, decision_id
from services.shared.kernel.member import MemberSecret
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import NOW, TRACE
from tests.support.programmes import ProgrammesInMemory
from tests.support.registrations import RegistrationsInMemory


@dataclass(slots=True)
class PastInMemory:
    """Claims with their latest decisions. Decided anew, they stand as that says."""

    claims: dict[ClaimId, PastClaim]
    announced: list[Decided] = field(default_factory=list)
    steps: list[Correction] = field(default_factory=list)
    told: ProgrammesInMemory = field(default_factory=ProgrammesInMemory)

    @classmethod
    def of(cls, *claims: PastClaim) -> "PastInMemory":
        """A month of these claims, which came in this order."""
        return cls({each.claim_id: each for each in claims})

    @property
    def registrations(self) -> RegistrationReader:
        return RegistrationsInMemory()

    @property
    def programmes(self) -> ProgrammesInMemory:
        return self.told

    async def count(self, month: Month) -> int:
        return len(self.claims)

    async def page(self, month: Month, after: ClaimId | None, most: int) -> Sequence[ClaimId]:
        return [each for each in sorted(self.claims) if each > (after or "")][:most]

    async def of_same_persons(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        persons = {self.claims[each].person for each in claim_ids} - {b""}
        return sorted({*claim_ids, *(each.claim_id for each in self.claims.values() if each.person in persons)})

    async def past(self, claim_ids: Sequence[ClaimId]) -> Sequence[PastClaim]:
        return [each for each in self.claims.values() if each.claim_id in claim_ids]

    async def stand(self, claim_ids: Sequence[ClaimId]) -> Sequence[Standing]:
        return [_standing(self.claims[each]) for each in sorted(claim_ids)]

    async def save_decisions(self, decided: Sequence[Decided], now: datetime) -> None:
        for each in decided:
            kept = self.claims[each.claim.claim_id]
            place = replace(kept.place, terms=terms_of(each.decision), cause=each.cause)
            self.claims[kept.claim_id] = replace(kept, place=place)

    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        self.announced += decided

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        return {each: self.claims[each].receipt for each in claim_ids}

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        return {}

    def once_committed(self, tell: Callable[[], None]) -> None:
        tell()

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Nobody's: who adjudicates a month again decides twins by itself."""
        return set()

    async def record(self, correction: Correction, now: datetime) -> None:
        self.steps.append(correction)

    async def open_review(self, claim_id: ClaimId, cause: Cause, now: datetime) -> None:
        raise AssertionError

    async def open_error(self, claim_id: ClaimId, side: Side, reason: str, now: datetime) -> None:
        raise NotImplementedError

    async def close_error(self, claim_id: ClaimId) -> None:
        raise NotImplementedError

    async def close_review(self, claim_id: ClaimId) -> None:
        raise AssertionError

    async def link_resubmission(self, returned_claim: ClaimId, claim: ClaimId, now: datetime) -> bool:
        raise AssertionError


def _standing(claim: PastClaim) -> Standing:
    working = Working(
        claim_id=claim.claim_id,
        hospital_code=claim.hospital_code,
        claim_month=claim.claim_month,
        treatment_month="202405",
        receipt_kind="1112",
        traceparent=TRACE,
        origin=None,
        received_at=NOW,
        coding_deadline=None,
        covers=claim.covers,
        kept_covers=claim.kept_covers,
        determined_at=NOW,
        coded_at=None,
    )
    terms = claim.place.terms
    if terms is None:
        return Standing(claim=working, state=State.RECEIVED)
    state = State(terms.outcome.value)
    return Standing(claim=working, state=state, number=1, decision_id=decision_id(claim.claim_id, 1))
