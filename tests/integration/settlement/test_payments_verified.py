"""The ledger's check finds a planted change of payments, their approvals, payees and files, and none without one."""

import asyncpg

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payment_check import payment_faults
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.paying import abandon, give_back, settle
from services.settlement.domain.payments.batches import Refusal, Refused
from services.settlement.domain.payments.files import FileForm
from services.shared.chassis.postgres import Database
from tests.support.payments import AT, HOSPITALS, OTHER, approved, cause, payments_of, ready, released
from tests.support.stack import PostgresCluster

TABLES = (
    "payee",
    "payee_confirmation",
    "payment_batch",
    "payment_approval",
    "payment",
    "payment_event",
    "bank_file_batch",
    "payment_in_transit",
    "statement_claims",
)
FIRST, SECOND, THIRD = HOSPITALS
OTHER_FILE = "is not what its batches and their payees give"
OTHER_BATCH = "holds other payments or accounts than were proposed"
OTHER_TRANSIT = "is kept as in transit and is not, or is and is not kept"
OTHER_CLAIMS = "is kept with other payers or claims than it holds"
PLANTED = {
    "UPDATE payee SET account_number = '7654321' WHERE hospital_code = '1310000001'": OTHER_FILE,
    "UPDATE payee SET account_name = 'X' WHERE hospital_code = '1310000002'": OTHER_FILE,
    "UPDATE payee SET bank = '9998' WHERE hospital_code = '2710000003'": OTHER_BATCH,
    "UPDATE payee SET branch = '998' WHERE hospital_code = '2710000003'": OTHER_BATCH,
    "UPDATE payee SET account_type = '2' WHERE hospital_code = '2710000003'": OTHER_BATCH,
    "UPDATE payee SET account_number = '7654321' WHERE hospital_code = '2710000003'": OTHER_BATCH,
    "UPDATE payee SET account_name = 'X' WHERE hospital_code = '2710000003'": OTHER_BATCH,
    "UPDATE payee SET proposed_by = 'operator:checker'": "that nobody confirmed",
    "UPDATE payee_confirmation SET confirmed_by = proposed_by": "that nobody confirmed",
    "DELETE FROM payee_confirmation": "that nobody confirmed",
    "UPDATE payment SET yen = yen + 1": "pays no statement",
    "UPDATE payment SET statement_id = statement_id || 'x'": "pays no statement",
    "UPDATE payment SET transfer_id = transfer_id || 'x'": "stands otherwise than its transfer",
    "UPDATE payment SET reference = '9' || substr(reference, 2)": OTHER_FILE,
    "UPDATE payment SET payee_version = 2": "that nobody confirmed",
    "DELETE FROM payment WHERE attempt = 1": "its payments and its approval",
    "UPDATE payment_batch SET total_yen = total_yen + 1": "its payments and its approval",
    "UPDATE payment_batch SET pays_on = pays_on + 1": OTHER_FILE,
    "UPDATE payment_batch SET pays_on = pays_on + 1 WHERE number = 3": OTHER_BATCH,
    "UPDATE payment_batch SET account_id = 'bank:999999910000009'": "stands otherwise than its transfer",
    "UPDATE payment_batch SET content_sha256 = sha256('x')": "its payments and its approval",
    "UPDATE payment_approval SET approved_by = proposed_by": "its payments and its approval",
    "DELETE FROM payment_approval": "its payments and its approval",
    "UPDATE payment_event SET state = 'settled' WHERE state = 'instructed'": "has a step that does not follow",
    "DELETE FROM payment_event WHERE number = 3": "stands otherwise than its transfer",
    "DELETE FROM bank_file_batch": OTHER_FILE,
    "INSERT INTO payment_in_transit SELECT payment_id, 'x', yen, current_date FROM payment": OTHER_TRANSIT,
    "INSERT INTO payment_in_transit VALUES ('x', 'x', 1, current_date)": OTHER_TRANSIT,
    "DELETE FROM payment_event WHERE number > 2": OTHER_TRANSIT,
    "UPDATE statement_claims SET claims = claims + 1": OTHER_CLAIMS,
    "UPDATE statement_claims SET payer_numbers = '{}'": OTHER_CLAIMS,
    "UPDATE statement_claims SET statement_id = statement_id || 'x'": OTHER_CLAIMS,
}


async def paid(database: Database) -> None:
    """A file of each kind: one payment settled, one that came back, one given up and proposed again."""
    await ready(database)
    one, other = await approved(database, excepted=[FIRST]), await approved(database)
    await released(database, one)
    await released(database, other, form=FileForm.PAIN001)
    ids = {hospital: payment for payment, hospital, _, _ in await payments_of(database)}
    async with database.transaction(label="test") as tx:
        book, books = PostgresPayments(tx), PostgresBooks(tx)
        await settle(book, books, [ids[FIRST], ids[SECOND]], cause(1), at=AT)
        await give_back(book, books, [ids[SECOND]], cause(2), at=AT)
        await abandon(book, books, [ids[THIRD]], cause(3, by=OTHER), at=AT)
    await approved(database)


async def faults(database: Database) -> list[str]:
    async with database.transaction(label="test.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        return [each async for each in payment_faults(tx)]


async def test_payments_are_found_as_they_were_made(database: Database) -> None:
    await paid(database)

    assert await faults(database) == []


async def test_a_planted_change_of_payments_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await paid(database)
    missed = {change: await planted(postgres_cluster, fresh, database, change) for change in PLANTED}

    assert {change: found for change, found in missed.items() if PLANTED[change] not in found} == {}
    assert await faults(database) == []


async def test_an_account_planted_beneath_a_payee_is_not_filed_and_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await ready(database)
    batch = await approved(database)
    connection = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE payee SET account_number = '7654321' WHERE hospital_code = $1", FIRST)
    finally:
        await connection.close()

    assert await released(database, batch) == [Refused(why=Refusal.NOT_AS_APPROVED)]
    assert {state for _, _, state, _ in await payments_of(database)} == {"proposed"}
    assert await faults(database) == [f"batch {batch.batch_id} {OTHER_BATCH}"]


async def planted(cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, change: str) -> str:
    """What is found of a change that no trigger and no foreign key stopped; then it is taken back."""
    connection = await asyncpg.connect(cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            for row in await connection.fetch(
                "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'c'", table
            ):
                await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['conname']}")
            await connection.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
        await connection.execute(change)
        found = await faults(database)
        for table in TABLES:
            columns = await connection.fetchval(
                "SELECT string_agg(attname, ', ') FROM pg_attribute"
                " WHERE attrelid = $1::text::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped",
                table,
            )
            await connection.execute(f"DELETE FROM {table}")
            await connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")
    finally:
        await connection.close()
    return " | ".join(found)
