"""A started RPC server of the tests' own with its authority, tokens and clients."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc.aio
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from infra.local.authority import Authority, ensure_token_keys
from services.shared.chassis.channel import BearerToken, ClientCertificate, open_channel
from services.shared.chassis.grpc_server import RpcServer, RpcSurface, start_server
from services.shared.chassis.identity import TokenIssuer, parse_subject
from services.shared.chassis.settings import GrpcSettings
from services.shared.chassis.telemetry import Telemetry
from tests.support.echo_service import ACCESS, NAME, EchoServicer

NO_PRESSURE: Callable[[], float | None] = lambda: None  # noqa: E731


@dataclass(slots=True, kw_only=True)
class MemoryTelemetry:
    """Telemetry whose spans and metrics stay in memory."""

    share: float = 1.0
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)

    def build(self, service: str = "edge") -> Telemetry:
        """The telemetry to give to what is tested."""
        resource = Resource.create({"service.name": service})
        return Telemetry(
            resource=resource,
            processor=SimpleSpanProcessor(self.exporter),
            meters=MeterProvider(metric_readers=[self.reader], resource=resource, shutdown_on_exit=False),
            share=self.share,
        )

    def summed(self, metric: str, *, by: str) -> dict[str, float]:
        """A histogram's sums by one of its attributes."""
        found = self.reader.get_metrics_data()
        sums: dict[str, float] = {}
        for resource in found.resource_metrics if found is not None else ():
            for each in (metric_of for scope in resource.scope_metrics for metric_of in scope.metrics):
                for point in each.data.data_points if each.name == metric else ():
                    label = str((point.attributes or {}).get(by, ""))
                    sums[label] = sums.get(label, 0.0) + point.sum  # type: ignore[union-attr]  # a histogram's points
        return sums

    def counted(self, metric: str) -> dict[tuple[tuple[str, str], ...], float]:
        """A counter's values by its sorted attributes."""
        found = self.reader.get_metrics_data()
        return {
            tuple(sorted((key, str(value)) for key, value in (point.attributes or {}).items())): point.value  # type: ignore[union-attr]  # a sum's points
            for resource in (found.resource_metrics if found is not None else ())
            for scope in resource.scope_metrics
            for each in scope.metrics
            if each.name == metric
            for point in each.data.data_points
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The running server and the way to it."""

    server: RpcServer
    authority: Authority
    directory: Path

    def token(self, subject: str, *roles: str, life: timedelta = timedelta(minutes=5), age_s: float = 0.0) -> Path:
        """A file with a token for `<kind>:<id>`."""
        issuer = TokenIssuer.from_file(ensure_token_keys(self.directory).key_file)
        now = datetime.now(UTC) - timedelta(seconds=age_s)
        file = self.directory / f"{subject.replace(':', '-')}.jwt"
        file.write_text(issuer.issue(parse_subject(subject, roles), now=now, life=life))
        return file

    def token_channel(self, token: Path, timeout_s: float = 5.0) -> grpc.aio.Channel:
        """A channel to the TLS port."""
        return open_channel(
            f"localhost:{self.server.port}",
            ca_file=self.authority.ca_file,
            identity=BearerToken(file=token),
            default_timeout_s=timeout_s,
        )

    def certificate_channel(self, identity: str) -> grpc.aio.Channel:
        """A channel to the mTLS port with a certificate for `<kind>/<id>`."""
        pair = self.authority.client(identity)
        return open_channel(
            f"localhost:{self.server.mtls_port}",
            ca_file=self.authority.ca_file,
            identity=ClientCertificate(cert_file=pair.cert_file, key_file=pair.key_file),
        )


def grpc_settings(directory: Path, *, max_calls: int = 50) -> GrpcSettings:
    """Free ports, and certificates and keys under `directory`."""
    authority = Authority(directory)
    pair = authority.server("edge")
    return GrpcSettings(
        grpc_port=0,
        grpc_mtls_port=0,
        grpc_max_calls=max_calls,
        tls_cert_file=pair.cert_file,
        tls_key_file=pair.key_file,
        tls_ca_file=authority.ca_file,
        token_public_key_file=ensure_token_keys(directory).cert_file,
    )


@asynccontextmanager
async def serving(
    directory: Path,
    telemetry: Telemetry,
    servicer: EchoServicer | None = None,
    *,
    max_calls: int = 50,
    pressure: Callable[[], float | None] = NO_PRESSURE,
) -> AsyncGenerator[Edge]:
    """A ready server within the block; drained at once behind it."""
    surface = RpcSurface(register=(servicer or EchoServicer()).register, names=[NAME], access=ACCESS, pressure=pressure)
    server = await start_server(grpc_settings(directory, max_calls=max_calls), surface, telemetry)
    await server.set_ready(True)
    try:
        yield Edge(server=server, authority=Authority(directory), directory=directory)
    finally:
        await server.drain(0.1)
