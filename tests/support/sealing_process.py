"""Seals in a process of its own, which a test may kill: `sealing_process <dsn> <rows of a block>`; three looks."""

import asyncio
import sys

from services.settlement.adapters.ledger import sealer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.postgres import Database, open_pool

ROUNDS = 3
"""The first notes what is written, the second seals it; the third finds nothing."""


async def main(dsn: str, rows: str) -> None:
    pool = await open_pool(dsn, application_name="sealing-test", min_size=1, max_size=1)
    for name in ("BLOCK_ROWS", "NUMBERS_OF_RECORDS", "EVENTS_OF_A_STREAM"):
        setattr(sealer, name, int(rows))  # small, so that there are many
    sealing = sealer.Sealer(Database(pool), SystemClock())
    for _ in range(ROUNDS):
        await sealing.round()
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
