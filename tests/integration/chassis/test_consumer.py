import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.consumer import BatchConsumer, ConsumerLimits, ConsumerState
from services.shared.chassis.dead_letters import list_dead_letters, replay
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, Received
from services.shared.chassis.outbox import OutboxRelay
from services.shared.chassis.parked import list_parked, unpark_keys
from services.shared.chassis.postgres import QUERIES, Database, Transaction, TransientFault
from tests.support.chassis_ledger import CREATE, announce, applied, parse, record, statement
from tests.support.chassis_parts import ChassisBroker, unique
from tests.support.waiting import PATIENCE_S, until, until_awaited

MOST_TRIES = 10
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"


@pytest.fixture
async def ledger(database: Database, fresh: ServiceDatabase) -> Database:
    connection = await asyncpg.connect(fresh.owner_dsn)
    await connection.execute(CREATE)
    await connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {fresh.name}")
    await connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {fresh.name}")
    await connection.close()
    return database


@pytest.fixture
def topic(broker: ChassisBroker) -> str:
    name = unique("received")
    broker.create_topics(name, f"{name}.dlq", partitions=2)
    return name


class Watch:
    """An observer that counts."""

    def __init__(self) -> None:
        self.retries = 0
        self.fences = 0
        self.stops = 0
        self.dead: list[tuple[str, DeadLetterReason]] = []
        self.batches: list[int] = []

    def applying(self, events: Sequence[Event]) -> AbstractContextManager[object]:
        return nullcontext()

    def batch_applied(self, events: Sequence[Event], duration_s: float) -> None:
        self.batches.append(len(events))

    def dead_lettered(self, event: Event, reason: DeadLetterReason) -> None:
        self.dead.append((event.event_id, reason))

    def retried(self) -> None:
        self.retries += 1

    def fenced(self) -> None:
        self.fences += 1

    def stopped(self) -> None:
        self.stops += 1


