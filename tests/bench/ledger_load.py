"""Transfers of the ledger's bench: to be posted, and millions that stand already, in the real tables.

What is filled in has the shape of what posting writes: ids without order, accounts stepped one by one, balances that
follow. Its triggers are off while it is written, its checks are not.
"""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import asyncpg

from services.settlement.domain.posting import Transfer
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import ClaimId, DecisionId, EventId, TransferId
from services.shared.kernel.money import Yen

PAYERS: Final = 100
HOSPITALS: Final = 1_000
YEN: Final = 700
FIRST_POSTED: Final = 10**9
"""Numbers of transfers that are posted begin here, beyond those that are filled in."""
TRACEPARENT: Final = "00-{:032x}-{:016x}-00"

FILL_TRANSFERS: Final = f"""
INSERT INTO transfer (
    transfer_id, from_account, from_version, to_account, to_version, amount_yen, kind, claim_id, decision_id,
    cause_event_id, trace_id, payload_sha256, claim_month, payer_number, points, posted_at
)
SELECT 'trf_' || m, 'payer:' || (10000000 + i % {PAYERS}), i / {PAYERS} + 1,
    'hospital:' || (1310000000 + (i / {PAYERS}) % {HOSPITALS}),
    (i / {PAYERS} / {HOSPITALS}) * {PAYERS} + i % {PAYERS} + 1, {YEN}, 'claim', 'clm_' || m, 'dec_' || m, 'evt_' || m,
    m, decode(m || m, 'hex'), '202604', (10000000 + i % {PAYERS})::text, 100, now()
FROM (SELECT i, md5(i::text) AS m FROM generate_series($1::bigint, $2::bigint - 1) AS i OFFSET 0) AS n
"""
FILL_ENTRIES: Final = f"""
INSERT INTO entry (account_id, version, transfer_id, amount_yen, balance_before, balance_after)
SELECT l.account_id, l.version, 'trf_' || md5(i::text), l.sign * {YEN}, l.sign * {YEN} * (l.version - 1),
    l.sign * {YEN} * l.version
FROM generate_series($1::bigint, $2::bigint - 1) AS i
CROSS JOIN LATERAL (VALUES
    ('payer:' || (10000000 + i % {PAYERS}), i / {PAYERS} + 1, -1),
    (
        'hospital:' || (1310000000 + (i / {PAYERS}) % {HOSPITALS}),
        (i / {PAYERS} / {HOSPITALS}) * {PAYERS} + i % {PAYERS} + 1, 1
    )
) AS l (account_id, version, sign)
"""
FILL_ACCOUNTS: Final = """
INSERT INTO account (account_id, kind, balance_yen, version, last_posted_at)
SELECT l.account_id, split_part(l.account_id, ':', 1), sum(l.amount_yen), count(*), max(t.posted_at)
FROM transfer AS t
CROSS JOIN LATERAL (VALUES (t.from_account, -t.amount_yen), (t.to_account, t.amount_yen)) AS l (account_id, amount_yen)
GROUP BY l.account_id
"""
STEPS: Final = 8
"""Pieces that a table is filled in, so that no statement runs long."""


def transfer(number: int, *, hospital: int | None = None) -> Transfer:
    """The n-th transfer to be posted; `hospital` where all go to one."""
    payer = f"{10_000_000 + number % PAYERS}"
    place = (number // PAYERS) % HOSPITALS if hospital is None else hospital
    digest = sha256(f"{number}".encode())
    name = digest.hexdigest()[:32]
    return Transfer(
        transfer_id=TransferId(f"trf_{name}"),
        movement=Movement(
            from_account=f"payer:{payer}", to_account=f"hospital:{1_310_000_000 + place}", amount_yen=Yen(YEN)
        ),
        claim_id=ClaimId(f"clm_{name}"),
        decision_id=DecisionId(f"dec_{name}"),
        claim_month="202604",
        payer_number=payer,
        points=100,
        cause_event_id=EventId(f"evt_{name}"),
        traceparent=TRACEPARENT.format(number, number),
        reverses=None,
        payload_sha256=digest.digest(),
    )


def batches(first: int, count: int, size: int, *, hospital: int | None = None) -> Iterator[list[Transfer]]:
    """`count` batches of `size` transfers from number `first` on."""
    for start in range(first, first + count * size, size):
        yield [transfer(number, hospital=hospital) for number in range(start, start + size)]


async def fill(dsn: str, transfers: int) -> None:
    """Put so many transfers with their entries and accounts into an empty ledger. `dsn` is a superuser's."""
    await asyncio.gather(
        _fill_transfers(dsn, transfers),
        _fill_entries(dsn, transfers),
    )
    connection = await asyncpg.connect(dsn, timeout=60)
    try:
        await connection.execute(FILL_ACCOUNTS)
        await connection.execute("VACUUM (ANALYZE) account, transfer, entry")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _fill_transfers(dsn: str, transfers: int) -> None:
    """Indices are made anew at the end."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        made = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'transfer'")
        once = await connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'transfer_once'"
        )
        await connection.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
        await connection.execute("ALTER TABLE transfer DROP CONSTRAINT transfer_once")
        indices = [each for each in made if each["indexname"] != "transfer_once"]
        for index in indices:
            await connection.execute(f"DROP INDEX {index['indexname']}")
        for first, last in _pieces(transfers):
            await connection.execute(FILL_TRANSFERS, first, last)
        await connection.execute(f"ALTER TABLE transfer ADD CONSTRAINT transfer_once {once}")
        for index in indices:
            await connection.execute(index["indexdef"])
        await connection.execute("ALTER TABLE transfer ENABLE TRIGGER USER")
    finally:
        await connection.close()


async def _fill_entries(dsn: str, transfers: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        await connection.execute("ALTER TABLE entry DISABLE TRIGGER USER")
        await connection.execute("ALTER TABLE entry DROP CONSTRAINT entry_pk")
        for first, last in _pieces(transfers):
            await connection.execute(FILL_ENTRIES, first, last)
        await connection.execute("ALTER TABLE entry ADD CONSTRAINT entry_pk PRIMARY KEY (account_id, version)")
        await connection.execute("ALTER TABLE entry ENABLE TRIGGER USER")
    finally:
        await connection.close()


def _pieces(transfers: int) -> Iterator[tuple[int, int]]:
    size = -(-transfers // STEPS)
    for first in range(0, transfers, size):
        yield first, min(first + size, transfers)
