import asyncio

from infra.local.databases import ServiceDatabase
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.postgres import TransientFault


async def test_of_two_processes_one_runs_the_round_and_the_other_skips_it(fresh: ServiceDatabase) -> None:
    entered, released = asyncio.Event(), asyncio.Event()
    rounds: list[str] = []

    async def long_round() -> None:
        rounds.append("first")
        entered.set()
        await released.wait()

    async def other_round() -> None:
        rounds.append("second")

    first = Periodic("sweep", 60, long_round, dsn=fresh.dsn)
    second = Periodic("sweep", 60, other_round, dsn=fresh.dsn)
    running = asyncio.create_task(first.once())
    await entered.wait()

    assert not await second.once()
    released.set()
    assert await running
    assert await second.once()
    assert rounds == ["first", "second"]


async def test_a_transient_fault_ends_the_round_and_the_next_one_comes(fresh: ServiceDatabase) -> None:
    rounds: list[int] = []

    async def unlucky() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise TransientFault("ConnectionClosed")
        periodic.stop()

    periodic = Periodic("sweep", 0.01, unlucky, dsn=fresh.dsn)
    async with asyncio.timeout(10):
        await periodic.run()

    assert rounds == [0, 1]


async def test_a_stopped_periodic_returns_without_another_round(fresh: ServiceDatabase) -> None:
    async def never() -> None:
        raise AssertionError

    periodic = Periodic("sweep", 3_600, never, dsn=fresh.dsn)
    running = asyncio.create_task(periodic.run())
    periodic.stop()

    async with asyncio.timeout(10):
        await running
