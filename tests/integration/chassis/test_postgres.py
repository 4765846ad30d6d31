import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest
from typing_extensions import override

from infra.local.databases import ServiceDatabase
from services.shared.chassis.messages import Announcement
from services.shared.chassis.postgres import (
    QUERIES,
    ConstraintViolated,
    Database,
    OutboxRow,
    TransientFault,
)
from services.shared.chassis.queries import Statement


def sql(text: str) -> Statement:
    return Statement(name="test", purpose="test", sql=text)


def announcement(
    key: str = "clm_1", *, event_id: str = "evt_1", extra: tuple[tuple[str, str], ...] = ()
) -> Announcement:
    return Announcement(
        topic="claims.received",
        key=key,
        event_id=event_id,
        type="seikyu.claims.v1.ClaimReceived",
        source="claims",
        subject=key,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        value=b"\x00\xffbytes",
        time=datetime(2026, 11, 21, 1, 2, 3, 456, tzinfo=UTC),
        extra_headers=extra,
    )


class Basket:
    """A HandOver that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []

    def owns(self, shards: Collection[int]) -> bool:
        return True

    def take(self, rows: Sequence[OutboxRow]) -> None:
        self.rows.extend(rows)


async def test_announcements_are_stored_with_the_effect_and_handed_over_in_order_after_the_commit(
    database: Database,
) -> None:
    database.hand_over = basket = Basket()

    async with database.transaction(label="test") as tx:
        tx.announce([announcement("clm_1", event_id="evt_1"), announcement("clm_2", event_id="evt_2")])
        tx.announce([announcement("clm_1", event_id="evt_3", extra=(("sequence", "7"), ("note", "a=b")))])
        assert basket.rows == []

    stored = await database.fetch(QUERIES["read_outbox"], list(range(8)), 0, 10)
    assert [row.announcement.event_id for row in basket.rows] == ["evt_1", "evt_2", "evt_3"]
    assert [row.seq for row in basket.rows] == [record["seq"] for record in stored]
    assert [record["event_id"] for record in stored] == ["evt_1", "evt_2", "evt_3"]
    assert stored[0]["value"] == b"\x00\xffbytes"


async def test_a_transaction_that_fails_announces_nothing(database: Database) -> None:
    database.hand_over = basket = Basket()

    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the failure within the block is the point
        async with database.transaction(label="test") as tx:
            tx.announce([announcement()])
            raise ZeroDivisionError

    assert basket.rows == []
    assert await database.fetch(QUERIES["read_outbox"], list(range(8)), 0, 10) == []


async def test_a_broken_constraint_is_told_by_its_name(database: Database) -> None:
    with pytest.raises(ConstraintViolated) as told:
        async with database.transaction(label="test") as tx:
            await tx.execute(sql("INSERT INTO consumer_offset VALUES ('c', 'g', 't', 0, -1, 1)"))

    assert told.value.constraint == "consumer_offset_next_offset_not_negative"


async def test_a_lost_connection_is_a_transient_fault_and_the_next_transaction_works(database: Database) -> None:
    with pytest.raises(TransientFault):
        async with database.transaction(label="test") as tx:
            await tx.execute(sql("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with database.transaction(label="test") as tx:
        assert await tx.fetchval(sql("SELECT 1")) == 1


async def test_a_deadlock_is_a_transient_fault_for_one_and_none_for_the_other(database: Database) -> None:
    await database.fetch(sql("INSERT INTO sweep_cursor VALUES ('a', ''), ('b', '')"))
    both_hold_one = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> bool:
        try:
            async with database.transaction(label="test") as tx:
                await tx.fetch(sql("SELECT FROM sweep_cursor WHERE name = $1 FOR UPDATE"), first)
                await both_hold_one.wait()
                await tx.fetch(sql("SELECT FROM sweep_cursor WHERE name = $1 FOR UPDATE"), second)
        except TransientFault:
            return False
        return True

    outcomes = await asyncio.gather(lock("a", "b"), lock("b", "a"))

    assert sorted(outcomes) == [False, True]


async def test_a_lock_that_is_not_given_in_time_is_a_transient_fault(database: Database) -> None:
    await database.fetch(sql("INSERT INTO sweep_cursor VALUES ('a', '')"))

    async with database.transaction(label="holder") as holder:
        await holder.fetch(sql("SELECT FROM sweep_cursor FOR UPDATE"))
        with pytest.raises(TransientFault):  # noqa: PT012 - the wait within the transaction is the point
            async with database.transaction(label="waiter") as waiter:
                await waiter.fetchval(sql("SELECT set_config('lock_timeout', '50ms', true)"))
                await waiter.fetch(sql("SELECT FROM sweep_cursor FOR UPDATE"))


async def test_a_cancelled_transaction_is_rolled_back_and_its_connection_is_good_again(database: Database) -> None:
    inside = asyncio.Event()

    async def endless() -> None:
        async with database.transaction(label="test") as tx:
            await tx.execute(sql("INSERT INTO sweep_cursor VALUES ('a', '')"))
            inside.set()
            await tx.fetch(sql("SELECT pg_sleep(600)"))

    for _ in range(12):
        task = asyncio.create_task(endless())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        inside.clear()

    assert await database.fetch(sql("SELECT FROM sweep_cursor")) == []


async def test_a_deadline_ends_a_statement_as_a_transient_fault(database: Database) -> None:
    with pytest.raises(TransientFault):
        async with database.transaction(label="test", timeout_s=0.05) as tx:
            await tx.fetch(sql("SELECT pg_sleep(600)"))

    assert len(await database.fetch(sql("SELECT 1"))) == 1


async def test_the_number_of_touched_rows_comes_back(database: Database) -> None:
    async with database.transaction(label="test") as tx:
        assert await tx.execute(sql("INSERT INTO sweep_cursor VALUES ('a', ''), ('b', '')")) == 2
        assert await tx.execute(sql("UPDATE sweep_cursor SET position = 'x' WHERE name = 'none'")) == 0


async def test_a_wrong_statement_is_a_bug_and_passes_unchanged(database: Database) -> None:
    with pytest.raises(Exception, match="does not exist") as told:
        async with database.transaction(label="test") as tx:
            await tx.fetch(sql("SELECT * FROM no_such_table"))

    assert not isinstance(told.value, TransientFault)


class LosingItsShards(Basket):
    """A HandOver whose shards another process takes while a transaction commits."""

    @override
    def owns(self, shards: Collection[int]) -> bool:
        self.asked = getattr(self, "asked", 0) + 1
        return self.asked == 1


@pytest.mark.parametrize("hand_over", [None, LosingItsShards()])
async def test_a_process_without_a_relay_notifies_the_one_that_has(
    database: Database, fresh: ServiceDatabase, hand_over: Basket | None
) -> None:
    database.hand_over = hand_over
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(fresh.dsn)
    await listener.add_listener("outbox", lambda *args: heard.put_nowait(str(args[2])))

    async with database.transaction(label="test") as tx:
        tx.announce([announcement()])

    assert await asyncio.wait_for(heard.get(), 5) == "outbox"
    await listener.close()


async def test_what_is_told_once_committed_is_told_after_the_commit_and_never_of_a_rollback(database: Database) -> None:
    told: list[str] = []
    async with database.transaction(label="test") as tx:
        tx.once_committed(lambda: told.append("committed"))
        before = list(told)

    async def broken_off() -> None:
        async with database.transaction(label="test") as tx:
            tx.once_committed(lambda: told.append("rolled back"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken_off()

    assert before == []
    assert told == ["committed"]
