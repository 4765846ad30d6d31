"""A bank's file in the database: the ledger moves with its lines, whole or not at all, and once."""

from datetime import date

import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.domain.bank.statements import WrongBankFile
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import ACCOUNT, Line, statement_file
from tests.support.reconciling import balances, owe, queue, standing, take

BANK, SUSPENSE = f"bank:{ACCOUNT}", f"suspense:{ACCOUNT}"
INSURER = "06132013"
DAY = date(2026, 6, 30)


async def test_a_payers_money_moves_its_account_by_the_statement_that_it_pays(
    fresh: ServiceDatabase, database: Database
) -> None:
    await owe(fresh.owner_dsn, INSURER, 7_000, due=date(2026, 7, 10))
    brought = await take(database, statement_file(1_000, [Line(day=DAY, yen=7_000, code=f"00{INSURER}", name="ｹﾝﾎﾟ")]))

    assert [(each.new_lines, each.matched_lines) for each in brought or ()] == [(1, 1)]
    assert await balances(database) == {BANK: -8_000, f"own:{ACCOUNT}": 1_000, f"payer:{INSURER}": 7_000}
    assert (await standing(database)).unproved == []


async def test_money_of_nobody_known_waits_in_suspense(database: Database) -> None:
    await take(database, statement_file(0, [Line(day=DAY, yen=500, name="ﾀﾞﾚｶ")]))

    (waiting,) = await queue(database)
    assert (waiting.open_yen, waiting.placed.verdict.why.value) == (500, "unknown_remitter")  # type: ignore[union-attr]
    assert await balances(database) == {BANK: -500, SUSPENSE: 500}


async def test_the_same_file_again_changes_nothing(database: Database) -> None:
    content = statement_file(0, [Line(day=DAY, yen=500)])
    await take(database, content)

    assert await take(database, content) is None
    assert await balances(database) == {BANK: -500, SUSPENSE: 500}


async def test_a_gap_is_refused_as_a_whole_and_says_so(database: Database) -> None:
    await take(database, statement_file(0, [Line(day=DAY, yen=500)]))

    with pytest.raises(WrongBankFile) as refused:
        await take(database, statement_file(700, [Line(day=date(2026, 7, 1), yen=1)]))

    (told,) = refused.value.violations
    assert (told.record, told.offset, told.rule) == (1, 115, "gap")
    assert "500" in told.said
    assert await balances(database) == {BANK: -500, SUSPENSE: 500}
