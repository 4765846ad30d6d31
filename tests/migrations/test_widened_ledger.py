"""A ledger of an earlier release is numbered and sealed as it stands, and its processes go on posting beside ours."""

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import Progress, replayed
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.adapters.payers.streams import PayerStreams
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.migrate import migrate
from tests.support.settlement import INSURER, NOW, opened
from tests.support.stack import REPOSITORY, PostgresCluster

SQL = REPOSITORY / "services" / "settlement" / "sql"
FORMER = 4
WITHOUT_RECORDS = 16
"""Migrations of the release before everything that is written once was sealed."""
POST = "SELECT post_settled($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
RECORD = "SELECT record_decisions($1, $2, $3, $4, $5, $6, $7, $8, $9)"
ANNOUNCE = "SELECT announce_settled($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
YEN = 700


def former_release(directory: Path, migrations: int = FORMER) -> Path:
    """The first migrations: up to the one before the ledger held other money than claims', if not said otherwise."""
    (directory / "migrations").mkdir(parents=True)
    for file in sorted((SQL / "migrations").glob("*.sql"))[:migrations]:
        shutil.copy(file, directory / "migrations")
    return directory


async def settle_as_before(database: ServiceDatabase, number: int, posted_at: datetime = NOW) -> None:
    """One share as the former release records, posts and announces it."""
    claim, decided, event = (f"{prefix}_{number:032x}" for prefix in ("clm", "dec", "evt"))
    said = ClaimSettled(event_id=event, payer_number=INSURER, sequence=number, points=100, share_yen=YEN)
    connection = await asyncpg.connect(database.dsn)
    try:
        async with connection.transaction():
            accounts = ([f"payer:{INSURER}"], ["hospital:1310000001"])
            named = ([claim], [decided], ["evt_cause"], ["a" * 32], [bytes(32)], ["202604"], [INSURER])
            parts = ([1], [INSURER], [100], [YEN])
            await connection.execute(RECORD, [decided], [claim], ["202604"], [bytes(32)], *parts, posted_at)
            await connection.execute(POST, [f"trf_{number:032x}"], *accounts, [YEN], *named, [100], [None], posted_at)
            await connection.execute("SELECT lock_payer_streams($1)", [INSURER])
            told = ([INSURER], [number], [event], [claim], [decided], [said.SerializeToString()], ["00-trace"])
            await connection.execute(ANNOUNCE, *told, [100], [YEN], ["202604"], [None], posted_at)
    finally:
        await connection.close()


async def checked(database: ServiceDatabase) -> Progress:
    async with opened(database) as pool:
        await Sealer(pool, SystemClock()).round()
        return [progress async for progress in replayed(pool)][-1]


async def nothing_to_make(payer_number: str, request_id: str, username: str) -> None:
    """A broker on which every payer's topic exists."""


async def test_a_ledger_of_the_former_release_goes_on_and_is_sealed_from_its_first_transfer(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(database.owner_dsn, former_release(tmp_path / "settlement" / "sql"))
    for number in (1, 2):
        await settle_as_before(database, number)
    await migrate(database.owner_dsn, SQL)
    await settle_as_before(database, 3)

    found = await checked(database)
    assert (found.transfers_total, found.events_checked, found.unsealed_rows, found.faults) == (3, 3, 0, ())


async def test_events_of_the_former_release_are_published_as_shares(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(database.owner_dsn, former_release(tmp_path / "settlement" / "sql"))
    await settle_as_before(database, 1)
    await migrate(database.owner_dsn, SQL)

    async with opened(database) as pool:
        await pool.pool.execute("SELECT enrol_payer($1, 'request', 'cluster')", INSURER)
        [item] = await PayerStreams(pool, nothing_to_make).pending(10)
    told = item.announcement
    assert (told.type, told.key) == ("jp.seikyu.settlement.claim_settled.v1", f"clm_{1:032x}")


async def test_records_of_the_former_release_are_sealed_and_a_change_of_them_is_found_from_then_on(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(database.owner_dsn, former_release(tmp_path / "settlement" / "sql", WITHOUT_RECORDS))
    for number, behind in ((1, 0), (2, 7), (3, 3)):
        await settle_as_before(database, number, NOW - timedelta(days=behind))
    await migrate(database.owner_dsn, SQL)
    await settle_as_before(database, 4, NOW - timedelta(days=1))
    sound = await checked(database)
    owner = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{database.name}?"))
    try:
        times = await owner.fetch("SELECT posted_at FROM transfer ORDER BY number")
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("UPDATE posted_decision SET content_sha256 = '\\x01' WHERE decision_id LIKE '%2'")
    finally:
        await owner.close()
    changed = await checked(database)

    assert (sound.transfers_total, sound.unsealed_rows, sound.faults) == (4, 0, ())
    assert [row[0] for row in times] == [NOW, NOW - timedelta(days=7), NOW - timedelta(days=3), NOW]
    assert changed.faults == ("chain of records: block 1 was sealed over other rows than those from 1 on",)
