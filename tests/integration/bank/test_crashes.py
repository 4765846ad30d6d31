"""An import killed with kill -9 at every named point, at its first and at a later file: nothing lost, nothing twice."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from infra.local.databases import ServiceDatabase
from infra.local.settings import REPOSITORY
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, notice_file, statement_file
from tests.support.reconciling import balances, owe, standing
from tests.support.settlement import INSURER

DAY = date(2026, 6, 1)
NEXT = DAY + timedelta(days=1)
POINTS = (
    *("bank.file-kept", "bank.lines-kept", "bank.matches-kept"),
    *("settlement.bank-import.before-commit", "settlement.bank-import.after-commit"),
)
COUNTS = """
SELECT (SELECT count(*) FROM statement_file), (SELECT count(*) FROM bank_line), (SELECT count(*) FROM line_match),
    (SELECT count(*) FROM credit_notice), (SELECT count(*) FROM announced_event), (SELECT count(*) FROM sealed_file)
"""
Seen = tuple[Mapping[str, int], tuple[int, ...]]


def written(folder: Path) -> list[str]:
    """Two statements that overlap, and the notice of what the second shows."""
    first = [Line(day=DAY, yen=1_000, edi=INSURER), Line(day=DAY, yen=50, name="ﾀﾞﾚｶ")]
    second = [first[1], Line(day=NEXT, yen=2_000, edi=INSURER), Line(day=NEXT, yen=-40, narrative="ﾃｽｳﾘﾖｳ")]
    contents = (
        statement_file(500, first),
        statement_file(1_500, second),
        notice_file([Line(day=NEXT, yen=2_000, number="1", edi=INSURER)]),
    )
    files = [folder / f"{place}.txt" for place, _ in enumerate(contents)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return [str(file) for file in files]


async def imported(dsn: str, files: list[str], **armed: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.bank_importer", dsn, *files, cwd=REPOSITORY, env=os.environ | armed
    )
    return await process.wait()


async def seen(database: Database) -> Seen:
    counts = await database.pool.fetchrow(COUNTS)
    assert counts is not None
    return await balances(database), tuple(counts)


@pytest.mark.parametrize("where", [(point, passage) for point in POINTS for passage in (1, 2)], ids=str)
async def test_an_import_that_was_killed_is_whole_or_absent_and_done_once_when_repeated(
    fresh: ServiceDatabase, database: Database, tmp_path: Path, where: tuple[str, int]
) -> None:
    point, passage = where
    for period, yen in (("202604", 1_000), ("202605", 2_000)):
        await owe(fresh.owner_dsn, INSURER, yen, due=NEXT, period=period)
    files, hit = written(tmp_path), tmp_path / "hit"
    armed = {"SEIKYU_CRASHPOINT": f"{point}:{passage}", "SEIKYU_CRASHPOINT_FILE": str(hit)}

    died = await imported(fresh.dsn, files, **armed)
    between, (kept, *_) = await seen(database)
    half = (await standing(database)).unproved
    again = await imported(fresh.dsn, files)

    assert (died, hit.read_text()) == (-signal.SIGKILL, f"{point}\n")
    assert kept == passage - 1 + point.endswith("after-commit")
    assert half == []
    assert sum(between.values()) == 0
    assert again == 0
    assert await seen(database) == (
        {
            "bank:999999910000001": -3_550,
            "suspense:999999910000001": 50,
            "own:999999910000001": 500,
            f"payer:{INSURER}": 3_000,
        },
        (3, 4, 2, 1, 2, 3),
    )
    assert (await standing(database)).unproved == []
