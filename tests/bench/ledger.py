"""`make bench-ledger`: how fast transfers are posted, in batches and alone, beside a plain ledger and beside millions.

Everything runs on PostgreSQL as `make up` starts it, with fsync and full page writes. Posting is the service's own:
`post_transfers` in a transaction of its own per batch, so many writers at a time. Two ledgers are filled, a small and a
large one, and measured by turns, so that whatever else the machine does meets both; both are posted to before, as a
ledger in use has its indices in memory and written since the last checkpoint.

    python -m tests.bench.ledger [--small 100000] [--large 10000000] [--write]

With --write the figures replace their section of docs/performance.md.
"""

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import asyncpg
import psutil

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.ledger import post_transfers
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.domain.posting import Transfer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.postgres import Database, open_pool
from tests.bench import ledger_plain
from tests.bench.ledger_load import FIRST_POSTED, HOSPITALS, PAYERS, batches, fill, transfer
from tests.bench.pages import write_section
from tests.support.stack import PostgresCluster, running_postgres

MARK = "bench-ledger"
BATCH = 5_000
WRITERS = 2
WARM_BATCHES = 50
ROUNDS = 5
ROUND_BATCHES = 16
HOT_BATCHES = 16
SINGLES = 1_500
PLAIN = 4_000
PLAIN_WRITERS = 8
QUIET_LOOK_S = 3.0
MILLISECONDS = 1e3
FLOOR_PER_S, HOT_FLOOR_PER_S, TIMES_PLAIN, MOST_SLOWER = 20_000, 15_000, 5, 0.10
NOW = datetime(2026, 4, 30, tzinfo=UTC)


@dataclass(slots=True)
class Filled:
    """A ledger with its pool; `next_number` is that of the next transfer to post."""

    transfers: int
    database: Database
    fill_s: float
    per_s: list[float] = field(default_factory=list)
    next_number: int = FIRST_POSTED

    def work(self, count: int, *, hospital: int | None = None) -> list[list[Transfer]]:
        """The next batches."""
        first, self.next_number = self.next_number, self.next_number + count * BATCH
        return list(batches(first, count, BATCH, hospital=hospital))


async def posted_per_s(database: Database, work: Iterable[Sequence[Transfer]]) -> float:
    """Post the batches, WRITERS at a time; transfers per second."""
    waiting = list(work)[::-1]
    count = sum(len(batch) for batch in waiting)

    async def write() -> None:
        while waiting:
            batch = waiting.pop()
            async with database.transaction(label="bench.post") as tx:
                await post_transfers(tx, batch, NOW)

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return count / (time.perf_counter() - began)


async def filled(cluster: PostgresCluster, transfers: int) -> Filled:
    """A ledger of the service's own schema in which so many transfers stand."""
    fresh = await asyncio.to_thread(cluster.create_migrated_database, "settlement")
    began = time.perf_counter()
    await fill(_superuser(cluster, fresh), transfers)
    pool = await open_pool(fresh.dsn, application_name="bench-ledger")
    return Filled(transfers=transfers, database=Database(pool), fill_s=time.perf_counter() - began)


async def by_turns(ledgers: Sequence[Filled]) -> None:
    """Measure the ledgers one after the other, round by round, after posting to each for a while."""
    for ledger in ledgers:
        await posted_per_s(ledger.database, ledger.work(WARM_BATCHES))
    for _ in range(ROUNDS):
        for ledger in ledgers:
            ledger.per_s.append(await posted_per_s(ledger.database, ledger.work(ROUND_BATCHES)))


async def latencies_ms(ledger: Filled) -> list[float]:
    """Of transfers posted alone, one after the other, sorted."""
    found: list[float] = []
    for number in range(SINGLES):
        one = [transfer(2 * FIRST_POSTED + number)]
        began = time.perf_counter()
        async with ledger.database.transaction(label="bench.single") as tx:
            await post_transfers(tx, one, NOW)
        found.append((time.perf_counter() - began) * MILLISECONDS)
    return sorted(found)


async def plain_per_s(cluster: PostgresCluster, writers: int) -> float:
    """The plain ledger in a database of its own."""
    fresh = await asyncio.to_thread(cluster.create_database, "plain")
    transfers = [transfer(3 * FIRST_POSTED + number) for number in range(PLAIN)]
    owner = await asyncpg.create_pool(fresh.owner_dsn, min_size=writers, max_size=writers)
    async with owner as pool:
        async with pool.acquire() as connection:
            await ledger_plain.prepare(connection, transfers)
        return await ledger_plain.posted_per_s(pool, transfers, writers)


