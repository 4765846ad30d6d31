"""A code's claims are read along the index of found codes, however many others stand beside it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_coded import CODED
from services.shared.chassis.queries import Statement

CODES, CLAIMS = 40, 20_000
CODE, MIDDLE = "0000007", "clm_8"
ANY_ROUTE, ANY_TIME, PAGE = 0, None, 101


@pytest.fixture
async def owner(migrated: ServiceDatabase) -> AsyncIterator["asyncpg.Connection"]:
    """Claims with one code each, half of them with the same one; the planner knows them."""
    connection = await asyncpg.connect(migrated.owner_dsn)
    await connection.execute(
        f"""
        INSERT INTO claim (claim_id, hospital_code, agency, claim_month, treatment_month, receipt_number, receipt_kind,
                           receipt_sha256, occurrence, receipt, findings, declared_points, submission_id, traceparent,
                           received_at)
        SELECT 'clm_' || md5(n::text), '1310000003', 1, '202606', '202605', n, '1112', md5(n::text), 0, 'RE', '', 73,
               '', '', now()
        FROM generate_series(1, {CLAIMS}) AS n;
        INSERT INTO claim_coding (claim_id, codings, late, completed_at)
        SELECT claim_id, '', false, now() FROM claim;
        INSERT INTO found_code (disease_code, claim_id, line, revision, route, completed_at)
        SELECT CASE WHEN n % 2 = 0 THEN '{CODE}' ELSE to_char(n % {CODES}, 'FM1000000') END, 'clm_' || md5(n::text), 4,
               0, 1, now()
        FROM generate_series(1, {CLAIMS}) AS n;
        """
    )
    for table in ("claim", "claim_coding", "found_code"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    yield connection
    await connection.close()


async def test_a_page_from_the_middle_reads_no_table_from_its_beginning(owner: "asyncpg.Connection") -> None:
    statement: Statement = CODED["coded_claims"]
    asked = (CODE, MIDDLE, 0, ANY_ROUTE, ANY_TIME, PAGE)

    told = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {statement.sql}", *asked))

    assert "Index Cond: ((disease_code = '0000007'::text) AND (ROW(claim_id, line) >" in told, told
    for wasteful in ("Merge", "Hash", "Seq Scan on claim", "Seq Scan on found_code"):
        assert wasteful not in told, told
