"""Reading dead-letter topics and replaying them. Shows metadata only: no payload leaves through here but to its origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.shared.chassis.kafka import KafkaAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One event that was put aside: where it lies now, where it came from, and why."""

    topic: str
    offset: int
    key: str
    event_id: str
    type: str
    reason: str
    exception_type: str
    group: str
    origin_topic: str
    origin_partition: int
    origin_offset: int
    attempts: int
    first_failed_at: datetime | None
    traceparent: str
    value_bytes: int


async def list_dead_letters(access: KafkaAccess, topic: str, *, limit: int = 1_000) -> Sequence[DeadLetter]:
    """The dead letters of `topic` (a `.dlq` topic), oldest first. Raises TransientFault when the broker does not answer."""
    raise NotImplementedError


async def replay(access: KafkaAccess, topic: str, *, offsets: Sequence[int] | None = None, limit: int = 10_000) -> int:
    """Publish dead letters to their origin topics again, in the order of their origin offsets, payload and id unchanged.

    `offsets` picks some of the `.dlq` topic, None takes all. Safe at any time: consumers know what they have applied.
    The caller unparks the keys first (parked.unpark), or the events come straight back. Returns how many were published.
    """
    raise NotImplementedError
