"""A month of a country's hospitals to be paid in one file: statements whose claims stand in the ledger.

Only what a release reads is put there: the hospitals' entries with their transfers, scattered as they come in, and not
the payers' entries. What is counted when a statement is issued is counted as it is in the service, by the trigger.
"""

import resource
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payment_notices import lock_payers, tell_payers
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.proposing_payments import Asked, propose
from services.settlement.application.releasing import Asked as FileAsked
from services.settlement.application.releasing import Released, approve, release
from services.settlement.domain.payments.batches import Batch, bank_account_id
from services.settlement.domain.payments.files import FileForm
from services.shared.chassis.postgres import Database
from tests.bench.paying_load import CONFIRMATIONS, HOSPITALS, PAYEES, PAYERS, connected, pieces
from tests.support.payments import AT, CHECKER, MAKER, PLATFORM, TERMS, TRACE

PERIOD: Final = "202401"
YEN: Final = 700
KILOBYTES_OF_A_MEGABYTE: Final = 1024
STATEMENTS: Final = 500
"""Statements that are issued in one statement."""
CLAIM_TRANSFERS: Final = f"""
INSERT INTO transfer (
    transfer_id, from_account, from_version, to_account, to_version, amount_yen, kind, claim_id, decision_id,
    cause_event_id, trace_id, payload_sha256, claim_month, payer_number, points, posted_at
)
SELECT 'trf_' || m, 'payer:' || p, 1, 'hospital:' || (1310000000 + i % {HOSPITALS}), i / {HOSPITALS} + 1, {YEN},
    'claim', 'clm_' || m, 'dec_' || m, 'evt_' || m, m, sha256('x'), '{PERIOD}', p, 100, now()
FROM (
    SELECT i, md5(i::text) AS m, (10000000 + (i * 7919) % {PAYERS})::text AS p
    FROM generate_series($1::bigint, $2::bigint - 1) AS i OFFSET 0
) AS n
"""
ENTRIES: Final = f"""
INSERT INTO entry (account_id, version, transfer_id, amount_yen, balance_before, balance_after)
SELECT 'hospital:' || (1310000000 + i % {HOSPITALS}), i / {HOSPITALS} + 1, 'trf_' || md5(i::text), {YEN},
    {YEN} * (i / {HOSPITALS}), {YEN} * (i / {HOSPITALS} + 1)
FROM generate_series($1::bigint, $2::bigint - 1) AS i
"""
ACCOUNTS: Final = f"""
INSERT INTO account (account_id, kind, balance_yen, version)
SELECT 'hospital:' || (1310000000 + h), 'hospital', {YEN} * $1::bigint, $1::bigint
FROM generate_series(0, {HOSPITALS} - 1) AS h
UNION ALL SELECT '{bank_account_id(PLATFORM)}', 'bank', -1000000000000, 1
"""
HOSPITALS_STATEMENTS: Final = f"""
INSERT INTO statement (
    statement_id, account_id, kind, period, cut_version, cut_sequence, open_version, open_sequence, opening_yen,
    claims_yen, adjustments_yen, fees_yen, paid_yen, closing_yen, ahead_yen, brought_yen, payable_yen, carried_yen,
    due_on, pays_on, lines, csv_sha256, pdf_sha256, transfers_block, transfers_sha256, events_block, events_sha256,
    files_block, files_sha256, issued_at
)
SELECT 'sta_' || md5('h' || h), 'hospital:' || (1310000000 + h), 'hospital', '{PERIOD}', n, 0, n + 1, 1, 0,
    {YEN} * n, 0, 0, 0, {YEN} * n, 0, 0, {YEN} * n, 0, '2026-06-22', '2026-06-22', n, repeat('0', 64),
    repeat('0', 64), 0, '', 0, '', 0, '', now()
FROM generate_series($1::bigint, $2::bigint - 1) AS h, (VALUES ($3::bigint)) AS v (n)
"""
REST: Final = f"""
INSERT INTO payer_stream (payer_number) SELECT (10000000 + p)::text FROM generate_series(0, {PAYERS} - 1) AS p;
INSERT INTO period_close VALUES ('{PERIOD}', false, 'operator:admin', '{TRACE}', now());
INSERT INTO period_closed VALUES ('{PERIOD}', 0, {HOSPITALS}, 0, 0, now());
"""


