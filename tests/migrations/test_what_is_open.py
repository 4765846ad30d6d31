"""What is open of rows that the last release wrote is kept from the migration on, and is what a walk finds."""

import asyncio
import shutil
from pathlib import Path

from services.shared.chassis.migrate import migrate
from tests.bench.paying_load import RETURNED_OF, fill
from tests.support.settlement import opened
from tests.support.stack import REPOSITORY, PostgresCluster
from tests.support.walked import differing

SQL = REPOSITORY / "services" / "settlement" / "sql"
FORMER = 19
PAYMENTS, IN_TRANSIT = RETURNED_OF + 20, 7


async def test_what_is_open_of_the_last_release_is_kept_by_the_migration(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    former = tmp_path / "settlement" / "sql" / "migrations"
    former.mkdir(parents=True)
    for name in sorted((SQL / "migrations").glob("*.sql"))[:FORMER]:
        shutil.copy(name, former)
    database = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(database.owner_dsn, former.parent)
    await fill(postgres_cluster.admin_dsn.replace("/postgres?", f"/{database.name}?"), PAYMENTS, IN_TRANSIT)

    await migrate(database.owner_dsn, SQL)

    async with opened(database) as pool:
        assert await pool.pool.fetchval("SELECT count(*) FROM payment_in_transit") == IN_TRANSIT
        assert await differing(pool, [10_000, 17_919]) == []
