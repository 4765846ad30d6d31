"""An OTLP gRPC collector inside the test's own process: what an exporter really sends, decoded.

with OtlpCollector() as collector:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    ...
    collector.span("claim").trace_id
"""

import threading
from collections.abc import Iterable, Mapping
from concurrent import futures
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEventSeen:
    """A span event as it arrived."""

    name: str
    at_ns: int
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSeen:
    """A span as it arrived: ids in hex, the empty string for no parent; links as (trace id, span id)."""

    service: str
    batch: int
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    start_ns: int
    end_ns: int
    is_error: bool
    attributes: Mapping[str, Value]
    events: tuple[SpanEventSeen, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSeen:
    """A metric's data point: a sum's or gauge's value; a histogram's sum, with its count."""

    service: str
    metric: str
    unit: str
    value: float
    count: int
    attributes: Mapping[str, Value]


class OtlpCollector:
    """Listens on a free loopback port for traces, metrics and logs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: list[SpanSeen] = []
        self._points: list[PointSeen] = []
        self._raw: list[bytes] = []
        self._batches = 0
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="otlp-collector"))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Traces(self), self._server)  # type: ignore[no-untyped-call]  # generated without annotations
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(_Measures(self), self._server)  # type: ignore[no-untyped-call]  # generated without annotations
        logs_service_pb2_grpc.add_LogsServiceServicer_to_server(_Lines(self), self._server)  # type: ignore[no-untyped-call]  # generated without annotations
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop(None).wait()

    @property
    def endpoint(self) -> str:
        """For OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """The standard variables that send a process's traces and metrics here."""
        return {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
        }

    @property
    def spans(self) -> list[SpanSeen]:
        """All spans so far, in order of arrival."""
        with self._lock:
            return list(self._spans)

    @property
    def points(self) -> list[PointSeen]:
        """All data points so far; cumulative metrics come again at each export."""
        with self._lock:
            return list(self._points)

    @property
    def raw(self) -> bytes:
        """Every request as it came, to search for what must not be in it."""
        with self._lock:
            return b"\n".join(self._raw)

    def named(self, name: str) -> list[SpanSeen]:
        """The spans of that name."""
        return [span for span in self.spans if span.name == name]

    def span(self, name: str) -> SpanSeen:
        """The only span of that name."""
        (found,) = self.named(name)
        return found

    def trace(self, trace_id: str) -> list[SpanSeen]:
        """The spans of one trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def last(self, metric: str, **attributes: str) -> PointSeen:
        """The latest point of a metric whose attributes include the given ones (`__` for the dot)."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        found = [each for each in self.points if each.metric == metric and wanted.items() <= each.attributes.items()]
        return found[-1]

    def take_traces(self, request: trace_service_pb2.ExportTraceServiceRequest) -> None:
        """Store one export request's spans."""
        with self._lock:
            self._raw.append(request.SerializeToString())
            for resource in request.resource_spans:
                service = _attributes(resource.resource.attributes)["service.name"]
                for scope in resource.scope_spans:
                    self._spans += [_span(str(service), self._batches, span) for span in scope.spans]
            self._batches += 1

    def take_metrics(self, request: metrics_service_pb2.ExportMetricsServiceRequest) -> None:
        """Store one export request's data points."""
        with self._lock:
            self._raw.append(request.SerializeToString())
            for resource in request.resource_metrics:
                service = _attributes(resource.resource.attributes)["service.name"]
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        self._points += _points(str(service), metric)

    def take_logs(self, request: logs_service_pb2.ExportLogsServiceRequest) -> None:
        """Keep one export request of log lines."""
        with self._lock:
            self._raw.append(request.SerializeToString())


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, collector: OtlpCollector) -> None:
        self._collector = collector

    @override
    def Export(
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        self._collector.take_traces(request)
        return trace_service_pb2.ExportTraceServiceResponse()


class _Measures(metrics_service_pb2_grpc.MetricsServiceServicer):
    def __init__(self, collector: OtlpCollector) -> None:
        self._collector = collector

    @override
    def Export(
        self, request: metrics_service_pb2.ExportMetricsServiceRequest, context: grpc.ServicerContext
    ) -> metrics_service_pb2.ExportMetricsServiceResponse:
        self._collector.take_metrics(request)
        return metrics_service_pb2.ExportMetricsServiceResponse()


class _Lines(logs_service_pb2_grpc.LogsServiceServicer):
    def __init__(self, collector: OtlpCollector) -> None:
        self._collector = collector

    @override
    def Export(
        self, request: logs_service_pb2.ExportLogsServiceRequest, context: grpc.ServicerContext
    ) -> logs_service_pb2.ExportLogsServiceResponse:
        self._collector.take_logs(request)
        return logs_service_pb2.ExportLogsServiceResponse()


def _span(service: str, batch: int, span: Span) -> SpanSeen:
    return SpanSeen(
        service=service,
        batch=batch,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        is_error=span.status.code == 2,
        attributes=_attributes(span.attributes),
        events=tuple(
            SpanEventSeen(name=event.name, at_ns=event.time_unix_nano, attributes=_attributes(event.attributes))
            for event in span.events
        ),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
    )


def _points(service: str, metric: Metric) -> list[PointSeen]:
    def seen(value: float, count: int, attributes: Iterable[KeyValue]) -> PointSeen:
        return PointSeen(
            service=service,
            metric=metric.name,
            unit=metric.unit,
            value=value,
            count=count,
            attributes=_attributes(attributes),
        )

    if metric.HasField("histogram"):
        return [seen(point.sum, point.count, point.attributes) for point in metric.histogram.data_points]
    numbers = metric.sum.data_points if metric.HasField("sum") else metric.gauge.data_points
    return [seen(point.as_double or float(point.as_int), 1, point.attributes) for point in numbers]


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(item.string_value for item in value.array_value.values)
    found: Value = getattr(value, kind) if kind is not None else ""
    return found
