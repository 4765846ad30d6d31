"""A person decides what a rule pended: accepted, by all other rules and the masters as known now, or returned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.claims.application.correcting import (
    Asker,
    Corrected,
    CorrectionKind,
    RaiseTraces,
    Redecision,
    Standing,
    decided_by,
    seen,
    step_of,
)
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, Programmes
from services.claims.application.readjudicating import PastClaim, PastClaims, seeing
from services.claims.application.reasons import NOT_SAID, Why, note_refusal
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.domain.adjudication import Cover, adjudication_facts
from services.claims.domain.correction import Cause, Cut, Refusal, State, returned
from services.claims.domain.examination import Surroundings, examine
from services.claims.domain.found_codes import with_found_codes
from services.claims.domain.outcome import Decision, ReasonCode
from services.claims.domain.pended import accepted, accepted_but_for
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingPended:
    """None for a claim that does not exist, a Refusal where it does not wait for a person."""

    schedules: KnownSchedules
    registrations: Registrations
    traces: RaiseTraces
    programmes: Programmes = NO_LOCAL_PROGRAMMES

    async def accept(
        self,
        ledger: PastClaims,
        claim_id: ClaimId,
        asker: Asker,
        *,
        cut: Cut | None = None,
        why: Why = NOT_SAID,
        now: datetime,
    ) -> Corrected | Refusal | None:
        """What pended the claim does not stand against it, but for the points that the person cuts."""
        standing = await _pended(ledger, claim_id, asker, why)
        if standing is None or isinstance(standing, Refusal):
            return standing
        [claim] = await ledger.past([claim_id])
        if claim.covers is None:
            return Refusal.NO_COVERS
        decision = await self._accepted(ledger, claim, claim.covers, now)
        if cut is not None and not isinstance(decision, Refusal):
            decision = accepted_but_for(decision, cut)
        if isinstance(decision, Refusal):
            return decision
        coded = replace(standing, claim=seeing(standing.claim, claim.coded))
        return await self._decide(ledger, coded, decision, asker, why=why, now=now)

    async def give_back(
        self, ledger: PastClaims, claim_id: ClaimId, asker: Asker, *, why: Why = NOT_SAID, now: datetime
    ) -> Corrected | Refusal | None:
        """返戻: the whole claim goes back to the hospital."""
        standing = await _pended(ledger, claim_id, asker, why)
        if standing is None or isinstance(standing, Refusal):
            return standing
        decision = returned(ReasonCode.RETURNED_BY_PERSON)
        return await self._decide(ledger, standing, decision, asker, why=why, now=now)

    async def _accepted(
        self, ledger: PastClaims, claim: PastClaim, covers: Sequence[Cover], now: datetime
    ) -> Decision | Refusal:
        try:
            facts = reread(claim.receipt)
        except UnreadableReceipt:
            return Refusal.UNREADABLE
        treatment = treatment_of(facts, hospital_code=claim.hospital_code, claim_month=Month.parse(claim.claim_month))
        standards = await self.registrations.standards([claim.hospital_code], now, ledger.registrations)
        around = Surroundings(
            standards=standards.get(claim.hospital_code),
            has_twin=bool(await ledger.with_twins([claim.claim_id])),
        )
        schedule = await self.schedules.schedule(treatment.month)
        examination = examine(with_found_codes(treatment, claim.codes), schedule, around)
        programmes = (await self.programmes.history(ledger.programmes)).known(now).table
        return accepted(adjudication_facts(facts), covers, examination, programmes)

    async def _decide(
        self, ledger: PastClaims, standing: Standing, decision: Decision, asker: Asker, *, why: Why, now: datetime
    ) -> Corrected:
        redecision = Redecision(standing=standing, decision=decision, cause=Cause.PERSON_DECIDED)
        step = step_of(standing, CorrectionKind.REVIEW_DECIDED, asker, why.reason, note=why.note)
        return await decided_by(step, redecision, ledger, traces=self.traces, now=now)


async def _pended(ledger: PastClaims, claim_id: ClaimId, asker: Asker, why: Why) -> Standing | Refusal | None:
    standing = await seen(ledger, claim_id, asker)
    if standing is None:
        return None
    if standing.state is not State.PENDED:
        return Refusal.NOT_PENDED
    return await note_refusal(ledger, claim_id, why) or standing
