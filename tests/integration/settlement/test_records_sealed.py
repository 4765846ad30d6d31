"""Every table of settlement is in a chain, or it is said why not; and of a record a change of any column is found."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying_chains import replayed_chain
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.adapters.payers.receipt_reads import ReceiptRead, record
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.chain import Chain, ChainReplay
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.postgres import Database
from tests.support.settlement import NOW, decision, part, post
from tests.support.stack import PostgresCluster

IN_OTHER_CHAINS: Final = {
    "transfer": "transfers",
    "pending_transfer": "transfers",
    "pending_resolution": "transfers",
    "announced_event": "events",
    "sealed_stream": "events",
    "sealed_file": "files",
    "statement": "statements",
    "period_taken_up": "statements",
    "sealed_statement": "statements",
    "sealed_block": "the blocks themselves",
}
IN_NO_CHAIN: Final = {
    "account": "adds its entries up; verify does the same",
    "entry": "two of each transfer; verify holds them to it and to each other",
    "bank_account": "moves on with its lines; verify adds them up",
    "bank_account_sum": "what lines and matches come to; verify adds them up",
    "payment_in_transit": "what is open of payments; verify makes it anew",
    "waiting_line": "what is open of lines; verify makes it anew",
    "owed_statement": "what is open of statements; verify makes it anew",
    "statement_claims": "what the entries of statements come to; verify counts them anew",
    "payer_stream": "cursors and enrolment, which change; verify holds the last sequence to the events",
    "control_total": "adds up entries and events and is made anew from them",
    "control_fold": "how far control_total is",
    "outbox": "rows leave it when they are published",
    "consumer_offset": "how far a consumer is",
    "parked_key": "work that waits",
    "request_log": "answers that are given again, and leave it after a time",
    "sweep_cursor": "how far a sweep is",
    "schema_migration": "what was migrated, held to its files by their digests",
}
IN_THE_CHAIN_OF_FILES: Final = {("bank_file", "content"), ("statement_file", "content"), ("payment_result", "content")}
"""Their digest is in the row; files_unlike_their_seal holds the bytes to it."""
VALUES: Final = {
    "text": "'x{0}'",
    "bytea": "'\\x{0:04x}'::bytea",
    "boolean": "true",
    "date": "DATE '2026-04-01'",
    "timestamp with time zone": "TIMESTAMPTZ '2026-04-01T00:00:00Z'",
    "ARRAY": "'{{{0}}}'",
}
"""Of a row by its number; other types hold the number itself."""
PLANTED: Final = {
    "text": "{0} || 'x'",
    "bytea": "{0} || '\\x00'::bytea",
    "boolean": "NOT {0}",
    "date": "{0} + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "ARRAY": "{0} || {0}",
}
NEW: Final = 1_000
"""A number that no row has."""
Columns = Mapping[str, list[tuple[str, str, bool]]]


@asynccontextmanager
async def as_superuser(
    cluster: PostgresCluster, fresh: ServiceDatabase
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """No trigger and no constraint holds: what an owner of the machine could do."""
    connection = await asyncpg.connect(cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


async def columns_of(connection: "asyncpg.Connection[asyncpg.Record]") -> Columns:
    """Every table's columns with type and whether the database writes them; generated ones are made plain."""
    rows = await connection.fetch(
        "SELECT c.table_name, c.column_name, c.data_type, c.is_identity = 'YES' AS is_numbered, c.is_generated"
        " FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position"
    )
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, kind, is_numbered, generated in rows:
        if generated == "ALWAYS":
            await connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP EXPRESSION")
        if is_numbered:
            await connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY")
        found.setdefault(table, []).append((column, kind, is_numbered))
    return found


async def records_of(connection: "asyncpg.Connection[asyncpg.Record]") -> Columns:
    """The tables whose rows are numbered as records, without what keeps a row from being what it likes."""
    every = await columns_of(connection)
    found = {table: columns for table, columns in every.items() if "record_number" in [name for name, *_ in columns]}
    for table in found:
        for row in await connection.fetch(
            "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'c'", table
        ):
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['conname']}")
    return found


async def plant(connection: "asyncpg.Connection[asyncpg.Record]", table: str, columns: Columns, number: int) -> None:
    """A row with a value in every column, made of its number."""
    said = [VALUES.get(kind, "{0}").format(number) for _, kind, _ in columns[table]]
    names = ", ".join(name for name, *_ in columns[table])
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(said)})")


async def seal(database: Database) -> None:
    await Sealer(database, SystemClock()).round()


