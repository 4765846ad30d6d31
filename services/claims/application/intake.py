"""Accepting receipts: a batch in, an answer for each out, in one transaction.

The claim id derives from the receipt's natural key, so the same receipt again finds its claim and gets its first
answer, whatever the request id. A receipt whose form is wrong never becomes a claim.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from services.claims.application.model import Agency, Answer, NewClaim, Sender, Submitted
from services.claims.application.ports import IntakeLedger, Traces
from services.claims.application.recent import RecentReceipts
from services.claims.domain.coding_plan import coding_plan
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import Assessment, ReceiptFacts
from services.claims.domain.uke.findings import Finding, Profile
from services.claims.domain.uke.header import VolumeHeader
from services.shared.kernel.ids import ClaimId, claim_id

Item = TypeVar("Item")
FirstFindings = Mapping[ClaimId, tuple[Finding, ...]]

SLICE_RECEIPTS: Final = 25
"""Worked on at once, some milliseconds; others of the event loop get their turn between two slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A receipt handed in, and what its reading found; `facts` is None when it is rejected."""

    submitted: Submitted
    facts: ReceiptFacts | None
    findings: tuple[Finding, ...]
    receipt_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Accepts batches. `coding_wait` is how long a decision waits for codes (design.md 3, step 5)."""

    recent: RecentReceipts
    coding_wait: timedelta

    async def accept(
        self, ledger: IntakeLedger, traces: Traces, sender: Sender, assessed: Sequence[Assessed], *, now: datetime
    ) -> list[Answer]:
        """Make claims of the receipts whose form holds and answer all of them, in order."""
        claims = _claims(sender, assessed, traces)
        by_id = {each.claim_id: each for each in claims.values()}
        new = await ledger.insert_claims(sender, list(by_id.values()), now) if by_id else set()
        first = (
            await ledger.first_findings([each for each in by_id if each not in new]) if len(new) < len(by_id) else {}
        )
        fresh = [by_id[each] for each in by_id if each in new]
        if fresh:
            await ledger.insert_work(fresh, self._deadlines(fresh, now), now)
            ledger.announce_received(sender, fresh, now)
        for slice_of_claims in sliced(fresh):
            for claim in slice_of_claims:
                submitted = claim.submitted
                self.recent.remember(
                    claim.claim_id, claim.facts, hospital_code=sender.hospital_code, claim_month=submitted.claim_month
                )
            await asyncio.sleep(0)
        answers = _answers(assessed, claims, new, first)
        ledger.once_committed(lambda: traces.answered(answers))
        return answers

    def _deadlines(self, claims: Sequence[NewClaim], now: datetime) -> dict[ClaimId, datetime]:
        deadline = now + self.coding_wait
        return {each.claim_id: deadline for each in claims if each.plan.mentions}


def assess_all(hospital_code: str, submitted: Sequence[Submitted], profile: Profile) -> list[Assessed]:
    """Read receipts that came without a file around them."""
    headers = {key: _header(hospital_code, *key) for key in {(each.agency, each.claim_month) for each in submitted}}
    return [
        _assessed(each, assess(each.receipt, profile=profile, header=headers[each.agency, each.claim_month]))
        for each in submitted
    ]


async def assess_in_slices(hospital_code: str, submitted: Sequence[Submitted], profile: Profile) -> list[Assessed]:
    """The same, with room for others between."""
    assessed: list[Assessed] = []
    for each in sliced(submitted):
        assessed += assess_all(hospital_code, each, profile)
        await asyncio.sleep(0)
    return assessed


def sliced(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in order, SLICE_RECEIPTS at a time."""
    return (items[at : at + SLICE_RECEIPTS] for at in range(0, len(items), SLICE_RECEIPTS))


def _assessed(submitted: Submitted, assessment: Assessment) -> Assessed:
    return Assessed(
        submitted=submitted,
        facts=assessment.facts,
        findings=assessment.findings,
        receipt_number=assessment.receipt_number or 0,
    )


def _header(hospital_code: str, agency: Agency, claim_month: str) -> VolumeHeader:
    return VolumeHeader(
        line=0,
        agency=str(agency.value),
        prefecture=hospital_code[:2],
        score_table=hospital_code[2:3],
        institution_code=hospital_code[3:],
        claim_month=claim_month,
        volume="",
    )


def _claims(sender: Sender, assessed: Sequence[Assessed], traces: Traces) -> dict[int, NewClaim]:
    """The claims by place of those whose form holds."""
    sound = [(each, each.facts) for each in assessed if each.facts is not None]
    traceparents = traces.begin(len(sound))
    return {
        each.submitted.place: new_claim(sender.hospital_code, each, facts, traceparent)
        for (each, facts), traceparent in zip(sound, traceparents, strict=True)
    }


def new_claim(hospital_code: str, assessed: Assessed, facts: ReceiptFacts, traceparent: str) -> NewClaim:
    """The claim that a receipt becomes; its id derives from the natural key."""
    submitted = assessed.submitted
    digest = sha256(submitted.receipt).hexdigest()
    return NewClaim(
        claim_id=claim_id(
            hospital_code=hospital_code,
            agency=str(submitted.agency.value),
            claim_month=submitted.claim_month,
            receipt_sha256=digest,
            occurrence=submitted.occurrence,
        ),
        submitted=submitted,
        receipt_sha256=digest,
        facts=facts,
        findings=assessed.findings,
        traceparent=traceparent,
        plan=coding_plan(facts),
    )


def _answers(
    assessed: Sequence[Assessed], claims: Mapping[int, NewClaim], new: set[ClaimId], first: FirstFindings
) -> list[Answer]:
    answered: set[ClaimId] = set()
    answers = []
    for each in assessed:
        claim = claims.get(each.submitted.place)
        known = claim.claim_id if claim is not None else None
        answers.append(
            Answer(
                place=each.submitted.place,
                claim_id=known,
                findings=first.get(known, each.findings) if known is not None else each.findings,
                receipt_number=each.receipt_number,
                repeated=known is not None and (known not in new or known in answered),
            )
        )
        if known is not None:
            answered.add(known)
    return answers
