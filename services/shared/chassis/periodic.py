"""Work that one process at a time does every so often: sweepers, control totals."""

from collections.abc import Awaitable, Callable

from services.shared.chassis.postgres import Database


class Periodic:
    """Runs `task` every `interval_s` in whichever process gets the advisory lock of `name`; the others skip that round.

    A TransientFault ends the round; any other exception is a bug and ends `run`.
    """

    def __init__(
        self, name: str, interval_s: float, task: Callable[[], Awaitable[None]], *, database: Database
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Rounds until `stop`; the first one starts after one interval."""
        raise NotImplementedError

    async def once(self) -> bool:
        """One round now; False when another process is at it or a transient fault ended it."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask `run` to return after the round in hand."""
        raise NotImplementedError