async def faults(database: Database) -> tuple[list[str], int]:
    """Of the chain of records alone, and how many blocks it has."""
    replay = ChainReplay(chain=Chain.RECORDS)
    async with database.transaction(label="test.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        async for _ in replayed_chain(tx, replay):
            pass
    return replay.faults, replay.blocks


async def filled(connection: "asyncpg.Connection[asyncpg.Record]", database: Database) -> Columns:
    """Two sealed rows of every table of records."""
    columns = await records_of(connection)
    for number, table in enumerate(columns, 1):
        await plant(connection, table, columns, number)
        await plant(connection, table, columns, number + len(columns))
    await connection.execute("SELECT setval('ledger_number', $1::bigint)", 2 * len(columns))
    await seal(database)
    assert await faults(database) == ([], 1)
    return columns


async def test_every_table_is_in_a_chain_or_there_is_a_reason(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase
) -> None:
    async with as_superuser(postgres_cluster, fresh) as connection:
        every = set(await columns_of(connection))
        records = set(await records_of(connection))

    assert every - records == IN_OTHER_CHAINS.keys() | IN_NO_CHAIN.keys()


async def test_whoever_writes_a_record_is_known_to_the_sealer(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase
) -> None:
    async with as_superuser(postgres_cluster, fresh) as connection:
        records = set(await records_of(connection))
        held = await connection.fetch(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgfoid = 'hold_number_lock'::regproc AND tgenabled = 'O' AND tgtype = 6"
        )
        grown = await connection.fetch(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'refuse_change'::regproc AND tgenabled = 'O'"
        )

    assert {row[0] for row in held} == records
    assert records <= {row[0] for row in grown}


async def test_a_change_of_any_column_of_any_record_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    missed: list[str] = []
    async with as_superuser(postgres_cluster, fresh) as connection:
        columns = await filled(connection, database)
        for table, named in columns.items():
            for column, kind, _ in named:
                if (table, column) in IN_THE_CHAIN_OF_FILES:
                    continue
                change = PLANTED.get(kind, "{0} + 1000").format(column)
                row = await connection.fetchrow(f"SELECT ctid, {column} FROM {table} LIMIT 1")
                assert row is not None
                update = f"UPDATE {table} SET {column} = {change} WHERE ctid = $1 RETURNING ctid"
                changed = await connection.fetchval(update, row["ctid"])
                if (await faults(database))[0] == []:
                    missed.append(f"{table}.{column}")
                undo = f"UPDATE {table} SET {column} = $2 WHERE ctid = $1"
                await connection.execute(undo, changed, row[column])

    assert missed == []
    assert await faults(database) == ([], 1)


async def test_a_record_that_is_taken_out_or_put_in_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    missed: list[str] = []
    async with as_superuser(postgres_cluster, fresh) as connection:
        columns = await filled(connection, database)
        for number, table in enumerate(columns, 1):
            await connection.execute(f"DELETE FROM {table} WHERE record_number = $1", number)
            if (await faults(database))[0] == []:
                missed.append(f"{table} without a row")
            await plant(connection, table, columns, number)
            assert (await faults(database))[0] == []
            await plant(connection, table, columns, NEW)
            await connection.execute(f"UPDATE {table} SET record_number = $1 WHERE record_number = $2", number + 1, NEW)
            if (await faults(database))[0] == []:
                missed.append(f"{table} with a row more")
            await connection.execute(f"DELETE FROM {table} WHERE record_number = $1", number + 1)

    assert missed == []


@pytest.mark.parametrize("number", [-7, 0, NEW])
async def test_a_record_under_a_number_that_was_never_given_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, number: int
) -> None:
    """The role that writes records may name their number; no block would ever reach these."""
    missed: list[str] = []
    async with as_superuser(postgres_cluster, fresh) as connection:
        columns = await filled(connection, database)
        for table in columns:
            await plant(connection, table, columns, NEW)
            await connection.execute(f"UPDATE {table} SET record_number = $1 WHERE record_number = $2", number, NEW)
            if (await faults(database))[0] != [f"chain of records: number {number} was never given"]:
                missed.append(table)
            await connection.execute(f"DELETE FROM {table} WHERE record_number = $1", number)

    assert missed == []


async def test_a_record_that_is_not_committed_holds_the_seal_back(database: Database) -> None:
    sealer = Sealer(database, SystemClock())
    read = ReceiptRead(
        read_id="rrd_1",
        payer_number="06132013",
        read_by="payer:06132013",
        reader="a",
        claim_id="clm_1",
        reason="READ_REASON_REVIEW",
        given=True,
        read_at=NOW,
        trace_id="a" * 32,
    )
    async with database.transaction(label="test.slow") as tx:
        await tx.connection.execute(
            "INSERT INTO period_close (period, is_early, opened_by, traceparent, opened_at)"
            " VALUES ('202604', false, 'operator:a', '00', now())"
        )
        await record(database, read)
        await sealer.round()
        held_back = (await faults(database))[1]
    await sealer.round()
    await sealer.round()

    assert (held_back, await faults(database)) == (0, ([], 1))


async def test_records_and_transfers_share_their_numbers_and_are_sealed_apart(database: Database) -> None:
    await post(database, [decision(number, part()) for number in (1, 2, 3)])
    await seal(database)
    await post(database, [decision(4, part())])
    await seal(database)

    rows = await database.fetch(QUERIES["chain_heads"])
    assert {row["chain"]: row["number"] for row in rows} == {"transfers": 2, "events": 2, "records": 2}
    assert await faults(database) == ([], 2)


@pytest.mark.parametrize("rows", [1, 25_000])
async def test_a_block_reaches_over_so_many_numbers_and_no_more(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, rows: int
) -> None:
    async with as_superuser(postgres_cluster, fresh) as connection:
        await connection.execute(
            "INSERT INTO receipt_read"
            " (read_id, payer_number, read_by, reader, claim_id, reason, given, read_at, trace_id)"
            " SELECT n::text, '06132013', 'a', 'b', 'c', 'd', true, now(), '' FROM generate_series(1, $1) AS n",
            rows,
        )
    await seal(database)

    assert await faults(database) == ([], 1 + rows // 20_000)
