"""The ledger as one would write it first: a transaction per transfer, a statement per row. The yardstick of the bench.

The same durability and the same promises where a plain schema gives them: the transfer once, two entries with balances
before and after, both accounts locked in order.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, TypeAlias

import asyncpg

from services.settlement.domain.posting import Transfer

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
SCHEMA: Final = """
CREATE TABLE plain_account (account_id text PRIMARY KEY, balance_yen bigint NOT NULL, version bigint NOT NULL);
CREATE TABLE plain_transfer (
    transfer_id text PRIMARY KEY, from_account text NOT NULL, to_account text NOT NULL,
    amount_yen bigint NOT NULL CHECK (amount_yen > 0), claim_id text NOT NULL, decision_id text NOT NULL,
    cause_event_id text NOT NULL, trace_id text NOT NULL, payload_sha256 bytea NOT NULL, posted_at timestamptz NOT NULL
);
CREATE TABLE plain_entry (
    account_id text NOT NULL, version bigint NOT NULL, transfer_id text NOT NULL, amount_yen bigint NOT NULL,
    balance_before bigint NOT NULL, balance_after bigint NOT NULL, PRIMARY KEY (account_id, version)
);
"""
TRANSFER: Final = """
INSERT INTO plain_transfer VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now()) ON CONFLICT DO NOTHING
"""
LOCK: Final = """
SELECT account_id FROM plain_account WHERE account_id = ANY ($1::text[]) ORDER BY account_id FOR UPDATE
"""
STEP: Final = """
UPDATE plain_account SET balance_yen = balance_yen + $2, version = version + 1 WHERE account_id = $1
RETURNING balance_yen, version
"""
ENTRY: Final = "INSERT INTO plain_entry VALUES ($1, $2, $3, $4, $5, $6)"


async def prepare(connection: Connection, transfers: Sequence[Transfer]) -> None:
    """The tables, and an account for each that the transfers name."""
    await connection.execute(SCHEMA)
    accounts = {side for each in transfers for side in (each.movement.from_account, each.movement.to_account)}
    await connection.executemany("INSERT INTO plain_account VALUES ($1, 0, 0)", [(each,) for each in sorted(accounts)])


async def posted_per_s(pool: Pool, transfers: Sequence[Transfer], writers: int) -> float:
    """Post each in a transaction of its own, `writers` at a time; transfers per second."""
    waiting = list(transfers)

    async def write() -> None:
        async with pool.acquire() as connection:
            while waiting:
                await _post(connection, waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return len(transfers) / (time.perf_counter() - began)


async def _post(connection: Connection, each: Transfer) -> None:
    movement = each.movement
    async with connection.transaction():
        await connection.execute(
            TRANSFER,
            each.transfer_id,
            movement.from_account,
            movement.to_account,
            movement.amount_yen,
            each.claim_id,
            each.decision_id,
            each.cause_event_id,
            each.traceparent[3:35],
            each.payload_sha256,
        )
        await connection.execute(LOCK, [movement.from_account, movement.to_account])
        for leg in movement.legs:
            row = await connection.fetchrow(STEP, leg.account_id, leg.amount_yen)
            assert row is not None
            balance, version = row["balance_yen"], row["version"]
            before = balance - leg.amount_yen
            await connection.execute(ENTRY, leg.account_id, version, each.transfer_id, leg.amount_yen, before, balance)
