"""Reading dead-letter topics and replaying them. Shows metadata only; a payload goes nowhere but back to its origin."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from services.shared.chassis.group_member import event_of
from services.shared.chassis.kafka import METADATA_TIMEOUT_S, KafkaAccess, Publisher, consumer_config
from services.shared.chassis.messages import DEAD_LETTER_SUFFIX, Announcement, Event
from services.shared.chassis.poison import foreign_headers
from services.shared.chassis.postgres import TransientFault

READ_BATCH = 500
READ_WAIT_S = 0.2
SILENCE_LIMIT = 50
"""So many waits without an event, 10 s in all, mean that the broker does not answer."""


class NotADeadLetterTopic(Exception):
    """The topic's name does not end in `.dlq`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One event that was put aside: where it lies now, where it came from, and why."""

    topic: str
    partition: int
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
    """The dead letters of a `.dlq` topic, oldest first.

    Raises TransientFault when the broker does not answer, NotADeadLetterTopic.
    """
    events = await asyncio.to_thread(_read, access, topic, limit)
    return [described(event) for event in events]


async def replay(
    access: KafkaAccess, topic: str, *, offsets: Collection[int] | None = None, limit: int = 10_000
) -> int:
    """Publish dead letters to their origin topics again, in the order of their origin offsets, bytes and id unchanged.

    `offsets` picks some of the `.dlq` topic, None takes all; at most `limit` are read. Safe at any time: consumers know
    what they have applied. The caller unparks the keys first (OperationsService), or the events come straight back.
    Returns how many were published. Raises TransientFault, PublishFailed, NotADeadLetterTopic.
    """
    events = await asyncio.to_thread(_read, access, topic, limit)
    chosen = [event for event in events if offsets is None or event.offset in offsets]
    chosen.sort(key=_origin)
    publisher = Publisher(access)
    try:
        if chosen:
            await publisher.publish([_as_announced(event) for event in chosen])
    finally:
        await publisher.close()
    return len(chosen)


def described(event: Event) -> DeadLetter:
    """What may be shown of a dead letter."""
    topic, partition, offset = _origin(event)
    return DeadLetter(
        topic=event.topic,
        partition=event.partition,
        offset=event.offset,
        key=event.key,
        event_id=event.event_id,
        type=event.type,
        reason=event.header("dlq-reason"),
        exception_type=event.header("dlq-exception-type"),
        group=event.header("dlq-group"),
        origin_topic=topic,
        origin_partition=partition,
        origin_offset=offset,
        attempts=_number(event, "attempts"),
        first_failed_at=_instant(event.header("first-failed-at")),
        traceparent=event.traceparent,
        value_bytes=len(event.value),
    )


def _as_announced(event: Event) -> Announcement:
    """The event as it was announced; it keeps when it first failed and how often, for a failure to come."""
    kept = tuple((name, event.header(name)) for name in ("attempts", "first-failed-at"))
    return Announcement(
        topic=event.header("origin-topic") or event.topic.removesuffix(DEAD_LETTER_SUFFIX),
        key=event.key,
        event_id=event.event_id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        traceparent=event.traceparent,
        value=event.value,
        time=datetime.fromisoformat(event.header("ce_time")),
        extra_headers=(*foreign_headers(event), *kept),
    )


def _read(access: KafkaAccess, topic: str, limit: int) -> list[Event]:
    if not topic.endswith(DEAD_LETTER_SUFFIX):
        raise NotADeadLetterTopic(topic)
    consumer = Consumer(consumer_config(access, group=f"{access.client_id}.dead-letters", instance_id=None))
    try:
        ends = dict(_ends(consumer, topic))
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
        return _until(consumer, ends, limit)
    except KafkaException as error:
        raise TransientFault(str(error.args[0].name())) from error
    finally:
        consumer.close()


def _ends(consumer: Consumer, topic: str) -> Iterator[tuple[int, int]]:
    """The partitions that hold anything, with the offset after their last event."""
    described_topic = consumer.list_topics(topic, timeout=METADATA_TIMEOUT_S).topics[topic]
    if described_topic.error is not None:
        raise KafkaException(described_topic.error)
    for number in described_topic.partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=METADATA_TIMEOUT_S)
        if high > low:
            yield number, high


def _until(consumer: Consumer, ends: dict[int, int], limit: int) -> list[Event]:
    events: list[Event] = []
    open_ends = dict(ends)
    silent_waits = 0
    while open_ends and len(events) < limit:
        messages = consumer.consume(READ_BATCH, READ_WAIT_S)
        silent_waits = 0 if messages else silent_waits + 1
        if silent_waits > SILENCE_LIMIT:
            raise TransientFault("BrokerSilent")
        for message in messages:
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            event = event_of(message)
            events.append(event)
            if event.offset + 1 >= open_ends.get(event.partition, 0):
                open_ends.pop(event.partition, None)
    return events[:limit]


def _origin(event: Event) -> tuple[str, int, int]:
    return event.header("origin-topic"), _number(event, "origin-partition"), _number(event, "origin-offset")


def _number(event: Event, header: str) -> int:
    text = event.header(header)
    return int(text) if text.isascii() and text.isdigit() else 0


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
