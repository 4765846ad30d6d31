"""A close that is killed at any boundary goes on where it was: nothing is lost, nothing is there twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.queries import QUERIES
from services.settlement.adapters.statements.statement_documents import Form, StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.shared.chassis.postgres import Database
from tests.support.closing import close, load, statements
from tests.support.settlement import PROGRAMME, decision, opened, part, post
from tests.support.stack import REPOSITORY, PostgresCluster

APRIL = "202604"
STEPS = ("begin", "cut-payers", "cut-hospitals", "heads", "issue", "finish")
POINTS = [
    *(f"settlement.period-{step}.{when}" for step in STEPS for when in ("before-commit", "after-commit")),
    "settlement.period-issue.before-commit:3",
    "settlement.period-issue.after-commit:4",
    "settlement.seal.after-commit",
]
DIFFERING = {"csv_sha256", "pdf_sha256", "transfers_sha256", "events_sha256"}
"""Numbers of transfers that a killed transaction took are gone, and the chains tell of the numbers."""


async def lived(database: Database) -> None:
    """A month of two hospitals and two payers, one claim of it corrected."""
    await load(database, [APRIL])
    await post(database, [decision(number, part(yen=100 * number), part(PROGRAMME, yen=7)) for number in range(1, 9)])
    await post(database, [decision(20, part(yen=40), hospital="1320000009")])
    await post(database, [decision(3, part(yen=250), part(PROGRAMME, yen=7), nth=2)])


async def said(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    rows = await statements(database)
    return {key: {name: row[name] for name in set(row.keys()) - DIFFERING} for key, row in rows.items()}


async def told(database: Database) -> list[tuple[str, int, str]]:
    async with database.transaction(label="test.read") as tx:
        rows = await tx.connection.fetch("SELECT payer_number, sequence, type FROM announced_event ORDER BY 1, 2")
    return [(row["payer_number"], row["sequence"], row["type"]) for row in rows]


async def balances(database: Database) -> dict[str, int]:
    return {row["account_id"]: row["balance_yen"] for row in await database.fetch(QUERIES["list_accounts"])}


@pytest.fixture
async def undisturbed(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
    async with opened(made) as database:
        await lived(database)
        await close(database, APRIL)
        yield database


async def killed_at(point: str, database: ServiceDatabase, record: Path) -> None:
    environment = os.environ | {
        "SEIKYU_CRASHPOINT": point,
        "SEIKYU_CRASHPOINT_FILE": str(record),
        "PYTHONPATH": ".:protos/gen",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.closing_process", database.dsn, APRIL), cwd=REPOSITORY, env=environment
    )
    assert await process.wait() == -signal.SIGKILL
    assert await asyncio.to_thread(record.read_text) == f"{point.partition(':')[0]}\n"


@pytest.mark.parametrize("point", POINTS)
async def test_a_close_killed_anywhere_goes_on_and_ends_as_one_that_was_left_alone(
    fresh: ServiceDatabase, database: Database, undisturbed: Database, tmp_path: Path, *, point: str
) -> None:
    await lived(database)
    await killed_at(point, fresh, tmp_path / "hit")

    await close(database, APRIL)

    assert await said(database) == await said(undisturbed)
    assert await told(database) == await told(undisturbed)
    assert await balances(database) == await balances(undisturbed)
    assert [progress async for progress in replayed(database)][-1].faults == ()
    await documents_are_as_issued(database)


async def documents_are_as_issued(database: Database) -> None:
    reader = StatementReader(database)
    issued, documents = Statements(database, reader), StatementDocuments(reader)
    for row in (await statements(database)).values():
        statement = await issued.again(row)
        for form in Form:
            assert [piece async for piece in documents.written(statement, form)]


async def test_two_who_close_at_the_same_time_issue_each_statement_once(
    database: Database, undisturbed: Database
) -> None:
    await lived(database)

    await asyncio.gather(*(close(database, APRIL) for _ in range(3)))

    assert await said(database) == await said(undisturbed)
    assert await told(database) == await told(undisturbed)
