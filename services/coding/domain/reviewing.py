"""Who may do what with a line that a person has to decide. Owns the lease: nobody decides what another one holds. Pure.

A lease that is over counts as none, so no sweeper has to take it away; whoever lost it is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final


class ReviewKind(Enum):
    """Why a person looks at a line (確認案件の種別)."""

    UNCODED = "uncoded"
    """The coder was not sure, or found nothing."""
    DOUBLE_CHECK = "double-check"
    """The coder was sure; one in so many is looked at all the same."""


class ReviewState(Enum):
    """Where an item stands."""

    OPEN = "open"
    """It waits for anybody who has not skipped it."""
    ASSIGNED = "assigned"
    """Somebody holds it."""
    ESCALATED = "escalated"
    """It waits for somebody else than the one who asked for a second person."""
    RESOLVED = "resolved"
    """It was decided, or coded anew; a decision may replace that."""


class ReviewStep(Enum):
    """What was done with an item, beside deciding it."""

    TAKEN = "taken"
    RELEASED = "released"
    SKIPPED = "skipped"
    ESCALATED = "escalated"
    RECODED = "recoded"
    """Coding anew made it need nobody; nobody did it."""


class ReviewRefusal(Enum):
    """Why somebody may not do something with an item, in order of precedence."""

    HELD_BY_ANOTHER = "held-by-another"
    """Another person's lease runs."""
    ESCALATED_BY_CALLER = "escalated-by-caller"
    """Whoever asked for a second person is not the second person."""
    NOT_HELD = "not-held"
    """The caller has no lease, or its time is over: take the item first."""
    ALREADY_RESOLVED = "already-resolved"
    """A decided item is changed by a new decision, and neither skipped nor escalated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item's changing part: whose it is, until when, who passed it on, and how often it was decided."""

    assignee: str = ""
    leased_until: datetime | None = None
    skipped_by: tuple[str, ...] = ()
    escalated_by: tuple[str, ...] = ()
    decisions: int = 0
    resolved_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.assignee == "") != (self.leased_until is None):
            raise ValueError("a lease is somebody's, for some time")

    def holder(self, now: datetime) -> str:
        """Whose lease runs; empty: nobody's."""
        return self.assignee if self.leased_until is not None and now < self.leased_until else ""

    def state(self, now: datetime) -> ReviewState:
        """Where the item stands."""
        if self.holder(now):
            return ReviewState.ASSIGNED
        if self.resolved_at is not None:
            return ReviewState.RESOLVED
        return ReviewState.ESCALATED if self.escalated_by else ReviewState.OPEN


NEW: Final = Standing()
"""Nobody has done anything with it."""


def taken(standing: Standing, reviewer: str, *, now: datetime, lease: timedelta) -> Standing | ReviewRefusal:
    """The item held by the reviewer from now on; who holds it already holds it longer. A decided one may be taken."""
    if standing.holder(now) not in ("", reviewer):
        return ReviewRefusal.HELD_BY_ANOTHER
    if reviewer in standing.escalated_by:
        return ReviewRefusal.ESCALATED_BY_CALLER
    return replace(standing, assignee=reviewer, leased_until=now + lease)


def released(standing: Standing, reviewer: str, *, now: datetime) -> Standing | ReviewRefusal:
    """The item as it was before the reviewer took it."""
    refusal = _unless_held(standing, reviewer, now)
    return refusal if refusal is not None else _free(standing)


def skipped(standing: Standing, reviewer: str, *, now: datetime) -> Standing | ReviewRefusal:
    """The item back in the queue, and not offered to the reviewer again."""
    refusal = _unless_open(standing, reviewer, now)
    return refusal if refusal is not None else replace(_free(standing), skipped_by=(*standing.skipped_by, reviewer))


def escalated(standing: Standing, reviewer: str, *, now: datetime) -> Standing | ReviewRefusal:
    """The item back in the queue for anybody but the reviewer."""
    refusal = _unless_open(standing, reviewer, now)
    return refusal if refusal is not None else replace(_free(standing), escalated_by=(*standing.escalated_by, reviewer))


def decided(standing: Standing, reviewer: str, *, now: datetime) -> Standing | ReviewRefusal:
    """The item with one decision more, held by nobody."""
    refusal = _unless_held(standing, reviewer, now)
    if refusal is not None:
        return refusal
    return replace(_free(standing), decisions=standing.decisions + 1, resolved_at=now)


def _unless_open(standing: Standing, reviewer: str, now: datetime) -> ReviewRefusal | None:
    refusal = _unless_held(standing, reviewer, now)
    return refusal or (ReviewRefusal.ALREADY_RESOLVED if standing.resolved_at is not None else None)


def _unless_held(standing: Standing, reviewer: str, now: datetime) -> ReviewRefusal | None:
    holder = standing.holder(now)
    if holder == reviewer:
        return None
    return ReviewRefusal.HELD_BY_ANOTHER if holder else ReviewRefusal.NOT_HELD


def _free(standing: Standing) -> Standing:
    return replace(standing, assignee="", leased_until=None)
