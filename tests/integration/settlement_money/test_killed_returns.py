"""The process that takes in what became of payments is killed at every named point, at its first and at a later file.

Each payment is settled and given back once all the same, and ledger, payments and lines never disagree in between.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from infra.local.databases import ServiceDatabase
from infra.local.settings import REPOSITORY
from services.settlement.application.releasing import Released
from services.settlement.domain.payments.batches import Batch
from services.shared.chassis.postgres import Database
from tests.properties.settlement.money.bank_model import Line
from tests.properties.settlement.money.world import World, decided
from tests.support.payments import CHECKER
from tests.support.settlement import INSURER

PERIOD, DAY = "202604", date(2026, 6, 29)
HOSPITALS = {"1310000001": 900, "1310000002": 300}
OPENING_YEN = 500
POINTS = (
    *("bank.file-kept", "bank.lines-kept", "bank.matches-kept"),
    *("settlement.bank-import.before-commit", "settlement.bank-import.after-commit"),
)
EVENTS = "SELECT state FROM payment_event ORDER BY payment_id, number"
IN_THE_END = {
    f"payer:{INSURER}": 0,
    "hospital:1310000001": 900,
    "hospital:1310000002": 300,
    "fee:1": 143,
    "own:999999920000001": 500,
    "bank:999999920000001": -1_843,
}
"""Two receipts at 71.60 yen; the payer has paid, and both payments are owed again."""
Seen = tuple[Mapping[str, int], Mapping[str, tuple[int, int]], list[str]]


async def instructed(database: Database) -> World:
    """A month of two hospitals, stated; the payer's money is in the bank, and their payments are in a file."""
    world = World(database, DAY)
    await world.begin([PERIOD])
    for number, (hospital, yen) in enumerate(HOSPITALS.items()):
        await world.decide([decided(number, 1, hospital=hospital, month=PERIOD, shares={INSURER: yen})])
        await world.change_payee(hospital, str(number))
    await world.close(PERIOD, None)
    owed = (await world.statements())[PERIOD, f"payer:{INSURER}"]["payable_yen"]
    assert isinstance(owed, int)
    await world.take(world.statement(OPENING_YEN, [Line(DAY, owed, 1, payer=INSURER)]))
    batch = await world.propose(PERIOD)
    assert isinstance(batch, Batch)
    await world.approve(batch.batch_id, CHECKER)
    assert isinstance(await world.release(batch.batch_id), Released)
    return world


async def returned(world: World, folder: Path) -> list[str]:
    """Two statements that overlap: the batch shown and its first payment back, then the second one back as well."""
    [(batch,)] = await world.database.pool.fetch("SELECT batch_id FROM payment_batch")
    first, second = await world.payments_of(batch)
    lines = [
        Line(DAY, -sum(HOSPITALS.values()), 2),
        Line(DAY, first[3], 3, reference=first[1], says_return=True),
        Line(DAY, second[3], 4, reference=second[1], says_return=True),
    ]
    before = -(await world.balances())["bank:999999920000001"]
    contents = [world.statement(before, lines[:2]), world.statement(before + lines[0].yen, lines[1:])]
    files = [folder / f"{place}.txt" for place, _ in enumerate(contents)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return [str(file) for file in files]


async def imported(dsn: str, files: list[str], **armed: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.bank_importer", dsn, *files, cwd=REPOSITORY, env=os.environ | armed
    )
    return await process.wait()


async def seen(world: World) -> Seen:
    rows = await world.database.pool.fetch(EVENTS)
    return await world.balances(), await world.pendings(), [row["state"] for row in rows]


@pytest.fixture
async def world(database: Database) -> World:
    return await instructed(database)


@pytest.mark.parametrize("where", [(point, passage) for point in POINTS for passage in (1, 2)], ids=str)
async def test_payments_are_settled_and_given_back_once_whenever_the_import_is_killed(
    fresh: ServiceDatabase, world: World, tmp_path: Path, where: tuple[str, int]
) -> None:
    point, passage = where
    files, hit = await returned(world, tmp_path), tmp_path / "hit"
    armed = {"SEIKYU_CRASHPOINT": f"{point}:{passage}", "SEIKYU_CRASHPOINT_FILE": str(hit)}

    died = await imported(fresh.dsn, files, **armed)
    half = (await world.positions()).unproved
    again = await imported(fresh.dsn, files)
    balances, pendings, states = await seen(world)

    assert (died, hit.read_text(), again) == (-signal.SIGKILL, f"{point}\n", 0)
    assert half == (await world.positions()).unproved == []
    assert (balances, pendings) == (IN_THE_END, {})
    assert states == ["proposed", "instructed", "settled", "returned"] * len(HOSPITALS)
    assert await world.faults() == ()
