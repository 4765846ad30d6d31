"""Statements of an earlier release get their numbers, and its processes go on stating while a later one runs."""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from services.shared.chassis.migrate import migrate
from tests.support.stack import REPOSITORY, PostgresCluster

SQL = REPOSITORY / "services" / "claims" / "sql"
FORMER = 10
INSERT = """
INSERT INTO household_statement (version_id, statement_id, number, replaces, span, since, household, payer_number,
                                 high_cost, content, content_sha256, stated_at)
VALUES ($1, $2, 1, NULL, 1, '202605', $2, $3, false, '', '', now())
"""


def former_release(directory: Path) -> Path:
    """The migrations up to the one before the streams."""
    (directory / "migrations").mkdir(parents=True)
    for file in sorted((SQL / "migrations").glob("*.sql"))[:FORMER]:
        shutil.copy(file, directory / "migrations")
    return directory


async def test_statements_are_numbered_per_payer_in_the_order_of_recording(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "claims")
    await migrate(database.owner_dsn, former_release(tmp_path / "claims" / "sql"))
    async with asyncpg.create_pool(database.dsn, min_size=1, max_size=1) as pool:
        for version, payer in (("a", "1"), ("b", "2"), ("c", "1")):
            await pool.execute(INSERT, version, version, payer)
        await migrate(database.owner_dsn, SQL)

        await pool.execute(INSERT, "d", "d", "1")  # as the former release writes

        rows = await pool.fetch("SELECT version_id, payer_number, sequence FROM household_statement ORDER BY 1")
        streams = await pool.fetch("SELECT payer_number, next_sequence FROM household_stream ORDER BY 1")
    assert [tuple(row) for row in rows] == [("a", "1", 1), ("b", "2", 1), ("c", "1", 2), ("d", "1", 3)]
    assert [tuple(row) for row in streams] == [("1", 4), ("2", 2)]
