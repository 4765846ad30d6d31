import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.clock import Clock, SystemClock
from services.shared.chassis.cursor_relay import LOOK_INTERVAL_S, CursorRelay, StreamItem
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.messages import Announcement
from tests.support.chassis_fakes import SetClock, StreamsInMemory
from tests.support.chassis_ledger import announce
from tests.support.chassis_parts import ChassisBroker, unique
from tests.support.waiting import PATIENCE_S, until


@asynccontextmanager
async def relaying(
    fresh: ServiceDatabase, source: StreamsInMemory, publisher: Publisher, clock: Clock | None = None
) -> AsyncIterator[CursorRelay]:
    relay = CursorRelay(fresh.dsn, source, publisher, clock=clock or SystemClock())
    task = asyncio.create_task(relay.run())
    await until(lambda: source.cluster_id)
    yield relay
    relay.stop()
    async with asyncio.timeout(PATIENCE_S):
        await task


def items(topic: str, stream: str, *sequences: int) -> list[StreamItem]:
    return [
        StreamItem(stream=stream, sequence=number, announcement=announce(topic, "btc_1", f"evt_{stream}_{number}"))
        for number in sequences
    ]


def ids(broker: ChassisBroker, topic: str, expected: int) -> list[str]:
    return [event.event_id for event in broker.read(topic, expected)]


@pytest.fixture
def topic(broker: ChassisBroker) -> str:
    name = unique("settlement")
    broker.create_topics(name)
    return name


async def test_what_is_handed_over_in_any_order_reaches_the_topic_in_sequence(
    fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    source = StreamsInMemory()
    async with relaying(fresh, source, publisher) as relay:
        first = source.append(*items(topic, "06132013", 1, 2))
        second = source.append(*items(topic, "06132013", 3))
        relay.hand_over(second)
        relay.hand_over(first)
        await until(lambda: source.cursors["06132013"] == 3)

    assert ids(broker, topic, 3) == ["evt_06132013_1", "evt_06132013_2", "evt_06132013_3"]


async def test_what_a_dead_process_left_is_published_at_start(
    fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    source = StreamsInMemory()
    source.append(*items(topic, "06132013", 1, 2, 3))
    source.append(*items(topic, "39131156", 1))

    async with relaying(fresh, source, publisher):
        await until(lambda: source.cursors == {"06132013": 3, "39131156": 1})

    assert sorted(ids(broker, topic, 4)) == [
        "evt_06132013_1",
        "evt_06132013_2",
        "evt_06132013_3",
        "evt_39131156_1",
    ]


async def test_items_that_nobody_handed_over_are_found(
    fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    source = StreamsInMemory()
    async with relaying(fresh, source, publisher) as relay:
        source.append(*items(topic, "06132013", 1, 2))
        relay.hand_over(source.append(*items(topic, "06132013", 3)))
        await until(lambda: source.cursors["06132013"] == 3)

    assert ids(broker, topic, 3) == ["evt_06132013_1", "evt_06132013_2", "evt_06132013_3"]


class FailingOnce:
    """A real publisher whose first batch fails after its first announcement went out."""

    def __init__(self, real: Publisher) -> None:
        self._real = real
        self._failed = False

    async def cluster_id(self) -> str:
        return await self._real.cluster_id()

    async def publish(self, batch: Sequence[Announcement]) -> None:
        if not self._failed:
            self._failed = True
            await self._real.publish(batch[:1])
            raise PublishFailed("told to")
        await self._real.publish(batch)


async def test_a_failed_batch_is_published_again_from_its_start(
    fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    source = StreamsInMemory()
    async with relaying(fresh, source, FailingOnce(publisher)) as relay:  # type: ignore[arg-type]
        relay.hand_over(source.append(*items(topic, "06132013", 1, 2)))
        await until(lambda: source.cursors["06132013"] == 2)

    assert ids(broker, topic, 3) == ["evt_06132013_1", "evt_06132013_1", "evt_06132013_2"]


async def test_a_broker_that_lost_its_data_gets_every_stream_again_from_its_first_item(
    fresh: ServiceDatabase, broker: ChassisBroker
) -> None:
    first, second = unique("settlement"), unique("settlement")
    broker.create_topics(first, second)
    publisher = Publisher(broker.access)
    source = StreamsInMemory()
    async with relaying(fresh, source, publisher) as relay:
        relay.hand_over(source.append(*items(first, "1", 1, 2, 3)))
        relay.hand_over(source.append(*items(second, "2", 1)))
        await until(lambda: source.cursors == {"1": 3, "2": 1})
        before = source.cluster_id
        await asyncio.to_thread(broker.wipe)
        broker.create_topics(first, second)
        relay.hand_over(source.append(*items(second, "2", 2)))
        await until(lambda: source.cluster_id != before and source.cursors == {"1": 3, "2": 2})
    await publisher.close()

    assert ids(broker, first, 3) == ["evt_1_1", "evt_1_2", "evt_1_3"]
    found = ids(broker, second, broker.size(second))
    assert found[-2:] == ["evt_2_1", "evt_2_2"]


class SuccessiveClusters:
    """Keeps what was published per cluster; the test says which cluster answers."""

    def __init__(self) -> None:
        self.current = "first"
        self.logs: dict[str, list[str]] = {}

    async def cluster_id(self) -> str:
        return self.current

    async def publish(self, batch: Sequence[Announcement]) -> None:
        self.logs.setdefault(self.current, []).extend(each.event_id for each in batch)


async def test_what_a_lost_cluster_acknowledged_moves_no_cursor_of_its_successor(fresh: ServiceDatabase) -> None:
    source, clusters, clock = StreamsInMemory(), SuccessiveClusters(), SetClock()
    async with relaying(fresh, source, clusters, clock) as relay:  # type: ignore[arg-type]
        relay.hand_over(source.append(*items("settlement.1", "1", 1)))
        await until(lambda: source.cursors["1"] == 1)
        relay.hand_over(source.append(*items("settlement.1", "1", 2, 3)))
        await until(lambda: len(clusters.logs["first"]) == 3)
        clusters.current = "second"
        clock.advance(LOOK_INTERVAL_S)
        await until(lambda: source.cluster_id == "second" and source.cursors["1"] == 3)

    assert clusters.logs["second"] == ["evt_1_1", "evt_1_2", "evt_1_3"]
