"""The second publishing shape: numbered streams, a cursor each, for what must reach its topic gap-free and in order.

The source keeps every event for ever (settlement's announced_event) and a cursor per stream; nothing is deleted. When
the broker's cluster id changes, its data is gone: the cursors restart and everything is published again, same ids.
Items of this process arrive in memory after their commit; whatever does not follow on to its stream is read from the
source. Crash points: `cursor-relay.before-produce`, `cursor-relay.after-ack`, `cursor-relay.after-mark`.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.shared.chassis.advisory import Connection, close_session, open_session, try_lock
from services.shared.chassis.clock import Clock
from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.messages import Announcement
from services.shared.chassis.outbox import RelayObserver, SilentRelay
from services.shared.chassis.pace import Pace
from services.shared.chassis.postgres import TransientFault, translated

BATCH_ITEMS = 2_000
QUEUE_ITEMS = 50_000
LOOK_INTERVAL_S = 2.0
"""How often an idle relay looks for the lock, for another cluster, and for items that nobody told it about."""
MARK_INTERVAL_S = 0.2
"""How often cursors are advanced under load; a crash in between publishes what came since again, with the same ids."""
FAULT_PAUSE_S = 0.5
GATHER_S = 0.1
"""Least time between two batches where many items come: each batch costs the broker a request per stream."""
WORTH_GATHERING_ITEMS = 150
"""So many are to be expected in that time, or nothing is waited for."""
LOCK_NAME = "cursor-relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamItem:
    """One announcement with its place: the stream (a payer number) and its sequence there: 1, 2, 3, ... without gap."""

    stream: str
    sequence: int
    announcement: Announcement


class CursorSource(Protocol):
    """What the relay needs of the store that keeps the streams. Each method is a transaction; raises TransientFault."""

    async def pending(self, limit: int) -> Sequence[StreamItem]:
        """Up to `limit` items after their streams' cursors, by stream and sequence; only streams with a topic."""
        ...

    async def mark_published(self, cursors: Sequence[tuple[str, int]]) -> None:
        """Advance each stream's cursor to that sequence; never moves one back."""
        ...

    async def restart(self, cluster_id: str) -> None:
        """Set every cursor to 0 if the remembered cluster id is another (or none); remember this one. Idempotent."""
        ...


