"""Payments of a country for the bench of payments: months that were paid and shown by the bank, but for a few.

Rows are put into the service's own tables by generate_series, with foreign keys and refusing triggers off. The triggers
that keep what is open stay on: what they keep is what they would have kept.
"""

from collections.abc import Iterator
from typing import Final

import asyncpg

HOSPITALS: Final = 240_000
PAYERS: Final = 3_500
PLATFORM: Final = "999999920000001"
RETURNED_OF: Final = 2_000
"""One of so many payments came back."""
PIECE: Final = 100_000
"""Rows of one statement."""

SEVERAL: Final = f"""
CREATE FUNCTION pg_temp.month(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT to_char(make_date(2024, 1, 1) + make_interval(months => (i / {HOSPITALS})::integer), 'YYYYMM')$$;
CREATE FUNCTION pg_temp.pay_day(i bigint) RETURNS date LANGUAGE sql IMMUTABLE AS
    $$SELECT (make_date(2024, 2, 25) + make_interval(months => (i / {HOSPITALS})::integer))::date$$;
CREATE FUNCTION pg_temp.hospital(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT (1310000000 + i % {HOSPITALS})::text$$;
CREATE FUNCTION pg_temp.payer(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT (10000000 + i % {PAYERS})::text$$;
CREATE FUNCTION pg_temp.yen(i bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$SELECT 10000 + i * 7919 % 40000000$$;
"""
PAYEES: Final = """
INSERT INTO payee
SELECT pg_temp.hospital(i), 1, '9999', '999', '1', lpad((i % 10000000)::text, 7, '0'), 'ﾋﾞﾖｳｲﾝ', '20260824', false,
    'operator:maker', now()
FROM generate_series($1::bigint, $2::bigint - 1) AS i
"""
CONFIRMATIONS: Final = """
INSERT INTO payee_confirmation
SELECT hospital_code, version, proposed_by, 'operator:checker', now() FROM payee
"""
BATCHES: Final = f"""
INSERT INTO payment_batch
SELECT 'pmb_' || md5(i::text), pg_temp.month(i), 1, pg_temp.pay_day(i), 'bank:{PLATFORM}', '0123456789', 'X',
    least({HOSPITALS}, $1::bigint - i), 1, sha256('x'), 'operator:maker', '00-{"1" * 32}-{"1" * 16}-00', now()
FROM generate_series(0, $1::bigint - 1, {HOSPITALS}) AS i
"""
PAYMENTS: Final = f"""
INSERT INTO payment (
    payment_id, batch_id, place, hospital_code, statement_id, attempt, yen, reference, payee_version, transfer_id
)
SELECT 'pay_' || md5(i::text), 'pmb_' || md5((i / {HOSPITALS} * {HOSPITALS})::text), i % {HOSPITALS},
    pg_temp.hospital(i), 'stm_' || md5(i::text), 1, pg_temp.yen(i), lpad(i::text, 10, '0'), 1, 'trf_' || md5(i::text)
FROM generate_series($1::bigint, $2::bigint - 1) AS i
"""
EVENTS: Final = f"""
INSERT INTO payment_event (payment_id, number, state, before_state, cause, reason, done_by, at)
SELECT 'pay_' || md5(i::text), s.number, s.state, s.before, 'evt_' || s.number, '', 'operator:maker', now()
FROM generate_series($1::bigint, $2::bigint - 1) AS i
CROSS JOIN (VALUES (1, 'proposed', NULL), (2, 'instructed', 'proposed'), (3, 'accepted', 'instructed'),
    (4, 'settled', 'accepted'), (5, 'returned', 'settled')) AS s (number, state, before)
WHERE s.number <= CASE WHEN i >= $3 THEN 2 WHEN i % {RETURNED_OF} = 0 THEN 5 ELSE 4 END
"""
ACCOUNT: Final = f"""
INSERT INTO bank_account VALUES ('{PLATFORM}', 1000000000000, '2024-01-01', '2024-01-01', 0, 1000000000000)
"""
DEBITS: Final = f"""
INSERT INTO bank_line
SELECT 'bkl_' || md5(i::text), '{PLATFORM}', i + 1, 'stf_x', 1, pg_temp.pay_day(i), NULL, 'out', pg_temp.yen(i),
    pg_temp.yen(i), 0, '10', '', '', '', '', '', '', '', sha256('x'), 'payment_reference'
FROM generate_series($1::bigint, $2::bigint - 1) AS i
"""
DEBIT_MATCHES: Final = """
INSERT INTO line_match
SELECT 'mat_' || md5(i::text), 'bkl_' || md5(i::text), 'payment_reference', 'payment', 'pay_' || md5(i::text), '',
    pg_temp.yen(i), '', 'rule', '', now()
FROM generate_series($1::bigint, $2::bigint - 1) AS i
"""
PAYERS_STATEMENTS: Final = f"""
INSERT INTO statement (
    statement_id, account_id, kind, period, cut_version, cut_sequence, open_version, open_sequence, opening_yen,
    claims_yen, adjustments_yen, fees_yen, paid_yen, closing_yen, ahead_yen, brought_yen, payable_yen, carried_yen,
    due_on, pays_on, lines, csv_sha256, pdf_sha256, transfers_block, transfers_sha256, events_block, events_sha256,
    files_block, files_sha256, issued_at
)
SELECT 'sta_' || md5(m || '/' || p), 'payer:' || pg_temp.payer(p), 'payer', pg_temp.month(m), 0, 0, 1, 1, 0,
    -pg_temp.yen(m + p), 0, 0, 0, -pg_temp.yen(m + p), 0, 0, pg_temp.yen(m + p), 0, pg_temp.pay_day(m),
    pg_temp.pay_day(m), 1, repeat('0', 64), repeat('0', 64), 0, '', 0, '', 0, '', now()
FROM generate_series(0, $1::bigint - 1, {HOSPITALS}) AS m CROSS JOIN generate_series(0, {PAYERS} - 1) AS p
"""
CREDITS: Final = f"""
INSERT INTO bank_line
SELECT 'bkl_' || statement_id, '{PLATFORM}', $1::bigint + row_number() OVER (), 'stf_x', 1, due_on, NULL, 'in',
    payable_yen, 0, payable_yen, '11', '', substr(account_id, 7), 'ﾎｹﾝｼﾔ', '', '', '', '', sha256('x'), 'one_statement'
FROM statement WHERE kind = 'payer'
"""
CREDIT_MATCHES: Final = """
INSERT INTO line_match
SELECT 'mat_' || statement_id, 'bkl_' || statement_id, 'one_statement', 'payer', substr(account_id, 7), statement_id,
    payable_yen, '', 'rule', '', now()
FROM statement WHERE kind = 'payer'
"""
TABLES: Final = (
    "payee, payee_confirmation, payment_batch, payment, payment_event, bank_account, bank_line, line_match, statement"
)


