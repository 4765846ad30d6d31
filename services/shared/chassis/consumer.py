"""The batch consumer: up to 500 events, one transaction with effect, announcements and offsets, then the Kafka commit.

Effectively once: the offsets stand in Postgres, in the transaction of the effect, under an epoch that each new holder
of a partition raises; a batch of an outdated holder updates no row and is rolled back. Transient faults are retried in
place; an event that can never be applied goes to `<topic>.dlq` with its key parked; past a ratio of those the consumer
stops. The one broad except of the project is here.

A crash test proves what the order of the steps is worth by a subclass that reverses it: override `apply` (offsets in a
transaction of their own before the effect), or pass a Database subclass whose `hand` runs before the commit.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from services.shared.chassis.backoff import Backoff, BackoffBounds
from services.shared.chassis.clock import Clock, SystemClock
from services.shared.chassis.consumer_offsets import OffsetStore
from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.group_member import (
    GroupMember,
    Hold,
    MustRejoin,
    Partition,
    PollBounds,
    fresh_events,
    highest_offsets,
)
from services.shared.chassis.kafka import KafkaAccess
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent, Received
from services.shared.chassis.pace import Pace
from services.shared.chassis.parked import any_parked, park_keys, parked_among
from services.shared.chassis.poison import DeadLetterRatio, Verdict, dead_letter, verdict
from services.shared.chassis.postgres import Database, Transaction, TransientFault

Body = TypeVar("Body")
Parse = Callable[[Event], Body]
"""Event to body; raises PoisonEvent when it can never be read."""
Handle = Callable[[Sequence[Received[Body]], Transaction], Awaitable[None]]
"""The effect of a batch: events of several partitions in consumption order, applied in the given transaction.

Must be idempotent and must not open a transaction of its own. TransientFault: the batch is tried again. PoisonEvent or
any other exception: the batch is rolled back and halved until the event to blame stands alone; that one is put aside.
"""

PARKED_LOOK_INTERVAL_S = 5.0


class ConsumerState(Enum):
    """What a consumer is doing, for health."""

    STARTING = "starting"
    """It has no place in its group yet."""
    RUNNING = "running"
    RETRYING = "retrying"
    """A transient fault lasts; partitions are paused."""
    STOPPED = "stopped"
    """Too many dead letters: a person must look. Consumes nothing."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLimits:
    """Every bound of the consumer."""

    batch_events: int = 500
    linger_s: float = 0.05
    """How long to gather more after the first event of a batch; each consumer on a claim's way adds up to this."""
    light_linger_s: float = 0.01
    """The same where fewer than `worth_waiting_events` are to be expected in `linger_s`: who is alone need not wait."""
    worth_waiting_events: int = 50
    idle_wait_s: float = 0.25
    """How long one wait for a first event lasts; also the longest a stop waits for it."""
    commit_interval_s: float = 0.5
    dead_letter_window: int = 1_000
    dead_letter_limit: int = 200
    """More dead letters than this among the last `dead_letter_window` events stop the consumer."""
    retry_first_s: float = 0.05
    retry_cap_s: float = 5.0
    retry_total_s: float = 600.0
    """A transient fault that lasts longer than this ends the process, so that its supervisor sees it."""


class ConsumerObserver(Protocol):
    """What the consumer tells telemetry. All in batches, nothing per event on the good path."""

    def applying(self, events: Sequence[Event]) -> AbstractContextManager[object]:
        """Around one transaction: a span linked to the events' contexts."""
        ...

    def batch_applied(self, events: Sequence[Event], duration_s: float) -> None:
        """One transaction took these events (for counts and time lag)."""
        ...

    def dead_lettered(self, event: Event, reason: DeadLetterReason) -> None:
        """One event was put aside."""
        ...

    def retried(self) -> None:
        """A transient fault; the batch is tried again."""
        ...

    def fenced(self) -> None:
        """Another process holds a partition of the batch; the batch was rolled back."""
        ...

    def stopped(self) -> None:
        """The dead-letter limit was passed."""
        ...


class SilentConsumer:
    """Tells nobody."""

    def applying(self, events: Sequence[Event]) -> AbstractContextManager[object]:
        """No span."""
        return nullcontext()

    def batch_applied(self, events: Sequence[Event], duration_s: float) -> None:
        """Nothing."""

    def dead_lettered(self, event: Event, reason: DeadLetterReason) -> None:
        """Nothing."""

    def retried(self) -> None:
        """Nothing."""

    def fenced(self) -> None:
        """Nothing."""

    def stopped(self) -> None:
        """Nothing."""


class Fenced(Exception):
    """The offsets' update met another epoch: another process holds the partition."""


