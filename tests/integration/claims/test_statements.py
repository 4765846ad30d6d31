"""Every named statement is one that the service's role may prepare on its own schema."""

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_ledger import QUERIES

HOSPITAL = "1310000003"
PAGE: list[object] = ["0", 0, "", "", [], 10]
FEED: list[object] = ["0", 0, "", 10]


async def test_postgres_accepts_every_statement(migrated: ServiceDatabase) -> None:
    connection = await asyncpg.connect(migrated.dsn)
    try:
        for name in QUERIES.names:
            await connection.prepare(QUERIES[name].sql)
    finally:
        await connection.close()
    assert len(QUERIES.names) > 30


@pytest.mark.parametrize(
    ("name", "arguments", "indexes"),
    [
        ("list_claims", [HOSPITAL, *PAGE], ["claim_of_hospital"]),
        ("list_all_claims", PAGE, ["claim_in_order"]),
        ("watch_changes", [HOSPITAL, *FEED], ["claim_of_hospital", "decision_of_hospital", "correction_of_hospital"]),
        ("watch_all_changes", FEED, ["claim_in_order", "decision_in_order", "correction_in_order"]),
    ],
)
async def test_a_page_is_read_along_an_index_whoever_asks(
    migrated: ServiceDatabase, name: str, arguments: list[object], indexes: list[str]
) -> None:
    connection = await asyncpg.connect(migrated.dsn)
    try:
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        rows = await connection.fetch(f"EXPLAIN {QUERIES[name].sql}", *arguments)
    finally:
        await connection.close()

    plan = "\n".join(row[0] for row in rows)
    assert [index for index in indexes if f"using {index} " not in plan] == []
    assert "Sort Key: claim." not in plan
