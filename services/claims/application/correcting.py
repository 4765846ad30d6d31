"""Corrections: a claim is withdrawn, submitted again, reviewed again, reported as an error, or decided anew.

Each is one transaction on one locked claim: look at where it stands, refuse or decide, save, announce. `redecide` is
what all of them, and whoever adjudicates a past month again, are built from: a new decision that replaces the latest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.claims.application.model import Decided, Working
from services.claims.application.reasons import NOT_SAID, Why, note_refusal
from services.claims.application.recent import UnreadableReceipt, member_keys_of, members_of, reread
from services.claims.domain.correction import (
    Borne,
    Cause,
    Cut,
    Refusal,
    Side,
    State,
    names_another_claim,
    reduced,
    resubmission_refusal,
    returned,
    review_refusal,
    withdrawal_refusal,
    withdrawn,
)
from services.claims.domain.outcome import Decision, ReasonCode
from services.shared.kernel.ids import ClaimId, DecisionId, decision_id
from services.shared.kernel.member import MemberSecret


class CorrectionKind(Enum):
    """What was asked for; the numbers of the contract."""

    WITHDRAWN = 1
    RESUBMITTED = 2
    REVIEW_REQUESTED = 3
    REVIEW_UPHELD = 4
    REVIEW_DECIDED = 5
    ERROR_REPORTED = 6
    ERROR_AGREED = 7
    ERROR_DECLINED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: `subject` is `hospital:<code>`, `payer:<number>` or `operator:<name>`.

    A hospital sees its own claims, a payer those whose latest decision it bears a part of; both None: all claims.
    """

    subject: str
    hospital_code: str | None = None
    payer_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """A review that was asked for and is not decided."""

    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A claim, locked, and its latest decision: number 0 and no id while it is on its way.

    `borne` is there where the latest decision moves money; `error` says by whom an error was reported that waits for an
    answer.
    """

    claim: Working
    state: State
    number: int = 0
    decision_id: DecisionId | None = None
    borne: Borne | None = None
    review: OpenReview | None = None
    error: Side | None = None
    resubmitted_as: ClaimId | None = None
    corrections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecision:
    """A new decision on a claim that stands, and why."""

    standing: Standing
    decision: Decision
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One step in a claim's corrections, as it is kept. `state` where it changes without a decision.

    `reason` and `reference` are codes, `note` is free text of a person's that was screened.
    """

    claim_id: ClaimId
    place: int
    kind: CorrectionKind
    hospital_code: str
    asked_by: str
    reason: str = ""
    note: str = ""
    reference: str = ""
    state: State | None = None
    other_claim_id: ClaimId | None = None
    decision_id: DecisionId | None = None


class CorrectionLedger(Protocol):
    """Claims and their decisions, for corrections. One open transaction."""

    async def stand(self, claim_ids: Sequence[ClaimId]) -> Sequence[Standing]:
        """The claims that exist, locked in id order against other corrections and against their first decision."""
        ...

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        """The receipts of claims."""
        ...

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        """The member secrets of those payers that are enrolled."""
        ...

    async def save_decisions(self, decided: Sequence[Decided], now: datetime) -> None:
        """Insert decisions and take their claims out of the working set."""
        ...

    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        """claims.adjudicated for decisions that were saved in this transaction."""
        ...

    async def record(self, correction: Correction, now: datetime) -> None:
        """Keep a step."""
        ...

    async def open_review(self, claim_id: ClaimId, cause: Cause, now: datetime) -> None:
        """A review was asked for."""
        ...

    async def close_review(self, claim_id: ClaimId) -> None:
        """It is decided."""
        ...

    async def open_error(self, claim_id: ClaimId, side: Side, reason: str, now: datetime) -> None:
        """An error was reported, and waits for the other side."""
        ...

    async def close_error(self, claim_id: ClaimId) -> None:
        """It is answered, or the claim went back for another cause."""
        ...

    async def link_resubmission(self, returned_claim: ClaimId, claim: ClaimId, now: datetime) -> bool:
        """Tie the new claim to the one that went back; False where it is tied to another."""
        ...

    def once_committed(self, tell: Callable[[], None]) -> None:
        """Call this when the transaction has committed, and not at all if it does not."""
        ...


