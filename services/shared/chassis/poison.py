"""Putting events aside: the verdict on one event, the dead letter made of it, the limit past which a consumer stops."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from services.shared.chassis.messages import DEAD_LETTER_SUFFIX, Announcement, DeadLetterReason, Event, PoisonEvent
from services.shared.chassis.traceparent import is_traceparent, raise_flag

OWN_HEADERS = frozenset(
    {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "content-type", "traceparent"}
)
DEAD_LETTER_HEADERS = frozenset(
    {
        "dlq-reason",
        "dlq-exception-type",
        "dlq-group",
        "origin-topic",
        "origin-partition",
        "origin-offset",
        "attempts",
        "first-failed-at",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """This event is put aside, for this reason; the type of the exception, never its text."""

    event: Event
    reason: DeadLetterReason
    exception_type: str


def verdict(event: Event, error: Exception) -> Verdict:
    """What an exception says about the event: its own reason where it is a PoisonEvent, else a failure of ours."""
    reason = error.reason if isinstance(error, PoisonEvent) else DeadLetterReason.FAILED
    return Verdict(event=event, reason=reason, exception_type=type(error).__name__)


def dead_letter(aside: Verdict, *, group: str, now: datetime) -> Announcement:
    """The event for `<topic>.dlq`: value, key and own headers as they were, the flag raised, reason and origin added.

    A dead letter that was replayed and fails again keeps the time of its first failure and counts one attempt more.
    """
    event = aside.event
    return Announcement(
        topic=f"{event.topic}{DEAD_LETTER_SUFFIX}",
        key=event.key,
        event_id=event.event_id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        traceparent=_raised(event.traceparent),
        value=event.value,
        time=event.time or now,
        extra_headers=(
            *foreign_headers(event),
            ("dlq-reason", aside.reason.value),
            ("dlq-exception-type", aside.exception_type),
            ("dlq-group", group),
            ("origin-topic", event.topic),
            ("origin-partition", str(event.partition)),
            ("origin-offset", str(event.offset)),
            ("attempts", str(_attempts(event) + 1)),
            ("first-failed-at", event.header("first-failed-at") or now.isoformat()),
        ),
    )


def foreign_headers(event: Event) -> tuple[tuple[str, str], ...]:
    """The event's further headers (a payer's sequence, say), without its own and without those of a dead letter."""
    return tuple(
        (name, (value or b"").decode("utf-8", "replace").replace("\n", " "))
        for name, value in event.headers
        if name not in OWN_HEADERS and name not in DEAD_LETTER_HEADERS
    )


def _attempts(event: Event) -> int:
    text = event.header("attempts")
    return int(text) if text.isascii() and text.isdigit() else 0


def _raised(traceparent: str) -> str:
    return raise_flag(traceparent) if is_traceparent(traceparent) else traceparent


class DeadLetterRatio:
    """How many of the last `window` events were put aside; more than `limit` stop the consumer.

    The window counts batches as a whole, so it may hold up to one batch more than asked.
    """

    def __init__(self, window: int, limit: int) -> None:
        self._window = window
        self._limit = limit
        self._batches: deque[tuple[int, int]] = deque()
        self._events = 0
        self._dead = 0

    def would_pass(self, dead: int) -> bool:
        """Whether putting so many more aside passes the limit."""
        return self._dead + dead > self._limit

    def record(self, events: int, dead: int) -> None:
        """A batch was applied, with so many of its events put aside."""
        self._batches.append((events, dead))
        self._events += events
        self._dead += dead
        while self._events - self._batches[0][0] >= self._window:
            gone_events, gone_dead = self._batches.popleft()
            self._events -= gone_events
            self._dead -= gone_dead
