"""Claims posted, months closed, files released and imported by several at once: nobody fails, every yen is right."""

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any

from services.settlement.application.releasing import Released
from services.settlement.domain.payments.batches import Batch
from services.shared.chassis.postgres import Database
from tests.properties.settlement.money.bank_model import Line
from tests.properties.settlement.money.world import World, decided
from tests.support.payments import CHECKER
from tests.support.settlement import INSURER, PROGRAMME

MONTHS = ("202604", "202605", "202606")
DAY = date(2026, 7, 20)
HOSPITALS = ("1310000001", "1310000002", "1310000003")
OPENING_YEN = 100_000
CLAIMS = 24
POSTERS = 3


async def paid_for(world: World, month: str) -> str:
    """A closed month, with a batch that another person approved."""
    await world.close(month, None)
    batch = await world.propose(month)
    assert isinstance(batch, Batch), batch
    await world.approve(batch.batch_id, CHECKER)
    return batch.batch_id


async def claims(world: World, poster: int, month: str) -> None:
    """Claims and a correction of each, some at a time, as a consumer posts its partition."""
    for number in range(poster, CLAIMS, POSTERS):
        hospital = HOSPITALS[number % len(HOSPITALS)]
        for nth, yen in ((1, 100 + number), (2, 90 + number)):
            shares = {INSURER: yen, PROGRAMME: 7}
            await world.decide([decided(100 + number, nth, hospital=hospital, month=month, shares=shares)])


async def test_whatever_runs_beside_each_other_ends_and_adds_up(database: Database) -> None:
    world = World(database, DAY)
    await world.begin(MONTHS)
    for number, hospital in enumerate(HOSPITALS):
        await world.change_payee(hospital, str(number + 1))
        shares = {INSURER: 1_000 + number, PROGRAMME: 50}
        await world.decide([decided(number, 1, hospital=hospital, month=MONTHS[0], shares=shares)])
    await world.take(world.statement(OPENING_YEN, [Line(DAY, 5, 1, name="ﾌﾒｲ")]))
    batch = await paid_for(world, MONTHS[0])
    asked = {payer: (await world.statements())[MONTHS[0], f"payer:{payer}"] for payer in (INSURER, PROGRAMME)}
    yen = [int(str(each["payable_yen"])) for each in asked.values()]
    came = [Line(DAY, each, 2 + place, payer=payer) for place, (payer, each) in enumerate(zip(asked, yen, strict=True))]
    file = world.statement(OPENING_YEN + 5, [*came, Line(DAY, -40, 9, name="ﾃｽｳﾘﾖｳ")])

    work: list[Coroutine[Any, Any, object]] = [
        *(claims(world, poster, MONTHS[1]) for poster in range(POSTERS)),
        *(world.close(MONTHS[1], None) for _ in range(2)),
        *(world.take(file) for _ in range(2)),
        *(world.release(batch) for _ in range(2)),
        world.try_rules(),
    ]
    done = await asyncio.wait_for(asyncio.gather(*work), 60)
    await world.close(MONTHS[2], None)
    second = await paid_for(world, MONTHS[1])

    balances, stated = await world.balances(), await world.statements()
    assert [isinstance(each, Released) for each in done[-3:-1]] == [True, True]
    assert sorted(each is None for each in done[-5:-3]) == [False, True]
    assert sum(balances.values()) == 0
    assert balances[f"payer:{PROGRAMME}"] == balances_of(stated, f"payer:{PROGRAMME}") + yen[1]
    assert sum(balances[f"hospital:{each}"] for each in HOSPITALS) == 3_153 + sum(97 + each for each in range(CLAIMS))
    assert (await world.positions()).unproved == []
    assert second != batch
    sequences, _ = await world.streams()
    assert all(each == list(range(1, len(each) + 1)) for each in sequences.values())
    assert await world.faults() == ()


def balances_of(stated: object, account: str) -> int:
    """What the account's statements come to in the end."""
    assert isinstance(stated, dict)
    return int(stated[max(key for key in stated if key[1] == account)]["closing_yen"])
