"""One member of a Kafka consumer group, driven from a thread of its own, off the event loop.

Owns the client, its rebalances and the partitions held. On assignment it asks Postgres where to read on and under which
epoch; Kafka's own committed offsets are for lag tools only. Refuses to decide anything about events.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar, cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from services.shared.chassis.clock import Clock
from services.shared.chassis.kafka import METADATA_TIMEOUT_S, KafkaAccess, consumer_config
from services.shared.chassis.messages import Event, HeaderList
from services.shared.chassis.postgres import TransientFault

Partition = tuple[str, int]
"""A topic and a partition number."""
ASSIGN_TIMEOUT_S = 15.0
CLUSTER_CHECK_INTERVAL_S = 5.0
SPARE_AFTER_S = 10.0
"""A member that got no partition in this time is a spare: the others of its group hold them all."""
Result = TypeVar("Result")


class MustRejoin(Exception):
    """This membership is over (fenced, offsets out of range, another cluster): leave the group and join it anew."""


@dataclass(slots=True)
class Hold:
    """A partition held by this process: where its effects end, and the epoch under which it may write."""

    next_offset: int
    epoch: int


Claim = Callable[[str, Sequence[Partition]], Awaitable[Mapping[Partition, Hold]]]
"""Raise the epochs of partitions in Postgres for a cluster id, and return where to read on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBounds:
    """How much one poll takes and how long it waits."""

    batch_events: int
    idle_wait_s: float
    linger_s: float


class GroupMember:
    """One membership from join to leave. Every method runs the client in the member's one thread."""

    def __init__(
        self, access: KafkaAccess, *, group: str, topics: Sequence[str], instance_id: str | None, clock: Clock
    ) -> None:
        """Connects with `join`."""
        self.cluster_id = ""
        self.held: dict[Partition, Hold] = {}
        self._config = consumer_config(access, group=group, instance_id=instance_id)
        self._topics = list(topics)
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{group}-consumer")
        self._consumer: Consumer | None = None
        self._claim: Claim | None = None
        self._loop = asyncio.get_running_loop()
        self._broken = ""
        self._stashed: list[Message] = []
        self._check_cluster_at_s = 0.0
        self._joined_at_s = 0.0
        self._was_assigned = False

    @property
    def has_place(self) -> bool:
        """Whether the group has given this member its part, or the member has waited long enough to be a spare."""
        return self._was_assigned or self._clock.monotonic_s() - self._joined_at_s > SPARE_AFTER_S

    async def join(self, claim: Claim) -> None:
        """Connect, learn the cluster id and subscribe. Raises TransientFault when the broker does not answer."""
        self._claim = claim
        await self._in_thread(self._join)

    async def poll(self, bounds: PollBounds) -> list[Event]:
        """Up to a batch of events in consumption order; empty after an idle wait. Raises MustRejoin, TransientFault."""
        return await self._in_thread(lambda: self._poll(bounds))

    async def idle(self, wait_s: float) -> None:
        """Stay in the group for a while without taking events: paused, but heard. Raises MustRejoin."""
        await self._in_thread(lambda: self._idle(wait_s))

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Tell Kafka, for lag tools, without waiting for its answer."""
        await self._in_thread(lambda: self._commit(offsets))

    async def leave(self) -> None:
        """Leave the group and free the thread."""
        with suppress(TransientFault):
            await self._in_thread(self._leave)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        try:
            return await self._loop.run_in_executor(self._thread, work)
        except KafkaException as error:
            raise TransientFault(str(error.args[0].name())) from error

    def _join(self) -> None:
        self._consumer = Consumer(self._config)
        self.cluster_id = str(self._consumer.list_topics(timeout=METADATA_TIMEOUT_S).cluster_id)
        self._joined_at_s = self._clock.monotonic_s()
        self._check_cluster_at_s = self._joined_at_s + CLUSTER_CHECK_INTERVAL_S
        self._consumer.subscribe(
            self._topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )

    def _poll(self, bounds: PollBounds) -> list[Event]:
        consumer = self._client
        messages, self._stashed = self._stashed, []
        if not messages:
            messages = consumer.consume(1, bounds.idle_wait_s)
        if messages and len(messages) < bounds.batch_events:
            messages += consumer.consume(bounds.batch_events - len(messages), bounds.linger_s)
        self._check()
        events: list[Event] = []
        for message in messages:
            error = message.error()
            if error is None:
                events.append(event_of(message))
            else:
                _judge(error)
        return events

    def _idle(self, wait_s: float) -> None:
        consumer = self._client
        assigned = consumer.assignment()
        consumer.pause(assigned)
        self._stashed += consumer.consume(1, wait_s)
        self._check()
        consumer.resume([partition for partition in assigned if _key(partition) in self.held])

    def _check(self) -> None:
        if self._broken:
            raise MustRejoin(self._broken)
        now_s = self._clock.monotonic_s()
        if now_s < self._check_cluster_at_s:
            return
        self._check_cluster_at_s = now_s + CLUSTER_CHECK_INTERVAL_S
        with suppress(KafkaException):  # away for now: the next check, or an error of the poll itself, will tell
            found = str(self._client.list_topics(self._topics[0], timeout=METADATA_TIMEOUT_S).cluster_id)
            if found != self.cluster_id:
                raise MustRejoin("another cluster")

    def _commit(self, offsets: Mapping[Partition, int]) -> None:
        positions = [TopicPartition(topic, number, offset) for (topic, number), offset in offsets.items()]
        with suppress(KafkaException):  # Postgres holds the truth; a rebalance in between is no fault
            self._client.commit(offsets=positions, asynchronous=True)

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            holds = self._claimed([_key(partition) for partition in partitions])
            starts = [_start(consumer, key, hold) for key, hold in holds.items()]
        except (TransientFault, KafkaException, TimeoutError) as error:
            self._broken = type(error).__name__
            consumer.incremental_assign([])
            return
        self.held.update(holds)
        self._stashed = [message for message in self._stashed if (message.topic(), message.partition()) not in holds]
        consumer.incremental_assign(starts)
        self._was_assigned = self._was_assigned or bool(starts)

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self.held.pop(_key(partition), None)

    def _claimed(self, partitions: Sequence[Partition]) -> Mapping[Partition, Hold]:
        """Runs in the thread, within the client's rebalance; the loop is free meanwhile, as it awaits the poll."""
        if self._claim is None or not partitions:
            return {}
        asked = asyncio.run_coroutine_threadsafe(_awaited(self._claim(self.cluster_id, partitions)), self._loop)
        return asked.result(timeout=ASSIGN_TIMEOUT_S)

    @property
    def _client(self) -> Consumer:
        if self._consumer is None:
            raise TransientFault("NotJoined")
        return self._consumer