class CursorRelay:
    """Publishes each stream in sequence order. One owner per database by advisory lock."""

    def __init__(
        self,
        dsn: str,
        source: CursorSource,
        publisher: Publisher,
        *,
        clock: Clock,
        observer: RelayObserver | None = None,
    ) -> None:
        """`dsn` is the service role's, for the lock."""
        self._dsn = dsn
        self._source = source
        self._publisher = publisher
        self._clock = clock
        self._observer: RelayObserver = observer or SilentRelay()
        self._queue: deque[StreamItem] = deque()
        self._published: dict[str, int] = {}
        self._unmarked: dict[str, int] = {}
        self._mark_at_s = 0.0
        self._publish_at_s = 0.0
        self._pace = Pace(clock)
        self._known_cluster = ""
        self._owner = False
        self._must_read = False
        self._stopping = False
        self._wake = asyncio.Event()

    @property
    def backlog_rows(self) -> int:
        """Items handed over and not yet taken for publishing."""
        return len(self._queue)

    def hand_over(self, items: Sequence[StreamItem]) -> None:
        """Offer items of a committed transaction in memory. Never blocks; drops what the queue cannot hold."""
        if not self._owner:
            return
        if len(self._queue) + len(items) > QUEUE_ITEMS:
            self._must_read = True
        else:
            self._queue.extend(items)
        self._wake.set()

    def wake(self) -> None:
        """Something was committed that is not handed over (an enrolment): read the source."""
        self._must_read = True
        self._wake.set()

    async def run(self) -> None:
        """Publish until `stop` was called and what is queued in memory is out; survives a lost connection."""
        while not self._stopping:
            try:
                await self._serve()
            except TransientFault:
                if not self._stopping:
                    await asyncio.sleep(FAULT_PAUSE_S)

    def stop(self) -> None:
        """Ask `run` to return. The caller bounds the wait by cancelling `run`."""
        self._stopping = True
        self._wake.set()

    async def _serve(self) -> None:
        connection = await open_session(self._dsn, application_name="cursor-relay")
        try:
            connection.add_termination_listener(lambda _: self._wake.set())
            await self._publish_forever(connection)
        finally:
            self._owner = False
            self._queue.clear()
            self._published.clear()
            self._unmarked.clear()
            await close_session(connection)

    async def _publish_forever(self, connection: Connection) -> None:
        look_at_s = 0.0
        while True:
            if self._clock.monotonic_s() >= look_at_s:
                await self._look(connection)
                look_at_s = self._clock.monotonic_s() + LOOK_INTERVAL_S
            if connection.is_closed():
                raise TransientFault("ConnectionClosed")
            if self._unmarked and self._clock.monotonic_s() >= self._mark_at_s:
                await self._mark()
            if self._owner and self._must_read:
                await self._publish_pending()
            elif (wait_s := self._gathering_s()) > 0:
                await asyncio.sleep(wait_s)
            elif batch := self._next_batch():
                await self._publish(batch)
            elif self._stopping:
                await self._mark()
                return
            else:
                await self._woken()

    async def _look(self, connection: Connection) -> None:
        """Take the lock when it is free; notice another cluster; read the source once in a while, whatever was told."""
        with translated():
            await connection.fetchval("SELECT 1")
        if not self._owner:
            self._owner = await try_lock(connection, LOCK_NAME)
        if not self._owner:
            return
        found = await self._publisher.cluster_id()
        if found != self._known_cluster:
            await self._source.restart(found)
            self._known_cluster = found
            self._published.clear()
            self._unmarked.clear()  # acknowledged by a cluster that is gone
        self._must_read = True

    async def _publish_pending(self) -> None:
        """Publish all that the source holds. What is queued stands there too, so the queue is emptied."""
        self._must_read = False
        self._queue.clear()
        await self._mark()
        while items := await self._source.pending(BATCH_ITEMS):
            self._published |= {item.stream: item.sequence - 1 for item in reversed(items)}
            await self._publish(self._following(items))
            await self._mark()
            if self._must_read:
                return

    def _gathering_s(self) -> float:
        """How long what is queued may gather more; nothing where little comes, or before the end."""
        if self._stopping or not self._queue or self._pace.per_second() * GATHER_S < WORTH_GATHERING_ITEMS:
            return 0.0
        return self._publish_at_s - self._clock.monotonic_s()

    def _next_batch(self) -> list[StreamItem]:
        taken: list[StreamItem] = []
        while self._queue and len(taken) < BATCH_ITEMS:
            taken.append(self._queue.popleft())
        return self._following(taken)

    def _following(self, items: Sequence[StreamItem]) -> list[StreamItem]:
        """The items that follow on to what was published; one published before is dropped, a gap asks the source."""
        reached = dict(self._published)
        following: list[StreamItem] = []
        for item in items:
            last = reached.get(item.stream)
            if last is not None and item.sequence == last + 1:
                reached[item.stream] = item.sequence
                following.append(item)
            elif last is None or item.sequence > last:
                self._must_read = True
        return following

    async def _publish(self, items: Sequence[StreamItem]) -> None:
        batch = [item.announcement for item in items]
        self._pace.came(len(batch))
        self._publish_at_s = self._clock.monotonic_s() + GATHER_S
        crashpoint("cursor-relay.before-produce")
        try:
            with self._observer.publishing(batch):
                await self._publisher.publish(batch)
        except PublishFailed:
            self._observer.publish_failed()
            self._must_read = True
            self._known_cluster = ""  # the broker may be another one: ask before the next batch
            raise TransientFault("PublishFailed") from None
        crashpoint("cursor-relay.after-ack")
        cursors = {item.stream: item.sequence for item in items}
        self._published.update(cursors)
        self._unmarked.update(cursors)
        self._observer.rows_published(len(items))

    async def _mark(self) -> None:
        """Advance the cursors in the source to what was acknowledged."""
        cursors, self._unmarked = self._unmarked, {}
        if not cursors:
            return
        await self._source.mark_published(sorted(cursors.items()))
        crashpoint("cursor-relay.after-mark")
        self._mark_at_s = self._clock.monotonic_s() + MARK_INTERVAL_S

    async def _woken(self) -> None:
        """Wait for a hand-over, a call of `wake`, the time to advance the cursors, or the next look."""
        self._wake.clear()
        try:
            async with asyncio.timeout(MARK_INTERVAL_S if self._unmarked else LOOK_INTERVAL_S):
                await self._wake.wait()
        except TimeoutError:
            return
