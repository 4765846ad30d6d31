"""One process's traces and metrics. Owns the exporters, their choice by the standard variables, and the final flush.

`OTEL_TRACES_EXPORTER` and `OTEL_METRICS_EXPORTER` name entry points of the groups `opentelemetry_traces_exporter` and
`opentelemetry_metrics_exporter` (`otlp`, `zipkin_json`, `console`, `none`; several with commas); nothing is exported
when they are unset. There is no global provider: a service's spans reach its own exporters only, so that an export
batch never mixes two services (the Zipkin exporter names a batch after its first span).
"""

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, SynchronousMultiSpanProcessor
from opentelemetry.trace import SpanKind

from services.shared.chassis.claim_trace import ClaimTraces
from services.shared.chassis.exporters import metric_readers, span_processors
from services.shared.chassis.metrics import Metrics
from services.shared.chassis.spans import Attributes, OpenSpan, SpanWriter, current_traceparent, open_span
from services.shared.chassis.traceparent import is_raised

BATCH_SPANS_PER_S: Final = 10
"""Batches with a raised claim are written up to this rate; above it only the configured share of them."""
FLUSH_TIMEOUT_S: Final = 2.5


@dataclass(slots=True)
class _Allowance:
    """So many per second, refilled by the clock."""

    per_s: int
    left: float
    at_s: float

    def take(self, now_s: float) -> bool:
        self.left = min(float(self.per_s), self.left + (now_s - self.at_s) * self.per_s)
        self.at_s = now_s
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


class Telemetry:
    """What a service writes its spans and metrics with. Build one by `configure` and close it with `shutdown`."""

    def __init__(
        self, *, resource: Resource, processor: SpanProcessor, meters: MeterProvider | None, share: float
    ) -> None:
        """Parts are given, so that tests see what is written. Without `meters` a measure costs next to nothing."""
        self.share = share
        self.spans = SpanWriter(resource, processor)
        self.claims = ClaimTraces(self.spans, share)
        self.meter: Meter = meters.get_meter("seikyu") if meters is not None else NoOpMeter("seikyu")
        self.metrics = Metrics(self.meter)
        self._processor = processor
        self._meters = meters
        self._allowance = _Allowance(BATCH_SPANS_PER_S, float(BATCH_SPANS_PER_S), time.monotonic())

    @classmethod
    def configure(cls, service_name: str, *, share: float = 0.01) -> Self:
        """Telemetry of the named service with the exporters that the standard variables ask for.

        Raises:
            UnknownExporter: a variable names an exporter that is not installed.
        """
        resource = Resource.create({"service.name": service_name, "service.namespace": "seikyu"})
        processor = SynchronousMultiSpanProcessor()  # type: ignore[no-untyped-call]  # not annotated upstream
        for each in span_processors():
            processor.add_span_processor(each)
        readers = metric_readers()
        meters = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False) if readers else None
        return cls(resource=resource, processor=processor, meters=meters, share=share)

    @contextlib.contextmanager
    def batch_span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        traceparents: Sequence[str] = (),
        attributes: Attributes | None = None,
    ) -> Iterator[OpenSpan]:
        """A span for the work of a batch (a poll, a transaction): its own trace, linked to the raised ones it serves.

        Written when one of `traceparents` is raised and the rate allows, else for the configured share of batches.
        """
        links = [each for each in traceparents if is_raised(each)]
        with open_span(
            self.spans, name, raised=self._is_written(links), kind=kind, attributes=attributes, links=links
        ) as span:
            yield span

    @contextlib.contextmanager
    def process_span(self, topic: str, group: str, *, traceparents: Sequence[str]) -> Iterator[OpenSpan]:
        """`process <topic>`: one consumed batch, linked to the creation contexts of its events."""
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": group,
            "messaging.batch.message_count": len(traceparents),
        }
        with self.batch_span(
            f"process {topic}", kind=SpanKind.CONSUMER, traceparents=traceparents, attributes=attributes
        ) as span:
            yield span

    @contextlib.contextmanager
    def send_span(self, topic: str, *, traceparents: Sequence[str]) -> Iterator[OpenSpan]:
        """`send <topic>`: one batch handed to the broker, linked to the creation contexts of its events."""
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": topic,
            "messaging.batch.message_count": len(traceparents),
        }
        with self.batch_span(
            f"send {topic}", kind=SpanKind.PRODUCER, traceparents=traceparents, attributes=attributes
        ) as span:
            yield span

    @contextlib.contextmanager
    def transaction_span(self, label: str, *, database: str) -> Iterator[OpenSpan]:
        """`transaction <label>`: one transaction, child of the batch or RPC span under way; no statement text.

        `label` is the transaction's constant name (`claims.intake`).
        """
        attributes: Attributes = {
            "db.system.name": "postgresql",
            "db.namespace": database,
            "db.operation.name": "transaction",
            "db.query.summary": f"transaction {label}",
        }
        with self.child_span(f"transaction {label}", kind=SpanKind.CLIENT, attributes=attributes) as span:
            yield span

    @contextlib.contextmanager
    def child_span(
        self, name: str, *, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
    ) -> Iterator[OpenSpan]:
        """A child of the span under way that follows its flag; a trace of its own, by share, when there is none."""
        parent = current_traceparent()
        raised = is_raised(parent) if parent is not None else self._is_written(())
        with open_span(self.spans, name, raised=raised, parent=parent, kind=kind, attributes=attributes) as span:
            yield span

    def _is_written(self, links: Sequence[str]) -> bool:
        if links and self._allowance.take(time.monotonic()):
            return True
        return random.random() < self.share  # noqa: S311 - sampling, not a secret

    def shutdown(self) -> None:
        """Export what is left and close the exporters. Blocks, for FLUSH_TIMEOUT_S at most: call it off the event loop.

        An exporter whose collector does not answer keeps trying in a daemon thread, which ends with the process.
        """
        closing = threading.Thread(target=self._close, name="telemetry-flush", daemon=True)
        closing.start()
        closing.join(FLUSH_TIMEOUT_S)

    def flush(self) -> None:
        """Export what was written so far. Blocks."""
        self._processor.force_flush(int(FLUSH_TIMEOUT_S * 1_000))
        if self._meters is not None:
            self._meters.force_flush(FLUSH_TIMEOUT_S * 1_000)

    def _close(self) -> None:
        self._processor.force_flush(int(FLUSH_TIMEOUT_S * 1_000))
        self._processor.shutdown()
        if self._meters is not None:
            self._meters.shutdown(FLUSH_TIMEOUT_S * 1_000)