async def _awaited(claimed: Awaitable[Result]) -> Result:
    return await claimed


def _start(consumer: Consumer, partition: Partition, hold: Hold) -> TopicPartition:
    """Where to read on: the stored offset, the log's start when that was truncated or never read.

    A stored offset beyond the log's end means that the topic was deleted and made anew: then from the start as well.
    """
    topic, number = partition
    if hold.next_offset == 0:
        return TopicPartition(topic, number, OFFSET_BEGINNING)
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=METADATA_TIMEOUT_S)
    if not low <= hold.next_offset <= high:
        hold.next_offset = low
    return TopicPartition(topic, number, hold.next_offset)


def event_of(message: Message) -> Event:
    """The event that a message without error carries; a missing key is the empty string."""
    key = message.key()
    headers = message.headers()
    return Event(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        key.decode("utf-8", "replace") if isinstance(key, bytes) else "",
        message.value() or b"",
        cast("HeaderList", headers) if headers else (),
    )


def _key(partition: TopicPartition) -> Partition:
    return (partition.topic, partition.partition)


_END_OF_MEMBERSHIP: frozenset[int] = frozenset(
    {
        KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001 - the library's spelling of its own codes
        KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError.INCONSISTENT_TOPIC_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    }
)


def _judge(error: KafkaError) -> None:
    """An error met in the stream of messages: over, or the library's own business to recover from."""
    if error.fatal() or error.code() in _END_OF_MEMBERSHIP:
        raise MustRejoin(error.name())


def highest_offsets(events: Iterable[Event]) -> dict[Partition, int]:
    """The offset after the last event of each partition."""
    offsets: dict[Partition, int] = {}
    for event in events:
        offsets[event.topic, event.partition] = event.offset + 1
    return offsets


def fresh_events(events: Iterable[Event], held: Mapping[Partition, Hold]) -> list[Event]:
    """The events that are ours to apply: of partitions still held, each offset once, none applied before."""
    next_offsets: dict[Partition, int] = {}
    fresh: list[Event] = []
    for event in events:
        partition = (event.topic, event.partition)
        hold = held.get(partition)
        if hold is not None and event.offset >= next_offsets.get(partition, hold.next_offset):
            next_offsets[partition] = event.offset + 1
            fresh.append(event)
    return fresh
