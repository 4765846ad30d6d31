"""Codes of an earlier release are the first revision, and its processes go on attaching while a later one runs."""

import asyncio
import shutil
from pathlib import Path

import asyncpg
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.events_pb2 import CodingCompleted

from services.shared.chassis.migrate import migrate
from tests.support.stack import REPOSITORY, PostgresCluster

SQL = REPOSITORY / "services" / "claims" / "sql"
FORMER = 15
ATTACH = """
INSERT INTO claim_coding (claim_id, codings, late, completed_at) VALUES ($1, $2, false, now())
ON CONFLICT ON CONSTRAINT claim_coding_pk DO NOTHING
RETURNING claim_id
"""
FAR_LINE = 300
CAUSE = "evt_" + "1a07" * 8


def former_release(directory: Path) -> Path:
    """The migrations up to the one before the revisions."""
    (directory / "migrations").mkdir(parents=True)
    for file in sorted((SQL / "migrations").glob("*.sql"))[:FORMER]:
        shutil.copy(file, directory / "migrations")
    return directory


def answer() -> bytes:
    """Two sure codes, one with as many modifiers as there may be, and what a person has to look at."""
    message = CodingCompleted(claim_id="clm_1", cause_event_id=CAUSE, coder_version="1a07")
    exact, decomposed = coding_service_pb2.CODING_ROUTE_EXACT, coding_service_pb2.CODING_ROUTE_DECOMPOSED
    message.codings.add(line=4, route=exact, disease_code="3459004")
    message.codings.add(line=FAR_LINE, route=decomposed, disease_code="3669004", modifier_codes=["2049"] * 20)
    message.codings.add(line=5, route=coding_service_pb2.CODING_ROUTE_REVIEW, disease_code="7245001")
    message.codings.add(line=6, route=exact)
    message.completed_time.GetCurrentTime()
    return message.SerializeToString()


async def test_codes_of_a_former_release_stand_as_the_first_revision_and_are_found_by_what_they_are(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    database = await asyncio.to_thread(postgres_cluster.create_database, "claims")
    await migrate(database.owner_dsn, former_release(tmp_path / "claims" / "sql"))
    async with asyncpg.create_pool(database.dsn, min_size=1, max_size=1) as pool:
        await pool.execute(ATTACH, "clm_1", answer())
        await migrate(database.owner_dsn, SQL)

        again = await pool.fetch(ATTACH, "clm_1", answer())  # as the former release writes
        new = await pool.fetch(ATTACH, "clm_2", answer())

        kept = await pool.fetch("SELECT claim_id, revision FROM claim_coding ORDER BY 1")
        found = await pool.fetch("SELECT disease_code, claim_id, line, revision, route FROM found_code ORDER BY line")
    assert ([*map(tuple, again)], [*map(tuple, new)]) == ([], [("clm_2",)])
    assert [tuple(row) for row in kept] == [("clm_1", 0), ("clm_2", 0)]
    assert [tuple(row) for row in found] == [("3459004", "clm_1", 4, 0, 1), ("3669004", "clm_1", FAR_LINE, 0, 3)]
