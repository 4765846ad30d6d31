import pytest

from services.shared.chassis.backoff import Backoff, BackoffBounds, RetriesExhausted
from tests.support.chassis_fakes import SetClock

BOUNDS = BackoffBounds(first_s=0.1, cap_s=1.0, total_s=60.0)


class Sleeps:
    """A sleep that passes at once and moves the clock."""

    def __init__(self, clock: SetClock) -> None:
        self.waited_s: list[float] = []
        self._clock = clock

    async def __call__(self, wait_s: float) -> None:
        self.waited_s.append(round(wait_s, 3))
        self._clock.advance(wait_s)


async def test_waits_double_up_to_their_cap_and_start_again_after_a_success() -> None:
    clock = SetClock()
    sleeps = Sleeps(clock)
    backoff = Backoff(BOUNDS, clock, lambda: 1.0)
    for _ in range(6):
        await backoff.wait(sleeps)
    backoff.reset()
    await backoff.wait(sleeps)

    assert sleeps.waited_s == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 0.1]


async def test_jitter_takes_away_up_to_half_of_a_wait() -> None:
    clock = SetClock()
    sleeps = Sleeps(clock)
    await Backoff(BOUNDS, clock, lambda: 0.0).wait(sleeps)

    assert sleeps.waited_s == [0.05]


async def test_failures_that_last_too_long_end_the_waiting() -> None:
    clock = SetClock()
    sleeps = Sleeps(clock)
    backoff = Backoff(BOUNDS, clock, lambda: 1.0)

    with pytest.raises(RetriesExhausted):  # noqa: PT012 - it is the repetition that ends
        for _ in range(1_000):
            await backoff.wait(sleeps)

    assert 60.0 <= sum(sleeps.waited_s) <= 61.1
