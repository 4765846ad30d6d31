"""Work that one process at a time does every so often: sweepers, control totals."""

import asyncio
from collections.abc import Awaitable, Callable

from services.shared.chassis.advisory import close_session, open_session, try_lock
from services.shared.chassis.postgres import TransientFault


class Periodic:
    """Runs `task` every `interval_s` in whichever process gets the advisory lock of `name`; the others skip that round.

    The lock lives on a connection of its own, opened for the round. A TransientFault ends the round; any other
    exception is a bug and ends `run`.
    """

    def __init__(self, name: str, interval_s: float, task: Callable[[], Awaitable[None]], *, dsn: str) -> None:
        """`dsn` is the service role's."""
        self.name = name
        self.interval_s = interval_s
        self._task = task
        self._dsn = dsn
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Rounds until `stop`; the first one starts after one interval."""
        while not await self._stopped_within(self.interval_s):
            await self.once()

    async def once(self) -> bool:
        """One round now; False when another process is at it or a transient fault ended it."""
        try:
            connection = await open_session(self._dsn, application_name=f"periodic-{self.name}")
        except TransientFault:
            return False
        try:
            if not await try_lock(connection, f"periodic.{self.name}"):
                return False
            await self._task()
        except TransientFault:
            return False
        finally:
            await close_session(connection)
        return True

    def stop(self) -> None:
        """Ask `run` to return after the round in hand."""
        self._stop.set()

    async def _stopped_within(self, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True
