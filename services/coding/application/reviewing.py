"""People decide what the coder was not sure of: take an item, pass it on, decide it, change what was decided.

Each use case is one transaction: load and lock, decide, save, announce. An item that does not exist is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.coding.application.code_batch import Answer, LineCoding, LineKey, RequestKey
from services.coding.application.revising import Revision, RevisionCause, Revisions, revised
from services.coding.domain.coding import AUTOMATIC, Route
from services.coding.domain.double_checks import is_double_checked
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.reviewing import (
    NEW,
    ReviewKind,
    ReviewRefusal,
    ReviewStep,
    Standing,
    decided,
    escalated,
    released,
    skipped,
    taken,
)
from services.coding.domain.rulings import NOTE_FIELD, Objection, Ruling, Told, objections_to_words, ruling_of
from services.coding.domain.verify import Patient
from services.shared.kernel.ids import review_item_id
from services.shared.kernel.months import Month

FOR_PEOPLE: Final = frozenset({Route.REVIEW, Route.UNRESOLVED})
"""Routes of lines that go to the queue."""
REVIEWED_VERSION: Final = "reviewed"
"""Stands in the place of the coder's version where a person decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """What the adviser said of a line: the code that it picked, or `none`, and which model that was."""

    pick: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """A line for a person: what coding was told of the claim, what was seen, when it is due, and where it stands.

    `hospital_code` is empty where coding was not told.
    """

    item_id: str
    kind: ReviewKind
    claim_id: str
    cause_event_id: str
    treatment_month: Month
    patient: Patient
    seen: LineCoding
    opened_at: datetime
    due_at: datetime
    traceparent: str
    hospital_code: str = ""
    standing: Standing = NEW
    model_view: ModelView | None = None

    @property
    def key(self) -> RequestKey:
        """The request's key."""
        return (self.claim_id, self.cause_event_id)

    @property
    def shown(self) -> tuple[str, ...]:
        """The codes that a reviewer chooses from: the candidates, else the one code that was found.

        The best first; in a double check by code, so that the order does not say what the coder took.
        """
        codes = tuple(each.code for each in self.seen.candidates) or tuple(filter(None, [self.seen.disease_code]))
        return tuple(sorted(codes)) if self.kind is ReviewKind.DOUBLE_CHECK else codes

    @property
    def coders_first(self) -> str:
        """The code that the coder would have taken: its first candidate, in a double check what it took; else empty."""
        if self.kind is ReviewKind.DOUBLE_CHECK:
            return self.seen.disease_code
        return next(iter(self.shown), "")

    def upholds(self, ruling: Ruling, standing: Answer) -> bool:
        """Whether a second look came to the very code and modifiers that stand on the line already."""
        told = (ruling.disease_code, frozenset(ruling.modifier_codes))
        stands = {(each.line, each.disease_code, frozenset(each.modifier_codes)) for each in standing.codings}
        return self.kind is ReviewKind.DOUBLE_CHECK and (self.seen.line, *told) in stands


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """What somebody did with an item, and what he had to say."""

    step: ReviewStep
    reviewer: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """A person's decision, the n-th on its item from 1, and the revision of the request that it made."""

    item_id: str
    number: int
    ruling: Ruling
    reviewer: str
    decided_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with its item as it stands afterwards."""

    item: ReviewItem
    decision: ReviewDecision


class Reviews(Protocol):
    """The queue, within one transaction."""

    async def open(self, items: Sequence[ReviewItem]) -> None:
        """Put new items into the queue; one that is there already stays as it is."""
        ...

    async def lock(self, item_id: str) -> ReviewItem | None:
        """The item; nobody else changes it, or another line of its request, before the transaction is over."""
        ...

    async def hold(self, keys: Sequence[RequestKey]) -> frozenset[LineKey]:
        """Let nobody change the items of these requests before the transaction is over; called before they are read.

        Returns the lines that a person has decided, also where he only upheld what the coder took.
        """
        ...

    async def lock_next(self, reviewer: str, now: datetime) -> ReviewItem | None:
        """The item due first that waits and may be offered to the reviewer, and that nobody is just about to take."""
        ...

    async def settle(self, answers: Sequence[Answer], now: datetime) -> None:
        """Close what waits although its line, decided anew, needs no person any more; open again what does.

        A double check waits only while its line is automatic. New lines for people are `open`'s.
        """
        ...

    async def tell(self, views: Mapping[LineKey, ModelView]) -> None:
        """Keep what the adviser said of lines, for the person who decides them."""
        ...

    async def keep(self, item: ReviewItem, done: StepDone) -> None:
        """Keep a locked item's new standing, and what was done."""
        ...

    async def decide(self, item: ReviewItem, decision: ReviewDecision) -> None:
        """Keep a locked item's new standing, and what was decided."""
        ...


def items_of(answers: Sequence[Answer], *, service_level: timedelta, double_checks: float = 0.0) -> list[ReviewItem]:
    """An item for each line that a person has to decide, and for a share of those that are coded automatically.

    Due when the service level's time is over. `double_checks`: the share, 0 to 1.
    """
    return [
        ReviewItem(
            item_id=review_item_id(*answer.key, coding.line, kind.value),
            kind=kind,
            claim_id=answer.claim_id,
            cause_event_id=answer.cause_event_id,
            treatment_month=answer.treatment_month,
            patient=answer.patient,
            seen=coding,
            opened_at=answer.completed_at,
            due_at=answer.completed_at + service_level,
            traceparent=answer.traceparent,
            hospital_code=answer.hospital_code,
        )
        for answer in answers
        for coding in answer.codings
        for kind in _kinds(answer, coding, double_checks)
    ]


