"""A service as a process: opens everything in order, watches it, drains it in at most 20 s.

    async def assemble(chassis: Chassis[ClaimsSettings]) -> Components: ...   # services/<name>/bootstrap.py

    def main() -> None:                                                       # services/<name>/entrypoints/main.py
        run_service(Service(name="claims", settings=ClaimsSettings, assemble=assemble))

Exit codes: 0 drained; 1 a component crashed or a consumer stopped itself; 70 the drain did not end by itself and the
components that its log names were abandoned (what they had in hand comes again, as after kill -9); 78 bad settings.
"""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, Protocol, TypeVar

import uvloop

from services.shared.chassis.clock import Clock, SystemClock
from services.shared.chassis.consumer import ConsumerObserver, ConsumerState
from services.shared.chassis.exporters import UnknownExporter
from services.shared.chassis.grpc_server import RpcServer, RpcSurface, start_server
from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.lag import LagWatch
from services.shared.chassis.last_resort import EXIT_ABANDONED, LastResort, end_abandoned
from services.shared.chassis.logs import configure_logging, get_logger
from services.shared.chassis.observers import ConsumerWatch, RelayWatch
from services.shared.chassis.operations import with_operations
from services.shared.chassis.outbox import OutboxRelay, RelayObserver
from services.shared.chassis.postgres import Database, open_pool
from services.shared.chassis.readiness import Readiness
from services.shared.chassis.settings import EXIT_BAD_SETTINGS, ServiceSettings, load_settings
from services.shared.chassis.supervisor import Background, Supervisor
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.watched_database import WatchedDatabase

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)

EXIT_DRAINED: Final = 0
EXIT_FAILED: Final = 1
RPC_GRACE_S: Final = 5.0
COMPONENTS_DRAIN_S: Final = 5.0
RELAY_DRAIN_S: Final = 3.0
CLOSE_DRAIN_S: Final = 1.0
TELEMETRY_DRAIN_S: Final = 3.0
POOL_DRAIN_S: Final = 1.0
"""The steps of the drain one after the other, with a second each for cancelled components and relay: under 20 s."""
DRAIN_LIMIT_S: Final = 20.0
"""Whatever still runs then is abandoned with the process."""

COLLECTION_THRESHOLDS: Final = (50_000, 20, 20)
"""Objects of the youngest generation before a collection, then collections before one of the next generation.

A batch makes tens of thousands of objects that die without the collector; at Python's 700 it looked at them over and
over: 3.7 % of all samples in a profile of the bench.
"""
MAX_BACKLOG_ROWS: Final = 40_000
"""Undelivered outbox rows above which new calls are told to come again (below the relay's own bound)."""
PRESSURE_WAIT_S: Final = 2.0
RELAY: Final = "relay"

_log = get_logger(__name__)


