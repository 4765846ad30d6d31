"""A database's schema as text, to compare what schema.sql makes with what the migrations make."""

import re
import subprocess

from tests.support.postgres_wheel import PG_DUMP

_NOISE = re.compile(r"^(--.*|\\(un)?restrict .*|SET .*|SELECT pg_catalog\.set_config.*|)\n", re.MULTILINE)


def schema_of(dsn: str) -> str:
    """Tables, constraints, functions, triggers, comments, grants; not schema_migration, which no file declares."""
    dumped = subprocess.run(
        [PG_DUMP, "--schema-only", "--exclude-table=schema_migration", dsn],
        check=True,
        capture_output=True,
        text=True,
    )
    return _NOISE.sub("", dumped.stdout)
