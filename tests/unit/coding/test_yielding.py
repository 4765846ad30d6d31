from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.coding.entrypoints.yielding import LOOK_S, Yielding
from services.shared.chassis.messages import Event

EVENTS = [Event("coding.backlog", 0, offset, "", b"", ()) for offset in range(10)]


@dataclass(slots=True)
class Work:
    """Another's requests are under way for as long as `busy_s`; time passes in sleeps only."""

    busy_s: float = 0.0
    now_s: float = 100.0
    taken_at_s: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s

    async def take(self, events: Sequence[Event], sleep: Callable[[float], Awaitable[None]]) -> None:
        self.taken_at_s.append(self.now_s)

    def yielding(self) -> Yielding:
        return Yielding(self, may_go=lambda: self.now_s >= 100.0 + self.busy_s, per_s=5.0, clock=self)


async def test_what_comes_first_is_waited_for() -> None:
    work = Work(busy_s=3.0)
    await work.yielding().take(EVENTS, work.sleep)

    assert 103.0 <= work.taken_at_s[0] <= 103.0 + LOOK_S


async def test_where_nothing_waits_it_goes_at_once() -> None:
    work = Work()
    await work.yielding().take(EVENTS, work.sleep)

    assert work.taken_at_s == [100.0]


async def test_the_rate_is_bounded() -> None:
    work = Work()
    yielding = work.yielding()
    for _ in range(5):
        await yielding.take(EVENTS, work.sleep)

    assert work.taken_at_s == [100.0, 102.0, 104.0, 106.0, 108.0]


async def test_time_without_work_is_not_saved_up() -> None:
    work = Work()
    yielding = work.yielding()
    await yielding.take(EVENTS, work.sleep)
    work.now_s += 1_000.0
    for _ in range(3):
        await yielding.take(EVENTS, work.sleep)

    assert work.taken_at_s[1:] == [1_100.0, 1_102.0, 1_104.0]


async def test_waiting_is_told_so_that_it_is_no_stall() -> None:
    work = Work(busy_s=1.0)
    yielding = work.yielding()
    seen: list[bool] = []

    async def sleep(duration_s: float) -> None:
        seen.append(yielding.is_waiting)
        await work.sleep(duration_s)

    await yielding.take(EVENTS, sleep)
    assert set(seen) == {True}
    assert not yielding.is_waiting