class Consumer(Background, Protocol):
    """A BatchConsumer of any body."""

    @property
    def state(self) -> ConsumerState:
        """STOPPED ends the process with a failure; STARTING and RETRYING make it NOT_SERVING."""

    @property
    def group(self) -> str:
        """The consumer group."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it consumes."""


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
        return ConsumerWatch(self.telemetry, group)

    def pressure(self) -> float | None:
        """For RpcSurface: seconds to wait while the relay is too far behind to take more."""
        return PRESSURE_WAIT_S if self.relay.backlog_rows > MAX_BACKLOG_ROWS else None

    def relay_observer(self, name: str) -> RelayObserver:
        """The same for a relay of the service's own (CursorRelay)."""
        return RelayWatch(self.telemetry, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What a service adds: its RPC surface, consumers, periodics, other background work, and what to close at the end.

    `is_ready` adds a condition to readiness (masters loaded, agents moving).
    """

    rpc: RpcSurface | None = None
    consumers: Sequence[Consumer] = ()
    periodics: Sequence[Background] = ()
    background: Sequence[Background] = ()
    is_ready: Callable[[], bool] = lambda: True
    close: Sequence[Callable[[], Awaitable[None]]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[SettingsT]):
    """A service's name, its settings' class and the function that builds it."""

    name: str
    settings: type[SettingsT]
    assemble: Callable[[Chassis[SettingsT]], Awaitable[Components]]


def run_service(service: Service[SettingsT]) -> NoReturn:
    """Run the process to its end: settings, logs, event loop (uvloop), `serve`; exits with the code.

    The last resort stays armed beyond `serve`: the loop's own end and the interpreter's may wait for threads.
    """
    settings = load_settings(service.settings)
    configure_logging(service.name, level=settings.log_level)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            last_resort = LastResort(limit_s=DRAIN_LIMIT_S, end=end_abandoned)
            code = runner.run(serve(service, settings, stop=None, last_resort=last_resort))
            if code == EXIT_ABANDONED:
                end_abandoned()
    except UnknownExporter as unknown:
        sys.stderr.write(f"setting {unknown}\n")
        code = EXIT_BAD_SETTINGS
    except Exception:  # noqa: BLE001 - the outermost frame: type and frames are logged, the message may hold a secret
        _log.exception("service could not start", source=service.name)
        code = EXIT_FAILED
    raise SystemExit(code)


async def serve(
    service: Service[SettingsT],
    settings: SettingsT,
    *,
    stop: asyncio.Event | None,
    last_resort: LastResort | None = None,
) -> int:
    """Open, run until `stop` (SIGTERM and SIGINT where none is given) or a failure, drain; returns the exit code.

    `last_resort` is armed when the drain begins, and left so.
    """
    stopping = stop if stop is not None else _stop_on_signals()
    async with contextlib.AsyncExitStack() as opened:
        process = await _open(service, settings, opened)
        await process.until(stopping)
        if last_resort is not None:
            last_resort.arm(lambda: process.supervisor.unfinished)
        await process.drain()
    _log.info("service ended", source=service.name, exit_code=process.exit_code)
    return process.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """Everything that runs. The exit stack closes what does not run: telemetry, publisher, pool."""

    supervisor: Supervisor
    rpc: RpcServer | None

    @property
    def exit_code(self) -> int:
        if self.supervisor.abandoned:
            return EXIT_ABANDONED
        return EXIT_FAILED if self.supervisor.failed.is_set() else EXIT_DRAINED

    async def until(self, stopping: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stopping, self.supervisor.failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def drain(self) -> None:
        _log.info("draining")
        if self.rpc is not None:
            await self.rpc.drain(RPC_GRACE_S)
        others = [name for name in self.supervisor.names if name != RELAY]
        await self.supervisor.stop(others, within_s=COMPONENTS_DRAIN_S)
        await self.supervisor.stop([RELAY], within_s=RELAY_DRAIN_S)


async def _open(service: Service[SettingsT], settings: SettingsT, opened: contextlib.AsyncExitStack) -> _Process:
    chassis = await _chassis(service.name, settings, opened)
    components = await service.assemble(chassis)
    for close in components.close:
        opened.push_async_callback(_bounded, close, CLOSE_DRAIN_S, "components")
    rpc = await _served(chassis, components.rpc) if components.rpc is not None else None
    gc.collect()
    gc.freeze()  # masters and compiled rules stay for good; no collection needs to look at them again
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    supervisor = Supervisor()
    supervisor.start(RELAY, chassis.relay)
    for kind, members in (
        ("consumer", components.consumers),
        ("periodic", components.periodics),
        ("background", components.background),
    ):
        for number, member in enumerate(members):
            supervisor.start(f"{kind}-{number}", member)
    if components.consumers:
        supervisor.start("lag", _lag_watch(chassis, components.consumers))
    supervisor.start("readiness", _readiness(chassis, components, rpc))
    _log.info(
        "service started",
        source=service.name,
        port=rpc.port if rpc is not None else None,
        count=len(supervisor.names),
    )
    return _Process(supervisor=supervisor, rpc=rpc)


async def _served(chassis: Chassis[SettingsT], surface: RpcSurface) -> RpcServer:
    return await start_server(chassis.settings, with_operations(surface, chassis.database), chassis.telemetry)


async def _chassis(name: str, settings: SettingsT, opened: contextlib.AsyncExitStack) -> Chassis[SettingsT]:
    dsn = settings.postgres_dsn.get_secret_value()
    pool = await open_pool(dsn, application_name=name, max_size=settings.postgres_pool_size)
    opened.push_async_callback(_bounded, pool.close, POOL_DRAIN_S, "pool")
    telemetry = Telemetry.configure(name, share=settings.trace_share)
    opened.push_async_callback(_bounded, lambda: asyncio.to_thread(telemetry.shutdown), TELEMETRY_DRAIN_S, "telemetry")
    kafka = KafkaAccess(
        bootstrap=settings.kafka_bootstrap,
        client_id=name,
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ca_file=settings.kafka_ca_file,
    )
    publisher = Publisher(kafka)
    opened.push_async_callback(_bounded, publisher.close, CLOSE_DRAIN_S, "publisher")
    clock = SystemClock()
    relay = OutboxRelay(dsn, publisher, clock=clock, observer=RelayWatch(telemetry, "outbox"))
    return Chassis(
        settings=settings,
        telemetry=telemetry,
        database=WatchedDatabase(pool, hand_over=relay, telemetry=telemetry, name=name),
        relay=relay,
        kafka=kafka,
        clock=clock,
    )


def _readiness(chassis: Chassis[SettingsT], components: Components, rpc: RpcServer | None) -> Readiness:
    async def tell(ready: bool) -> None:  # noqa: FBT001 - the value of health itself
        if rpc is not None:
            await rpc.set_ready(ready)

    return Readiness(
        database=chassis.database,
        consumers=components.consumers,
        is_ready=components.is_ready,
        tell=tell,
    )


def _lag_watch(chassis: Chassis[SettingsT], consumers: Sequence[Consumer]) -> LagWatch:
    return LagWatch(
        access=chassis.kafka,
        database=chassis.database,
        metrics=chassis.telemetry.metrics,
        consumers=consumers,
    )


def _stop_on_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def _bounded(close: Callable[[], Awaitable[None]], within_s: float, component: str) -> None:
    try:
        await asyncio.wait_for(close(), within_s)
    except TimeoutError:
        _log.warning("component did not close in time", component=component, waited_s=within_s)
