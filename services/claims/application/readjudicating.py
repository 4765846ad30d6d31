"""Adjudicating a past month again batch by batch, by masters, registrations and programmes as known on some day.

What eligibility answered is what it answered at the decision: its answers are kept with it and not asked again. A claim
whose decision comes out the same is left alone, so whoever repeats a month, whole or from where it broke off, changes
nothing twice.

A claim is judged together with all others of its person, those of other batches too, and by what each of them came to
(domain.standing). That comes to the same before and after some of them are decided anew: so a look tells what a run
does, where batches end makes no difference, and a second run changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol

from services.claims.application.correcting import CorrectionLedger, RaiseTraces, Redecision, Standing, redecide
from services.claims.application.model import Working
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, ProgrammeReader, Programmes
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.application.registrations import RegistrationReader
from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.correction import Cause
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.examination import Surroundings, examine
from services.claims.domain.found_codes import CodeRevision, FoundCode, in_force, known_by, with_found_codes
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
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.standing import OneOfThem, with_twins
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month, end_of_business_day

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
        return end_of_business_day(self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClaim:
    """A claim of the month as it is kept. `covers`, and as they came `kept_covers`, are the latest of its decisions.

    `person` is the keyed digest that a person's claims of the month and kind at the hospital share, empty where none
    was kept: then the claim is nobody else's. `revisions` are coding's answers, and `saw` is the number of the one that
    the latest decision saw, None where it saw none.
    """

    claim_id: ClaimId
    person: bytes
    hospital_code: str
    claim_month: str
    receipt: bytes
    place: Place
    covers: tuple[Cover, ...] | None
    kept_covers: bytes | None
    revisions: tuple[CodeRevision, ...] = ()
    saw: int | None = None

    @property
    def coded(self) -> CodeRevision | None:
        """The revision in force."""
        return in_force(self.revisions)

    @property
    def codes(self) -> tuple[FoundCode, ...]:
        """What coding was sure of, in the revision in force."""
        return self.coded.codes if self.coded is not None else ()

    @property
    def as_decided(self) -> "PastClaim":
        """The same with the codes that its latest decision saw, and no others."""
        return replace(self, revisions=tuple(each for each in self.revisions if each.number == self.saw))


class PastClaims(CorrectionLedger, Protocol):
    """The claims of a treatment month, and their corrections. One open transaction."""

    async def count(self, month: Month) -> int:
        """How many claims the month has."""
        ...

    async def page(self, month: Month, after: ClaimId | None, most: int) -> Sequence[ClaimId]:
        """The ids of the month's next claims in id order, from the beginning after None."""
        ...

    async def past(self, claim_ids: Sequence[ClaimId]) -> Sequence[PastClaim]:
        """These claims as they are kept, in the order in which they came."""
        ...

    async def of_same_persons(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """These claims and all others of their persons, in id order."""
        ...

    @property
    def registrations(self) -> RegistrationReader:
        """What is kept of registrations, in this transaction."""
        ...

    @property
    def programmes(self) -> ProgrammeReader:
        """What is kept of local programmes, in this transaction."""
        ...

    async def with_twins(self, claim_ids: Sequence[ClaimId]) -> set[ClaimId]:
        """Those whose person has another claim of the month and kind at the hospital that stands (ports)."""
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
    programmes: Programmes = NO_LOCAL_PROGRAMMES

    async def look(self, ledger: PastClaims, past: Past, after: ClaimId | None) -> Batch:
        """The month's next claims without any effect, and without a lock."""
        ids = await ledger.page(past.month, after, MOST_PER_BATCH)
        _, judged = await self._judged(ledger, await ledger.of_same_persons(ids), past)
        return _batch(ids, judged)

    async def decide(self, ledger: PastClaims, past: Past, after: ClaimId | None, *, now: datetime) -> Batch:
        """The month's next claims; those that come out otherwise get a new decision, linked and announced.

        The others of their persons are locked too, so that none of them is decided meanwhile.
        """
        ids = await ledger.page(past.month, after, MOST_PER_BATCH)
        everyone = await ledger.of_same_persons(ids)
        standing = {each.claim.claim_id: each for each in await ledger.stand(everyone)}
        claims, judged = await self._judged(ledger, everyone, past)
        redecisions = [
            redecision_of(
                standing[each], claims[each], resting_on(again.decision, past.as_of), cause=Cause.READJUDICATED
            )
            for each in ids
            if isinstance(again := judged[each], Again) and again.difference is not None
        ]
        await redecide(ledger, redecisions, traces=self.traces, now=now)
        return _batch(ids, judged)

    async def _judged(
        self, ledger: PastClaims, ids: Sequence[ClaimId], past: Past
    ) -> tuple[Mapping[ClaimId, PastClaim], Mapping[ClaimId, Skip | Again]]:
        """The claims and what comes of each; computed in a thread, so that claims of today do not wait."""
        claims = [_as_known(each, past.known_until) for each in await ledger.past(ids)]
        hospitals = sorted({each.hospital_code for each in claims})
        standards = await self.registrations.standards(hospitals, past.known_until, ledger.registrations)
        schedule = await self.schedules.schedule(past.month, past.as_of)
        known = (await self.programmes.history(ledger.programmes)).known(past.known_until)
        judged = await asyncio.to_thread(all_judged, claims, schedule, standards, known.table)
        return {each.claim_id: each for each in claims}, judged


def all_judged(
    claims: Sequence[PastClaim],
    schedule: MonthSchedule,
    standards: Mapping[str, FacilityStandards],
    programmes: ProgrammeTable,
) -> dict[ClaimId, Skip | Again]:
    """What comes of claims, given in the order in which they came and with all of each person."""
    persons: dict[bytes, list[PastClaim]] = {}
    for claim in claims:
        persons.setdefault(claim.person or claim.claim_id.encode(), []).append(claim)
    around = {each.claim_id: Surroundings(standards.get(each.hospital_code), programmes=programmes) for each in claims}
    return {each: judged for of_one in persons.values() for each, judged in _person_judged(of_one, schedule, around)}


def _person_judged(
    claims: Sequence[PastClaim], schedule: MonthSchedule, surroundings: Mapping[ClaimId, Surroundings]
) -> Iterator[tuple[ClaimId, Skip | Again]]:
    """One person's claims, each first as if it were the only one, and anew where another stands beside it."""
    around = [surroundings[each.claim_id] for each in claims]
    alone = [judged_again(each, schedule, beside) for each, beside in zip(claims, around, strict=True)]
    twins = with_twins([_one_of_them(each, judged) for each, judged in zip(claims, alone, strict=True)])
    for claim, beside, judged, twin in zip(claims, around, alone, twins, strict=True):
        yield claim.claim_id, judged_again(claim, schedule, beside._replace(has_twin=True)) if twin else judged


def _one_of_them(claim: PastClaim, alone: Skip | Again) -> OneOfThem:
    return OneOfThem(
        outcome=claim.place.terms.outcome if claim.place.terms is not None else None,
        alone=alone.decision.outcome if isinstance(alone, Again) else None,
    )


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
    examination = examine(with_found_codes(treatment, claim.codes), schedule, around)
    return adjudicate(adjudication_facts(facts), covers, examination, around.programmes)


def _difference(claim_id: ClaimId, before: Terms, after: Terms) -> Difference | None:
    return None if before == after else Difference(claim_id=claim_id, before=before, after=after)


def _as_known(claim: PastClaim, until: datetime) -> PastClaim:
    """The claim without what coding said later than at an instant."""
    return replace(claim, revisions=known_by(claim.revisions, until)) if claim.revisions else claim


def redecision_of(standing: Standing, kept: PastClaim, decision: Decision, *, cause: Cause) -> Redecision:
    """The covers go on with the new decision, so that the month can be adjudicated again after this too.

    So does which codes were looked at, so that the decision can be explained.
    """
    claim = replace(seeing(standing.claim, kept.coded), covers=kept.covers, kept_covers=kept.kept_covers)
    return Redecision(standing=replace(standing, claim=claim), decision=decision, cause=cause)


def seeing(claim: Working, coded: CodeRevision | None) -> Working:
    """The claim as one whose next decision sees a revision of its codes, or none."""
    if coded is None:
        return replace(claim, coded_at=None, coding_revision=None)
    return replace(claim, coded_at=coded.completed_at, coding_revision=coded.number)


def _batch(ids: Sequence[ClaimId], of_everyone: Mapping[ClaimId, Skip | Again]) -> Batch:
    judged = [of_everyone[each] for each in ids]
    again = [each for each in judged if isinstance(each, Again)]
    return Batch(
        last=ids[-1] if ids else None,
        unchanged=sum(each.difference is None for each in again),
        skipped=Counter(each for each in judged if isinstance(each, Skip)),
        differences=tuple(each.difference for each in again if each.difference is not None),
    )