def _kinds(answer: Answer, coding: LineCoding, double_checks: float) -> list[ReviewKind]:
    if coding.route in FOR_PEOPLE:
        return [ReviewKind.UNCODED]
    if coding.route in AUTOMATIC and is_double_checked(*answer.key, coding.line, double_checks):
        return [ReviewKind.DOUBLE_CHECK]
    return []


Change = Callable[[Standing], Standing | ReviewRefusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """The use cases with the master that decisions are held against, and the time for which an item is lent."""

    master: DiseaseMaster
    lease: timedelta

    async def take(
        self, reviews: Reviews, item_id: str, reviewer: str, *, now: datetime
    ) -> ReviewItem | ReviewRefusal | None:
        """Lend an item to the reviewer; whoever holds it already holds it longer."""
        done = StepDone(step=ReviewStep.TAKEN, reviewer=reviewer, at=now)
        return await _changed(reviews, item_id, done, lambda was: taken(was, reviewer, now=now, lease=self.lease))

    async def take_next(self, reviews: Reviews, reviewer: str, *, now: datetime) -> ReviewItem | None:
        """Lend the reviewer the item that is due first; None where nothing waits for him."""
        item = await reviews.lock_next(reviewer, now)
        if item is None:
            return None
        standing = taken(item.standing, reviewer, now=now, lease=self.lease)
        if isinstance(standing, ReviewRefusal):
            raise TypeError("the queue offered what may not be taken")
        lent = replace(item, standing=standing)
        await reviews.keep(lent, StepDone(step=ReviewStep.TAKEN, reviewer=reviewer, at=now))
        return lent

    async def release(
        self, reviews: Reviews, item_id: str, reviewer: str, *, now: datetime
    ) -> ReviewItem | ReviewRefusal | None:
        """Give an item back before its time is over."""
        done = StepDone(step=ReviewStep.RELEASED, reviewer=reviewer, at=now)
        return await _changed(reviews, item_id, done, lambda was: released(was, reviewer, now=now))

    async def skip(
        self, reviews: Reviews, item_id: str, reviewer: str, *, now: datetime
    ) -> ReviewItem | ReviewRefusal | None:
        """Leave an item to others."""
        done = StepDone(step=ReviewStep.SKIPPED, reviewer=reviewer, at=now)
        return await _changed(reviews, item_id, done, lambda was: skipped(was, reviewer, now=now))

    async def escalate(
        self, reviews: Reviews, item_id: str, reviewer: str, note: str, *, now: datetime
    ) -> ReviewItem | ReviewRefusal | tuple[Objection, ...] | None:
        """Ask for a second person, and say why."""
        objections = objections_to_words(NOTE_FIELD, note)
        if objections:
            return objections
        done = StepDone(step=ReviewStep.ESCALATED, reviewer=reviewer, at=now, note=note)
        return await _changed(reviews, item_id, done, lambda was: escalated(was, reviewer, now=now))

    async def decide(
        self, reviews: Reviews, revisions: Revisions, item_id: str, *, reviewer: str, told: Told, now: datetime
    ) -> Decided | ReviewRefusal | tuple[Objection, ...] | None:
        """Decide a line that the reviewer holds; the whole request is announced again under its next number.

        A double check that upholds what stands announces nothing.
        """
        item = await reviews.lock(item_id)
        if item is None:
            return None
        standing = decided(item.standing, reviewer, now=now)
        if isinstance(standing, ReviewRefusal):
            return standing
        ruling = ruling_of(told, item.shown, self.master, month=item.treatment_month, patient=item.patient)
        if not isinstance(ruling, Ruling):
            return ruling
        before = (await revisions.standing({item.key: item.traceparent}))[item.key]
        made = [] if item.upholds(ruling, before) else [self._revised(before, item, ruling, now)]
        decision = ReviewDecision(
            item_id=item_id,
            number=standing.decisions,
            ruling=ruling,
            reviewer=reviewer,
            decided_at=now,
            revision=before.revision + len(made),
        )
        done = replace(item, standing=standing)
        await revisions.add(made)
        await reviews.decide(done, decision)
        revisions.announce([revision.answer for revision in made])
        return Decided(item=done, decision=decision)

    def _revised(self, standing: Answer, item: ReviewItem, ruling: Ruling, now: datetime) -> Revision:
        line = replace(
            item.seen,
            route=Route.REVIEWED,
            disease_code=ruling.disease_code,
            modifier_codes=ruling.modifier_codes,
            p=None,
            reason="",
        )
        version = f"{REVIEWED_VERSION}/{self.master.version}"
        return revised(standing, [line], cause=RevisionCause.REVIEWED, coder_version=version, now=now)


async def _changed(reviews: Reviews, item_id: str, done: StepDone, change: Change) -> ReviewItem | ReviewRefusal | None:
    item = await reviews.lock(item_id)
    if item is None:
        return None
    standing = change(item.standing)
    if isinstance(standing, ReviewRefusal):
        return standing
    changed = replace(item, standing=standing)
    await reviews.keep(changed, done)
    return changed
