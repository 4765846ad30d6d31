"""Exporters by the name of their entry point, as the OpenTelemetry specification's variables give it."""

import os
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Final

from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

_OTLP: Final = "otlp"
_OTLP_BY_PROTOCOL: Final = {"": "otlp_proto_grpc", "grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}


class UnknownExporter(Exception):
    """A standard variable names an exporter that no installed package provides."""


def span_processors() -> list[SpanProcessor]:
    """A batching processor for each exporter that OTEL_TRACES_EXPORTER names."""
    found: list[SpanProcessor] = []
    for kind in _load("OTEL_TRACES_EXPORTER", "opentelemetry_traces_exporter", "TRACES"):
        if not issubclass(kind, SpanExporter):
            raise UnknownExporter(f"OTEL_TRACES_EXPORTER: {kind.__name__} does not export spans")
        found.append(BatchSpanProcessor(kind()))
    return found


def metric_readers() -> list[MetricReader]:
    """A reader for each exporter that OTEL_METRICS_EXPORTER names."""
    found: list[MetricReader] = []
    for kind in _load("OTEL_METRICS_EXPORTER", "opentelemetry_metrics_exporter", "METRICS"):
        if issubclass(kind, MetricReader):
            found.append(kind())
        elif issubclass(kind, MetricExporter):
            found.append(PeriodicExportingMetricReader(kind()))
        else:
            raise UnknownExporter(f"OTEL_METRICS_EXPORTER: {kind.__name__} does not export metrics")
    return found


def _load(variable: str, group: str, signal: str) -> Sequence[type]:
    names = [name.strip() for name in os.environ.get(variable, "none").split(",")]
    return [_entry_point(variable, group, _protocol_name(name, signal)) for name in names if name not in {"", "none"}]


def _protocol_name(name: str, signal: str) -> str:
    if name != _OTLP:
        return name
    common = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    protocol = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", common).strip()
    if protocol not in _OTLP_BY_PROTOCOL:
        raise UnknownExporter(f"OTEL_EXPORTER_OTLP_PROTOCOL: {protocol} is not one of grpc, http/protobuf")
    return _OTLP_BY_PROTOCOL[protocol]


def _entry_point(variable: str, group: str, name: str) -> type:
    for point in entry_points(group=group, name=name):
        kind: type = point.load()
        return kind
    raise UnknownExporter(f"{variable}: no installed package provides the exporter {name}")
