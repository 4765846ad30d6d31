"""The ledger's check finds a planted change of whatever a bank said, and none where nobody planted one."""

from datetime import date

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.bank_check import bank_faults
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, notice_file, statement_file
from tests.support.camt import camt_052, camt_054
from tests.support.reconciling import owe, queue, say, take
from tests.support.settlement import INSURER

DAY = date(2026, 6, 1)
OTHER = "999999910000002"
TABLES = ("statement_file", "bank_statement", "bank_line", "line_match", "credit_notice")
PLANTED = {
    "UPDATE statement_file SET content = content || 'x', sha256 = sha256(content || 'x'),"
    " kept_sha256 = CASE WHEN kept_sha256 IS NOT NULL THEN sha256(content || 'x') END": "sealed as another",
    "UPDATE statement_file SET sha256 = sha256('x') WHERE source = 'camt.052'": "named after another fingerprint",
    "UPDATE statement_file SET source = '01' WHERE source = '03'": "says other things",
    "UPDATE bank_statement SET until = until + 1": "says other things",
    "UPDATE bank_line SET remitter = 'X' WHERE position = 2": "is not what its file says",
    "UPDATE bank_line SET valued = valued + 1": "is not what its file says",
    "UPDATE bank_line SET content_sha256 = sha256('x')": "is not what its file says",
    "UPDATE bank_line SET balance_before = 1, balance_after = balance_after + 1 - balance_before": "its lines lead",
    "DELETE FROM bank_line WHERE position = 3": "its lines lead",
    "UPDATE bank_account SET balance_yen = balance_yen + 1": "its lines lead",
    "UPDATE line_match SET yen = yen - 1": "is not what its transfer moved",
    "UPDATE line_match SET transfer_id = 'trf_x'": "is not what its transfer moved",
    "DELETE FROM line_match": "the ledger's suspense account",
    "UPDATE line_match SET target = 'x' WHERE rule = 'person'": "is not what was said",
    "UPDATE line_match SET statement_id = ''": "is not what was said",
    "UPDATE line_match SET matched_by = 'operator:x'": "is not what was said",
    "UPDATE line_match SET reason = 'x'": "is not what was said",
    "UPDATE line_match SET rule = 'x'": "is not what was said",
    "UPDATE line_match SET matched_at = matched_at + interval '1 second'": "is not what was said",
    "UPDATE bank_line SET verdict = 'x'": "taken for what there is not",
    "UPDATE bank_line SET verdict = 'batch_total'": "no match says so",
    "UPDATE bank_account SET until = until + 3": "its lines lead",
    "UPDATE bank_account SET begins_on = begins_on - 3": "its lines lead",
    "DELETE FROM waiting_line": "does not, or waits otherwise",
    "UPDATE waiting_line SET open_yen = open_yen + 1": "does not, or waits otherwise",
    "UPDATE waiting_line SET booked = booked + 1": "does not, or waits otherwise",
    "INSERT INTO waiting_line SELECT line_id, account, 9, booked, 1 FROM bank_line WHERE yen = 1000": "does not, or",
    "INSERT INTO owed_statement SELECT statement_id, 'x', due_on, 1 FROM statement": "other open yen than it has",
    "UPDATE bank_account_sum SET yen = yen + 1 WHERE what = 'in'": "is kept with other sums",
    "DELETE FROM bank_account_sum": "is kept with other sums",
    "UPDATE credit_notice SET yen = yen + 1": "is not what its file says",
    "UPDATE credit_notice SET is_cancelled = true": "is not what its file says",
}


async def told_by_banks(fresh: ServiceDatabase, database: Database) -> None:
    """Files of every kind, a match of the rules, and one of a person."""
    await owe(fresh.owner_dsn, INSURER, 1_000, due=DAY)
    lines = [Line(day=DAY, yen=1_000, edi=INSURER), Line(day=DAY, yen=50, name="ﾀﾞﾚｶ"), Line(day=DAY, yen=-7)]
    await take(database, statement_file(100, lines))
    await take(database, notice_file([Line(day=DAY, yen=1_000, number="1"), Line(day=DAY, yen=1_000, number="2")]))
    await take(database, camt_052(0, [Line(day=DAY, yen=9, number="A")], since=DAY, until=DAY, account=OTHER))
    await take(database, camt_054([Line(day=DAY, yen=9, number="A")], account=OTHER))
    waiting, *_ = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.PAYER, target=INSURER, yen=50))


async def faults(database: Database) -> list[str]:
    async with database.transaction(label="test.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        return [each async for each in bank_faults(tx)]


async def test_what_banks_said_is_found_as_it_was_kept(fresh: ServiceDatabase, database: Database) -> None:
    await told_by_banks(fresh, database)

    assert await faults(database) == []


@pytest.mark.parametrize(("change", "sentence"), PLANTED.items())
async def test_a_planted_change_of_what_a_bank_said_is_found(
    fresh: ServiceDatabase, database: Database, change: str, sentence: str
) -> None:
    await told_by_banks(fresh, database)
    connection = await asyncpg.connect(fresh.owner_dsn)
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(change)
    await connection.close()

    assert any(sentence in fault for fault in await faults(database))
