"""The second publishing shape: numbered streams with a cursor each, for what must reach its topic gap-free and in order.

The source keeps every event for ever (settlement's announced_event) and a cursor per stream; nothing is deleted. When the
broker's cluster id changes, its data is gone: the cursors restart and everything is published again with the same ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.messages import Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamItem:
    """One announcement with its place: the stream (a payer number) and its sequence there (1, 2, 3, ... without gap)."""

    stream: str
    sequence: int
    announcement: Announcement


class CursorSource(Protocol):
    """What the relay needs of the store that keeps the streams."""

    async def pending(self, limit: int) -> Sequence[StreamItem]:
        """Up to `limit` items after their streams' cursors, sorted by stream and sequence, of streams with a topic only."""
        ...

    async def mark_published(self, cursors: Sequence[tuple[str, int]]) -> None:
        """Advance each stream's cursor to that sequence; never moves one back."""
        ...

    async def restart(self, cluster_id: str) -> None:
        """Set every cursor to 0 if the remembered cluster id is another (or none), and remember this one. Idempotent."""
        ...


class CursorRelay:
    """Publishes each stream in sequence order. One owner per database by advisory lock."""

    def __init__(self, dsn: str, source: CursorSource, publisher: Publisher, access: KafkaAccess) -> None:
        raise NotImplementedError

    def hand_over(self, items: Sequence[StreamItem]) -> None:
        """Offer items of a committed transaction in memory. Never blocks; what does not follow on is read from the source."""
        raise NotImplementedError

    def wake(self) -> None:
        """Something was committed that is not handed over (an enrolment): read the source."""
        raise NotImplementedError

    async def run(self) -> None:
        """Publish until `stop` was called and what is pending in memory is out."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask `run` to return."""
        raise NotImplementedError
