"""Forward-only migrations: numbered files, applied once each, in order, by the owner role, remembered with a checksum.

`python -m services.shared.chassis.migrate services/claims/sql [...]` with SEIKYU_POSTGRES_OWNER_DSN. The chassis' own
tables (outbox, consumer_offset, parked_key, request_log, sweep_cursor) come first. In a migration the service's role is
named by the database: `DO $$ BEGIN EXECUTE format('GRANT SELECT ON claim TO %I', current_database()); END $$;`.
All pending files are applied in one transaction: a failing one leaves nothing behind.
"""

import asyncio
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg

from services.shared.chassis.postgres import CONNECT_TIMEOUT_S, translated
from services.shared.chassis.queries import load_queries

CHASSIS_SQL_DIR = Path(__file__).parent / "sql"
OWNER_DSN_VARIABLE = "SEIKYU_POSTGRES_OWNER_DSN"
_QUERIES = load_queries(CHASSIS_SQL_DIR / "migrate.sql")
_FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class MigrationRefused(Exception):
    """A file changed after it was applied, a number is missing or given twice, or a name is not `0001_what.sql`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file of a room (a service's name, or "chassis")."""

    room: str
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The checksum that says whether the file is still the one that was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(owner_dsn: str, service_sql_dir: Path) -> list[str]:
    """Apply the chassis' migrations, then the service's; return the names newly applied. Safe to run twice and at once.

    `service_sql_dir` is `services/<name>/sql`. Raises MigrationRefused, TransientFault, and what the SQL itself raises.
    """
    rooms = [read_migrations("chassis", CHASSIS_SQL_DIR), read_migrations(service_sql_dir.parent.name, service_sql_dir)]
    with translated():
        connection = await asyncpg.connect(owner_dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        async with connection.transaction():
            await connection.execute(_QUERIES["lock_migrations"].sql)
            await connection.execute("SET LOCAL client_min_messages = warning")
            await connection.execute(_QUERIES["create_schema_migration"].sql)
            return [name for room in rooms for name in await _apply_room(connection, room)]
    finally:
        await connection.close()


def read_migrations(room: str, sql_dir: Path) -> list[Migration]:
    """The room's migrations in order, from `<sql_dir>/migrations`. Raises MigrationRefused for a bad name or a gap."""
    found: list[Migration] = []
    for path in sorted((sql_dir / "migrations").glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationRefused(f"{path.name} is not named like 0001_what.sql")
        sql = path.read_text(encoding="utf-8")
        found.append(Migration(room=room, number=int(match["number"]), name=path.stem, sql=sql))
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise MigrationRefused(f"the numbers of {room} are {numbers}; they must run from 1 without gap")
    return found


async def _apply_room(connection: Connection, migrations: Sequence[Migration]) -> list[str]:
    if not migrations:
        return []
    room = migrations[0].room
    applied = await connection.fetch(_QUERIES["applied_migrations"].sql, room)
    for row, migration in zip(applied, migrations, strict=False):
        if row["sha256"] != migration.sha256:
            raise MigrationRefused(f"{room}/{migration.name} is not the file that was applied as {row['name']}")
    if len(applied) > len(migrations):
        raise MigrationRefused(f"{room} has {len(applied)} migrations applied and only {len(migrations)} files")
    pending = migrations[len(applied) :]
    for migration in pending:
        await connection.execute(migration.sql)
        await connection.execute(
            _QUERIES["insert_migration"].sql, room, migration.number, migration.name, migration.sha256
        )
    return [f"{room}/{migration.name}" for migration in pending]


def main(arguments: Sequence[str]) -> int:
    """Migrate one database per call; several SQL folders go into the same database one after the other."""
    owner_dsn = os.environ.get(OWNER_DSN_VARIABLE)
    if not owner_dsn or not arguments:
        sys.stderr.write(f"usage: {OWNER_DSN_VARIABLE}=... python -m {__spec__.name} services/<name>/sql [...]\n")
        return 2
    for sql_dir in arguments:
        for name in asyncio.run(migrate(owner_dsn, Path(sql_dir).resolve())):
            sys.stdout.write(f"applied {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
