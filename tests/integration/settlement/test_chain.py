"""What is sealed stays what it was: blocks, heads, and a planted change of any column. On the real ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.chain import ContradictoryFile, append_file, chain_heads
from services.settlement.adapters.ledger.replaying import Progress, replayed
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.adapters.payers.announcing import PayerNotice, announce_notices
from services.settlement.adapters.queries import SEALING
from services.settlement.domain.chain import form
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import EventId
from tests.contracts.settlement.books import CAUSE, CLINIC, LATER, SUSPENSE, TRACE, incoming, payment
from tests.contracts.settlement.suites import GivenUp
from tests.support.closing import close, load
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, part, post
from tests.support.stack import PostgresCluster

TABLES = (
    "account",
    "transfer",
    "entry",
    "pending_transfer",
    "pending_resolution",
    "announced_event",
    "sealed_block",
    "sealed_stream",
    "sealed_file",
    "statement",
    "sealed_statement",
    "bank_file",
    "statement_file",
)
CONTENT = b"1210" + b" " * 236
DIGEST = sha256(CONTENT).digest()
KEEP_SENT = "INSERT INTO bank_file VALUES ('bkf_1', 'zengin', $2, $1, 1, 60, 'operator:a', now())"
KEEP_BROUGHT = "INSERT INTO statement_file VALUES ('bkf_2', $2, '03', $1, 'operator:a', now())"


async def verdict(database: Database) -> Progress:
    return [progress async for progress in replayed(database)][-1]


async def seal(database: Database) -> None:
    await Sealer(database, SystemClock()).round()


async def fill(database: Database) -> None:
    """Something of every kind in every table."""
    await post(database, [decision(number, part(yen=100 * number), part(PROGRAMME, yen=7)) for number in (1, 2, 3)])
    await post(database, [decision(1, part(yen=50), nth=2)])
    notice = PayerNotice(
        payer_number=INSURER,
        event_id=EventId("evt_notice"),
        type="jp.seikyu.settlement.period_closed.v1",
        subject="202604",
        period="202604",
        traceparent=TRACE,
        write=lambda sequence: ClaimSettled(
            event_id="evt_notice", payer_number=INSURER, sequence=sequence
        ).SerializeToString(),
    )
    async with database.transaction(label="test") as tx:
        books = PostgresBooks(tx)
        await books.post([incoming(1_000), incoming(30, "two", SUSPENSE)], NOW)
        await books.hold([payment(60), payment(40, "two"), payment(5, "open")], NOW)
        await books.complete([payment(60).transfer_id], cause_event_id=CAUSE, at=LATER)
        await books.release([payment(40, "two").transfer_id], cause_event_id=CAUSE, at=LATER)
        await announce_notices(tx, [notice], NOW)
        for file_id, kind, keep in (("bkf_1", "zengin", KEEP_SENT), ("bkf_2", "03", KEEP_BROUGHT)):
            await tx.connection.execute(keep, CONTENT, DIGEST)
            await append_file(tx, file_id=file_id, kind=kind, sha256=DIGEST, size=len(CONTENT))


async def fill_and_close(database: Database) -> None:
    """The same with a statement of each account."""
    await fill(database)
    await load(database, ["202604"])
    await close(database, "202604")
    await seal(database)


async def test_everything_is_sealed_and_nothing_is_left_over(database: Database) -> None:
    await fill(database)
    before = await verdict(database)
    await seal(database)

    after = await verdict(database)
    assert (before.blocks_checked, before.unsealed_rows > 0) == (2, True)
    assert (after.blocks_checked, after.unsealed_rows) == (5, 0)
    assert after.faults == ()
    async with database.transaction(label="test") as tx:
        heads = await chain_heads(tx)
    told = {"transfers": heads.transfers, "events": heads.events, "files": heads.files, "records": heads.records}
    assert {chain: head.number for chain, head in told.items()} == {
        "transfers": 1,
        "events": 1,
        "files": 2,
        "records": 1,
    }
    assert {chain.value: head for chain, head in after.heads.items()} == {
        "statements": "",
        **{chain: head.sha256 for chain, head in told.items()},
    }


async def test_sealing_goes_on_where_it_ended_and_makes_no_empty_block(database: Database) -> None:
    await post(database, [decision(1, part())])
    await seal(database)
    await seal(database)
    await post(database, [decision(2, part())])
    await seal(database)

    found = await verdict(database)
    assert (found.blocks_checked, found.unsealed_rows, found.faults) == (6, 0, ())


async def test_a_number_that_is_still_open_holds_the_seal_back_and_nothing_else(
    fresh: ServiceDatabase, database: Database
) -> None:
    sealer = Sealer(database, SystemClock())
    async with database.transaction(label="test.slow") as tx:
        await PostgresBooks(tx).post([incoming(10, to=SUSPENSE)], NOW)
        await post(database, [decision(1, part())])
        await sealer.round()
        held_back = (await verdict(database)).unsealed_rows
    await sealer.round()

    found = await verdict(database)
    assert (held_back, found.unsealed_rows, found.faults) == (2, 0, ())


async def test_a_transaction_that_is_given_up_leaves_a_number_out(database: Database) -> None:
    async def post_and_give_up() -> None:
        async with database.transaction(label="test") as tx:
            await PostgresBooks(tx).post([incoming(10)], NOW)
            raise GivenUp

    with pytest.raises(GivenUp):
        await post_and_give_up()
    await post(database, [decision(1, part())])
    await seal(database)

    found = await verdict(database)
    assert (found.unsealed_rows, found.faults) == (0, ())


async def test_a_file_is_sealed_once_and_another_one_under_its_id_is_refused_by_field(database: Database) -> None:
    async with database.transaction(label="test") as tx:
        for _ in range(2):
            await append_file(tx, file_id="bkf_1", kind="zengin", sha256=DIGEST, size=240)
        for field, other in (("kind", {"kind": "pain"}), ("sha256", {"sha256": bytes(32)}), ("size", {"size": 1})):
            said: dict[str, Any] = {"kind": "zengin", "sha256": DIGEST, "size": 240} | other
            with pytest.raises(ContradictoryFile) as conflict:
                await append_file(tx, file_id="bkf_1", **said)
            assert conflict.value.field == field

    found = await verdict(database)
    assert (found.blocks_checked, found.faults) == (1, ("file bkf_1 is not the one that was sealed",))


async def test_the_database_writes_rows_in_the_form_that_the_domain_describes(database: Database) -> None:
    await post(database, [decision(1, part())])
    [row] = await database.fetch(SEALING["replay_sealed_transfers"], 1, 10)
    columns = "number::text, transfer_id, from_account, from_version::text, to_account, to_version::text"
    more = "amount_yen::text, kind, claim_id, decision_id, cause_event_id, trace_id, encode(payload_sha256, 'hex')"
    async with database.transaction(label="test") as tx:
        texts = await tx.connection.fetchrow(
            f"SELECT {columns}, {more}, claim_month, payer_number, points::text FROM transfer"
        )

    assert texts is not None
    assert row["form"] == form(["transfer", *texts, str(int(NOW.timestamp()) * 1_000_000), None])


PLANTED = {
    "text": "CASE WHEN {0} IS NULL THEN '' ELSE {0} || 'x' END",
    "bigint": "coalesce({0}, 0) + 1000",
    "integer": "coalesce({0}, 0) + 1000",
    "smallint": "{0} + 1",
    "bytea": "CASE WHEN {0} IS NULL THEN '\\x00'"
    " ELSE set_byte({0}, octet_length({0}) - 1, get_byte({0}, octet_length({0}) - 1) # 1) END",
    "date": "{0} + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
}


@asynccontextmanager
async def as_superuser(cluster: PostgresCluster, name: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """No trigger and no constraint holds: what an owner of the machine could do."""
    connection = await asyncpg.connect(cluster.admin_dsn.replace("/postgres?", f"/{name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            for row in await connection.fetch(
                "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'c'", table
            ):
                await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['conname']}")
        yield connection
    finally:
        await connection.close()


async def test_a_change_planted_in_any_column_of_any_row_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await fill_and_close(database)
    sound = (await verdict(database)).faults
    missed: list[str] = []
    planted = 0
    async with as_superuser(postgres_cluster, fresh.name) as connection:
        for table in TABLES:
            columns = await connection.fetch(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1", table
            )
            for column, kind in columns:
                rows = await connection.fetch(f"SELECT *, ctid FROM {table}")
                change = PLANTED[kind].format(column)
                for row in rows[:: max(1, len(rows) // 2)]:
                    update = f"UPDATE {table} SET {column} = {change} WHERE ctid = $1 RETURNING ctid"
                    changed = await connection.fetchval(update, row["ctid"])
                    planted += 1
                    if (await verdict(database)).faults == sound:
                        missed.append(f"{table}.{column}")
                    undo = f"UPDATE {table} SET {column} = $2 WHERE ctid = $1"
                    await connection.execute(undo, changed, row[column])

    assert not missed, missed
    assert planted > 2 * len(TABLES)
    assert (await verdict(database)).faults == sound


@pytest.mark.parametrize("table", TABLES)
async def test_a_row_that_is_taken_out_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, table: str
) -> None:
    await fill_and_close(database)
    sound = (await verdict(database)).faults
    async with as_superuser(postgres_cluster, fresh.name) as connection:
        await connection.execute(f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})")

    assert (await verdict(database)).faults != sound


async def test_the_hospital_is_owed_what_claims_and_payments_leave(database: Database) -> None:
    await fill(database)

    async with database.transaction(label="test") as tx:
        balance = (await PostgresBooks(tx).balances([CLINIC]))[CLINIC]
    assert (balance.balance_yen, balance.pending_out_yen) == (100 + 200 + 300 - 100 + 50 + 3 * 7 - 7 - 60, 5)
