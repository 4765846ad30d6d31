"""A database's schema as text, to compare what schema.sql makes with what the migrations make."""

import re
import subprocess
from pathlib import Path

import asyncpg

from infra.local.databases import ServiceDatabase
from infra.local.postgres import BINARIES
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate

_NOISE = re.compile(r"^(--.*|\\(un)?restrict .*|SET .*|SELECT pg_catalog\.set_config.*|)\n", re.MULTILINE)


async def declared_schema(database: ServiceDatabase, sql_dir: Path) -> str:
    """What the chassis' schema.sql and the one in `sql_dir` make of an empty database."""
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        for folder in dict.fromkeys([CHASSIS_SQL_DIR, sql_dir]):
            await connection.execute((folder / "schema.sql").read_text(encoding="utf-8"))
    finally:
        await connection.close()
    return schema_of(database)


async def migrated_schema(database: ServiceDatabase, sql_dir: Path) -> str:
    """What all migrations make of an empty database."""
    await migrate(database.owner_dsn, sql_dir)
    return schema_of(database)


def schema_of(database: ServiceDatabase) -> str:
    """Tables, constraints, functions, triggers, comments, grants; not schema_migration, which no file declares.

    The database's name is replaced by SERVICE, so that two databases can be compared.
    """
    dumped = subprocess.run(
        [BINARIES / "pg_dump", "--schema-only", "--exclude-table=schema_migration", database.owner_dsn],
        check=True,
        capture_output=True,
        text=True,
    )
    return _NOISE.sub("", dumped.stdout).replace(database.name, "SERVICE")
