"""The RPC surface of a service: two ports, standard health and reflection, the interceptor, the drain.

The TLS port takes a bearer token, the mTLS port a client certificate; both lead to the same handlers. Handlers are
`async def` for unary answers and async generators for streams; they raise `RpcRefusal` to refuse.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import grpc.aio
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.shared.chassis.access import STANDARD_ACCESS, AccessTable
from services.shared.chassis.gate import Gate
from services.shared.chassis.identity import Principal, TokenVerifier
from services.shared.chassis.interceptors import CallInterceptor
from services.shared.chassis.logs import get_logger
from services.shared.chassis.metrics import Level
from services.shared.chassis.refusals import nobody_refused
from services.shared.chassis.settings import GrpcSettings
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.tls import mtls_port_credentials, token_port_credentials

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)
_SPARE_CALLS: Final = 64
"""Calls above the gate's limits that still get the gate's answer (with RetryInfo) before grpc itself sheds."""

_log = get_logger(__name__)


def _no_pressure() -> float | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcSurface:
    """What a service offers.

    `register`: adds the servicers (`add_ClaimServiceServicer_to_server(servicer, server)`). `names`: full names of the
    gRPC services, for health and reflection. `access`: a row for each of their methods; a method without one makes the
    start fail. `pressure`: asked before each call, seconds to wait where the service is too far behind to take more.
    `refused`: whether a caller's proof was withdrawn, asked at each call that is not public.
    """

    register: Callable[[grpc.aio.Server], None]
    names: Sequence[str]
    access: AccessTable
    pressure: Callable[[], float | None] = _no_pressure
    refused: Callable[[Principal], bool] = nobody_refused


class RpcServer:
    """A started server. `port` and `mtls_port` are the bound ones (they differ from the settings' when those are 0)."""

    def __init__(
        self,
        *,
        server: grpc.aio.Server,
        calls: CallInterceptor,
        standing: health.aio.HealthServicer,
        names: Sequence[str],
        ports: tuple[int, int],
    ) -> None:
        """Built by `start_server`."""
        self._server = server
        self._calls = calls
        self._health = standing
        self._names = ("", *names)
        self.port, self.mtls_port = ports

    async def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - the value of health itself
        """Answer SERVING or NOT_SERVING for the server and each of its services."""
        answer = health_pb2.HealthCheckResponse
        for name in self._names:
            await self._health.set(name, answer.SERVING if ready else answer.NOT_SERVING)

    async def drain(self, grace_s: float) -> None:
        """NOT_SERVING, no new calls, running calls get `grace_s` seconds, the rest is cancelled."""
        await self._health.enter_graceful_shutdown()
        self._calls.draining.set()
        await self._server.stop(grace_s)


async def start_server(settings: GrpcSettings, surface: RpcSurface, telemetry: Telemetry) -> RpcServer:
    """Bind both ports and serve; health is NOT_SERVING until `set_ready`.

    Raises:
        OSError: a port is taken. ValueError: a method has no row in the access table, or a row names no method.
    """
    _check_access(surface)
    calls = CallInterceptor(_gate(settings, surface, telemetry), telemetry)
    server = grpc.aio.server(
        interceptors=[calls],
        options=_OPTIONS,
        maximum_concurrent_rpcs=2 * settings.grpc_max_calls + _SPARE_CALLS,
    )
    standing = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(standing, server)
    surface.register(server)
    reflection.enable_server_reflection((*surface.names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    started = RpcServer(
        server=server, calls=calls, standing=standing, names=surface.names, ports=_bind(server, settings)
    )
    await started.set_ready(False)
    await server.start()
    telemetry.metrics.observe(Level.CALLS_IN_FLIGHT, lambda: [(calls.calls_under_way, {})])
    return started


def _gate(settings: GrpcSettings, surface: RpcSurface, telemetry: Telemetry) -> Gate:
    return Gate(
        access={**STANDARD_ACCESS, **surface.access},
        verifier=TokenVerifier.from_file(settings.token_public_key_file),
        max_calls=settings.grpc_max_calls,
        pressure=surface.pressure,
        metrics=telemetry.metrics,
        refused=surface.refused,
    )


def _bind(server: grpc.aio.Server, settings: GrpcSettings) -> tuple[int, int]:
    bound: list[int] = []
    for port, credentials in (
        (settings.grpc_port, token_port_credentials(settings)),
        (settings.grpc_mtls_port, mtls_port_credentials(settings)),
    ):
        try:
            bound.append(server.add_secure_port(f"{settings.grpc_host}:{port}", credentials))
        except RuntimeError as refused:
            _log.error("cannot listen; is the port in use?", host=settings.grpc_host, port=port)
            raise OSError(f"cannot listen on {settings.grpc_host}:{port}; is the port in use?") from refused
    return bound[0], bound[1]


def _check_access(surface: RpcSurface) -> None:
    pool = descriptor_pool.Default()
    offered = {f"/{name}/{method.name}" for name in surface.names for method in pool.FindServiceByName(name).methods}
    if offered != surface.access.keys():
        differing = ", ".join(sorted(offered ^ surface.access.keys()))
        raise ValueError(f"methods and access table differ: {differing}")
