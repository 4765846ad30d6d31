"""A service as a process: opens everything in order, watches it, drains it in at most 20 s.

    async def assemble(chassis: Chassis) -> Components: ...      # services/<name>/bootstrap.py

    def main() -> None:                                           # services/<name>/entrypoints/main.py
        run_service(Service(name="claims", settings=ClaimsSettings, assemble=assemble))

Order of the drain on SIGTERM or SIGINT: NOT_SERVING, RPC server, consumers and periodics, relay, telemetry, pool.
Exit codes: 0 drained; 1 a component crashed or a consumer stopped itself; 78 bad settings.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NoReturn, Protocol, TypeVar

from services.shared.chassis.clock import Clock
from services.shared.chassis.consumer import ConsumerObserver, ConsumerState
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.kafka import KafkaAccess
from services.shared.chassis.outbox import OutboxRelay
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.postgres import Database
from services.shared.chassis.settings import ServiceSettings
from services.shared.chassis.telemetry import Telemetry

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)

EXIT_FAILED = 1
DRAIN_S = 20.0
MAX_OUTBOX_AGE_S = 30.0
"""An outbox older than this makes the service NOT_SERVING: it takes no work that it cannot pass on."""


class Background(Protocol):
    """Work of a process's own that runs until it is stopped (a cursor relay, a Faust application)."""

    async def run(self) -> None:
        """Until `stop`; to return earlier or to raise is a failure of the process."""

    def stop(self) -> None:
        """Ask `run` to return soon."""


class Consumer(Background, Protocol):
    """A BatchConsumer of any body."""

    @property
    def state(self) -> ConsumerState:
        """STOPPED ends the process with a failure; RETRYING makes it NOT_SERVING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chassis(Generic[SettingsT]):
    """What exists before a service builds its own objects."""

    settings: SettingsT
    telemetry: Telemetry
    database: Database
    relay: OutboxRelay
    kafka: KafkaAccess
    clock: Clock

    def observer(self, group: str) -> ConsumerObserver:
        """What a consumer of that group reports to: spans, metrics and log lines. Give it to BatchConsumer."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What a service adds: its RPC surface, consumers, periodics, other background work, and what to close at the end.

    `is_ready` adds a condition to readiness (masters loaded, agents moving).
    """

    rpc: RpcSurface | None = None
    consumers: Sequence[Consumer] = ()
    periodics: Sequence[Periodic] = ()
    background: Sequence[Background] = ()
    is_ready: Callable[[], bool] = lambda: True
    close: Sequence[Callable[[], Awaitable[None]]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[SettingsT]):
    """A service's name, its settings' class and the function that builds it."""

    name: str
    settings: type[SettingsT]
    assemble: Callable[[Chassis[SettingsT]], Awaitable[Components]]


def run_service(service: Service[SettingsT]) -> NoReturn:
    """Run the process to its end: settings, logs, event loop (uvloop), `serve`; exits with the code."""
    raise NotImplementedError


async def serve(service: Service[SettingsT], settings: SettingsT) -> int:
    """Open, run until a signal or a failure, drain; returns the exit code."""
    raise NotImplementedError
