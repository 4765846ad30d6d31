"""Statements of an earlier release, which took nothing up: their seals hold, and a later month takes them up."""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import replayed
from services.shared.chassis.migrate import migrate
from tests.migrations.test_widened_ledger import SQL, YEN, settle_as_before
from tests.support.payments import (
    AT,
    INSERT_CLOSE,
    INSERT_CLOSED,
    INSERT_CUT,
    INSERT_STATEMENT,
    PAY_DAY,
    PERIOD,
    TRACE,
    statement_of,
)
from tests.support.settlement import HOSPITAL, opened
from tests.support.stack import PostgresCluster

CLINIC = f"hospital:{HOSPITAL}"


def former_release(directory: Path) -> Path:
    """The migrations up to the one before statements were taken up."""
    (directory / "migrations").mkdir(parents=True)
    for file in sorted((SQL / "migrations").glob("*.sql")):
        if file.stem.endswith("_taken_up"):
            return directory
        shutil.copy(file, directory / "migrations")
    raise AssertionError


async def closed_as_before(database: ServiceDatabase) -> None:
    """A month whose one statement leaves YEN to pay."""
    connection = await asyncpg.connect(database.dsn)
    await connection.execute(INSERT_CLOSE, PERIOD, TRACE, AT)
    await connection.execute(INSERT_CUT, PERIOD, CLINIC, PAY_DAY, AT)
    await connection.execute(INSERT_STATEMENT, statement_of(HOSPITAL), PERIOD, CLINIC, PAY_DAY, AT)
    await connection.execute(INSERT_CLOSED, PERIOD, 1, AT)
    await connection.close()


async def test_statements_of_the_former_release_stay_sealed_and_may_be_taken_up(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(database.owner_dsn, former_release(tmp_path / "settlement" / "sql"))
    await settle_as_before(database, 1)
    await closed_as_before(database)
    await migrate(database.owner_dsn, SQL)

    async with opened(database) as pool:
        found = [progress async for progress in replayed(pool)][-1]
        await pool.pool.execute(INSERT_CLOSE, "202605", TRACE, AT)
        await pool.pool.execute(INSERT_CUT, "202605", CLINIC, PAY_DAY, AT)
        taken = "INSERT INTO period_taken_up VALUES ($1, '202605', $2, $3) RETURNING yen"
        assert await pool.pool.fetchval(taken, statement_of(HOSPITAL), CLINIC, YEN) == YEN
    assert [fault for fault in found.faults if "statement" in fault] == []
