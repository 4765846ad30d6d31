"""What is announced to Kafka and what is received from it: CloudEvents in binary mode, protobuf values as bytes.

Headers: `ce_specversion, ce_id, ce_type, ce_source, ce_time, ce_subject, content-type, traceparent`. Keys and headers
hold opaque ids only, never a name, a number of a person, or a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from services.shared.chassis.traceparent import is_traceparent, raise_flag

Body = TypeVar("Body")
HeaderList = Sequence[tuple[str, bytes | None]]

SPEC_VERSION = b"1.0"
CONTENT_TYPE = b"application/protobuf"
DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One event to publish. `event_id` derives from its cause, so announcing twice is announcing once."""

    topic: str
    key: str
    event_id: str
    type: str
    source: str
    subject: str
    traceparent: str
    value: bytes
    time: datetime
    extra_headers: tuple[tuple[str, str], ...] = ()
    """Further headers, e.g. a payer's sequence number; opaque ids, counts and reasons only."""


class Event:
    """One event as received: where it stood in its topic, its key, its value, and its headers by name.

    A plain slotted class: one is built per message on the hot path, and a frozen dataclass costs three times as much.
    Treat it as immutable. Missing headers read as the empty string.
    """

    __slots__ = ("headers", "key", "offset", "partition", "topic", "value")

    def __init__(  # noqa: PLR0917 - positional, because keywords cost as much as the object
        self, topic: str, partition: int, offset: int, key: str, value: bytes, headers: HeaderList
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers

    def header(self, name: str) -> str:
        """The header's text, or the empty string; the last one wins where a name is repeated."""
        for header, value in reversed(self.headers):
            if header == name:
                return value.decode("utf-8", "replace") if value else ""
        return ""

    @property
    def event_id(self) -> str:
        """The id that de-duplicates (`ce_id`)."""
        return self.header("ce_id")

    @property
    def type(self) -> str:
        """The event's type with its version (`ce_type`)."""
        return self.header("ce_type")

    @property
    def source(self) -> str:
        """The service that announced it (`ce_source`)."""
        return self.header("ce_source")

    @property
    def subject(self) -> str:
        """The id of what it is about (`ce_subject`)."""
        return self.header("ce_subject")

    @property
    def traceparent(self) -> str:
        """The W3C trace context of the claim, to be carried on unchanged."""
        return self.header("traceparent")

    def raised(self) -> "Event":
        """The same event with its trace raised; a header that is no traceparent stays as it is."""
        kept = [each for each in self.headers if each[0] != "traceparent"]
        own = self.traceparent
        traceparent = raise_flag(own) if is_traceparent(own) else own
        headers = [*kept, ("traceparent", traceparent.encode())] if len(kept) < len(self.headers) else kept
        return Event(self.topic, self.partition, self.offset, self.key, self.value, headers)

    @property
    def time(self) -> datetime | None:
        """When what it tells happened, in UTC; None where the header is missing or unreadable."""
        try:
            return datetime.fromisoformat(self.header("ce_time")).astimezone(UTC)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Received(Generic[Body]):
    """An event with its parsed body, as a handler gets it."""

    event: Event
    body: Body


class DeadLetterReason(StrEnum):
    """Why an event was put aside; stands in the `dlq-reason` header."""

    UNREADABLE = "unreadable"
    """The value is not the message that its topic carries."""
    INVALID = "invalid"
    """The message is readable and breaks its contract (a missing id, an unknown enum value, a negative sum)."""
    CONTRADICTORY = "contradictory"
    """The message contradicts what was applied before (same id with other content, an unknown subject)."""
    FAILED = "failed"
    """The handler crashed on it: a bug of ours."""
    PARKED = "parked"
    """An earlier event of the same key was put aside, and order would be lost by applying this one."""


class PoisonEvent(Exception):
    """This event can never be applied. Raised by a parser or a handler; the consumer dead-letters exactly this one."""

    def __init__(self, reason: DeadLetterReason = DeadLetterReason.INVALID) -> None:
        super().__init__(reason.value)
        self.reason = reason
