"""A till over a database of its own: files imported as the service does, statements and payments put there by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import asyncpg

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_reads import positions
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.bank_records import Brought, Waiting, sent_file
from services.settlement.application.reconciling import import_file, match_by_person, match_by_rules
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.reconciliation.placed import Act, Match
from services.settlement.domain.reconciliation.positions import Positions
from services.settlement.domain.reconciliation.verdicts import Part
from services.shared.chassis.postgres import Database
from services.shared.kernel.months import business_day

NOW = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
ACT = Act(by="operator:test", at=NOW, traceparent=f"00-{7:032x}-{7:016x}-00")


async def take(database: Database, content: bytes, act: Act = ACT) -> Sequence[Brought] | None:
    """Import a file as the service does that owns its accounts."""
    file = read_statement_file(content, DayStyle.IMPERIAL, business_day(act.at))
    sent = sent_file(content, file.source, act)
    async with database.transaction(label="test.bank-import") as tx:
        return await import_file(till_of(tx), file, sent, {each.account for each in file.statements})


async def queue(database: Database) -> Sequence[Waiting]:
    """All lines that wait."""
    async with database.transaction(label="test.bank-queue") as tx:
        return await till_of(tx).records.waiting(None)


async def say(database: Database, waiting: Waiting, *parts: Part, act: Act = ACT) -> Sequence[Match]:
    """A person's word for a line."""
    async with database.transaction(label="test.bank-match") as tx:
        return await match_by_person(till_of(tx), waiting, parts, reason="because", act=act)


async def try_rules(database: Database, act: Act = ACT) -> tuple[int, int]:
    """The rules over the queue."""
    async with database.transaction(label="test.bank-rules") as tx:
        return await match_by_rules(till_of(tx), act)


async def standing(database: Database, as_of: date = business_day(NOW)) -> Positions:  # noqa: B008 - a constant
    """Where every yen is."""
    async with database.transaction(label="test.positions") as tx:
        await tx.execute(QUERIES["begin_replay"])
        return await positions(tx, as_of)


async def balances(database: Database) -> Mapping[str, int]:
    """Every account's balance."""
    return {row["account_id"]: row["balance_yen"] for row in await database.fetch(QUERIES["list_accounts"])}


async def verdicts(database: Database, account: str) -> list[str]:
    """What each line was taken for at its import, in order."""
    rows = await database.fetch(BANK["waiting_lines"], account, -1, 1)
    del rows
    async with database.pool.acquire() as connection:
        found = await connection.fetch("SELECT verdict FROM bank_line WHERE account = $1 ORDER BY position", account)
    return [row["verdict"] for row in found]


async def owe(owner_dsn: str, payer: str, yen: int, *, due: date, period: str = "202604") -> str:
    """Put a payer's statement there, as if a period had been closed, and what it tells of into the ledger's account."""
    statement = f"sta_{payer}{period}"
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute("ALTER TABLE statement DROP CONSTRAINT IF EXISTS statement_of_cut")
        for trigger in ("statement_is_right", "statement_is_sealed"):
            await connection.execute(f"ALTER TABLE statement DISABLE TRIGGER {trigger}")
        await connection.execute(_STATEMENT, statement, f"payer:{payer}", period, yen, due)
        await connection.execute(
            "INSERT INTO account (account_id, kind, balance_yen, version) VALUES ($1, 'payer', 0, 0)"
            " ON CONFLICT DO NOTHING",
            f"payer:{payer}",
        )
    finally:
        await connection.close()
    return statement


_STATEMENT = """
INSERT INTO statement (
    statement_id, account_id, kind, period, cut_version, cut_sequence, open_version, open_sequence, opening_yen,
    claims_yen, adjustments_yen, fees_yen, paid_yen, closing_yen, ahead_yen, brought_yen, payable_yen, carried_yen,
    due_on, pays_on, lines, csv_sha256, pdf_sha256, transfers_block, transfers_sha256, events_block, events_sha256,
    files_block, files_sha256, issued_at
) VALUES ($1, $2, 'payer', $3, 0, 0, 1, 1, 0, -$4::bigint, 0, 0, 0, -$4::bigint, 0, 0, $4, 0, $5, $5, 0,
          repeat('0', 64), repeat('0', 64), 0, '', 0, '', 0, '', now())
"""