class RaiseTraces(Protocol):
    """What corrections need of traces: those of corrected claims are always kept."""

    def raised(self, traceparent: str) -> str:
        """The same with its flag raised."""
        ...

    def finish(self, decided: Sequence[Decided]) -> None:
        """Write the spans of claims that got their first decision."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Where a claim stands after a correction; `decided` where it led to a decision."""

    claim_id: ClaimId
    state: State
    decided: Decided | None = None


async def redecide(
    ledger: CorrectionLedger, redecisions: Sequence[Redecision], *, traces: RaiseTraces, now: datetime
) -> list[Decided]:
    """Replace the latest decision of each claim by a new one, number n + 1, linked to it; announced with its cause.

    The claims must stand locked (`stand`), each once. Whether a state allows it is the caller's to ask: a withdrawn
    claim is final, one under review waits for its person. Settlement reverses what was posted of the one replaced. A
    claim on its way gets its first decision by this, and leaves the working set.
    """
    keys = await _member_keys(ledger, [each.standing.claim.claim_id for each in redecisions if each.decision.parts])
    decided = [_decided(each, keys.get(each.standing.claim.claim_id, {}), traces, now) for each in redecisions]
    if decided:
        await ledger.save_decisions(decided, now)
        ledger.announce_adjudicated(decided)
        first = [each for each in decided if each.replaces is None]
        ledger.once_committed(lambda: traces.finish(first))
    return decided


def _decided(redecision: Redecision, keys: Mapping[str, str], traces: RaiseTraces, now: datetime) -> Decided:
    standing = redecision.standing
    number = standing.number + 1
    traceparent = traces.raised(standing.claim.traceparent)
    return Decided(
        decision_id=decision_id(standing.claim.claim_id, number),
        number=number,
        claim=replace(standing.claim, traceparent=traceparent),
        decision=redecision.decision,
        member_keys=keys,
        traceparent=traceparent,
        decided_at=now,
        replaces=standing.decision_id,
        cause=redecision.cause,
    )


