"""Closes a month in a process of its own, which a test may kill: `closing_process <dsn> <period>`."""

import asyncio
import sys

from services.shared.chassis.postgres import Database, open_pool
from tests.support.closing import close


async def main(dsn: str, period: str) -> None:
    pool = await open_pool(dsn, application_name="closing-test")
    try:
        await close(Database(pool), period)
    finally:
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
