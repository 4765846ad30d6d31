"""Deciding claims: eligibility answered, codes came or their deadline passed, one decision each.

Whatever comes first, a claim is decided once: its row in the working set is locked, and leaves it with the decision.
The edits see the codes that came by then. Payment never waits for a person; codes that come after the decision are
attached as late, and `late_codes` looks at what they change.

A receipt that was accepted may be read no longer after an upgrade, when rules of form became stricter. Its claim is
pended: it leaves the batch's others alone and is lost to nobody, for a person may return it, or accept it once the
receipt is read again. Where eligibility's answer is missing too, it stays on its way and is counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from services.claims.application.intake import Assessed, new_claim
from services.claims.application.model import (
    Agency,
    Attached,
    Coded,
    Decided,
    Determined,
    NewClaim,
    Remembered,
    Submitted,
    Working,
)
from services.claims.application.ports import DecisionLedger, Registrations, Schedules, Traces
from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, Programmes
from services.claims.application.recent import RecentReceipts, UnreadableReceipt, member_keys_of, reread
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.adjudication import adjudicate
from services.claims.domain.correction import unreadable
from services.claims.domain.examination import Examination, Surroundings, examine
from services.claims.domain.found_codes import CodeRevision, with_found_codes
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Decision, Outcome
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.treatment_of import month_of
from services.shared.kernel.ids import ClaimId, decision_id
from services.shared.kernel.member import MemberSecret
from services.shared.kernel.months import Month

FIRST_DECISION: Final = 1
MOST_PER_ROUND: Final = 500
_RAISING: Final = frozenset({Outcome.RETURNED, Outcome.PENDED})
"""Outcomes whose traces are always kept."""


class Unmoved(NamedTuple):
    """How many claims that had not moved were announced again, and how many could not be."""

    announced: int = 0
    unreadable: int = 0

    @property
    def claims(self) -> int:
        """All of them."""
        return self.announced + self.unreadable


class CodesTaken(NamedTuple):
    """What became of coding's answers: claims that nobody ever submitted, and those of which it had said otherwise.

    `late` are decided claims with the highest revision that came only now; a first answer without codes says nothing.
    """

    unknown: set[ClaimId]
    contradicted: frozenset[ClaimId]
    late: Mapping[ClaimId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """The use cases that end in decisions."""

    recent: RecentReceipts
    traces: Traces
    schedules: Schedules
    registrations: Registrations = NOTHING_REGISTERED
    programmes: Programmes = NO_LOCAL_PROGRAMMES

    async def eligibility_determined(
        self, ledger: DecisionLedger, determined: Sequence[Determined], *, now: datetime
    ) -> set[ClaimId]:
        """Decide the claims that wait for nothing else, keep the answer for the others.

        Returns the ids of claims that nobody ever submitted; those already decided are left alone.
        """
        answers = {each.claim_id: each for each in determined}
        working = await ledger.lock_work(sorted(answers))
        fresh = [self._with_covers(each, answers[each.claim_id]) for each in working if each.covers is None]
        waiting = [each for each in fresh if each.awaits_coding(now)]
        if waiting:
            await ledger.save_covers([answers[each.claim_id] for each in waiting], now)
        await self._decide(ledger, [each for each in fresh if not each.awaits_coding(now)], now)
        return await _unknown(ledger, answers.keys() - {each.claim_id for each in working})

    async def coding_completed(self, ledger: DecisionLedger, coded: Sequence[Coded], *, now: datetime) -> CodesTaken:
        """Attach codes, and decide the claims that waited for nothing else."""
        about = {each.claim_id for each in coded}
        working = await ledger.lock_work(sorted(about))
        decided = about - {each.claim_id for each in working}
        unknown = await _unknown(ledger, decided)
        known = [each for each in coded if each.claim_id not in unknown]
        attached = await ledger.save_codings(known, decided - unknown, now) if known else Attached(new={})
        raised = {each.claim_id for each in coded if each.is_raised}
        ready = [self._coded(each, raised, now) for each in working if each.covers is not None]
        await self._decide(ledger, ready, now)
        telling = {each.claim_id for each in coded if each.codes or each.revision}
        late = {claim: number for claim, number in attached.new.items() if claim in decided & telling}
        return CodesTaken(unknown=unknown, contradicted=attached.contradicted, late=late)

    async def coding_overdue(self, ledger: DecisionLedger, *, now: datetime) -> int:
        """Decide claims whose codes did not come in time; returns how many."""
        overdue = await ledger.lock_overdue(now, MOST_PER_ROUND)
        await self._decide(ledger, overdue, now)
        return len(overdue)

    async def announce_unmoved(self, ledger: DecisionLedger, *, unmoved_for: timedelta, now: datetime) -> Unmoved:
        """Announce again, with the same ids, claims that have not moved for a while.

        Their traces are raised from here on. Those whose receipts are read no longer cannot be announced; they are
        looked at again after as long.
        """
        found = await ledger.lock_unmoved(now - unmoved_for, MOST_PER_ROUND)
        working = [replace(each, traceparent=self.traces.raised(each.traceparent)) for each in found]
        if not working:
            return Unmoved()
        ids = [each.claim_id for each in working]
        receipts = await ledger.read_receipts(ids)
        again = [(each, claim) for each in working if (claim := _again(each, receipts[each.claim_id])) is not None]
        ledger.announce_again(again)
        await ledger.touch(ids, now)
        return Unmoved(announced=len(again), unreadable=len(working) - len(again))

    async def _decide(self, ledger: DecisionLedger, working: Sequence[Working], now: datetime) -> None:
        if not working:
            return
        working = await _with_kept_codes(ledger, working)
        ids = [each.claim_id for each in working]
        receipts = await self.recent.recall(ledger, ids)
        readable = [each for each in working if each.claim_id in receipts]
        secrets = await ledger.payer_secrets(_payers(receipts))
        examined = await self._examined(ledger, readable, receipts, now)
        programmes = await self._programmes(ledger, receipts, now)
        decided = [
            self._decided(each, receipts[each.claim_id], examined[each.claim_id], programmes, secrets=secrets, now=now)
            for each in readable
        ]
        decided += [
            self._first_of(each, unreadable(), {}, now=now) for each in working if each.claim_id not in receipts
        ]
        await ledger.save_decisions(decided, now)
        ledger.announce_adjudicated(decided)
        ledger.once_committed(lambda: self.traces.finish(decided))
        self.recent.forget(ids)

    async def _examined(
        self, ledger: DecisionLedger, working: Sequence[Working], receipts: Mapping[ClaimId, Remembered], now: datetime
    ) -> dict[ClaimId, Examination]:
        """Each receipt priced and edited by what is known now of its month, its hospital and its person."""
        twins = await ledger.with_twins([each.claim_id for each in working])
        hospitals = {each.hospital_code for each in working}
        standards = await self.registrations.standards(hospitals, now, ledger.registrations)
        schedules = {month: await self.schedules.schedule(month) for month in _months(receipts)}
        return {
            each.claim_id: _examination(
                each,
                receipts[each.claim_id].treatment,
                schedules,
                Surroundings(standards=standards.get(each.hospital_code), has_twin=each.claim_id in twins),
            )
            for each in working
        }

    async def _programmes(
        self, ledger: DecisionLedger, receipts: Mapping[ClaimId, Remembered], now: datetime
    ) -> ProgrammeTable:
        """The public programmes as known now; nothing is looked up where no receipt has any."""
        if not any(payer.position for receipt in receipts.values() for payer in receipt.facts.payers):
            return NATIONAL
        return (await self.programmes.history(ledger.programmes)).known(now).table

    def _decided(
        self,
        claim: Working,
        receipt: Remembered,
        examination: Examination,
        programmes: ProgrammeTable,
        *,
        secrets: Mapping[str, MemberSecret],
        now: datetime,
    ) -> Decided:
        decision = adjudicate(receipt.facts, claim.covers or (), examination, programmes)
        return self._first_of(claim, decision, member_keys_of(receipt.members, secrets), now=now)

    def _first_of(self, claim: Working, decision: Decision, keys: Mapping[str, str], *, now: datetime) -> Decided:
        return Decided(
            decision_id=decision_id(claim.claim_id, FIRST_DECISION),
            number=FIRST_DECISION,
            claim=claim,
            decision=decision,
            member_keys=keys,
            traceparent=self._traceparent(claim, decision),
            decided_at=now,
        )

    def _with_covers(self, claim: Working, answer: Determined) -> Working:
        traceparent = self._kept_raised(claim, is_raised=answer.is_raised)
        return replace(
            claim,
            covers=answer.covers,
            kept_covers=answer.content,
            determined_at=answer.determined_at,
            traceparent=traceparent,
        )

    def _coded(self, claim: Working, raised: Collection[ClaimId], now: datetime) -> Working:
        """Its codes are read where it is decided: the highest revision holds, whichever came now."""
        traceparent = self._kept_raised(claim, is_raised=claim.claim_id in raised)
        return replace(claim, coded_at=now, traceparent=traceparent)

    def _kept_raised(self, claim: Working, *, is_raised: bool) -> str:
        """The claim's traceparent: whoever raised it on the way, nobody lowers it again."""
        return self.traces.raised(claim.traceparent) if is_raised else claim.traceparent

    def _traceparent(self, claim: Working, decision: Decision) -> str:
        return self.traces.raised(claim.traceparent) if decision.outcome in _RAISING else claim.traceparent