async def _member_keys(ledger: CorrectionLedger, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, dict[str, str]]:
    """Each payer's own key of the member, by claim and payer; nothing for payers that are not enrolled."""
    if not claim_ids:
        return {}
    members = {each: members_of(reread(it)) for each, it in (await ledger.read_receipts(claim_ids)).items()}
    payers = sorted({member.payer_number for of_claim in members.values() for member in of_claim})
    secrets = await ledger.payer_secrets(payers)
    return {claim: member_keys_of(of_claim, secrets) for claim, of_claim in members.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """The corrections. None for a claim that does not exist for the asker; a Refusal where it does not allow it."""

    traces: RaiseTraces

    async def withdraw(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, *, now: datetime
    ) -> Corrected | Refusal | None:
        """取下げ: a claim on its way ends without money; a decided one gets a decision that moves none."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None:
            return None
        refusal = withdrawal_refusal(standing.state)
        if refusal is not None:
            return refusal
        step = step_of(standing, CorrectionKind.WITHDRAWN, asker)
        redecision = Redecision(standing=standing, decision=withdrawn(), cause=Cause.WITHDRAWN)
        return await decided_by(step, redecision, ledger, traces=self.traces, now=now)

    async def request_review(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, reason: str, *, now: datetime
    ) -> Corrected | Refusal | None:
        """再審査請求: the claim is under review; what was settled stays settled."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None:
            return None
        refusal = review_refusal(standing.state)
        if refusal is not None:
            return refusal
        cause = Cause.PAYER_REVIEW if asker.payer_number is not None else Cause.HOSPITAL_REVIEW
        await ledger.open_review(claim_id, cause, now)
        step = step_of(standing, CorrectionKind.REVIEW_REQUESTED, asker, reason)
        await ledger.record(replace(step, state=State.UNDER_REVIEW), now)
        return Corrected(claim_id=claim_id, state=State.UNDER_REVIEW)

    async def uphold(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, *, why: Why = NOT_SAID, now: datetime
    ) -> Corrected | Refusal | None:
        """原審どおり: the decision stands, and no money moves."""
        standing = await _reviewed(ledger, claim_id, asker, why)
        if standing is None or isinstance(standing, Refusal):
            return standing
        state = State.REDUCED if standing.borne is not None and standing.borne.reduced_yen else State.APPROVED
        await ledger.close_review(claim_id)
        step = step_of(standing, CorrectionKind.REVIEW_UPHELD, asker, why.reason, note=why.note)
        await ledger.record(replace(step, state=state), now)
        return Corrected(claim_id=claim_id, state=state)

    async def decide_review(
        self,
        ledger: CorrectionLedger,
        claim_id: ClaimId,
        asker: Asker,
        cut: Cut | None,
        *,
        why: Why = NOT_SAID,
        now: datetime,
    ) -> Corrected | Refusal | None:
        """A new decision by another review: the cut taken off what stands, or, with none, the whole claim returned.

        UNREADABLE where there is a cut and the receipt is read no longer: payers' keys of the member come from it.
        """
        standing = await _reviewed(ledger, claim_id, asker, why)
        if standing is None or isinstance(standing, Refusal):
            return standing
        if standing.review is None or standing.borne is None:
            return Refusal.NO_REVIEW_ASKED
        decision = returned(ReasonCode.RETURNED_IN_REVIEW) if cut is None else reduced(standing.borne, cut)
        if isinstance(decision, Refusal):
            return decision
        redecision = Redecision(standing=standing, decision=decision, cause=standing.review.cause)
        step = step_of(standing, CorrectionKind.REVIEW_DECIDED, asker, why.reason, note=why.note)
        try:
            done = await decided_by(step, redecision, ledger, traces=self.traces, now=now)
        except UnreadableReceipt:
            return Refusal.UNREADABLE
        await ledger.close_review(claim_id)
        return done

    async def may_resubmit(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, receipt: bytes
    ) -> Standing | Refusal | None:
        """Whether a claim went back and this receipt may take its place; it stands locked then."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None:
            return None
        refusal = resubmission_refusal(standing.state)
        if refusal is None and names_another_claim(receipt, claim_id):
            refusal = Refusal.ANOTHER_SEARCH_NUMBER
        return refusal or standing

    async def resubmitted(
        self, ledger: CorrectionLedger, standing: Standing, claim_id: ClaimId, asker: Asker, *, now: datetime
    ) -> Refusal | None:
        """再請求: tie the claim that the receipt became to the one that went back; done before, it stays as it is.

        A refusal means that the transaction must not be committed.
        """
        if standing.resubmitted_as == claim_id:
            return None
        if claim_id == standing.claim.claim_id:
            return Refusal.SAME_RECEIPT
        if standing.resubmitted_as is not None:
            return Refusal.ALREADY_RESUBMITTED
        if not await ledger.link_resubmission(standing.claim.claim_id, claim_id, now):
            return Refusal.RESUBMITS_ANOTHER
        step = step_of(standing, CorrectionKind.RESUBMITTED, asker)
        await ledger.record(replace(step, other_claim_id=claim_id), now)
        return None


async def _reviewed(ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, why: Why) -> Standing | Refusal | None:
    """The claim, where a review of it was asked for and the person's words may be kept."""
    standing = await seen(ledger, claim_id, asker)
    if standing is None:
        return None
    if standing.review is None:
        return Refusal.NO_REVIEW_ASKED
    return await note_refusal(ledger, claim_id, why) or standing


async def decided_by(
    step: Correction, redecision: Redecision, ledger: CorrectionLedger, *, traces: RaiseTraces, now: datetime
) -> Corrected:
    """The new decision that a step leads to, and the step with it."""
    [decided] = await redecide(ledger, [redecision], traces=traces, now=now)
    await ledger.record(replace(step, decision_id=decided.decision_id), now)
    if redecision.standing.error is not None and not redecision.decision.parts:
        await ledger.close_error(step.claim_id)
    state = State(decided.decision.outcome.value)
    return Corrected(claim_id=step.claim_id, state=state, decided=decided)


async def seen(ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker) -> Standing | None:
    """The claim, locked, where it exists for the asker."""
    for standing in await ledger.stand([claim_id]):
        if asker.hospital_code is not None:
            return standing if standing.claim.hospital_code == asker.hospital_code else None
        if asker.payer_number is not None:
            return standing if asker.payer_number in _bearers(standing) else None
        return standing
    return None


def _bearers(standing: Standing) -> set[str]:
    return {part.payer_number for part in standing.borne.parts} if standing.borne is not None else set()


def step_of(standing: Standing, kind: CorrectionKind, asker: Asker, reason: str = "", *, note: str = "") -> Correction:
    """The next step of a claim's corrections."""
    return Correction(
        claim_id=standing.claim.claim_id,
        place=standing.corrections + 1,
        kind=kind,
        hospital_code=standing.claim.hospital_code,
        asked_by=asker.subject,
        reason=reason,
        note=note,
    )
