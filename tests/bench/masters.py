"""How long the masters take to load from Postgres, and how much memory they hold: `python -m tests.bench.masters`.

It loads every official file at hand (two full act schedules, one full file of each other kind, all updates) and tells
the schedules of eighteen months, in a process of its own. It needs the official data and starts a Postgres.
"""

import asyncio
import gc
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from services.claims.adapters.master_files import master_paths
from services.claims.adapters.postgres_masters import PostgresMasters
from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.master_shelf import load_master
from services.shared.chassis.postgres import Database, TransientFault, open_pool
from services.shared.kernel.months import Month
from tests.support.official_data import official_data
from tests.support.stack import running_postgres

MIB = 1024 * 1024
LOOKUPS = 1_000_000


def main() -> None:
    """Load once, then measure in a process that has loaded nothing."""
    if len(sys.argv) > 1:
        asyncio.run(_measure(sys.argv[1]))
        return
    with running_postgres() as cluster:
        migrated = cluster.create_migrated_database("claims")
        asyncio.run(_fill(migrated.dsn))
        asyncio.run(_measured_apart(migrated.dsn))


async def _fill(dsn: str) -> None:
    pool = await open_pool(dsn, application_name="bench")
    shelf = PostgresMasters(database=Database(pool))
    started = time.process_time()
    paths = master_paths([official_data("masters")])
    for path in paths:
        await load_master(shelf, path.name, _read(path), published=None, now=datetime.now(UTC))
    _say(f"{len(paths)} files read, checked and kept", time.process_time() - started)
    await pool.close()


def _read(path: Path) -> bytes:
    return path.read_bytes()


async def _measured_apart(dsn: str) -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.masters", dsn)
    if await child.wait():
        raise SystemExit(1)


async def _measure(dsn: str) -> None:
    pool = await open_pool(dsn, application_name="bench")
    keeper = MasterKeeper(
        shelf=PostgresMasters(database=Database(pool)), now=lambda: datetime.now(UTC), transient=TransientFault
    )
    before = _resident_mib()
    clock, cpu = time.perf_counter(), time.process_time()
    await keeper.open()
    december = await keeper.schedule(Month(2024, 12))
    _say("open from Postgres, first month told", time.process_time() - cpu, time.perf_counter() - clock)
    cpu = time.process_time()
    for month in range(18):
        await keeper.schedule(Month(2024, 6).plus(month))
    _say("eighteen months more", time.process_time() - cpu)
    gc.collect()
    print(
        f"resident memory: {_resident_mib():,} MiB, {_resident_mib() - before:,} of them masters; "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB"
    )
    cpu = time.process_time()
    await keeper.schedule(Month(2024, 12), date(2024, 10, 1))
    _say("one month as known on another day", time.process_time() - cpu)
    print(f"resident memory: {_resident_mib():,} MiB")
    _look_up("act all month", lambda: december.act("111000110", 1))
    _look_up("code that is not there", lambda: december.act("199999999", 1))
    await keeper.close()
    await pool.close()


def _look_up(what: str, look: Callable[[], object]) -> None:
    started = time.process_time()
    for _ in range(LOOKUPS):
        look()
    print(f"{what}: {(time.process_time() - started) / LOOKUPS * 1e9:,.0f} ns a lookup, the loop included")


def _resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // MIB


def _say(what: str, cpu_s: float, elapsed_s: float | None = None) -> None:
    elapsed = "" if elapsed_s is None else f", {elapsed_s:.2f} s elapsed"
    print(f"{what}: {cpu_s:.2f} s of CPU{elapsed}")


if __name__ == "__main__":
    main()
