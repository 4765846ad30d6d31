"""What coding found, taken in: decided with where it comes in time, and where it comes late looked at once more.

A late code decides a claim anew only where the edits depend on it: the receipt is examined with the code and without
it, both by what is known now, and the decision must come out as another one than without, and than the one that stands.
The claim is held against corrections before it is looked at, so what a person decided meanwhile is seen and left as it
is. A code that was attached before is not looked at again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from services.claims.application.correcting import Standing, redecide
from services.claims.application.deciding import Deciding
from services.claims.application.model import Coded
from services.claims.application.ports import DecisionLedger
from services.claims.application.readjudicating import Again, PastClaim, PastClaims, judged_again, redecision_of
from services.claims.domain.correction import Cause
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
    """The use case of coding's answers."""

    deciding: Deciding

    async def coding_completed(self, ledger: CodedClaims, coded: Sequence[Coded], *, now: datetime) -> set[ClaimId]:
        """Attach codes, decide the claims that waited for nothing else, decide anew those that depend on a late code.

        Returns the ids of claims that nobody ever submitted. Corrections are held off first, as everybody does who
        locks both them and claims on their way.
        """
        await ledger.hold([each.claim_id for each in coded])
        taken = await self.deciding.coding_completed(ledger, coded, now=now)
        if taken.late:
            await self._decide_anew(ledger, sorted(taken.late), now)
        return taken.unknown

    async def _decide_anew(self, ledger: CodedClaims, late: Sequence[ClaimId], now: datetime) -> None:
        standing = {each.claim.claim_id: each for each in await ledger.stand(late)}
        claims = [each for each in await ledger.past(late) if skipped(each.place) is None]
        if not claims:
            return
        cases = await self._cases(ledger, claims, standing, now)
        decisions = await asyncio.to_thread(_decisions_by_codes, cases)
        redecisions = [
            redecision_of(standing[claim.claim_id], claim, decision, cause=Cause.LATE_CODE)
            for claim, decision in decisions
        ]
        await redecide(ledger, redecisions, traces=self.deciding.traces, now=now)

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
    """What comes of a claim with its codes; None where it stands so, or comes to the same without them."""
    beside = judged_again(claim, schedule, around)
    if not isinstance(beside, Again) or beside.difference is None:
        return None
    without = judged_again(replace(claim, codes=()), schedule, around)
    if not isinstance(without, Again) or terms_of(without.decision) == terms_of(beside.decision):
        return None
    return beside.decision
