"""The sealer is killed before and after every kind of block: chains are whole at once, and each row is sealed once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from infra.local.databases import ServiceDatabase
from infra.local.settings import REPOSITORY
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import Progress, replayed
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.books import CAUSE, LATER, incoming, payment
from tests.support.settlement import NOW, PROGRAMME, decision, part, post

ROWS = 3
"""Of a block, and of a stream in one; and numbers of a block of records: every chain gets more than one."""
PASSAGES = (1, 3, 6, 7, 8, 9, 10, 11, 12)
"""Six blocks of transfers and none left; then records', then events'."""
POINTS = [f"settlement.seal.{when}-commit:{nth}" for when in ("before", "after") for nth in PASSAGES]
SEALED = "SELECT chain, number, first_number, last_number, row_count FROM sealed_block ORDER BY chain, number"
WRITTEN = """
SELECT (SELECT count(*) FROM transfer) + (SELECT count(*) FROM pending_transfer)
    + (SELECT count(*) FROM pending_resolution) AS transfers,
    (SELECT count(*) FROM announced_event) AS events, (SELECT count(*) FROM written_record) AS records
"""


async def lived(database: Database) -> None:
    """Claims of two payers, one of them corrected; payments held, posted, released and open."""
    await post(database, [decision(number, part(yen=100 * number), part(PROGRAMME, yen=7)) for number in (1, 2, 3)])
    await post(database, [decision(1, part(yen=50), nth=2)])
    async with database.transaction(label="test") as tx:
        books = PostgresBooks(tx)
        await books.post([incoming(1_000)], NOW)
        await books.hold([payment(60), payment(40, "two"), payment(5, "open")], NOW)
        await books.complete([payment(60).transfer_id], cause_event_id=CAUSE, at=LATER)
        await books.release([payment(40, "two").transfer_id], cause_event_id=CAUSE, at=LATER)


async def sealed(dsn: str, **armed: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.sealing_process", dsn, str(ROWS)),
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": ".:protos/gen"} | armed,
    )
    return await process.wait()


async def verified(database: Database) -> Progress:
    return [progress async for progress in replayed(database)][-1]


async def every_row_is_sealed_once(database: Database) -> None:
    reached, rows = dict[str, tuple[int, int]](), Counter[str]()
    for block in await database.pool.fetch(SEALED):
        number, last = reached.get(block["chain"], (0, 0))
        assert (block["number"], block["first_number"]) == (number + 1, last + 1)
        reached[block["chain"]] = block["number"], block["last_number"]
        rows[block["chain"]] += block["row_count"]
    [written] = await database.pool.fetch(WRITTEN)
    assert rows == dict(written)
    assert min(number for number, _ in reached.values()) > 1


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_sealer_leaves_whole_chains_and_the_next_one_goes_on(
    fresh: ServiceDatabase, database: Database, tmp_path: Path, *, point: str
) -> None:
    await lived(database)
    hit = tmp_path / "hit"

    died = await sealed(fresh.dsn, SEIKYU_CRASHPOINT=point, SEIKYU_CRASHPOINT_FILE=str(hit))
    half = await verified(database)
    await post(database, [decision(9, part(yen=900))])
    again = await sealed(fresh.dsn)

    whole = await verified(database)
    assert (died, hit.read_text(), again) == (-signal.SIGKILL, f"{point.partition(':')[0]}\n", 0)
    assert (half.faults, whole.faults, whole.unsealed_rows) == ((), (), 0)
    assert whole.blocks_checked > half.blocks_checked
    await every_row_is_sealed_once(database)


@pytest.mark.parametrize("point", POINTS[:2])
async def test_a_sealer_that_is_killed_beside_another_holds_nobody_up(
    fresh: ServiceDatabase, database: Database, *, point: str
) -> None:
    await lived(database)

    died, beside = await asyncio.gather(sealed(fresh.dsn, SEIKYU_CRASHPOINT=point), sealed(fresh.dsn))

    whole = await verified(database)
    assert (died, beside) == (-signal.SIGKILL, 0)
    assert (whole.faults, whole.unsealed_rows) == ((), 0)
    await every_row_is_sealed_once(database)
