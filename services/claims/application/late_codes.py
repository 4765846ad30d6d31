"""What coding found, taken in: decided with where it comes in time, and where it comes late looked at once more.

Coding may say otherwise later: a reviewer decides, a synonym is withdrawn, a backlog is coded anew. Each such revision
comes as the first answer does, and of those that are there the highest holds, in whatever order they came.

A late revision decides a claim anew only where the edits depend on it: the receipt is examined with the codes in force
and with those that its latest decision saw, both by what is known now, and the decision must come out as another one
than by those, and than the one that stands. The claim is held against corrections before it is looked at, so what a
person decided meanwhile is seen and left as it is. A claim under review (再審査) is looked at once it is upheld. What
came before, and a revision below the one in force, is not looked at.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from services.claims.application.correcting import Asker, Corrected, Correcting, Standing, redecide
from services.claims.application.deciding import Deciding
from services.claims.application.model import Coded, Decided
from services.claims.application.ports import DecisionLedger
from services.claims.application.readjudicating import Again, PastClaim, PastClaims, judged_again, redecision_of
from services.claims.application.reasons import NOT_SAID, Why
from services.claims.domain.correction import Cause, Refusal, State
from services.claims.domain.examination import Surroundings
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Decision
from services.claims.domain.readjudication import skipped, terms_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month


class CodedClaims(DecisionLedger, PastClaims, Protocol):
    """Claims on their way and decided ones, to which codes are attached. One open transaction."""

    async def hold(self, claim_ids: Sequence[ClaimId]) -> None:
        """Let nobody correct these claims until the transaction ends."""
        ...


class _Case(NamedTuple):
    claim: PastClaim
    schedule: MonthSchedule
    around: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingCodes:
    """The use cases of coding's answers."""

    deciding: Deciding

    async def coding_completed(self, ledger: CodedClaims, coded: Sequence[Coded], *, now: datetime) -> set[ClaimId]:
        """Attach codes, decide the claims that waited for nothing else, decide anew those that depend on a late code.

        Returns the ids of claims that nobody ever submitted, and of those whose answer is kept under its number with
        other lines: the transaction must not be committed with them. Corrections are held off first, as everybody does
        who locks both them and claims on their way.
        """
        await ledger.hold([each.claim_id for each in coded])
        taken = await self.deciding.coding_completed(ledger, coded, now=now)
        await self._look(ledger, taken.late, now)
        return taken.unknown | taken.contradicted

    async def upheld(
        self,
        correcting: Correcting,
        ledger: CodedClaims,
        claim_id: ClaimId,
        asker: Asker,
        *,
        why: Why = NOT_SAID,
        now: datetime,
    ) -> Corrected | Refusal | None:
        """原審どおり; then codes that came during the review come to what they would have come to after it."""
        done = await correcting.uphold(ledger, claim_id, asker, why=why, now=now)
        if not isinstance(done, Corrected):
            return done
        again = await self._decide_anew(ledger, await ledger.past([claim_id]), now)
        if not again:
            return done
        [decided] = again
        return Corrected(claim_id=claim_id, state=State(decided.decision.outcome.value), decided=decided)

    async def _look(self, ledger: CodedClaims, late: Mapping[ClaimId, int], now: datetime) -> None:
        """Look at claims with the highest of their revisions that are new."""
        if late:
            claims = await ledger.past(sorted(late))
            fresh = [each for each in claims if each.coded is not None and each.coded.number == late[each.claim_id]]
            await self._decide_anew(ledger, fresh, now)

    async def _decide_anew(self, ledger: CodedClaims, claims: Sequence[PastClaim], now: datetime) -> list[Decided]:
        depending = [each for each in claims if skipped(each.place) is None and each.codes != each.as_decided.codes]
        if not depending:
            return []
        standing = {each.claim.claim_id: each for each in await ledger.stand([each.claim_id for each in depending])}
        cases = await self._cases(ledger, depending, standing, now)
        decisions = await asyncio.to_thread(_decisions_by_codes, cases)
        redecisions = [
            redecision_of(standing[claim.claim_id], claim, decision, cause=Cause.LATE_CODE)
            for claim, decision in decisions
        ]
        return await redecide(ledger, redecisions, traces=self.deciding.traces, now=now)

    async def _cases(
        self, ledger: CodedClaims, claims: Sequence[PastClaim], standing: Mapping[ClaimId, Standing], now: datetime
    ) -> list[_Case]:
        """Each claim with what is known now of its month, its hospital and its person."""
        hospitals = {each.hospital_code for each in claims}
        standards = await self.deciding.registrations.standards(hospitals, now, ledger.registrations)
        twins = await ledger.with_twins([each.claim_id for each in claims])
        programmes = (await self.deciding.programmes.history(ledger.programmes)).known(now).table
        cases: list[_Case] = []
        for claim in claims:
            month = Month.parse(standing[claim.claim_id].claim.treatment_month)
            around = Surroundings(standards.get(claim.hospital_code), claim.claim_id in twins, programmes)
            cases.append(_Case(claim, await self.deciding.schedules.schedule(month), around))
        return cases


def _decisions_by_codes(cases: Sequence[_Case]) -> list[tuple[PastClaim, Decision]]:
    """Those that come out otherwise for their codes; computed in a thread, so that claims of today do not wait."""
    judged = [(case.claim, decision_by_codes(*case)) for case in cases]
    return [(claim, decision) for claim, decision in judged if decision is not None]


def decision_by_codes(claim: PastClaim, schedule: MonthSchedule, around: Surroundings) -> Decision | None:
    """What comes of a claim with its codes; None where it stands so, or comes to the same by those that it saw."""
    beside = judged_again(claim, schedule, around)
    if not isinstance(beside, Again) or beside.difference is None:
        return None
    before = judged_again(claim.as_decided, schedule, around)
    if not isinstance(before, Again) or terms_of(before.decision) == terms_of(beside.decision):
        return None
    return beside.decision