def _months(receipts: Mapping[ClaimId, Remembered]) -> set[Month]:
    return {receipt.treatment.month for receipt in receipts.values()}


def _examination(
    claim: Working, treatment: Treatment, schedules: Mapping[Month, MonthSchedule], around: Surroundings
) -> Examination:
    """The receipt as that of its hospital in its claim month, with what was found in its free text: priced, edited."""
    whole = treatment
    if not treatment.hospital_code:
        whole = replace(treatment, hospital_code=claim.hospital_code, claim_month=month_of(claim.claim_month))
    return examine(with_found_codes(whole, claim.codes or ()), schedules[treatment.month], around)


def _payers(receipts: Mapping[ClaimId, Remembered]) -> list[str]:
    return sorted({member.payer_number for receipt in receipts.values() for member in receipt.members})


async def _with_kept_codes(ledger: DecisionLedger, working: Sequence[Working]) -> Sequence[Working]:
    """The claims with the codes that are in force; nothing is read where none of them has any."""
    coded = [each.claim_id for each in working if each.coded_at is not None]
    if not coded:
        return working
    kept = await ledger.read_codings(coded)
    return [_with_codes(each, kept[each.claim_id]) if each.claim_id in kept else each for each in working]


def _with_codes(claim: Working, found: CodeRevision) -> Working:
    return replace(claim, codes=found.codes, coding_revision=found.number)


async def _unknown(ledger: DecisionLedger, missing: set[ClaimId]) -> set[ClaimId]:
    return missing - await ledger.known(sorted(missing)) if missing else set()


def _again(claim: Working, receipt: bytes) -> NewClaim | None:
    """The claim as it was accepted; None where its receipt is read no longer."""
    try:
        facts = reread(receipt)
    except UnreadableReceipt:
        return None
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month=claim.claim_month, receipt=receipt)
    assessed = Assessed(submitted=submitted, facts=facts, findings=(), receipt_number=facts.receipt_number)
    return replace(new_claim(claim.hospital_code, assessed, facts, claim.traceparent), claim_id=claim.claim_id)
