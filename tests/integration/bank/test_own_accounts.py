"""Files of accounts that are not the platform's own: refused whole, nothing of them kept, nothing opened."""

from datetime import date
from pathlib import Path

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.postgres import Database
from tests.support.bank_site import Site, served
from tests.support.bank_statements import ACCOUNT, Line, ended, era, notice_file, statement_file, statement_rows
from tests.support.camt import camt_052
from tests.support.reconciling import balances, owe
from tests.support.settlement import INSURER

DAY = date(2026, 6, 30)
FOREIGN = "999999920000007"
PAID = [Line(day=DAY, yen=7_000, edi=INSURER)]
TABLES = ("statement_file", "bank_account", "bank_statement", "bank_line", "line_match", "credit_notice")


async def kept(owner_dsn: str) -> dict[str, int]:
    connection = await asyncpg.connect(owner_dsn)
    try:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}
    finally:
        await connection.close()


@pytest.mark.parametrize("content", [statement_file(0, PAID, account=FOREIGN), notice_file(PAID, account=FOREIGN)])
async def test_a_file_of_another_account_is_refused_and_leaves_no_trace(
    fresh: ServiceDatabase, database: Database, site: Site, content: bytes
) -> None:
    await owe(fresh.owner_dsn, INSURER, 7_000, due=date(2026, 7, 10))
    before = await balances(database)

    answer = await site.imported(content, code=1)

    ((record, rule),) = [(each["record"], each["rule"]) for each in answer["violations"]]
    assert (answer["accepted"], record, rule) == (False, 1, "account.not_ours")
    assert FOREIGN not in str(answer)
    assert await kept(fresh.owner_dsn) == dict.fromkeys(TABLES, 0)
    assert await balances(database) == before


async def test_own_statements_are_taken_from_no_file_that_tells_of_another_account_as_well(
    fresh: ServiceDatabase, site: Site
) -> None:
    ours, foreign = (
        statement_rows(0, PAID, since=DAY, until=DAY, account=account, days=era) for account in (ACCOUNT, FOREIGN)
    )

    answer = await site.imported(ended([*ours, *foreign], accounts=2), code=1)

    assert [(each["record"], each["rule"]) for each in answer["violations"]] == [(4, "account.not_ours")]
    assert await kept(fresh.owner_dsn) == dict.fromkeys(TABLES, 0)
    assert (await site.imported(ended(ours, accounts=1)))["accepted"]


async def test_where_no_account_is_set_every_import_is_refused_by_the_name_of_the_setting(
    fresh: ServiceDatabase, database: Database, tmp_path: Path
) -> None:
    async with served(tmp_path, database, own=frozenset()) as site:
        for content in (statement_file(0, PAID), notice_file(PAID), camt_052(0, PAID, since=DAY, until=DAY)):
            answer = await site.imported(content, code=1)

            ((rule, said),) = [(each["rule"], each["said"]) for each in answer["violations"]]
            assert rule == "account.not_ours"
            assert "SEIKYU_BANK_ACCOUNTS" in said
            assert ACCOUNT not in said
    assert await kept(fresh.owner_dsn) == dict.fromkeys(TABLES, 0)
