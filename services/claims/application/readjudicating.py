"""Adjudicating a past month again, with masters and registrations as they were known on some day: batch by batch.

What eligibility answered is what it answered at the decision: its answers are kept with it and not asked again. A claim
whose decision comes out the same is left alone, so whoever repeats a month, whole or from where it broke off, changes
nothing twice.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final, NamedTuple, Protocol

from services.claims.application.correcting import CorrectionLedger, RaiseTraces, Redecision, Standing, redecide
from services.claims.application.explaining import BUSINESS_ZONE
from services.claims.application.ports import Registrations
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.application.registrations import RegistrationReader
from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.correction import Cause
from services.claims.domain.examination import Surroundings, examine
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Decision
from services.claims.domain.readjudication import (
    Batch,
    Difference,
    Place,
    Skip,
    Terms,
    resting_on,
    skipped,
    terms_of,
)
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month

MOST_PER_BATCH: Final = 100
"""Claims looked at in one transaction, which holds their locks: about 0.05 s of computing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which month is adjudicated again, and the day whose knowledge holds: all that was known when it ended."""

    month: Month
    as_of: date

    @property
    def known_until(self) -> datetime:
        """The day's last instant in Tokyo."""
        return datetime.combine(self.as_of, time.max, BUSINESS_ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClaim:
    """A claim of the month as it is kept. `covers`, and as they came `kept_covers`, are the latest of its decisions."""

    claim_id: ClaimId
    hospital_code: str
    claim_month: str
    receipt: bytes
    place: Place
    covers: tuple[Cover, ...] | None
    kept_covers: bytes | None


class PastClaims(CorrectionLedger, Protocol):
    """The claims of a treatment month, and their corrections. One open transaction."""

    async def count(self, month: Month) -> int:
        """How many claims the month has."""
        ...

    async def page(self, month: Month, after: ClaimId | None, most: int) -> Sequence[ClaimId]:
        """The ids of the month's next claims in id order, from the beginning after None."""
        ...

    async def past(self, claim_ids: Sequence[ClaimId]) -> Sequence[PastClaim]:
        """These claims as they are kept, in id order."""
        ...

    @property
    def registrations(self) -> RegistrationReader:
        """What is kept of registrations, in this transaction."""
        ...

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Those whose person has an earlier claim of the month and kind at the hospital that was not given back."""
        ...


class KnownSchedules(Protocol):
    """The masters of a treatment month as they were known on a day."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """What was known on the day to be in force in the month."""
        ...


class Again(NamedTuple):
    """A claim adjudicated again: what came out, and how it differs, None where it does not."""

    decision: Decision
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readjudicating:
    """The two ways of doing it: look, and decide anew what differs. Both give the same batch."""

    schedules: KnownSchedules
    registrations: Registrations
    traces: RaiseTraces

    async def look(self, ledger: PastClaims, past: Past, after: ClaimId | None) -> Batch:
        """The month's next claims without any effect, and without a lock."""
        ids = await ledger.page(past.month, after, MOST_PER_BATCH)
        _, judged = await self._judged(ledger, ids, past)
        return _batch(ids, judged)

    async def decide(self, ledger: PastClaims, past: Past, after: ClaimId | None, *, now: datetime) -> Batch:
        """The month's next claims; those that come out otherwise get a new decision, linked and announced."""
        ids = await ledger.page(past.month, after, MOST_PER_BATCH)
        standing = {each.claim.claim_id: each for each in await ledger.stand(ids)}
        claims, judged = await self._judged(ledger, ids, past)
        redecisions = [
            _redecision(standing[claim.claim_id], claim, resting_on(again.decision, past.as_of))
            for claim, again in zip(claims, judged, strict=True)
            if isinstance(again, Again) and again.difference is not None
        ]
        await redecide(ledger, redecisions, traces=self.traces, now=now)
        return _batch(ids, judged)

    async def _judged(
        self, ledger: PastClaims, ids: Sequence[ClaimId], past: Past
    ) -> tuple[Sequence[PastClaim], Sequence[Skip | Again]]:
        """The claims and what comes of each; computed in a thread, so that claims of today do not wait."""
        claims, twins = await ledger.past(ids), await ledger.with_twins(ids)
        hospitals = sorted({each.hospital_code for each in claims})
        standards = await self.registrations.standards(hospitals, past.known_until, ledger.registrations)
        around = [
            Surroundings(standards=standards.get(each.hospital_code), has_twin=each.claim_id in twins)
            for each in claims
        ]
        schedule = await self.schedules.schedule(past.month, past.as_of)
        return claims, await asyncio.to_thread(_all_judged, claims, schedule, around)


def _all_judged(
    claims: Sequence[PastClaim], schedule: MonthSchedule, around: Sequence[Surroundings]
) -> list[Skip | Again]:
    return [judged_again(claim, schedule, beside) for claim, beside in zip(claims, around, strict=True)]


def judged_again(claim: PastClaim, schedule: MonthSchedule, around: Surroundings) -> Skip | Again:
    """One claim under a schedule: why it is left alone, or what comes out."""
    reason = skipped(claim.place)
    if reason is not None or claim.covers is None or claim.place.terms is None:
        return reason or Skip.NO_COVERS
    try:
        decision = _decision(claim, claim.covers, schedule, around)
    except UnreadableReceipt:
        return Skip.UNREADABLE
    return Again(decision, _difference(claim.claim_id, claim.place.terms, terms_of(decision)))


def _decision(claim: PastClaim, covers: Sequence[Cover], schedule: MonthSchedule, around: Surroundings) -> Decision:
    facts = reread(claim.receipt)
    treatment = treatment_of(facts, hospital_code=claim.hospital_code, claim_month=Month.parse(claim.claim_month))
    return adjudicate(adjudication_facts(facts), covers, examine(treatment, schedule, around))


def _difference(claim_id: ClaimId, before: Terms, after: Terms) -> Difference | None:
    return None if before == after else Difference(claim_id=claim_id, before=before, after=after)


def _redecision(standing: Standing, kept: PastClaim, decision: Decision) -> Redecision:
    """The covers go on with the new decision, so that the month can be adjudicated again after this too."""
    claim = replace(standing.claim, covers=kept.covers, kept_covers=kept.kept_covers)
    return Redecision(standing=replace(standing, claim=claim), decision=decision, cause=Cause.READJUDICATED)


def _batch(ids: Sequence[ClaimId], judged: Sequence[Skip | Again]) -> Batch:
    again = [each for each in judged if isinstance(each, Again)]
    return Batch(
        last=ids[-1] if ids else None,
        unchanged=sum(each.difference is None for each in again),
        skipped=Counter(each for each in judged if isinstance(each, Skip)),
        differences=tuple(each.difference for each in again if each.difference is not None),
    )