async def sealed_per_s(ledger: Filled) -> float:
    """How many rows a second the sealer puts into blocks, from the first on."""
    began = time.perf_counter()
    await Sealer(ledger.database, SystemClock()).round()
    took_s = time.perf_counter() - began
    async with ledger.database.transaction(label="bench.sealed") as tx:
        rows: int = await tx.connection.fetchval("SELECT sum(row_count)::bigint FROM sealed_block")
    return rows / took_s


def report(ledgers: Sequence[Filled], singles: Sequence[float], figures: Sequence[float], busy: float) -> list[str]:
    """Lines of the report. `figures`: hot, plain, plain of one writer, sealed, all per second."""
    small, large = (median(ledger.per_s) for ledger in ledgers)
    hot, plain, plain_alone, sealed = figures
    slower = 1 - large / small
    p50, p99 = singles[len(singles) // 2], singles[len(singles) * 99 // 100]
    return [
        (
            f"{platform.system()}, {psutil.cpu_count()} processors, Python {platform.python_version()}, PostgreSQL 18 "
            f"as `make up` starts it; {busy:.0f} % of the processors were busy before the run. {PAYERS} payers, "
            f"{HOSPITALS:,} hospitals, batches of {BATCH:,}, {WRITERS} writers, a commit to disk for each batch."
        ),
        "",
        "| what | measured | wanted |",
        "|---|---|---|",
        (
            f"| batched, {ledgers[0].transfers:,} transfers standing | {small:,.0f} transfers/s (median of {ROUNDS}, "
            f"{min(ledgers[0].per_s):,.0f} to {max(ledgers[0].per_s):,.0f}) | {FLOOR_PER_S:,} |"
        ),
        f"| all into one hospital's account | {hot:,.0f} transfers/s | {HOT_FLOOR_PER_S:,} |",
        f"| one transfer in a transaction | {p50:.2f} ms (median), {p99:.2f} ms (99 of 100) | told |",
        (
            f"| the plain ledger, a transaction per transfer, {PLAIN_WRITERS} writers | {plain:,.0f} transfers/s; "
            f"batched is {small / plain:.1f} times that | {TIMES_PLAIN} times |"
        ),
        f"| the same, one writer | {plain_alone:,.0f} transfers/s | told |",
        (
            f"| batched, {ledgers[1].transfers:,} transfers standing | {large:,.0f} transfers/s "
            f"({min(ledgers[1].per_s):,.0f} to {max(ledgers[1].per_s):,.0f}), {slower:.1%} slower | "
            f"at most {MOST_SLOWER:.0%} |"
        ),
        f"| sealed in blocks, beside | {sealed:,.0f} rows/s | told |",
    ]


async def measured(small: int, large: int) -> list[str]:
    """Everything, in one run."""
    busy = psutil.cpu_percent(interval=QUIET_LOOK_S)
    with running_postgres() as cluster:
        ledgers = [await filled(cluster, transfers) for transfers in (small, large)]
        for ledger in ledgers:
            sys.stderr.write(f"{ledger.transfers:,} transfers filled in within {ledger.fill_s:.0f} s\n")
        await by_turns(ledgers)
        hot = await posted_per_s(ledgers[0].database, ledgers[0].work(HOT_BATCHES, hospital=HOSPITALS + 1))
        singles = await latencies_ms(ledgers[0])
        plain = [await plain_per_s(cluster, writers) for writers in (PLAIN_WRITERS, 1)]
        sealed = await sealed_per_s(ledgers[0])
        lines = report(ledgers, singles, (hot, *plain, sealed), busy)
        for ledger in ledgers:
            await ledger.database.pool.close()
    return lines


def _superuser(cluster: PostgresCluster, database: ServiceDatabase) -> str:
    return cluster.admin_dsn.replace("/postgres?", f"/{database.name}?")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    section = "\n".join(["## The ledger", "", *asyncio.run(measured(chosen.small, chosen.large))])
    sys.stdout.write(f"{section}\n")
    if chosen.write:
        write_section(MARK, section)


if __name__ == "__main__":
    main()
