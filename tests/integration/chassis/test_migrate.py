import asyncio
from pathlib import Path

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, MigrationRefused, migrate
from tests.support.schema_dump import schema_of
from tests.support.stack import PostgresCluster


def room(folder: Path, **files: str) -> Path:
    migrations = folder / "thing" / "sql" / "migrations"
    migrations.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (migrations / f"{name.removeprefix('m')}.sql").write_text(text, encoding="utf-8")
    return migrations.parent


async def test_the_chassis_schema_file_is_the_sum_of_its_migrations(
    fresh: ServiceDatabase, postgres_cluster: PostgresCluster
) -> None:
    other = await asyncio.to_thread(postgres_cluster.create_database, "chassis")
    connection = await asyncpg.connect(other.owner_dsn)
    await connection.execute((CHASSIS_SQL_DIR / "schema.sql").read_text(encoding="utf-8"))
    await connection.close()

    migrated = schema_of(fresh.owner_dsn)
    assert "CREATE TABLE public.outbox" in migrated
    assert schema_of(other.owner_dsn).replace(other.name, fresh.name) == migrated


async def test_migrations_are_applied_once_in_order_by_whoever_comes_first(
    empty: ServiceDatabase, tmp_path: Path
) -> None:
    sql_dir = room(
        tmp_path,
        m0001_one="CREATE TABLE one (a int CONSTRAINT one_pk PRIMARY KEY)",
        m0002_two="ALTER TABLE one ADD COLUMN b int",
    )

    first, second = await asyncio.gather(migrate(empty.owner_dsn, sql_dir), migrate(empty.owner_dsn, sql_dir))

    assert sorted([first, second], key=len) == [
        [],
        ["chassis/0001_chassis_tables", "thing/0001_one", "thing/0002_two"],
    ]
    assert await migrate(empty.owner_dsn, sql_dir) == []


async def test_a_file_changed_after_it_was_applied_is_refused(empty: ServiceDatabase, tmp_path: Path) -> None:
    sql_dir = room(tmp_path, m0001_one="CREATE TABLE one (a int)")
    await migrate(empty.owner_dsn, sql_dir)
    room(tmp_path, m0001_one="CREATE TABLE one (a bigint)")

    with pytest.raises(MigrationRefused, match="thing/0001_one"):
        await migrate(empty.owner_dsn, sql_dir)


async def test_a_failing_file_leaves_nothing_behind(empty: ServiceDatabase, tmp_path: Path) -> None:
    sql_dir = room(tmp_path, m0001_one="CREATE TABLE one (a int)", m0002_bad="CREATE TABLE one (a int)")

    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty.owner_dsn, sql_dir)

    assert "CREATE TABLE" not in schema_of(empty.owner_dsn)


async def test_a_missing_number_is_refused(empty: ServiceDatabase, tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match="without gap"):
        await migrate(empty.owner_dsn, room(tmp_path, m0002_two="SELECT 1"))


async def test_the_service_role_may_not_touch_the_schema(fresh: ServiceDatabase) -> None:
    connection = await asyncpg.connect(fresh.dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("ALTER TABLE outbox ADD COLUMN more int")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT * FROM schema_migration")
    finally:
        await connection.close()
