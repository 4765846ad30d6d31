"""`make bench-paying`: what reconciliation and the release of payments read, beside all the payments of a country.

Months of 240,000 payments stand in the service's own tables on PostgreSQL as `make up` starts it, each shown by a line
of the bank with a match. Measured is what is asked every minute, at each import and by a person, as the
service asks it.

    python -m tests.bench.paying [--loads 600000:1000,1200000:240000] [--claims-each 2] [--write]

With --write the figures replace their section of docs/performance.md.
"""

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import psutil

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_reads import positions
from services.settlement.adapters.bank.bank_records import PostgresBankRecords
from services.shared.chassis.postgres import Database, Transaction, open_pool
from tests.bench.pages import write_section
from tests.bench.paying_load import HOSPITALS, fill
from tests.bench.paying_release import fill_month, proposed_and_released
from tests.support.payments import AT
from tests.support.stack import PostgresCluster, running_postgres

MARK: Final = "bench-paying"
ROUNDS: Final = 3
PAGE: Final = 1_000
QUIET_LOOK_S: Final = 3.0
GIGABYTE: Final = 2**30
AMOUNTS: Final = [10_000 + number * 7_919 for number in range(3_500)]
"""Of a file with a line for each payer."""
QUERIES: Final[dict[str, tuple[object, ...]]] = {
    "payments_under_way": (AMOUNTS,),
    "payers_owing": (AMOUNTS,),
    "sums_of_accounts": (),
    "due_positions": (3,),
    "notices_not_shown": (3,),
    "waiting_lines": ("", 0, PAGE),
    "count_waiting_lines": (),
    "returned_payments": ("", PAGE),
}
USES: Final = ("a look of the alarm (every 60 s), all of it", "what a file's lines are matched with, all of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Payments that stand, and how many of them wait for the bank."""

    payments: int
    in_transit: int

    def told(self) -> str:
        """As the head of a column."""
        return f"{self.payments:,} payments, {self.in_transit:,} in transit"


async def look(tx: Transaction) -> None:
    """What the alarm asks."""
    await positions(tx, date(2026, 1, 1))


async def import_reads(tx: Transaction) -> None:
    """What an import or a match asks, with the values made of it; the amounts' query is measured by itself."""
    await PostgresBankRecords(tx).expected([], AT)


async def measured(database: Database) -> dict[str, float]:
    """Seconds of each, the best of some rounds."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        async with database.transaction(label="bench.paying") as tx:
            await tx.connection.execute("SET LOCAL statement_timeout = '600s'")
            for name, arguments in QUERIES.items():
                began = time.perf_counter()
                await tx.connection.fetch(BANK[name].sql, *arguments, timeout=600)
                best[name] = min(best.get(name, 1e9), time.perf_counter() - began)
            for name, use in zip(USES, (look, import_reads), strict=True):
                began = time.perf_counter()
                await use(tx)
                best[name] = min(best.get(name, 1e9), time.perf_counter() - began)
    return best


async def of_load(cluster: PostgresCluster, load: Load) -> dict[str, float]:
    """A database with this load, measured and dropped."""
    fresh = await asyncio.to_thread(cluster.create_migrated_database, "settlement")
    dsn = superuser(cluster, fresh)
    began = time.perf_counter()
    await fill(dsn, load.payments, load.in_transit)
    sys.stderr.write(f"{load.told()}: loaded in {time.perf_counter() - began:.0f} s\n")
    pool = await open_pool(fresh.dsn, application_name="bench-paying")
    try:
        found = await measured(Database(pool))
    finally:
        await pool.close()
    for name, took_s in found.items():
        sys.stderr.write(f"  {name}: {took_s:.3f} s\n")
    return found


def superuser(cluster: PostgresCluster, database: ServiceDatabase) -> str:
    """The address of a database for the server's administrator."""
    return cluster.admin_dsn.replace("/postgres?", f"/{database.name}?")


def machine(busy: float) -> str:
    """Where it was measured."""
    memory = psutil.virtual_memory().total / GIGABYTE
    return (
        f"{platform.system()}, {psutil.cpu_count()} processors, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"PostgreSQL 18 as `make up` starts it; {busy:.0f} % of the processors were busy before the run."
    )


def table(loads: Sequence[Load], found: Sequence[dict[str, float]]) -> list[str]:
    """Seconds by query and load."""
    head = [f"| asked | {' | '.join(each.told() for each in loads)} |", f"|---{'|---' * len(loads)}|"]
    return head + [
        f"| {name} | {' | '.join(f'{each[name] * 1e3:,.1f} ms' for each in found)} |" for name in (*QUERIES, *USES)
    ]


async def of_release(cluster: PostgresCluster, claims_each: int) -> list[str]:
    """A month of every hospital with so many claims, proposed and released in either form."""
    fresh = await asyncio.to_thread(cluster.create_migrated_database, "settlement")
    began = time.perf_counter()
    count_ms = await fill_month(superuser(cluster, fresh), claims_each)
    sys.stderr.write(f"{claims_each * HOSPITALS:,} claims: loaded in {time.perf_counter() - began:.0f} s\n")
    pool = await open_pool(fresh.dsn, application_name="bench-paying")
    try:
        found = await proposed_and_released(Database(pool), lambda said: sys.stderr.write(f"  {said}\n"))
    finally:
        await pool.close()
    head = f"| {HOSPITALS:,} payments, {claims_each * HOSPITALS:,} claims of {claims_each} each | |"
    rows = [f"| {what} | {told} |" for what, told in found.items()]
    return ["", head, "|---|---|", *rows, f"| kept of a statement at its issue | {count_ms:.2f} ms |"]


async def run(loads: Sequence[Load], claims_each: int) -> list[str]:
    """All loads, one after the other, then the release."""
    busy = psutil.cpu_percent(interval=QUIET_LOOK_S)
    with running_postgres() as cluster:
        found = [await of_load(cluster, load) for load in loads]
        released = await of_release(cluster, claims_each) if claims_each else []
    return [machine(busy), "", *(table(loads, found) if loads else []), *released]


def _load(text: str) -> Load:
    payments, _, in_transit = text.partition(":")
    return Load(payments=int(payments), in_transit=int(in_transit))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", default="600000:1000,1200000:240000")
    parser.add_argument("--claims-each", type=int, default=2, help="of each of 240,000 hospitals; 0: no release")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = asyncio.run(run([_load(each) for each in chosen.loads.split(",") if each], chosen.claims_each))
    section = "\n".join(["### Measured", "", *lines])
    sys.stdout.write(f"{section}\n")
    if chosen.write:
        write_section(MARK, section)


if __name__ == "__main__":
    main()
