import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.messages import Announcement
from services.shared.chassis.outbox import OutboxRelay
from services.shared.chassis.postgres import QUERIES, Database, open_pool
from services.shared.chassis.queries import Statement
from tests.integration.chassis.test_postgres import announcement
from tests.support.chassis_parts import ChassisBroker, unique
from tests.support.waiting import PATIENCE_S, until, until_awaited


async def until_empty(database: Database) -> None:
    async def empty() -> bool:
        return not await database.fetch(QUERIES["read_outbox"], list(range(8)), 0, 1)

    await until_awaited(empty)


@asynccontextmanager
async def relaying(fresh: ServiceDatabase, publisher: Publisher) -> AsyncIterator[OutboxRelay]:
    relay = OutboxRelay(fresh.dsn, publisher, clock=SystemClock())
    running = asyncio.create_task(relay.run())
    await until(lambda: relay.owns(range(8)))
    yield relay
    relay.stop()
    async with asyncio.timeout(PATIENCE_S):
        await running


async def announce(database: Database, topic: str, *event_ids: str, key: str = "clm_1") -> None:
    async with database.transaction(label="test") as tx:
        tx.announce([to(topic, event_id, key) for event_id in event_ids])


def to(topic: str, event_id: str, key: str = "clm_1") -> Announcement:
    made = announcement(key, event_id=event_id, extra=(("sequence", "3"),))
    return Announcement(**{name: getattr(made, name) for name in made.__slots__} | {"topic": topic})


class Reluctant:
    """A real publisher that fails as often as told, sending only the first of the batch."""

    def __init__(self, real: Publisher, failures: int) -> None:
        self._real = real
        self.failures_left = failures
        self.batches: list[list[str]] = []

    async def publish(self, batch: list[Announcement]) -> None:
        self.batches.append([each.event_id for each in batch])
        if self.failures_left:
            self.failures_left -= 1
            await self._real.publish(batch[:1])
            raise PublishFailed("told to")
        await self._real.publish(batch)


@pytest.fixture
def topic(broker: ChassisBroker) -> str:
    name = unique("outbox")
    broker.create_topics(name, partitions=2)
    return name


async def test_committed_announcements_reach_their_topic_with_their_headers_and_leave_the_table(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    async with relaying(fresh, publisher) as relay:
        database.hand_over = relay
        await announce(database, topic, "evt_1")
        await until_empty(database)

    [event] = broker.read(topic, 1)
    assert (event.key, event.value) == ("clm_1", b"\x00\xffbytes")
    assert [(name, (value or b"").decode()) for name, value in event.headers] == [
        ("ce_specversion", "1.0"),
        ("ce_id", "evt_1"),
        ("ce_type", "seikyu.claims.v1.ClaimReceived"),
        ("ce_source", "claims"),
        ("ce_time", "2026-11-21T01:02:03.000456+00:00"),
        ("ce_subject", "clm_1"),
        ("content-type", "application/protobuf"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        ("sequence", "3"),
    ]


async def test_rows_left_by_a_dead_process_are_published_at_start_in_order(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    expected = [f"evt_{number}" for number in range(5)]
    for event_id in expected:
        await announce(database, topic, event_id)

    async with relaying(fresh, publisher):
        await until_empty(database)

    assert [event.event_id for event in broker.read(topic, 5)] == expected


async def test_the_order_of_a_key_survives_a_failed_batch(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    reluctant = Reluctant(publisher, failures=2)
    async with relaying(fresh, reluctant) as relay:  # type: ignore[arg-type]
        database.hand_over = relay
        await announce(database, topic, "evt_1", "evt_2")
        await announce(database, topic, "evt_3")
        await until_empty(database)

    seen = [event.event_id for event in broker.read(topic, 5)]
    assert seen == ["evt_1", "evt_1", "evt_1", "evt_2", "evt_3"]


async def test_what_another_process_commits_is_published_on_its_notification(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    pool = await open_pool(fresh.dsn, application_name="other")
    other = Database(pool)
    async with relaying(fresh, publisher) as relay:
        database.hand_over = relay
        await announce(other, topic, "evt_1")
        await announce(database, topic, "evt_2")
        await announce(other, topic, "evt_3")
        await until_empty(database)
    await pool.close()

    assert {event.event_id for event in broker.read(topic, 3)} == {"evt_1", "evt_2", "evt_3"}


async def test_a_second_relay_waits_and_takes_over_when_the_first_is_gone(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    second = OutboxRelay(fresh.dsn, publisher, clock=SystemClock())
    async with relaying(fresh, publisher) as first:
        waiting = asyncio.create_task(second.run())
        database.hand_over = first
        await announce(database, topic, "evt_1")
        await until_empty(database)
        assert not second.owns([0])
    database.hand_over = second
    await until(lambda: second.owns(range(8)))
    await announce(database, topic, "evt_2")
    await until_empty(database)
    second.stop()
    await waiting

    assert [event.event_id for event in broker.read(topic, 2)] == ["evt_1", "evt_2"]


async def test_a_relay_that_lost_its_connection_takes_its_shards_again_and_forgets_nothing(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    cut = Statement(
        name="cut",
        purpose="test",
        sql="SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'outbox-relay' "
        "AND datname = current_database()",
    )
    async with relaying(fresh, publisher) as relay:
        database.hand_over = relay
        await database.fetch(cut)
        await announce(database, topic, "evt_1")
        await until_empty(database)

    assert {event.event_id for event in broker.read(topic, 1)} == {"evt_1"}


async def test_a_broker_that_dies_and_returns_gets_everything_in_order(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker
) -> None:
    topic = unique("claims")
    broker.create_topics(topic)
    publisher = Publisher(broker.access)
    async with relaying(fresh, publisher) as relay:
        database.hand_over = relay
        await announce(database, topic, "evt_1")
        await until_empty(database)
        broker.kill()
        await announce(database, topic, "evt_2", "evt_3")
        await asyncio.to_thread(broker.start)
        await announce(database, topic, "evt_4")
        await until_empty(database)
    await publisher.close()

    seen = [event.event_id for event in broker.read(topic, 4)]
    assert list(dict.fromkeys(seen)) == ["evt_1", "evt_2", "evt_3", "evt_4"]


async def test_a_broker_that_lost_its_data_gets_what_comes_after(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker
) -> None:
    topic = unique("claims")
    broker.create_topics(topic)
    publisher = Publisher(broker.access)
    before = await publisher.cluster_id()
    async with relaying(fresh, publisher) as relay:
        database.hand_over = relay
        for number in range(3):
            await announce(database, topic, f"evt_{number}")
            await until_empty(database)
        await asyncio.to_thread(broker.wipe)
        broker.create_topics(topic)
        await announce(database, topic, "evt_4")
        await until_empty(database)
        assert await publisher.cluster_id() != before
    await publisher.close()

    assert broker.read(topic, 1)[0].event_id == "evt_4"
