"""A database's schema as text, to compare what schema.sql makes with what the migrations make."""

import re
import subprocess

from infra.local.postgres import BINARIES

_NOISE = re.compile(r"^(--.*|\\(un)?restrict .*|SET .*|SELECT pg_catalog\.set_config.*|)\n", re.MULTILINE)


def schema_of(dsn: str) -> str:
    """Tables, constraints, functions, triggers, comments, grants; not schema_migration, which no file declares."""
    dumped = subprocess.run(
        [BINARIES / "pg_dump", "--schema-only", "--exclude-table=schema_migration", dsn],
        check=True,
        capture_output=True,
        text=True,
    )
    return _NOISE.sub("", dumped.stdout)
