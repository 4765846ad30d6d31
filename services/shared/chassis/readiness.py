"""Whether a process may be given work. Owns the look at the database, the outbox's age and the consumers' states.

A process is ready for the first time when its consumers have their partitions: what it takes in moves on at once. Later
Kafka is not asked: the outbox decouples, and its age tells when the broker has been away for too long.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from services.shared.chassis.consumer import ConsumerState
from services.shared.chassis.logs import get_logger
from services.shared.chassis.postgres import QUERIES, Database, TransientFault

LOOK_EVERY_S: Final = 1.0
LOOK_TIMEOUT_S: Final = 2.0
MAX_OUTBOX_AGE_S: Final = 30.0
"""An outbox older than this makes the service NOT_SERVING: it takes no work that it cannot pass on."""

AT_WORK: Final = frozenset({ConsumerState.RUNNING, ConsumerState.CLOSED})

_log = get_logger(__name__)


class HasState(Protocol):
    """The part of a consumer that readiness looks at."""

    @property
    def state(self) -> ConsumerState:
        """What the consumer is doing."""


class Readiness:
    """Looks once a second and tells every change. A component of the supervisor."""

    def __init__(
        self,
        *,
        database: Database,
        consumers: Sequence[HasState],
        is_ready: Callable[[], bool],
        tell: Callable[[bool], Awaitable[None]],
    ) -> None:
        """`tell` is given the new answer (the health service); `is_ready` adds the service's own condition."""
        self._database = database
        self._consumers = consumers
        self._is_ready = is_ready
        self._tell = tell
        self._stop = asyncio.Event()
        self._told: str | None = None

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stop.is_set():
            await self.look()
            try:
                await asyncio.wait_for(self._stop.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Ask `run` to return."""
        self._stop.set()

    async def look(self) -> str:
        """One look; the reason for not being ready, or the empty string."""
        reason = await self._reason()
        if reason != self._told:
            if reason:
                _log.warning("not ready", reason=reason)
            else:
                _log.info("ready")
            await self._tell(not reason)
            self._told = reason
        return reason

    async def _reason(self) -> str:
        if any(consumer.state not in AT_WORK for consumer in self._consumers):
            return "consumer"
        if not self._is_ready():
            return "service"
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                rows = await self._database.fetch(QUERIES["oldest_outbox_age"])
        except (TransientFault, TimeoutError):
            return "database"
        age_s: float | None = rows[0][0] if rows else None
        return "outbox_age" if age_s is not None and age_s > MAX_OUTBOX_AGE_S else ""
