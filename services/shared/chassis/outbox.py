"""The relay: takes committed outbox rows to Kafka, keeps the order of each key, deletes a row once it is acknowledged.

Rows of this process arrive in memory right after their commit. The table is read at start, after a fault, when the
memory queue overflowed, when shards are gained, and while other processes commit too (they notify): then only the
table knows the order of commits. One owner per shard: the holder of its advisory lock. Crash points:
`relay.before-produce`, `relay.after-ack`, `relay.after-delete`. Refuses to skip a row: what cannot be published stays,
and its age is the alarm.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import asyncpg

from services.shared.chassis.advisory import Connection, close_session, open_session, try_lock
from services.shared.chassis.clock import Clock
from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.messages import Announcement
from services.shared.chassis.postgres import (
    OUTBOX_CHANNEL,
    OUTBOX_SHARDS,
    QUERIES,
    OutboxRow,
    TransientFault,
    translated,
    unpacked_headers,
)

BATCH_ROWS = 2_000
QUEUE_ROWS = 50_000
"""Rows kept in memory; more than that are left to the table."""
LOOK_INTERVAL_S = 2.0
"""How often an idle relay looks for free shards and for rows that nobody told it about."""
FORGOTTEN_AGE_S = 2.0
SHARED_FOR_S = 60.0
"""How long the table stays the only source after another process has committed rows of ours."""
SHARED_AFTER_GAIN_S = 10.0
"""The same after shards were gained: whoever held them before may still be committing."""
READ_MEMORY_S = 10.0
"""How long rows read from the table are remembered: their hand-over in memory follows within milliseconds."""
FAULT_PAUSE_S = 0.5
DELETE_INTERVAL_S = 0.2
"""How long acknowledged rows gather before one statement deletes them; a crash in between publishes them again."""
LOCK_NAME = "outbox"


class RelayObserver(Protocol):
    """What the relay tells telemetry."""

    def publishing(self, batch: Sequence[Announcement]) -> AbstractContextManager[object]:
        """Around one batch on its way to the broker: a span linked to its events' contexts."""
        ...

    def rows_published(self, count: int) -> None:
        """`count` rows were acknowledged by the broker."""
        ...

    def publish_failed(self) -> None:
        """A batch was not acknowledged; the table is read again."""
        ...

    def oldest_age(self, age_s: float) -> None:
        """Age of the oldest row still in the outbox, seconds; 0 when empty. Told every few seconds."""
        ...


class SilentRelay:
    """Tells nobody."""

    def publishing(self, batch: Sequence[Announcement]) -> AbstractContextManager[object]:
        """No span."""
        return nullcontext()

    def rows_published(self, count: int) -> None:
        """Nothing."""

    def publish_failed(self) -> None:
        """Nothing."""

    def oldest_age(self, age_s: float) -> None:
        """Nothing."""


