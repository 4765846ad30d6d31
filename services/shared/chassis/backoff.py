"""Waiting between attempts: doubling, with jitter, each wait and the whole of them bounded."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.shared.chassis.clock import Clock


class RetriesExhausted(Exception):
    """The failures have lasted longer than this process may wait; its supervisor must see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffBounds:
    """First wait, longest wait, and how long a row of failures may last in all, seconds."""

    first_s: float
    cap_s: float
    total_s: float


class Backoff:
    """One row of failures. `reset` after a success."""

    def __init__(self, bounds: BackoffBounds, clock: Clock, jitter: Callable[[], float]) -> None:
        """`jitter` returns a number in [0, 1)."""
        self._bounds = bounds
        self._clock = clock
        self._jitter = jitter
        self._attempts = 0
        self._since_s = 0.0

    async def wait(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Wait a random time up to the present bound. Raises RetriesExhausted."""
        now_s = self._clock.monotonic_s()
        if self._attempts == 0:
            self._since_s = now_s
        if now_s - self._since_s > self._bounds.total_s:
            raise RetriesExhausted
        bound_s = min(self._bounds.cap_s, self._bounds.first_s * 2.0 ** min(self._attempts, 30))
        self._attempts += 1
        await sleep(bound_s * (0.5 + self._jitter() / 2))

    def reset(self) -> None:
        """The row of failures is over."""
        self._attempts = 0
