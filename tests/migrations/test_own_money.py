"""Own money that an earlier release kept in suspense, and files that it kept as they came, stand as they were."""

import asyncio
import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import asyncpg

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.migrate import migrate
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from tests.support.bank_statements import ACCOUNT, Line, statement_file
from tests.support.camt import PASSWORD
from tests.support.reconciling import NOW, balances, queue, say, standing, take
from tests.support.settlement import opened
from tests.support.stack import REPOSITORY, PostgresCluster

SQL = REPOSITORY / "services" / "settlement" / "sql"
FORMER = 21
BANK, SUSPENSE, OWN = f"bank:{ACCOUNT}", f"suspense:{ACCOUNT}", f"own:{ACCOUNT}"
NEXT = date(2026, 6, 2)
CONTENT = f"<a>{PASSWORD}</a>".encode()
ACCOUNT_ROW = "INSERT INTO bank_account VALUES ($1, 500, DATE '2026-06-01', DATE '2026-06-01', 2, 477)"
LINES = """
INSERT INTO bank_line (
    line_id, account, position, file_id, record, booked, valued, direction, yen, balance_before, balance_after, dealing,
    inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi, content_sha256, verdict
)
SELECT 'bkl_' || n.position, $1, n.position, 'stf_1', n.position, DATE '2026-06-01', NULL, n.direction, n.yen, n.before,
    n.after, '', '', '', '', '', '', '', '', sha256(''), 'unknown_debit'
FROM (VALUES (1, 'out', 30, 500, 470), (2, 'in', 7, 470, 477)) AS n (position, direction, yen, before, after)
"""
MATCHES = """
INSERT INTO line_match (
    match_id, line_id, rule, purpose, target, statement_id, yen, transfer_id, matched_by, reason, matched_at
)
SELECT 'mat_' || n.position, 'bkl_' || n.position, 'person', 'own', '', '', n.yen, n.id, 'operator:a', 'charge', now()
FROM (VALUES (1, 30, $1::text), (2, 7, '')) AS n (position, yen, id)
"""


def order(kind: TransferKind, giver: str, taker: str, yen: int) -> Order:
    return Order(
        transfer_id=order_id(kind, "former"),
        movement=Movement(from_account=giver, to_account=taker, amount_yen=Yen(yen)),
        kind=kind,
        cause_event_id=EventId("stf_1"),
        traceparent=f"00-{7:032x}-{7:016x}-00",
        period="202606",
    )


async def kept_by_the_former_release(made: ServiceDatabase) -> None:
    """An account with 500 yen that paid 30 of charges and got 7 of interest, all through suspense."""
    charge = order(TransferKind.REFUND, SUSPENSE, BANK, 30)
    async with opened(made) as database, database.transaction(label="test.former") as tx:
        opening = order(TransferKind.OPENING, BANK, SUSPENSE, 500)
        await PostgresBooks(tx).post([opening, order(TransferKind.INCOMING, BANK, SUSPENSE, 7), charge], NOW)
        await tx.connection.execute(
            "INSERT INTO statement_file (file_id, sha256, source, content, imported_by, imported_at)"
            " VALUES ('stf_1', $1, 'camt.052', $2, 'operator:a', now())",
            sha256(CONTENT).digest(),
            CONTENT,
        )
        await tx.connection.execute(ACCOUNT_ROW, ACCOUNT)
        await tx.connection.execute(LINES, ACCOUNT)
        await tx.connection.execute(MATCHES, charge.transfer_id)


async def test_own_money_in_suspense_stays_there_and_is_proved_and_new_charges_are_not_taken_from_it(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    former = tmp_path / "settlement" / "sql"
    (former / "migrations").mkdir(parents=True)
    for file in sorted((SQL / "migrations").glob("*.sql"))[:FORMER]:
        shutil.copy(file, former / "migrations")
    made = await asyncio.to_thread(postgres_cluster.create_database, "settlement")
    await migrate(made.owner_dsn, former)
    await kept_by_the_former_release(made)
    await migrate(made.owner_dsn, SQL)

    async with opened(made) as database:
        [sums] = (await standing(database)).accounts
        assert await balances(database) == {BANK: -477, SUSPENSE: 477}
        assert (sums.own_in_suspense_yen, sums.own_in_all_yen, sums.own_ledger_yen) == (477, 477, 0)
        await take(database, statement_file(477, [Line(day=NEXT, yen=-100)]))
        [waiting] = await queue(database)
        await say(database, waiting, Part(purpose=Purpose.OWN, target="", yen=100))
        assert await balances(database) == {BANK: -377, SUSPENSE: 477, OWN: -100}
        assert (await standing(database)).unproved == []

    connection = await asyncpg.connect(made.owner_dsn)
    kept = await connection.fetchrow("SELECT content, kept_sha256 FROM statement_file WHERE file_id = 'stf_1'")
    await connection.close()
    assert kept is not None
    assert (kept["content"], kept["kept_sha256"]) == (CONTENT, None)
