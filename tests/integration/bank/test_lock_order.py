"""A file of several accounts is imported while claims are posted: one waits for the other, and neither fails."""

import asyncio

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.messages import write_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import post_decisions
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import ACCOUNT, Line, ended, statement_rows
from tests.support.instructed import PLATFORM, TOTAL, instructed
from tests.support.payments import AT, HOSPITALS, PAY_DAY
from tests.support.reconciling import owe, standing, take
from tests.support.settlement import PROGRAMME, decision, part
from tests.support.waiting import until_awaited

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
HOSPITAL = min(HOSPITALS)
SHOWN = Line(day=PAY_DAY, yen=-TOTAL)
"""A hospital's account is written to for this one, and then its payer's stream for the next."""
PAID = Line(day=PAY_DAY, yen=1_000, edi=PROGRAMME)


async def test_a_file_of_two_accounts_and_a_posting_lock_streams_and_accounts_in_the_same_order(
    fresh: ServiceDatabase, database: Database
) -> None:
    await instructed(database)
    await owe(fresh.owner_dsn, PROGRAMME, 1_000, due=PAY_DAY)
    rows = [
        row
        for account, opening, line in ((PLATFORM, 10_000, SHOWN), (ACCOUNT, 0, PAID))
        for row in statement_rows(opening, [line], since=PAY_DAY, until=PAY_DAY, account=account)
    ]

    async with database.transaction(label="test.posting") as tx:
        await tx.fetch(QUERIES["lock_payer_streams"], [PROGRAMME])
        importing = asyncio.ensure_future(take(database, ended(rows, accounts=2)))
        await until_awaited(lambda: database.pool.fetchval(WAITING))
        claim = decision(99, part(PROGRAMME, yen=50), hospital=HOSPITAL)
        told = await post_decisions([claim], PostgresLedger(tx), write_event=write_settled, now=AT)
    brought = await importing

    assert len(told) == 1
    assert [each.matched_lines for each in brought or ()] == [1, 1]
    assert (await standing(database, PAY_DAY)).unproved == []
