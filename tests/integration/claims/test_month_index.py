"""A treatment month is read along its own index, however many other months' claims stand beside it."""

from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_households import HOUSEHOLDS
from services.claims.adapters.postgres_readjudication import READJUDICATION
from services.shared.chassis.queries import Statement

MONTHS, CLAIMS = 24, 12_000
INDEX = "claim_of_treatment_month"
FIRST, AFTER = "clm_", "clm_7"


@pytest.fixture
async def owner(migrated: ServiceDatabase) -> AsyncIterator["asyncpg.Connection"]:
    """Two years of claims, as many a month, whose ids say nothing of their month; the planner knows them."""
    connection = await asyncpg.connect(migrated.owner_dsn)
    await connection.execute(
        f"""
        INSERT INTO claim (claim_id, hospital_code, agency, claim_month, treatment_month, receipt_number, receipt_kind,
                           receipt_sha256, occurrence, receipt, findings, declared_points, submission_id, traceparent,
                           received_at)
        SELECT 'clm_' || md5(n::text), '1310000003', 1, '202606', to_char(2401 + n % {MONTHS}, 'FM000000'), n, '1112',
               md5(n::text), 0, 'RE', '', 73, '', '', now()
        FROM generate_series(1, {CLAIMS}) AS n
        """
    )
    await connection.execute("VACUUM ANALYZE claim")
    yield connection
    await connection.close()


async def plan(owner: "asyncpg.Connection", statement: Statement, arguments: Sequence[object]) -> str:
    return "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {statement.sql}", *arguments))


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        (READJUDICATION["count_month"], ["002410"]),
        (READJUDICATION["page_month"], ["002410", AFTER, 500]),
        (HOUSEHOLDS["unplaced_receipts"], ["002410", AFTER, 500]),
        (HOUSEHOLDS["unplaced_receipts"], ["002410", FIRST, 500]),
    ],
    ids=["counted", "paged", "households of a page", "households of the first page"],
)
async def test_a_month_s_claims_are_read_along_the_month(
    owner: "asyncpg.Connection", statement: Statement, arguments: Sequence[object]
) -> None:
    told = await plan(owner, statement, arguments)

    assert INDEX in told, told
    assert "claim_pk" not in told
    assert "Seq Scan on claim" not in told
