"""What a run costs: CPU and memory per process, and what Postgres wrote, between two moments of it."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import linear_regression

import asyncpg
import psutil

from infra.local.journal import Journal
from infra.local.stack import Stack

SERVICES = ("claims", "coding", "eligibility", "settlement")
GROWTH_CLAIMS = 100_000
"""Memory growth is told per this many claims."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds and resident bytes of one process and its children."""

    cpu_s: float
    resident_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Postgres' own counters, summed over the services' databases: rows, blocks, bytes of write-ahead log."""

    inserted: int
    updated: int
    deleted: int
    commits: int
    block_hits: int
    block_reads: int
    wal_bytes: int
    durability: str
    """fsync, synchronous_commit and full_page_writes as the server says they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment of a run; `at_s` is of the monotonic clock."""

    at_s: float
    processes: dict[str, Cost]
    written: Written
    busy_s: float
    """Seconds that the processors worked for anybody on this machine, since its start."""
    stolen_s: float
    """Seconds that the host kept the processors for others, since the machine's start."""


async def snapshot(stack: Stack) -> Snapshot:
    """This moment, by component, and `bench` for the load itself."""
    roots = {record.name: psutil.Process(record.pid) for record in Journal(stack.settings.state_dir).records}
    processes = {name: _cost(process) for name, process in roots.items()} | {"bench": _cost(psutil.Process())}
    written = await _written(stack.parts.postgres.admin_dsn)
    clock = psutil.cpu_times()
    busy_s = clock.user + clock.nice + clock.system + clock.irq + clock.softirq
    return Snapshot(at_s=time.monotonic(), processes=processes, written=written, busy_s=busy_s, stolen_s=clock.steal)


def _cost(process: psutil.Process) -> Cost:
    """Children that came and went are in their parent's account of waited-for children."""
    family = [process] if process.pid == os.getpid() else [process, *process.children(recursive=True)]
    cpu_s, resident_bytes = 0.0, 0
    for one in family:
        with suppress(psutil.NoSuchProcess):  # Postgres' workers come and go
            times = one.cpu_times()
            cpu_s += times.user + times.system + times.children_user + times.children_system
            memory = one.memory_info()
            resident_bytes += memory.rss if one is process else memory.rss - memory.shared
    return Cost(cpu_s=cpu_s, resident_bytes=resident_bytes)


async def _written(dsn: str) -> Written:
    connection = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(
            "SELECT sum(tup_inserted)::bigint AS inserted, sum(tup_updated)::bigint AS updated,"
            " sum(tup_deleted)::bigint AS deleted, sum(xact_commit)::bigint AS commits,"
            " sum(blks_hit)::bigint AS block_hits, sum(blks_read)::bigint AS block_reads,"
            " pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS wal_bytes"
            " FROM pg_stat_database WHERE datname = ANY($1::text[])",
            list(SERVICES),
        )
        names = ("fsync", "synchronous_commit", "full_page_writes")
        states = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
    finally:
        await connection.close()
    durability = ", ".join(f"{name} {state}" for name, state in zip(names, states, strict=True))
    return Written(**dict(row or {}), durability=durability)


def cost_lines(before: Snapshot, after: Snapshot, claims: int) -> list[str]:
    """A table of what each process used between the two moments, for `claims` claims."""
    seconds = after.at_s - before.at_s
    lines = ["", "| process | CPU µs per claim | cores | resident MB | grown MB |", "|---|---|---|---|---|"]
    total = 0.0
    for name, cost in sorted(after.processes.items()):
        first = before.processes[name]
        used = cost.cpu_s - first.cpu_s
        total += used
        grown = (cost.resident_bytes - first.resident_bytes) / 1e6
        resident = cost.resident_bytes / 1e6
        each = used / max(claims, 1) * 1e6
        lines.append(f"| {name} | {each:.0f} | {used / seconds:.2f} | {resident:.0f} | {grown:+.1f} |")
    stolen = (after.stolen_s - before.stolen_s) / seconds
    beside = max(0.0, (after.busy_s - before.busy_s - total) / seconds)
    return [
        *lines,
        f"| all | {total / max(claims, 1) * 1e6:.0f} | {total / seconds:.2f} | | |",
        f"| other work on this machine | | {beside:.2f} | | |",
        f"| kept by the host for others | | {stolen:.2f} | | |",
    ]


def written_lines(before: Snapshot, after: Snapshot, claims: int) -> list[str]:
    """What Postgres wrote and read between the two moments, per claim."""
    first, last = before.written, after.written

    def each(now: int, then: int) -> str:
        return f"{(now - then) / max(claims, 1):.1f}"

    hits, reads = last.block_hits - first.block_hits, last.block_reads - first.block_reads
    rows = (
        f"rows per claim: {each(last.inserted, first.inserted)} inserted, {each(last.updated, first.updated)} updated, "
        f"{each(last.deleted, first.deleted)} deleted; "
        f"{(last.wal_bytes - first.wal_bytes) / max(claims, 1) / 1e3:.1f} kB of write-ahead log per claim; "
        f"{max(claims, 1) / max(last.commits - first.commits, 1):.1f} claims per transaction"
    )
    return [
        rows,
        f"Postgres' cache: {hits / max(hits + reads, 1) * 100:.2f} % of block reads hit; {last.durability}",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """How many claims were answered at a moment, and each service's resident bytes then."""

    claims: int
    resident_bytes: dict[str, int]


def weigh(stack: Stack, claims: int) -> Weighed:
    """The services as they are now."""
    roots = {record.name: record.pid for record in Journal(stack.settings.state_dir).records}
    return Weighed(
        claims=claims,
        resident_bytes={name: psutil.Process(roots[name]).memory_info().rss for name in SERVICES},
    )


def growth_line(weighed: Sequence[Weighed]) -> str:
    """Each service's growth per GROWTH_CLAIMS claims: the slope of a line through the second half of the run.

    Two moments alone would tell where the collector of either stood, not what is kept.
    """
    later = weighed[len(weighed) // 2 :]
    claims = [each.claims / GROWTH_CLAIMS for each in later]
    slopes = {
        name: linear_regression(claims, [each.resident_bytes[name] / 1e6 for each in later]).slope for name in SERVICES
    }
    told = ", ".join(f"{name} {slope:+.2f}" for name, slope in slopes.items())
    counted = later[-1].claims - later[0].claims
    return f"MB grown per {GROWTH_CLAIMS:,} claims, over the last {counted:,} ({len(later)} looks): {told}"
