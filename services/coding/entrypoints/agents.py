"""A Faust application of coding: one agent on one topic, run inside the service's process.

Faust acknowledges what a batch held even when its agent fails or is cancelled. Therefore each event gets a second
reference before the work, given back only after the commit: an offset never passes an event without an effect. A batch
that cannot be applied keeps its references, nothing further is taken, and the process fails.

One application per topic: Faust hands out what it fetched in one row, so an agent that waits would stop all others of
its application.
"""

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import faust
from faust.contrib.asgi import faust_app_running

from services.coding.adapters.events import REQUESTED_TOPIC
from services.shared.chassis.faust_guard import FaustGuard
from services.shared.chassis.kafka import KafkaAccess
from services.shared.chassis.messages import Event

APP_ID: Final = "coding.requests"
"""The consumer group as well; groups of coding begin with `coding.`."""
STOP_TIMEOUT_S: Final = 4.0
"""Less than the drain gives a component."""
METADATA_AGE_MS: Final = 5_000
"""How soon a member sees that its topic is gone or was made anew. At the driver's five minutes the guard is faster."""
CRASH_LOOK_S: Final = 1.0
FOLDER_PREFIX: Final = "seikyu-coding-"
"""Of the temporary folder that the application gets for the time that it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What an agent takes: from which topic, as which consumer group, and how much at once."""

    group: str
    topic: str
    batch_events: int = 200
    within_s: float = 0.05
    """How long a batch gathers. Faust looks so often, also where nothing comes, at some 0.3 ms of processor time."""


REQUESTS: Final = Intake(group=APP_ID, topic=REQUESTED_TOPIC)


class Batches(Protocol):
    """What an agent does with what it takes."""

    async def take(self, events: Sequence[Event], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Returns once the effect of the whole batch is committed. Waits by `sleep`, which a stop ends for good."""
        ...


class FaustCrashed(Exception):
    """Faust stopped its own services."""


class CodingAgents:
    """A component of the supervisor: runs a Faust application until it is stopped, stalls, or fails."""

    def __init__(
        self, *, access: KafkaAccess, batches: Batches, guard: FaustGuard, instance_id: str, intake: Intake = REQUESTS
    ) -> None:
        """`instance_id`: static membership, so that a restarted process takes its partitions back at once."""
        self._intake = intake
        self._access = access
        self._batches = batches
        self._guard = guard
        self._instance_id = instance_id
        self._stop = asyncio.Event()
        self._fault: asyncio.Future[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._has_partitions = False

    @property
    def has_partitions(self) -> bool:
        """Whether the group has given this process its part: from then on requests are coded as they come."""
        return self._has_partitions

    @property
    def is_idle(self) -> bool:
        """Whether no batch is under way."""
        return self._idle.is_set()

    async def run(self) -> None:
        """Until `stop`. Raises what stopped the work: OffsetsStalled, FaustCrashed, or the batch's own fault."""
        self._fault = asyncio.get_running_loop().create_future()
        with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
            await self._run(faust_app(self._intake, self._access, self._instance_id, folder=Path(folder)))

    async def _run(self, app: faust.App) -> None:
        intake = self._intake

        @app.agent(app.topic(intake.topic, key_serializer="raw", value_serializer="raw"), name=intake.group)
        async def requests(stream: Any) -> None:  # noqa: ANN401 - Faust's stream type names no usable generic
            async for batch in stream.take_events(intake.batch_events, within=intake.within_s):
                await self._take(batch)

        @app.on_rebalance_complete.connect
        async def assigned(*_: object, **_named: object) -> None:
            self._has_partitions = True

        async with faust_app_running(app, stop_timeout=STOP_TIMEOUT_S):
            await self._until_over(app)

    def stop(self) -> None:
        """Finish the batch under way and return."""
        self._stop.set()

    async def _until_over(self, app: faust.App) -> None:
        fault = self._fault
        if fault is None:
            raise RuntimeError("not running")
        waits: set[asyncio.Future[Any]] = {
            fault,
            asyncio.create_task(self._stopped()),
            asyncio.create_task(self._guard.watch()),
            asyncio.create_task(_crash_of(app)),
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            for wait in waits:
                wait.cancel()

    async def _stopped(self) -> None:
        await self._stop.wait()
        await self._idle.wait()

    async def _take(self, batch: Sequence[faust.EventT[Any]]) -> None:
        """Hold the batch, apply it, let go of it."""
        for held in batch:
            held.message.incref()
        if self._stop.is_set():
            await asyncio.Event().wait()  # until Faust cancels the agent; what is held comes again
        self._idle.clear()
        try:
            await self._batches.take([_event(held) for held in batch], self._sleep)
        except Exception as fault:  # noqa: BLE001 - to raise here would acknowledge the batch; `run` raises it instead
            self._fail(fault)
            self._idle.set()
            await asyncio.Event().wait()
        for held in batch:
            held.ack()
        self._idle.set()

    async def _sleep(self, duration_s: float) -> None:
        """A pause between attempts, ended early by `stop`; the batch is then left for the next process."""
        try:
            await asyncio.wait_for(self._stop.wait(), duration_s)
        except TimeoutError:
            return
        self._idle.set()
        await asyncio.Event().wait()

    def _fail(self, fault: Exception) -> None:
        if self._fault is not None and not self._fault.done():
            self._fault.set_exception(fault)


def faust_app(intake: Intake, access: KafkaAccess, instance_id: str, *, folder: Path) -> faust.App:
    """The application with the settings that keep at-least-once true: no leader topic, nothing declared, no tables.

    `folder`: Faust makes its tables' folder in it, although there are no tables.
    """
    return faust.App(
        intake.group,
        broker=[f"kafka://{address}" for address in access.bootstrap.split(",")],
        broker_credentials=_credentials(access),
        broker_client_id=access.client_id,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=folder,
        processing_guarantee="at_least_once",
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_max_poll_records=intake.batch_events,
        stream_buffer_maxsize=256,
        stream_wait_empty=False,
        broker_session_timeout=45,
        broker_heartbeat_interval=5,
        broker_rebalance_timeout=60,
        broker_max_poll_interval=1000,
        broker_commit_interval=1.0,
        broker_commit_every=500,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_AGE_MS,
        consumer_group_instance_id=instance_id,
        producer_acks=-1,
        producer_linger=0.005,
        web_enabled=False,
        worker_redirect_stdouts=False,
        reply_create_topic=False,
        autodiscover=False,
    )


def _credentials(access: KafkaAccess) -> faust.SASLCredentials | None:
    if not access.username:
        return None
    context = ssl.create_default_context(cafile=str(access.ca_file)) if access.ca_file is not None else None
    return faust.SASLCredentials(
        username=access.username, password=access.password, mechanism="SCRAM-SHA-512", ssl_context=context
    )


def _event(held: faust.EventT[Any]) -> Event:
    """Faust's event as ours."""
    message = held.message
    headers: Any = message.headers or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    key = message.key
    return Event(
        message.topic,
        message.partition,
        message.offset,
        key.decode("utf-8", "replace") if isinstance(key, bytes) else "",
        message.value or b"",
        tuple((str(name), value) for name, value in pairs),
    )


async def _crash_of(app: faust.App) -> None:
    while not (app.crashed or app.should_stop):  # noqa: ASYNC110 - Faust tells its end by these flags alone
        await asyncio.sleep(CRASH_LOOK_S)
    raise FaustCrashed(type(app.crash_reason).__name__)