class TooManyDeadLetters(Exception):
    """The dead-letter limit would be passed."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction takes: the events, and the verdicts on those that are put aside."""

    member: GroupMember
    events: Sequence[Event]
    verdicts: list[Verdict]


class BatchConsumer(Generic[Body]):
    """Consumes topics as one group member, effectively once. One instance per (process, group)."""

    def __init__(
        self,
        *,
        access: KafkaAccess,
        database: Database,
        group: str,
        topics: Sequence[str],
        parse: Parse[Body],
        handle: Handle[Body],
        instance_id: str | None = None,
        limits: ConsumerLimits | None = None,
        observer: ConsumerObserver | None = None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,  # noqa: S311 - spreads retries, no secret
    ) -> None:
        """`group` names the crash points: `consumer.<group>.before-commit`, `.after-commit`, `.after-offset-commit`."""
        self.group = group
        self.topics = tuple(topics)
        self.database = database
        self.parse = parse
        self.handle = handle
        self.limits = limits or ConsumerLimits()
        self._access = access
        self._instance_id = instance_id
        self._observer: ConsumerObserver = observer or SilentConsumer()
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._offsets = OffsetStore(database, group)
        self._ratio = DeadLetterRatio(self.limits.dead_letter_window, self.limits.dead_letter_limit)
        self._label = f"consumer.{group}"
        self._after_offset_commit = f"consumer.{group}.after-offset-commit"
        self._state = ConsumerState.STARTING
        self._stopping = False
        self._maybe_parked = True
        self._look_for_parked_at_s = 0.0
        self._commit_at_s = 0.0
        self._uncommitted: dict[Partition, int] = {}
        self._pace = Pace(self._clock)

    @property
    def state(self) -> ConsumerState:
        """For health: STOPPED is unhealthy for good, STARTING and RETRYING for now."""
        return self._state

    def stop(self) -> None:
        """Ask `run` to finish the batch in hand, leave the group and return."""
        self._stopping = True

    async def run(self) -> None:
        """Consume until `stop` was called, or until too many dead letters: then `state` is STOPPED."""
        backoff = self._backoff()
        while not self._stopping:
            member = GroupMember(
                self._access,
                group=self.group,
                topics=self.topics,
                instance_id=self._instance_id,
                clock=self._clock,
            )
            try:
                await member.join(self._claim)
                await self._consume(member, backoff)
            except (MustRejoin, TransientFault):
                self._state = ConsumerState.RETRYING
                await backoff.wait(asyncio.sleep)
            except TooManyDeadLetters:
                self._state = ConsumerState.STOPPED
                self._observer.stopped()
                return
            finally:
                await member.leave()
        self._state = ConsumerState.CLOSED

    async def _consume(self, member: GroupMember, backoff: Backoff) -> None:
        while not self._stopping:
            events = await member.poll(self._bounds())
            if member.has_place:
                self._state = ConsumerState.RUNNING
            backoff.reset()
            if events:
                self._pace.came(len(events))
                await self._until_applied(member, events)
            await self._acknowledge(member)
        await self._acknowledge(member, now=True)

    def _bounds(self) -> PollBounds:
        """What the next poll may take, and how long it gathers: the faster events come, the more a full batch saves."""
        limits = self.limits
        expected = self._pace.per_second() * limits.linger_s
        return PollBounds(
            batch_events=limits.batch_events,
            idle_wait_s=limits.idle_wait_s,
            linger_s=limits.linger_s if expected >= limits.worth_waiting_events else limits.light_linger_s,
        )

    async def _until_applied(self, member: GroupMember, events: Sequence[Event]) -> None:
        """Apply the batch, trying again in place while the world is at fault and the partitions are ours.

        What is tried again is raised: its claims' traces are kept from here on.
        """
        backoff = self._backoff()
        while True:
            fresh = fresh_events(events, member.held)
            try:
                if fresh:
                    await self._apply_or_split(member, fresh)
                return
            except TransientFault:
                self._observer.retried()
                self._state = ConsumerState.RETRYING
                events = [event.raised() for event in fresh]
                if self._stopping:
                    return
                await backoff.wait(member.idle)
            except Fenced:
                self._observer.fenced()
                raise MustRejoin("fenced") from None

    async def _apply_or_split(self, member: GroupMember, events: Sequence[Event]) -> None:
        try:
            await self._apply_whole(member, events)
        except (TransientFault, Fenced, TooManyDeadLetters):
            raise
        except Exception as error:  # noqa: BLE001 - the outermost consumer loop: whatever it is, one event is to blame
            if len(events) == 1:
                await self._apply_whole(member, events, verdict(events[0], error))
                return
            middle = len(events) // 2
            await self._apply_or_split(member, events[:middle])
            await self._apply_or_split(member, events[middle:])

    async def _apply_whole(self, member: GroupMember, events: Sequence[Event], *verdicts: Verdict) -> None:
        """One transaction for these events; then, and only then, the memory of this process moves on."""
        started_s = self._clock.monotonic_s()
        batch = Batch(member=member, events=events, verdicts=list(verdicts))
        with self._observer.applying(events):
            await self.apply(batch)
        for partition, offset in highest_offsets(events).items():
            member.held[partition].next_offset = offset
            self._uncommitted[partition] = offset
        self._ratio.record(len(events), len(batch.verdicts))
        for aside in batch.verdicts:
            self._observer.dead_lettered(aside.event, aside.reason)
        self._observer.batch_applied(events, self._clock.monotonic_s() - started_s)

    async def apply(self, batch: Batch) -> None:
        """The transaction: effect, announcements, dead letters, then the offsets under their epochs."""
        async with self.database.transaction(label=self._label) as tx:
            await self.take_effect(batch, tx)
            await self.save_offsets(batch, tx)

    async def take_effect(self, batch: Batch, tx: Transaction) -> None:
        """Hand the readable events to the handler; put the others aside and park their keys."""
        received = await self._sorted(batch, tx)
        if received:
            await self.handle(received, tx)
        if batch.verdicts:
            await self._put_aside(batch.verdicts, tx)

    async def save_offsets(self, batch: Batch, tx: Transaction) -> None:
        """Move the stored offsets on. Raises Fenced when a partition has another holder by now."""
        offsets = highest_offsets(batch.events)
        held = batch.member.held
        if not all(partition in held for partition in offsets):
            raise Fenced
        if not await self._offsets.save(tx, batch.member.cluster_id, offsets, held):
            raise Fenced

    async def _sorted(self, batch: Batch, tx: Transaction) -> list[Received[Body]]:
        """Parse the events; those that are poison, condemned already or of a parked key become verdicts instead."""
        parked = await self._parked_keys(batch.events, tx)
        condemned = {id(aside.event) for aside in batch.verdicts}
        received: list[Received[Body]] = []
        for event in batch.events:
            if parked and event.key in parked:
                batch.verdicts.append(Verdict(event=event, reason=DeadLetterReason.PARKED, exception_type=""))
            elif not condemned or id(event) not in condemned:
                try:
                    received.append(Received(event, self.parse(event)))
                except PoisonEvent as poison:
                    batch.verdicts.append(verdict(event, poison))
                    if event.key:
                        parked.add(event.key)
        return received

    async def _parked_keys(self, events: Sequence[Event], tx: Transaction) -> set[str]:
        now_s = self._clock.monotonic_s()
        if now_s >= self._look_for_parked_at_s:
            self._maybe_parked = await any_parked(tx, group=self.group)
            self._look_for_parked_at_s = now_s + PARKED_LOOK_INTERVAL_S
        if not self._maybe_parked:
            return set()
        return set(await parked_among(tx, group=self.group, keys={event.key for event in events}))

    async def _put_aside(self, verdicts: Sequence[Verdict], tx: Transaction) -> None:
        if self._ratio.would_pass(len(verdicts)):
            raise TooManyDeadLetters
        now = self._clock.now()
        tx.announce([dead_letter(aside, group=self.group, now=now) for aside in verdicts])
        for reason in {aside.reason for aside in verdicts if aside.reason is not DeadLetterReason.PARKED}:
            keys = {aside.event.key for aside in verdicts if aside.reason is reason and aside.event.key}
            await park_keys(tx, group=self.group, keys=keys, reason=reason)
        self._maybe_parked = True

    async def _claim(self, cluster_id: str, partitions: Sequence[Partition]) -> dict[Partition, Hold]:
        self._look_for_parked_at_s = 0.0  # the former holder may have parked keys of these partitions
        return await self._offsets.raise_epochs(cluster_id, partitions)

    async def _acknowledge(self, member: GroupMember, *, now: bool = False) -> None:
        if not self._uncommitted or (not now and self._clock.monotonic_s() < self._commit_at_s):
            return
        self._commit_at_s = self._clock.monotonic_s() + self.limits.commit_interval_s
        offsets, self._uncommitted = self._uncommitted, {}
        await member.commit(offsets)
        crashpoint(self._after_offset_commit)

    def _backoff(self) -> Backoff:
        bounds = BackoffBounds(
            first_s=self.limits.retry_first_s, cap_s=self.limits.retry_cap_s, total_s=self.limits.retry_total_s
        )
        return Backoff(bounds, self._clock, self._jitter)