def consumer(broker: ChassisBroker, database: Database, topic: str, **changes: object) -> BatchConsumer[str]:
    arguments: dict[str, object] = {
        "access": broker.access,
        "database": database,
        "group": f"{topic}.group",
        "topics": [topic],
        "parse": parse,
        "handle": record,
    }
    return BatchConsumer(**(arguments | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def running(*consumers: BatchConsumer[str]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in consumers]
    try:
        yield
    finally:
        for each in consumers:
            each.stop()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*tasks)


async def until_applied(database: Database, number: int) -> list[str]:
    async def enough() -> bool:
        return len(await applied(database)) >= number

    await until_awaited(enough)
    return await applied(database)


@asynccontextmanager
async def relaying(fresh: ServiceDatabase, publisher: Publisher) -> AsyncIterator[OutboxRelay]:
    relay = OutboxRelay(fresh.dsn, publisher, clock=SystemClock())
    task = asyncio.create_task(relay.run())
    yield relay
    relay.stop()
    await task


async def until_published(database: Database) -> None:
    async def empty() -> bool:
        return not await database.fetch(QUERIES["read_outbox"], list(range(8)), 0, 1)

    await until_awaited(empty)


async def test_events_are_applied_once_each_in_the_order_of_their_key(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    sent = [(f"clm_{number % 7}", f"evt_{number}") for number in range(300)]
    await publisher.publish([announce(topic, key, event_id) for key, event_id in sent])

    async with running(consumer(broker, ledger, topic)):
        found = await until_applied(ledger, 300)

    assert sorted(found) == sorted(event_id for _, event_id in sent)
    for key in {key for key, _ in sent}:
        of_key = [event_id for its_key, event_id in sent if its_key == key]
        assert [event_id for event_id in found if event_id in of_key] == of_key


async def test_a_consumer_that_starts_again_reads_on_where_the_database_says(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    await publisher.publish([announce(topic, "clm_1", "evt_1")])
    async with running(consumer(broker, ledger, topic)):
        await until_applied(ledger, 1)
    await publisher.publish([announce(topic, "clm_1", "evt_2")])

    async with running(consumer(broker, ledger, topic)):
        assert await until_applied(ledger, 2) == ["evt_1", "evt_2"]


async def test_two_members_share_the_partitions_and_apply_each_event_once(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    first, second = consumer(broker, ledger, topic), consumer(broker, ledger, topic)
    async with running(first):
        await publisher.publish([announce(topic, f"clm_{number}", f"evt_{number}") for number in range(100)])
        await until_applied(ledger, 100)
        async with running(second):
            await publisher.publish([announce(topic, f"clm_{number}", f"evt_{number}") for number in range(100, 200)])
            await until_applied(ledger, 200)
        await publisher.publish([announce(topic, f"clm_{number}", f"evt_{number}") for number in range(200, 300)])
        found = await until_applied(ledger, 300)

    assert sorted(found) == sorted(f"evt_{number}" for number in range(300))


async def test_a_zombie_whose_partition_has_a_new_holder_rolls_back_and_the_event_is_applied_once(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    watch = Watch()
    entered, released = asyncio.Event(), asyncio.Event()

    async def slow(received: Sequence[Received[str]], tx: Transaction) -> None:
        await record(received, tx)
        entered.set()
        await released.wait()

    # The successor stands in another Kafka group with the same name in Postgres: Kafka believes in both.
    zombie = consumer(broker, ledger, topic, handle=slow, observer=watch)
    await publisher.publish([announce(topic, "clm_1", "evt_1")])
    async with running(zombie):
        await asyncio.wait_for(entered.wait(), PATIENCE_S)
        async with running(successor(broker, ledger, topic)):
            await until_applied(ledger, 1)
            released.set()
            await until(lambda: watch.fences)

    assert await applied(ledger) == ["evt_1"]
    assert watch.fences == 1


def successor(broker: ChassisBroker, database: Database, topic: str) -> BatchConsumer[str]:
    made = consumer(broker, database, topic)
    made.group = f"{topic}.other"
    return made


async def test_a_transient_fault_is_retried_in_place_until_it_is_over(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    watch = Watch()
    faults_left = [3]

    async def unlucky(received: Sequence[Received[str]], tx: Transaction) -> None:
        await record(received, tx)
        if faults_left[0]:
            faults_left[0] -= 1
            raise TransientFault("DeadlockDetectedError")

    await publisher.publish([announce(topic, "clm_1", f"evt_{number}") for number in range(3)])
    async with running(consumer(broker, ledger, topic, handle=unlucky, observer=watch)):
        assert await until_applied(ledger, 3) == ["evt_0", "evt_1", "evt_2"]
        await publisher.publish([announce(topic, "clm_1", "evt_3")])
        await until_applied(ledger, 4)

    assert watch.retries == 3
    assert watch.dead == []


async def test_one_bad_event_is_put_aside_with_its_key_and_the_others_of_its_batch_go_through(
    *, ledger: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    watch = Watch()
    await publisher.publish(
        [
            announce(topic, "clm_1", "evt_1"),
            announce(topic, "clm_2", "evt_2", "bug"),
            announce(topic, "clm_2", "evt_3"),
            announce(topic, "clm_3", "evt_4", "unreadable"),
            announce(topic, "clm_4", "evt_5", "contradiction"),
            announce(topic, "clm_5", "evt_6"),
        ]
    )

    async with running(consumer(broker, ledger, topic, observer=watch)), relaying(fresh, publisher):
        assert set(await until_applied(ledger, 2)) == {"evt_1", "evt_6"}
        await until(lambda: len(watch.dead) == 4)
        await until_published(ledger)

    assert dict(watch.dead) == {
        "evt_2": DeadLetterReason.FAILED,
        "evt_3": DeadLetterReason.PARKED,
        "evt_4": DeadLetterReason.UNREADABLE,
        "evt_5": DeadLetterReason.CONTRADICTORY,
    }
    parked = await list_parked(ledger, group=f"{topic}.group", limit=10)
    assert {(each.key, each.reason) for each in parked} == {
        ("clm_2", "failed"),
        ("clm_3", "unreadable"),
        ("clm_4", "contradictory"),
    }
    letters = {event.event_id: event for event in broker.read(f"{topic}.dlq", 4)}
    bug = letters["evt_2"]
    assert bug.value == b"bug"
    assert bug.traceparent == f"{TRACE}01"
    assert bug.header("dlq-reason") == "failed"
    assert bug.header("dlq-exception-type") == "ZeroDivisionError"
    assert bug.header("origin-topic") == topic
    assert bug.header("attempts") == "1"
    assert not any(b"patient" in (value or b"") for _, value in bug.headers)


async def test_a_replayed_dead_letter_is_applied_once_its_key_is_unparked(
    *, ledger: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    group = f"{topic}.group"
    await publisher.publish(
        [announce(topic, "clm_1", "evt_1", "bug"), announce(topic, "clm_1", "evt_2"), announce(topic, "clm_1", "evt_3")]
    )
    async with running(consumer(broker, ledger, topic)), relaying(fresh, publisher):
        await until(lambda: broker.size(f"{topic}.dlq") == 3)

    async def repaired(received: Sequence[Received[str]], tx: Transaction) -> None:
        await record([Received(each.event, "fine") for each in received], tx)

    async with running(consumer(broker, ledger, topic, handle=repaired)):
        async with ledger.transaction(label="test") as tx:
            assert await unpark_keys(tx, group=group, keys={"clm_1"}) == 1
        assert await replay(broker.access, f"{topic}.dlq") == 3
        found = await until_applied(ledger, 3)

    assert found == ["evt_1", "evt_2", "evt_3"]
    listed = await list_dead_letters(broker.access, f"{topic}.dlq")
    assert [(each.event_id, each.reason, each.origin_topic, each.group) for each in listed] == [
        ("evt_1", "failed", topic, group),
        ("evt_2", "parked", topic, group),
        ("evt_3", "parked", topic, group),
    ]


async def test_past_the_ratio_of_dead_letters_the_consumer_stops_and_puts_no_more_aside(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    watch = Watch()
    limits = ConsumerLimits(batch_events=5, dead_letter_window=100, dead_letter_limit=10)
    await publisher.publish([announce(topic, f"clm_{number}", f"evt_{number}", "unreadable") for number in range(50)])

    stopped = consumer(broker, ledger, topic, limits=limits, observer=watch)
    async with asyncio.timeout(PATIENCE_S):
        await stopped.run()

    assert stopped.state is ConsumerState.STOPPED
    assert watch.stops == 1
    assert len(watch.dead) == 10
    assert len(await ledger.fetch(QUERIES["read_outbox"], list(range(8)), 0, 100)) == 10


async def test_effect_announcements_and_offsets_are_one_transaction(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    async def answering(received: Sequence[Received[str]], tx: Transaction) -> None:
        await record(received, tx)
        tx.announce([announce("answers", each.event.key, f"{each.event.event_id}_answer") for each in received])

    await publisher.publish([announce(topic, "clm_1", "evt_1"), announce(topic, "clm_2", "evt_2")])
    async with running(consumer(broker, ledger, topic, handle=answering)):
        await until_applied(ledger, 2)

    rows = await ledger.fetch(
        statement(
            "SELECT count(DISTINCT xmin::text) AS transactions FROM (SELECT xmin FROM applied UNION ALL "
            "SELECT xmin FROM outbox UNION ALL SELECT xmin FROM consumer_offset WHERE next_offset > 0) AS written"
        )
    )
    batches = await ledger.fetch(statement("SELECT count(DISTINCT xmin::text) AS transactions FROM applied"))
    assert rows[0]["transactions"] == batches[0]["transactions"]


async def test_a_topic_that_was_deleted_and_made_anew_is_read_from_its_start(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    await publisher.publish([announce(topic, "clm_1", f"evt_{number}") for number in range(10)])
    async with running(consumer(broker, ledger, topic)):
        await until_applied(ledger, 10)
        await asyncio.to_thread(broker.delete_topic, topic)
        await until(lambda: not broker.has(topic))
        await asyncio.to_thread(broker.create_topics, topic, partitions=2)
        await publisher.publish([announce(topic, "clm_1", "evt_10")])
        found = await until_applied(ledger, 11)

    assert found == [f"evt_{number}" for number in range(11)]


async def published(publisher: Publisher, announcement: Announcement) -> None:
    """Publish as the relay does: again, until a broker that has just got its topics anew takes it."""
    for _ in range(MOST_TRIES):
        with suppress(PublishFailed):
            await publisher.publish([announcement])
            return
    pytest.fail("the broker did not take the announcement")


async def test_a_broker_that_lost_its_data_is_read_from_the_start_and_one_that_died_is_waited_for(
    *, ledger: Database, broker: ChassisBroker
) -> None:
    topic = unique("claims")
    broker.create_topics(topic, f"{topic}.dlq")
    publisher = Publisher(broker.access)
    await publisher.publish([announce(topic, "clm_1", f"evt_{number}") for number in range(10)])

    async with running(consumer(broker, ledger, topic)):
        await until_applied(ledger, 10)
        broker.kill()
        await asyncio.to_thread(broker.start)
        await publisher.publish([announce(topic, "clm_1", "evt_10")])
        await until_applied(ledger, 11)
        await asyncio.to_thread(broker.wipe)
        broker.create_topics(topic, f"{topic}.dlq")
        await published(publisher, announce(topic, "clm_1", "evt_11"))
        found = await until_applied(ledger, 12)
    await publisher.close()

    assert found == [f"evt_{number}" for number in range(12)]


async def test_a_consumer_runs_once_it_has_partitions_and_not_before(ledger: Database, broker: ChassisBroker) -> None:
    name = unique("later")
    waiting = consumer(broker, ledger, name)

    async with running(waiting):
        await until(lambda: waiting.state is ConsumerState.RETRYING)
        broker.create_topics(name, partitions=2)
        await until(lambda: waiting.state is ConsumerState.RUNNING)
