"""An account's entries are in the order of time whatever writers' clocks say: a moment has one balance."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.queries import QUERIES
from services.shared.chassis.postgres import Database, TransientFault
from services.shared.chassis.queries import Statement
from tests.contracts.settlement.books import CAUSE, CLINIC, LATER, PAYER, SUSPENSE, incoming, payment
from tests.support.settlement import NOW, decision, part, post
from tests.support.stack import PostgresCluster
from tests.support.waiting import until_awaited

HOUR = timedelta(hours=1)
BEYOND = timedelta(days=40_000)
"""Further ahead than tests may post."""
AS_IN_PRODUCTION = Statement(
    name="as_in_production", purpose="Of a transaction.", sql="SELECT set_config('seikyu.most_ahead', '', true)"
)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def times_of(database: Database, account: str) -> list[object]:
    rows = await database.fetch(QUERIES["entries_of_account"], account, 0, 100)
    return [row["posted_at"] for row in rows]


async def balance_at(database: Database, account: str, moment: object) -> int:
    rows = await database.fetch(QUERIES["read_account_as_of"], account, moment)
    return rows[0]["balance_yen"] if rows else 0


async def faults(database: Database) -> tuple[str, ...]:
    return [progress async for progress in replayed(database)][-1].faults


async def test_two_writers_whose_clocks_are_turned_leave_an_account_in_the_order_of_time(database: Database) -> None:
    async def write(name: str, yen: int, hours: int) -> None:
        async with database.transaction(label="test") as tx:
            await PostgresBooks(tx).post([incoming(yen, name)], NOW + hours * HOUR)

    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(1, "first")], NOW + 2 * HOUR)
        behind = asyncio.create_task(write("behind", 10, 0))
        await until_awaited(lambda: database.pool.fetchval(WAITING))
    await behind
    await write("after", 100, 3)
    await write("turned", 1_000, 1)

    expected = [NOW + 2 * HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR, NOW + 3 * HOUR]
    assert await times_of(database, PAYER) == expected
    balances = [await balance_at(database, PAYER, NOW + hours * HOUR) for hours in (0, 1, 2, 3)]
    assert balances == [0, 0, 11, 1_111]
    assert await faults(database) == ()


async def test_a_batch_is_posted_after_every_account_that_it_touches(database: Database) -> None:
    await post(database, [decision(1, part(yen=500))])
    async with database.transaction(label="test") as tx:
        books = PostgresBooks(tx)
        await books.post([incoming(1_000)], LATER)
        await books.post([incoming(5, "two", SUSPENSE), incoming(6, "three")], NOW)
        await books.hold([payment(60), payment(40, "two")], NOW)
        await books.complete([payment(60).transfer_id], cause_event_id=CAUSE, at=NOW)
        await books.release([payment(40, "two").transfer_id], cause_event_id=CAUSE, at=NOW)

    assert await times_of(database, PAYER) == [NOW, LATER, LATER]
    assert await times_of(database, CLINIC) == [NOW, LATER]
    assert await times_of(database, SUSPENSE) == [LATER]
    assert await faults(database) == ()


async def test_a_clock_that_is_ahead_of_the_database_moves_no_account(database: Database) -> None:
    """It would take every account along that moves money with one of these, and could never be taken back."""
    await post(database, [decision(1, part(yen=500))])
    now = datetime.now(UTC)

    for minutes in (-1, 6):
        with pytest.raises(TransientFault) if minutes > 0 else nullcontext():
            async with database.transaction(label="test") as tx:
                await tx.execute(AS_IN_PRODUCTION)
                await PostgresBooks(tx).post([incoming(1, "one", SUSPENSE)], now + timedelta(minutes=minutes))
    with pytest.raises(TransientFault):
        await post(database, [decision(2, part(yen=1))], at=now + BEYOND)

    assert await times_of(database, PAYER) == [NOW]
    assert await faults(database) == ()


async def test_an_account_that_stands_ahead_goes_on_there_and_is_named(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    """What an earlier release let through: pending money is posted, and whoever verifies is told."""
    await post(database, [decision(1, part(yen=500))])
    ahead = datetime.now(UTC) + BEYOND
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(500)], NOW)
        await PostgresBooks(tx).hold([payment(60)], NOW)
    connection = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE transfer SET posted_at = $1", ahead)
        await connection.execute("UPDATE account SET last_posted_at = $1 WHERE version > 0", ahead)
    finally:
        await connection.close()
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).complete([payment(60).transfer_id], cause_event_id=CAUSE, at=NOW)

    assert await times_of(database, CLINIC) == [ahead, ahead]
    assert f"account {CLINIC} has an entry that is posted in the future" in await faults(database)


async def test_entries_out_of_the_order_of_time_are_found_and_those_of_the_former_release_are_not(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await post(database, [decision(number, part(yen=number)) for number in (1, 2)])
    await post(database, [decision(3, part(yen=3))])
    sound = await faults(database)
    connection = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "UPDATE transfer SET posted_at = posted_at - interval '1 second'"
            " WHERE number = (SELECT max(number) FROM transfer)"
        )
        found = await faults(database)
        await connection.execute("UPDATE posted_decision SET record_number = record_number + 1000")
        await connection.execute("SELECT setval('ledger_number', 2000)")
        of_former_release = await faults(database)
    finally:
        await connection.close()

    assert sound == ()
    assert {fault for fault in found if "was posted before" in fault} == {
        f"entry 3 of {PAYER} was posted before the one before it",
        f"entry 3 of {CLINIC} was posted before the one before it",
    }
    assert of_former_release == ()