async def fill_month(dsn: str, claims_each: int) -> float:
    """Every hospital with so many claims and a statement; milliseconds that counting took for one statement."""
    connection = await connected(dsn)
    claims = claims_each * HOSPITALS
    try:
        await connection.execute("SET maintenance_work_mem = '1GB'")
        once = await connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'transfer_once'"
        )
        await connection.execute("ALTER TABLE transfer DROP CONSTRAINT transfer_once")
        for first, last in pieces(claims):
            await connection.execute(CLAIM_TRANSFERS, first, last)
            await connection.execute(ENTRIES, first, last)
        await connection.execute(f"ALTER TABLE transfer ADD CONSTRAINT transfer_once {once}")
        await connection.execute(ACCOUNTS, claims_each)
        for first, last in pieces(HOSPITALS):
            await connection.execute(PAYEES, first, last)
        await connection.execute(CONFIRMATIONS)
        await connection.execute(REST)
        await connection.execute("VACUUM (ANALYZE) transfer, entry, account, payee, payee_confirmation")
        began = time.perf_counter()
        for first in range(0, HOSPITALS, STATEMENTS):
            await connection.execute(HOSPITALS_STATEMENTS, first, first + STATEMENTS, claims_each)
        took_s = time.perf_counter() - began
        await connection.execute("ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return took_s / HOSPITALS * 1e3


async def _timed(work: Coroutine[Any, Any, Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return await work, time.perf_counter() - began


async def proposed_and_released(database: Database, say: Callable[[str], object]) -> dict[str, str]:
    """What proposing, approving and releasing took, each in a transaction of its own; a file of each form."""
    found: dict[str, str] = {}
    batch, took_s = await _timed(_proposed(database))
    found["proposed"] = f"{took_s:.1f} s"
    say(f"proposed: {found['proposed']}")
    for form, stays in ((FileForm.ZENGIN, False), (FileForm.PAIN001, True)):
        file, took_s = await _timed(_released(database, batch, form, stays=stays))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_OF_A_MEGABYTE
        found[f"released, {form.value}"] = f"{took_s:.1f} s, {file / 1e6:,.0f} MB, process at most {peak:,.0f} MB"
        say(f"{form.value}: {found[f'released, {form.value}']}")
    return found


async def _proposed(database: Database) -> Batch:
    asked = Asked(period=PERIOD, pays_on=None, by=MAKER, traceparent=TRACE)
    async with database.transaction(label="bench.propose") as tx:
        batch = await propose(PostgresPayments(tx), TERMS, asked, now=AT)
    assert isinstance(batch, Batch), batch
    async with database.transaction(label="bench.approve") as tx:
        await approve(PostgresPayments(tx), batch.batch_id, CHECKER, now=AT)
    return batch


class _NotKept(Exception):
    """Everything was done; the batch is to stand in a file of another form."""


async def _released(database: Database, batch: Batch, form: FileForm, *, stays: bool) -> int:
    asked = FileAsked(batch_ids=[batch.batch_id], form=form, by=CHECKER)
    size = 0
    try:
        async with database.transaction(label="bench.release") as tx:
            await lock_payers(tx, asked.batch_ids)
            done = await release(PostgresPayments(tx), PostgresBooks(tx), asked, now=AT)
            assert isinstance(done, Released), done
            await tell_payers(tx, done, AT)
            size = len(done.file.content)
            if not stays:
                raise _NotKept
    except _NotKept:
        pass
    return size
