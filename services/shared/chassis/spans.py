"""Writing finished spans by hand. Owns the way from ids, times and attributes to the exporters.

Seikyu decides about sampling itself (the flag in the traceparent), gives the `claim` span its ids before it begins and
writes it after it ended, so the SDK's tracer is not used for them: `SpanWriter` builds the finished span and hands it
to the span processors. Attribute values are opaque ids, counts, durations and outcomes only; text that is not plain
ASCII is redacted.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from services.shared.chassis.redaction import plain
from services.shared.chassis.traceparent import is_raised, trace_id_of

AttributeValue = str | int | float | bool | Sequence[str]
Attributes = Mapping[str, AttributeValue]

LINKED_TRACES_KEY: Final = "seikyu.linked_trace_ids"
"""The local store (Zipkin) has no links, so every span with links carries their trace ids here as well."""
MAX_LINKS: Final = 64
"""Links one span may carry; a batch holds up to 500 events, of which the first raised ones are linked."""

_SCOPE: Final = InstrumentationScope("seikyu", "1")


def span_context(traceparent: str) -> SpanContext:
    """The SDK's form of a traceparent; the span is remote."""
    return SpanContext(
        trace_id=int(traceparent[3:35], 16),
        span_id=int(traceparent[36:52], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[53:55], 16)),
    )


def traceparent_of(context: SpanContext) -> str:
    """The text of a span context."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEvent:
    """A named instant within a span; `at_ns` is nanoseconds since the epoch, UTC."""

    name: str
    at_ns: int
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSpan:
    """Everything a span says. `traceparent` holds its own ids and flag, `parent` its parent's."""

    name: str
    traceparent: str
    start_ns: int
    end_ns: int
    parent: str | None = None
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Attributes = field(default_factory=dict)
    events: Sequence[SpanEvent] = ()
    links: Sequence[str] = ()
    error_type: str | None = None


class SpanWriter:
    """Hands finished spans of one service to the exporters; drops those whose flag is not raised."""

    def __init__(self, resource: Resource, processor: SpanProcessor) -> None:
        """`resource` names the service; `processor` batches (one batch never mixes two services)."""
        self._resource = resource
        self._processor = processor

    def write(self, span: FinishedSpan) -> None:
        """Export the span if its flag is raised. Never blocks: the processor's queue is bounded and drops."""
        if is_raised(span.traceparent):
            self._processor.on_end(self._readable(span))

    def _readable(self, span: FinishedSpan) -> ReadableSpan:
        links = span.links[:MAX_LINKS]
        attributes = _plain(span.attributes)
        if links:
            attributes[LINKED_TRACES_KEY] = tuple(dict.fromkeys(trace_id_of(link) for link in links))
        if span.error_type is not None:
            attributes["error.type"] = span.error_type
        return ReadableSpan(
            name=span.name,
            context=span_context(span.traceparent),
            parent=span_context(span.parent) if span.parent is not None else None,
            resource=self._resource,
            attributes=attributes,
            events=[Event(event.name, _plain(event.attributes), event.at_ns) for event in span.events],
            links=[trace.Link(span_context(link)) for link in links],
            kind=span.kind,
            status=Status(StatusCode.UNSET if span.error_type is None else StatusCode.ERROR),
            start_time=span.start_ns,
            end_time=span.end_ns,
            instrumentation_scope=_SCOPE,
        )


@dataclass(slots=True, kw_only=True)
class OpenSpan:
    """A span under way. Attributes, links and the error type may still be added; it is written when its block ends."""

    name: str
    traceparent: str
    parent: str | None
    kind: SpanKind
    start_ns: int
    attributes: dict[str, AttributeValue]
    links: list[str]
    error_type: str | None = None

    @property
    def is_written(self) -> bool:
        """Whether the span will be exported; an expensive attribute need not be computed otherwise."""
        return is_raised(self.traceparent)

    def set(self, **attributes: AttributeValue) -> None:
        """Add attributes; `__` in a keyword stands for the dot (`seikyu__claims=3`)."""
        self.attributes.update({key.replace("__", "."): value for key, value in attributes.items()})


@contextlib.contextmanager
def open_span(
    writer: SpanWriter,
    name: str,
    *,
    raised: bool,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    links: Sequence[str] = (),
) -> Iterator[OpenSpan]:
    """Run the block within a new span: child of `parent`, else a trace of its own.

    The span is the current one meanwhile (log lines carry its ids, children follow its flag), so the block must not
    contain a `yield` of an async generator, whose parts may run in different contexts. An exception that leaves
    the block is noted by its type alone: a message may hold personal data.
    """
    own = _child_of(parent, raised=raised)
    span = OpenSpan(
        name=name,
        traceparent=own,
        parent=parent,
        kind=kind,
        start_ns=time.time_ns(),
        attributes=dict(attributes or {}),
        links=list(links),
    )
    token = otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(span_context(own))))
    try:
        yield span
    except BaseException as fault:
        span.error_type = span.error_type or type(fault).__qualname__
        raise
    finally:
        otel_context.detach(token)
        writer.write(_finished(span))


def current_traceparent() -> str | None:
    """The traceparent of the span under way in this task, if any."""
    context = trace.get_current_span().get_span_context()
    return traceparent_of(context) if context.is_valid else None


def _plain(attributes: Attributes) -> dict[str, AttributeValue]:
    return {key: plain(value) if isinstance(value, str) else value for key, value in attributes.items()}


def _child_of(parent: str | None, *, raised: bool) -> str:
    trace_id = trace_id_of(parent) if parent is not None else f"{secrets.randbits(128) or 1:032x}"
    return f"00-{trace_id}-{secrets.randbits(64) or 1:016x}-{'01' if raised else '00'}"


def _finished(span: OpenSpan) -> FinishedSpan:
    return FinishedSpan(
        name=span.name,
        traceparent=span.traceparent,
        parent=span.parent,
        kind=span.kind,
        start_ns=span.start_ns,
        end_ns=time.time_ns(),
        attributes=span.attributes,
        links=tuple(span.links),
        error_type=span.error_type,
    )
