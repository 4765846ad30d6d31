import asyncio

from services.shared.chassis.supervisor import Supervisor


class Work:
    """Runs until stopped; may be told to crash, to end by itself, or not to listen."""

    def __init__(self, *, is_deaf: bool = False) -> None:
        self.crash = asyncio.Event()
        self.end = asyncio.Event()
        self._is_deaf = is_deaf

    async def run(self) -> None:
        waits = {asyncio.ensure_future(event.wait()): event for event in (self.crash, self.end)}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self.crash.is_set():
            raise RuntimeError

    def stop(self) -> None:
        if not self._is_deaf:
            self.end.set()


async def test_a_component_that_raises_fails_the_process() -> None:
    supervisor, work = Supervisor(), Work()
    supervisor.start("consumer-0", work)

    work.crash.set()
    await asyncio.wait_for(supervisor.failed.wait(), 5)


async def test_a_component_that_ends_by_itself_fails_the_process() -> None:
    supervisor, work = Supervisor(), Work()
    supervisor.start("consumer-0", work)

    work.end.set()
    await asyncio.wait_for(supervisor.failed.wait(), 5)


async def test_a_component_that_ends_when_it_is_told_to_fails_nothing() -> None:
    supervisor = Supervisor()
    supervisor.start("relay", Work())
    supervisor.start("consumer-0", Work())

    in_time = [await supervisor.stop([name], within_s=5) for name in ("consumer-0", "relay")]

    assert in_time == [True, True]
    assert not supervisor.failed.is_set()


async def test_a_component_that_does_not_listen_is_cancelled_in_time() -> None:
    supervisor = Supervisor()
    supervisor.start("background-0", Work(is_deaf=True))

    in_time = await supervisor.stop(["background-0"], within_s=0.01)

    assert not in_time
    assert not supervisor.failed.is_set()
