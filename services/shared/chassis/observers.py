"""What the relay and the consumers tell, as spans, metrics and log lines. Owns nothing else."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from services.shared.chassis.logs import get_logger
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event
from services.shared.chassis.metrics import Count, Duration, Level
from services.shared.chassis.spans import OpenSpan
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.traceparent import is_traceparent, raise_flag, trace_id_of

_MIXED: Final = "mixed"
"""Destination of a batch that holds events of several topics."""

_PAYER_TOPIC_PREFIXES: Final = ("settlement.", "statements.")

_log = get_logger(__name__)


class RelayWatch:
    """A relay's observer: the outbox's (`outbox`) or the payers' streams' (`streams`)."""

    def __init__(self, telemetry: Telemetry, relay: str) -> None:
        """Registers the level of the oldest undelivered row under the relay's name."""
        self._telemetry = telemetry
        self._relay = relay
        self._oldest_age_s = 0.0
        telemetry.metrics.observe(Level.OUTBOX_AGE, lambda: [(self._oldest_age_s, {"relay": relay})])

    @contextmanager
    def publishing(self, batch: Sequence[Announcement]) -> Iterator[OpenSpan]:
        """`send <topic>`, linked to the events' contexts; counts by topic once the batch is acknowledged."""
        by_topic = Counter(_label(announcement.topic) for announcement in batch)
        topic = _one_topic(by_topic)
        metrics = self._telemetry.metrics
        began_s = time.perf_counter()
        with self._telemetry.send_span(topic, traceparents=[each.traceparent for each in batch]) as span:
            yield span
        metrics.record(Duration.DELIVERY, time.perf_counter() - began_s, topic=topic)
        for each, count in by_topic.items():
            metrics.add(Count.SENT, count, topic=each, outcome="acknowledged")

    def rows_published(self, count: int) -> None:
        """Counted by topic at the end of `publishing`."""

    def publish_failed(self) -> None:
        """The batch will be published again."""
        self._telemetry.metrics.add(Count.SENT, outcome="failed")
        _log.warning("batch not acknowledged by the broker; publishing it again", component=self._relay)

    def oldest_age(self, age_s: float) -> None:
        """For the level."""
        self._oldest_age_s = age_s


class ConsumerWatch:
    """One consumer group's observer."""

    def __init__(self, telemetry: Telemetry, group: str) -> None:
        """`group` is the label of everything told here."""
        self._telemetry = telemetry
        self._group = group

    def applying(self, events: Sequence[Event]) -> AbstractContextManager[OpenSpan]:
        """`process <topic>`, linked to the events' contexts."""
        topic = _one_topic(_label(event.topic) for event in events)
        traceparents = [event.traceparent for event in events]
        return self._telemetry.process_span(topic, self._group, traceparents=traceparents)

    def batch_applied(self, events: Sequence[Event], duration_s: float) -> None:
        """Counts by topic, and the batch's duration."""
        metrics = self._telemetry.metrics
        by_topic = Counter(_label(event.topic) for event in events)
        for topic, count in by_topic.items():
            metrics.add(Count.CONSUMED, count, topic=topic, group=self._group, outcome="applied")
        topic = _one_topic(by_topic)
        metrics.record(Duration.BATCH, duration_s, topic=topic, group=self._group)
        told = events[0].time if events else None
        if told is not None:  # the oldest of the batch stands for all
            metrics.record(Duration.EVENT_AGE, time.time() - told.timestamp(), topic=topic, group=self._group)

    def dead_lettered(self, event: Event, reason: DeadLetterReason) -> None:
        """Counts, a log line, and a span of the claim's trace, which is raised from here on."""
        self._telemetry.metrics.add(Count.DEAD_LETTERS, topic=_label(event.topic), reason=reason.value)
        traceparent = event.traceparent if is_traceparent(event.traceparent) else None
        _log.error(
            "event dead-lettered",
            topic=event.topic,
            partition=event.partition,
            offset=event.offset,
            group=self._group,
            reason=reason.value,
            event_id=event.event_id,
            trace_id=trace_id_of(traceparent) if traceparent is not None else "",
        )
        if traceparent is not None:
            now_ns = time.time_ns()
            self._telemetry.claims.stage(
                "dead-letter",
                raise_flag(traceparent),
                start_ns=now_ns,
                end_ns=now_ns,
                attributes={"messaging.destination.name": event.topic, "seikyu.reason": reason.value},
                error_type=reason.value,
            )

    def retried(self) -> None:
        """A transient fault."""
        self._telemetry.metrics.add(Count.RETRIES, reason="transient")
        _log.warning("batch is tried again after a transient fault", group=self._group)

    def fenced(self) -> None:
        """Another process took over."""
        self._telemetry.metrics.add(Count.RETRIES, reason="fenced")
        _log.warning("batch rolled back: another process holds the partition", group=self._group)

    def stopped(self) -> None:
        """Calls for help."""
        _log.error("consumer stopped: too many dead letters", group=self._group)


def _label(topic: str) -> str:
    """A payer's topic is named after the payer; the label says only of which kind it is."""
    return next((f"{prefix}*" for prefix in _PAYER_TOPIC_PREFIXES if topic.startswith(prefix)), topic)


def _one_topic(labels: Iterable[str]) -> str:
    distinct = set(labels)
    return distinct.pop() if len(distinct) == 1 else _MIXED