async def connected(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A superuser's connection in which nothing refuses and what follows rows goes on following them."""
    connection = await asyncpg.connect(dsn, timeout=60)
    following = await connection.fetch(
        "SELECT tgrelid::regclass::text AS name, tgname FROM pg_trigger WHERE tgname LIKE '%\\_followed'"
    )
    for each in following:
        await connection.execute(f"ALTER TABLE {each['name']} ENABLE ALWAYS TRIGGER {each['tgname']}")
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await connection.execute(SEVERAL)
    return connection


async def fill(dsn: str, payments: int, in_transit: int) -> None:
    """Put so many payments there, the last of them in transit, all others shown by a line each; payers' money too."""
    connection = await connected(dsn)
    shown = payments - in_transit
    try:
        for first, last in pieces(min(payments, HOSPITALS)):
            await connection.execute(PAYEES, first, last)
        await connection.execute(CONFIRMATIONS)
        await connection.execute(BATCHES, payments)
        for first, last in pieces(payments):
            await connection.execute(PAYMENTS, first, last)
            await connection.execute(EVENTS, first, last, shown)
        await connection.execute(ACCOUNT)
        for first, last in pieces(shown):
            await connection.execute(DEBITS, first, last)
            await connection.execute(DEBIT_MATCHES, first, last)
        await connection.execute(PAYERS_STATEMENTS, payments)
        await connection.execute(CREDITS, shown)
        await connection.execute(CREDIT_MATCHES)
        await connection.execute(f"VACUUM (ANALYZE) {TABLES}")
        await connection.execute("ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def pieces(rows: int) -> Iterator[tuple[int, int]]:
    """First and one behind last of each piece."""
    for first in range(0, rows, PIECE):
        yield first, min(first + PIECE, rows)
