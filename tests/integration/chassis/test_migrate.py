import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.migrate import MigrationRefused, migrate
from tests.support.schema_dump import schema_of


def room(folder: Path, **files: str) -> Path:
    migrations = folder / "thing" / "sql" / "migrations"
    migrations.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (migrations / f"{name.removeprefix('m')}.sql").write_text(text, encoding="utf-8")
    return migrations.parent


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

    assert "CREATE TABLE" not in schema_of(empty)


async def test_a_missing_number_is_refused(empty: ServiceDatabase, tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match="without gap"):
        await migrate(empty.owner_dsn, room(tmp_path, m0002_two="SELECT 1"))


def test_the_command_migrates_and_says_what_it_applied(empty: ServiceDatabase, tmp_path: Path) -> None:
    sql_dir = room(tmp_path, m0001_one="CREATE TABLE one (a int)")
    command = [sys.executable, "-m", "services.shared.chassis.migrate", str(sql_dir)]

    first, second = [
        subprocess.run(
            command,
            env=os.environ | {"SEIKYU_POSTGRES_OWNER_DSN": empty.owner_dsn},
            check=True,
            capture_output=True,
            text=True,
        )
        for _ in range(2)
    ]

    assert first.stdout == "applied chassis/0001_chassis_tables\napplied thing/0001_one\n"
    assert second.stdout == ""


async def test_the_service_role_may_not_touch_the_schema(fresh: ServiceDatabase) -> None:
    connection = await asyncpg.connect(fresh.dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("ALTER TABLE outbox ADD COLUMN more int")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT * FROM schema_migration")
    finally:
        await connection.close()
