"""The check of fees: a close as it was made is sound; receipts, prices and fees planted otherwise are found."""

from datetime import timedelta

import asyncpg

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.periods.calendars import take_tariff
from services.settlement.adapters.periods.fee_check import fee_faults
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.tariff import ReviewFee, Rounding
from services.shared.chassis.postgres import Database
from tests.support.closing import CLOSED_AT, close, load
from tests.support.settlement import PROGRAMME, decision, part, post
from tests.support.stack import PostgresCluster

COUNT = "it counts other receipts than the payer was told of"
PRICE = "its fee is not its receipts at the price that was in force"
FEE = "another fee was charged than it says"
PLANTED = {
    "UPDATE period_cut SET receipts = receipts + 1 WHERE kind = 'payer'": {COUNT, PRICE},
    "UPDATE period_cut SET price_sen = price_sen + 1 WHERE kind = 'payer'": {PRICE},
    "UPDATE period_cut SET fee_yen = fee_yen + 1 WHERE kind = 'payer'": {PRICE, FEE},
    "UPDATE period_cut SET fee_yen = 0, price_sen = 0 WHERE kind = 'payer'": {PRICE, FEE},
    "UPDATE review_fee SET price_sen = price_sen + 100": {PRICE},
    "UPDATE review_fee SET since = '202605'": {PRICE},
    "UPDATE transfer SET amount_yen = amount_yen + 1 WHERE kind = 'fee'": {FEE},
    "UPDATE transfer SET to_account = 'fee:231' WHERE kind = 'fee'": {FEE},
    "DELETE FROM transfer WHERE kind = 'fee'": {FEE},
    "DELETE FROM announced_event WHERE sequence = 1": {COUNT},
    "DELETE FROM period_cut": {"charges a fee that no close did"},
}
TABLES = ("period_cut", "review_fee", "transfer", "announced_event")


async def closed(database: Database) -> None:
    """Two months of two payers, with a claim decided anew between them."""
    await post(database, [decision(number, part(yen=100 * number), part(PROGRAMME, yen=7)) for number in (1, 2, 3)])
    await load(database, ["202604", "202605"])
    await close(database, "202604")
    await post(database, [decision(1, part(yen=50), nth=2), decision(4, part(yen=20))])
    await close(database, "202605")


async def faults(database: Database) -> list[str]:
    async with database.transaction(label="test.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        return [each async for each in fee_faults(tx)]


async def test_fees_are_found_as_they_were_charged_though_prices_change_later(database: Database) -> None:
    await closed(database)
    dearer = ReviewFee(authority="1", since="202001", price_sen=9_999, rounding=Rounding.UP, mark="U", source="test")
    async with database.transaction(label="test.load") as tx:
        await take_tariff(tx, [dearer], by="operator:test", at=CLOSED_AT + timedelta(seconds=1))

    assert await faults(database) == []


async def test_a_planted_change_of_receipts_prices_and_fees_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await closed(database)
    missed = {change: await planted(postgres_cluster, fresh, database, change) for change in PLANTED}

    assert [change for change, found in missed.items() if any(word not in found for word in PLANTED[change])] == []
    assert await faults(database) == []


async def planted(cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, change: str) -> str:
    """What is found of a change that no trigger stopped; then it is taken back."""
    connection = await asyncpg.connect(cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            await connection.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
        await connection.execute(change)
        found = await faults(database)
        for table in TABLES:
            await connection.execute(f"DELETE FROM {table}")
            await connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    finally:
        await connection.close()
    return " | ".join(found)
