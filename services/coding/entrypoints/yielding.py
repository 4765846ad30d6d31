"""Takes the backlog only where nothing else waits: requests of claims on their way always come first.

What is held while it waits stays unacknowledged, so a process that ends meanwhile loses nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from services.coding.entrypoints.agents import Batches
from services.shared.chassis.clock import Clock
from services.shared.chassis.messages import Event

LOOK_S: Final = 0.25
"""How often it looks whether its turn has come."""


class Yielding:
    """Batches that wait for their turn, at no more than `per_s` events a second."""

    def __init__(self, batches: Batches, *, may_go: Callable[[], bool], per_s: float, clock: Clock) -> None:
        """`may_go`: whether nothing that comes first is waiting or under way."""
        self._batches = batches
        self._may_go = may_go
        self._per_s = per_s
        self._clock = clock
        self._next_at_s = 0.0
        self._is_waiting = False

    @property
    def is_waiting(self) -> bool:
        """Whether it holds a batch whose turn has not come: standing still is then no stall."""
        return self._is_waiting

    async def take(self, events: Sequence[Event], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Wait, then take the batch."""
        self._is_waiting = True
        while (wait_s := self._wait_s()) > 0:
            await sleep(wait_s)
        self._is_waiting = False
        self._next_at_s = self._clock.monotonic_s() + len(events) / self._per_s
        await self._batches.take(events, sleep)

    def _wait_s(self) -> float:
        early_s = self._next_at_s - self._clock.monotonic_s()
        return min(LOOK_S, early_s) if early_s > 0 else (0.0 if self._may_go() else LOOK_S)
