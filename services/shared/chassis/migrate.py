"""Forward-only migrations: numbered files, applied once each, in order, by the owner role, remembered with a checksum.

`python -m services.shared.chassis.migrate services/claims/sql [...]` with SEIKYU_POSTGRES_OWNER_DSN. The chassis' own
tables (outbox, consumer_offset, parked_key, request_log, sweep_cursor) come first. In a migration the service's role is
named by the database: `DO $$ BEGIN EXECUTE format('GRANT SELECT ON claim TO %I', current_database()); END $$;`.
"""

from pathlib import Path


class MigrationRefused(Exception):  # noqa: N818 - named for what happened
    """A file changed after it was applied, a number is missing or given twice, or a file name is not `0001_what.sql`."""


async def migrate(owner_dsn: str, service_sql_dir: Path) -> list[str]:
    """Apply the chassis' migrations, then the service's; returns the names newly applied. Safe to run twice and at once."""
    raise NotImplementedError
