"""Fakes of the chassis' own ports, for tests that need no process beside them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.shared.chassis.cursor_relay import StreamItem


class SetClock:
    """A Clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 21, tzinfo=UTC)) -> None:
        self._now = now
        self._elapsed_s = 0.0

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._elapsed_s


class StreamsInMemory:
    """A CursorSource: streams of numbered items, a cursor each."""

    def __init__(self) -> None:
        self.items: dict[str, list[StreamItem]] = {}
        self.cursors: dict[str, int] = {}
        self.cluster_id = ""

    def append(self, *items: StreamItem) -> Sequence[StreamItem]:
        for item in items:
            stream = self.items.setdefault(item.stream, [])
            assert item.sequence == len(stream) + 1
            stream.append(item)
            self.cursors.setdefault(item.stream, 0)
        return items

    async def pending(self, limit: int) -> Sequence[StreamItem]:
        waiting = [
            item for name in sorted(self.items) for item in self.items[name] if item.sequence > self.cursors[name]
        ]
        return waiting[:limit]

    async def mark_published(self, cursors: Sequence[tuple[str, int]]) -> None:
        for stream, sequence in cursors:
            self.cursors[stream] = max(self.cursors[stream], sequence)

    async def restart(self, cluster_id: str) -> None:
        if cluster_id != self.cluster_id:
            self.cluster_id = cluster_id
            self.cursors = dict.fromkeys(self.cursors, 0)
