"""The RPC surface of a service: two ports, standard health and reflection, the interceptor, the drain.

The TLS port takes a bearer token, the mTLS port a client certificate; both lead to the same handlers. Handlers are
`async def` for unary answers and async generators for streams; they raise `RpcRefusal` to refuse.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc.aio

from services.shared.chassis.access import AccessTable
from services.shared.chassis.settings import GrpcSettings
from services.shared.chassis.telemetry import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcSurface:
    """What a service offers.

    `register`: adds the servicers (`add_ClaimServiceServicer_to_server(servicer, server)`). `names`: full names of the
    gRPC services, for health and reflection. `access`: a row for each of their methods; a method without one makes the
    start fail. `pressure`: asked before each call, seconds to wait where the service is too far behind to take more.
    """

    register: Callable[[grpc.aio.Server], None]
    names: Sequence[str]
    access: AccessTable
    pressure: Callable[[], float | None] = lambda: None


class RpcServer:
    """A started server. `port` and `mtls_port` are the bound ones (they differ from the settings' when those are 0)."""

    port: int
    mtls_port: int

    async def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - the value of health itself
        """Answer SERVING or NOT_SERVING for the server and each of its services."""
        raise NotImplementedError

    async def drain(self, grace_s: float) -> None:
        """NOT_SERVING, no new calls, running calls get `grace_s` seconds, the rest is cancelled."""
        raise NotImplementedError


async def start_server(settings: GrpcSettings, surface: RpcSurface, telemetry: Telemetry) -> RpcServer:
    """Bind both ports and serve; health is NOT_SERVING until `set_ready`.

    Raises:
        OSError: a port is taken. ValueError: a method has no row in the access table, or a row names no method.
    """
    raise NotImplementedError
