"""Claims' ledger in memory: intake, staging, working set, decisions. It passes the suites that the real one passes."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from services.claims.adapters.messages import read_revision, say_the_same
from services.claims.application.model import (
    Attached,
    Coded,
    Decided,
    Determined,
    Ending,
    NewClaim,
    Sender,
    SetStage,
    Staged,
    Submission,
    Working,
)
from services.claims.domain.found_codes import CodeRevision, in_force
from services.claims.domain.outcome import Outcome
from services.claims.domain.uke.findings import Finding
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret
from tests.support.programmes import ProgrammesInMemory
from tests.support.registrations import RegistrationsInMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """A coding answer as it was attached."""

    coded: Coded
    late: bool


@dataclass(slots=True)
class Kept:
    """Everything that a transaction may change."""

    claims: dict[ClaimId, NewClaim] = field(default_factory=dict)
    work: dict[ClaimId, Working] = field(default_factory=dict)
    moved_at: dict[ClaimId, datetime] = field(default_factory=dict)
    withheld: dict[ClaimId, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    codes: dict[ClaimId, dict[int, KeptCode]] = field(default_factory=dict)
    decisions: dict[ClaimId, Decided] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    staged: dict[str, dict[int, Staged]] = field(default_factory=dict)
    received: list[ClaimId] = field(default_factory=list)
    adjudicated: list[str] = field(default_factory=list)
    codings_read: int = 0


class ClaimsInMemory:
    """`transaction` takes everything back when its block raises, and tells afterwards what waits for the commit."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.registrations = RegistrationsInMemory()
        self.programmes = ProgrammesInMemory()
        self._once_committed: list[Callable[[], None]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        before, self._once_committed = deepcopy(self.kept), []
        try:
            yield self
        except BaseException:
            self.kept = before
            raise
        for tell in self._once_committed:
            tell()

    async def enrol_payer(self, payer_number: str, secret: bytes) -> None:
        self.kept.secrets.setdefault(payer_number, secret)

    def once_committed(self, tell: Callable[[], None]) -> None:
        self._once_committed.append(tell)

    async def insert_claims(self, sender: Sender, claims: Sequence[NewClaim], received_at: datetime) -> set[ClaimId]:
        new = [each for each in claims if each.claim_id not in self.kept.claims]
        for claim in new:
            self.kept.claims[claim.claim_id] = claim
            self.kept.work[claim.claim_id] = _working(sender, claim, received_at)
        return {each.claim_id for each in new}

    async def insert_work(
        self, claims: Sequence[NewClaim], deadlines: Mapping[ClaimId, datetime], now: datetime
    ) -> None:
        for claim in claims:
            known = self.kept.work[claim.claim_id]
            self.kept.work[claim.claim_id] = replace(known, coding_deadline=deadlines.get(claim.claim_id))
            self.kept.moved_at[claim.claim_id] = now
            self.kept.withheld[claim.claim_id] = claim.plan.withheld

    async def first_findings(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, tuple[Finding, ...]]:
        return {each: self.kept.claims[each].findings for each in claim_ids if each in self.kept.claims}

    def announce_received(self, sender: Sender, claims: Sequence[NewClaim], now: datetime) -> None:
        self.kept.received += [each.claim_id for each in claims]

    def announce_again(self, claims: Sequence[tuple[Working, NewClaim]]) -> None:
        self.kept.received += [claim.claim_id for _, claim in claims]

    async def lock_work(self, claim_ids: Sequence[ClaimId]) -> Sequence[Working]:
        return [self.kept.work[each] for each in sorted(set(claim_ids)) if each in self.kept.moved_at]

    async def lock_overdue(self, now: datetime, limit: int) -> Sequence[Working]:
        return [
            each
            for each in await self.lock_work(list(self.kept.work))
            if each.covers is not None and each.coding_deadline is not None and each.coding_deadline <= now
        ][:limit]

    async def lock_unmoved(self, since: datetime, limit: int) -> Sequence[Working]:
        still = [each for each, moved_at in self.kept.moved_at.items() if moved_at <= since]
        return (await self.lock_work(still))[:limit]

    async def known(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        return {each for each in claim_ids if each in self.kept.claims}

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        return {each for each in claim_ids if self._has_twin(each)}

    def _has_twin(self, claim_id: ClaimId) -> bool:
        """Whether another claim of the same person stands; claims are kept in the order in which they came."""
        person, order = _person(self.kept.claims[claim_id]), list(self.kept.claims)
        for other, claim in self.kept.claims.items():
            if other == claim_id or _person(claim) != person:
                continue
            decided = self.kept.decisions.get(other)
            if decided is None and order.index(other) < order.index(claim_id):
                return True
            if decided is not None and decided.decision.outcome not in {Outcome.RETURNED, Outcome.WITHDRAWN}:
                return True
        return False

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        return {each: self.kept.claims[each].submitted.receipt for each in claim_ids if each in self.kept.claims}

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        return {
            each: MemberSecret(version=1, secret=self.kept.secrets[each])
            for each in payer_numbers
            if each in self.kept.secrets
        }

    async def save_covers(self, determined: Sequence[Determined], now: datetime) -> None:
        for each in determined:
            claim = self.kept.work.get(each.claim_id)
            if claim is not None and claim.covers is None:
                self._move(
                    replace(claim, covers=each.covers, kept_covers=each.content, determined_at=each.determined_at), now
                )

    async def save_codings(self, coded: Sequence[Coded], late: set[ClaimId], now: datetime) -> Attached:
        new: dict[ClaimId, int] = {}
        contradicted: set[ClaimId] = set()
        for each in coded:
            kept = self.kept.codes.setdefault(each.claim_id, {})
            if each.revision not in kept:
                kept[each.revision] = KeptCode(coded=each, late=each.claim_id in late)
                new[each.claim_id] = max(each.revision, new.get(each.claim_id, 0))
            elif not say_the_same(kept[each.revision].coded.content, each.content):
                contradicted.add(each.claim_id)
            claim = self.kept.work.get(each.claim_id)
            if claim is not None and claim.coded_at is None and each.claim_id not in late:
                self._move(replace(claim, coded_at=now), now)
        return Attached(new=new, contradicted=frozenset(contradicted))

    async def read_codings(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CodeRevision]:
        self.kept.codings_read += 1
        found = {each: in_force(self.revisions(each)) for each in claim_ids}
        return {claim: revision for claim, revision in found.items() if revision is not None}

    def revisions(self, claim_id: ClaimId) -> tuple[CodeRevision, ...]:
        """Coding's answers for a claim, the lowest first."""
        kept = self.kept.codes.get(claim_id, {})
        return tuple(read_revision(kept[number].coded.content) for number in sorted(kept))

    async def touch(self, claim_ids: Sequence[ClaimId], now: datetime) -> None:
        for each in claim_ids:
            self.kept.moved_at[each] = now

    async def save_decisions(self, decided: Sequence[Decided], now: datetime) -> None:
        for each in decided:
            self.kept.decisions[each.claim.claim_id] = each
            self.kept.work.pop(each.claim.claim_id, None)
            self.kept.moved_at.pop(each.claim.claim_id, None)

    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        self.kept.adjudicated += [each.decision_id for each in decided]

    async def begin(self, submission_id: str, sender: Sender, now: datetime) -> Submission:
        held = self.kept.submissions.get(submission_id)
        broke_off = held is not None and not held.content_sha256 and held.stage in {SetStage.STAGING, SetStage.REFUSED}
        if held is None or broke_off:
            held = Submission(
                submission_id=submission_id,
                hospital_code=sender.hospital_code,
                stage=SetStage.STAGING,
                content_sha256="",
                origin=sender.origin,
            )
            self.kept.submissions[submission_id] = held
            self.kept.staged[submission_id] = {}
        return held

    async def stage(self, submission_id: str, staged: Sequence[Staged]) -> None:
        self.kept.staged[submission_id] |= {each.submitted.place: each for each in staged}

    async def end(self, ending: Ending) -> bool:
        held = self.kept.submissions[ending.submission_id]
        if held.stage is not SetStage.STAGING:
            return False
        stage = SetStage.RELEASING if ending.released else SetStage.REFUSED
        self.kept.submissions[ending.submission_id] = replace(held, stage=stage, content_sha256=ending.content_sha256)
        if not ending.released:
            self.kept.staged[ending.submission_id] = {}
        return True

    async def lock(self, submission_id: str) -> Submission | None:
        return self.kept.submissions.get(submission_id)

    async def next_staged(self, submission_id: str, limit: int) -> Sequence[Staged]:
        return [staged for _, staged in sorted(self.kept.staged[submission_id].items())][:limit]

    async def forget(self, submission_id: str, places: Sequence[int]) -> None:
        for place in places:
            self.kept.staged[submission_id].pop(place, None)

    async def finish(self, submission_id: str) -> None:
        held = self.kept.submissions[submission_id]
        self.kept.submissions[submission_id] = replace(held, stage=SetStage.RELEASED)

    def _move(self, claim: Working, now: datetime) -> None:
        self.kept.work[claim.claim_id] = claim
        self.kept.moved_at[claim.claim_id] = now


def _person(claim: NewClaim) -> tuple[object, ...]:
    facts = claim.facts
    lead = facts.payers[0]
    member = (lead.number, lead.symbol, lead.member_number, facts.birth_date, facts.sex, facts.name)
    return (*member, facts.treatment_month, facts.kind.code)


def _working(sender: Sender, claim: NewClaim, received_at: datetime) -> Working:
    return Working(
        claim_id=claim.claim_id,
        hospital_code=sender.hospital_code,
        claim_month=claim.submitted.claim_month,
        treatment_month=claim.facts.treatment_month,
        receipt_kind=claim.facts.kind.code,
        traceparent=claim.traceparent,
        origin=sender.origin,
        received_at=received_at,
        coding_deadline=None,
        covers=None,
        kept_covers=None,
        determined_at=None,
        coded_at=None,
    )