class OutboxRelay:
    """Publishes the outbox rows of the shards that this process owns. Is the HandOver of this process's Database."""

    def __init__(self, dsn: str, publisher: Publisher, *, clock: Clock, observer: RelayObserver | None = None) -> None:
        """`dsn` is the service role's; the relay keeps one connection of its own, whose locks are the ownership."""
        self._dsn = dsn
        self._publisher = publisher
        self._clock = clock
        self._observer: RelayObserver = observer or SilentRelay()
        self._held: set[int] = set()
        self._queue: deque[OutboxRow] = deque()
        self._in_flight_rows = 0
        self._read_seqs: set[int] = set()
        self._read_seqs_until_s = 0.0
        self._acknowledged: list[int] = []
        self._must_read = False
        self._shared_until_s = 0.0
        self._oldest_age_s = 0.0
        self._stopping = False
        self._wake = asyncio.Event()
        self._deletable = asyncio.Event()

    @property
    def backlog_rows(self) -> int:
        """Rows handed over and not yet acknowledged, as far as this process knows."""
        return len(self._queue) + self._in_flight_rows

    def owns(self, shards: Collection[int]) -> bool:
        """Whether this process publishes all of these shards."""
        return self._held.issuperset(shards)

    def take(self, rows: Sequence[OutboxRow]) -> None:
        """Accept committed rows in memory; drops them (the table has them) when the bounded queue is full."""
        if len(self._queue) + len(rows) > QUEUE_ROWS or self._shared_until_s:
            self._must_read = True
        else:
            self._queue.extend(row for row in rows if row.shard in self._held)
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop` was called and everything handed over is published; survives a lost connection."""
        while not self._stopping:
            try:
                await self._serve()
            except* TransientFault:
                await self._pause()

    def stop(self) -> None:
        """Ask `run` to publish what is queued and return. The caller bounds the wait by cancelling `run`."""
        self._stopping = True
        self._wake.set()

    async def _serve(self) -> None:
        connection = await open_session(self._dsn, application_name="outbox-relay")
        reading = asyncio.Lock()
        try:
            connection.add_termination_listener(lambda _: self._wake.set())
            with translated():
                await connection.add_listener(OUTBOX_CHANNEL, self._on_foreign_commit)
            async with asyncio.TaskGroup() as group:
                deleting = group.create_task(self._delete_forever(connection, reading))
                await self._publish_forever(connection, reading)
                deleting.cancel()
            await self._delete_acknowledged(connection, reading)
        finally:
            self._held.clear()
            self._queue.clear()
            self._acknowledged.clear()
            await close_session(connection)

    def _on_foreign_commit(self, *_: object) -> None:
        if self._held:
            self._share_for(SHARED_FOR_S)
            self._wake.set()

    def _share_for(self, duration_s: float) -> None:
        """For a while the table is the only source: it alone knows in which order several processes commit."""
        self._shared_until_s = max(self._shared_until_s, self._clock.monotonic_s() + duration_s)
        self._must_read = True

    async def _publish_forever(self, connection: Connection, reading: asyncio.Lock) -> None:
        look_at_s = 0.0
        while True:
            if connection.is_closed():  # and the locks with it: another process may own the shards by now
                raise TransientFault("ConnectionClosed")
            if self._clock.monotonic_s() >= look_at_s:
                await self._look(connection, reading)
                look_at_s = self._clock.monotonic_s() + LOOK_INTERVAL_S
            if self._must_read:
                await self._publish_table(connection, reading)
            elif batch := self._next_batch():
                await self._publish(batch)
            elif self._stopping:
                return
            else:
                await self._woken()

    async def _look(self, connection: Connection, reading: asyncio.Lock) -> None:
        """Take free shards; find rows that nobody told us about; tell the age of the oldest."""
        async with reading:
            for shard in set(range(OUTBOX_SHARDS)) - self._held:
                if await try_lock(connection, LOCK_NAME, shard):
                    self._held.add(shard)
                    self._share_for(SHARED_AFTER_GAIN_S)
            with translated():
                age_s = await connection.fetchval(QUERIES["oldest_outbox_age"].sql)
        self._oldest_age_s = float(age_s or 0.0)
        self._observer.oldest_age(self._oldest_age_s)
        if self._held and not self.backlog_rows and self._oldest_age_s > FORGOTTEN_AGE_S:
            self._must_read = True
        now_s = self._clock.monotonic_s()
        if now_s > self._shared_until_s:
            self._shared_until_s = 0.0
        if now_s > self._read_seqs_until_s:
            self._read_seqs.clear()

    def _next_batch(self) -> list[OutboxRow]:
        queue, seen = self._queue, self._read_seqs
        batch: list[OutboxRow] = []
        while queue and len(batch) < BATCH_ROWS:
            row = queue.popleft()
            if row.seq not in seen:
                batch.append(row)
        return batch

    async def _publish_table(self, connection: Connection, reading: asyncio.Lock) -> None:
        """Publish what the table holds, in order. What is queued stands in the table too, so the queue is emptied."""
        self._must_read = False
        self._queue.clear()
        await self._delete_acknowledged(connection, reading)
        after = 0
        while rows := await self._read(connection, reading, after):
            after = rows[-1].seq
            self._read_seqs.update(row.seq for row in rows)
            self._read_seqs_until_s = self._clock.monotonic_s() + READ_MEMORY_S
            if not await self._publish(rows):
                return

    async def _read(self, connection: Connection, reading: asyncio.Lock, after: int) -> list[OutboxRow]:
        async with reading:
            with translated():
                records = await connection.fetch(QUERIES["read_outbox"].sql, list(self._held), after, BATCH_ROWS)
        return [_row(record) for record in records]

    async def _publish(self, rows: Sequence[OutboxRow]) -> bool:
        batch = [row.announcement for row in rows]
        self._in_flight_rows = len(rows)
        crashpoint("relay.before-produce")
        try:
            with self._observer.publishing(batch):
                await self._publisher.publish(batch)
        except PublishFailed:
            self._observer.publish_failed()
            self._must_read = True
            if self._stopping:
                raise TransientFault("PublishFailed") from None
            await self._pause()
            return False
        finally:
            self._in_flight_rows = 0
        crashpoint("relay.after-ack")
        self._acknowledged.extend(row.seq for row in rows)
        self._observer.rows_published(len(rows))
        self._deletable.set()
        return True

    async def _delete_forever(self, connection: Connection, reading: asyncio.Lock) -> None:
        while True:
            await self._deletable.wait()
            self._deletable.clear()
            await self._delete_acknowledged(connection, reading)
            await asyncio.sleep(DELETE_INTERVAL_S)

    async def _delete_acknowledged(self, connection: Connection, reading: asyncio.Lock) -> None:
        async with reading:
            seqs, self._acknowledged = self._acknowledged, []
            if not seqs:
                return
            with translated():
                await connection.execute(QUERIES["delete_outbox"].sql, seqs)
        crashpoint("relay.after-delete")

    async def _woken(self) -> None:
        """Wait for a hand-over, a notification or the next look."""
        self._wake.clear()
        try:
            async with asyncio.timeout(LOOK_INTERVAL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pause(self) -> None:
        if not self._stopping:
            await asyncio.sleep(FAULT_PAUSE_S)


def _row(record: asyncpg.Record) -> OutboxRow:
    return OutboxRow(
        seq=record["seq"],
        shard=record["shard"],
        announcement=Announcement(
            topic=record["topic"],
            key=record["key"],
            event_id=record["event_id"],
            type=record["type"],
            source=record["source"],
            subject=record["subject"],
            traceparent=record["traceparent"],
            value=record["value"],
            time=record["time"],
            extra_headers=unpacked_headers(record["extra_headers"]),
        ),
    )
