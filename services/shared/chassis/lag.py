"""How far consumers are behind the ends of their partitions. Owns the look every 10 s and the level it tells.

What counts as consumed is what Postgres holds, not what Kafka was told. The ends come from a client of their own, so a
consumer that stalls is seen as well.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services.shared.chassis.kafka import KafkaAccess, client_config
from services.shared.chassis.logs import get_logger
from services.shared.chassis.metrics import Level, Metrics, Reading
from services.shared.chassis.postgres import Database, TransientFault
from services.shared.chassis.queries import load_queries

LOOK_EVERY_S: Final = 10.0
BROKER_TIMEOUT_S: Final = 5.0
_QUERIES: Final = load_queries(Path(__file__).parent / "sql" / "lag.sql")

_log = get_logger(__name__)

Ends = Mapping[tuple[str, int], int]
"""The next offset that a partition will give, by topic and partition."""


class Follows(Protocol):
    """The part of a consumer that the look needs."""

    @property
    def group(self) -> str:
        """The consumer group."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it consumes."""


class LagWatch:
    """A component of the supervisor; tells `seikyu.consumer.lag` by topic, group and partition."""

    def __init__(
        self, *, access: KafkaAccess, database: Database, metrics: Metrics, consumers: Sequence[Follows]
    ) -> None:
        """Needs no right beyond the consumers' own READ."""
        self._access = access
        self._database = database
        self._consumers = consumers
        self._admin: AdminClient | None = None
        self._readings: Sequence[Reading] = ()
        self._stop = asyncio.Event()
        metrics.observe(Level.LAG, lambda: self._readings)

    async def run(self) -> None:
        """Until `stop`. A broker or database that is away leaves the last figures standing."""
        while not self._stop.is_set():
            try:
                self._readings = await self.look()
            except (KafkaException, TransientFault):
                _log.warning("lag unknown: broker or database does not answer")
            try:
                await asyncio.wait_for(self._stop.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Ask `run` to return."""
        self._stop.set()

    async def look(self) -> list[Reading]:
        """Events behind, by topic, group and partition; what was never consumed counts from 0."""
        cluster_id, ends = await asyncio.to_thread(self._ends)
        groups = [consumer.group for consumer in self._consumers]
        rows = await self._database.fetch(_QUERIES["read_offsets"], cluster_id, groups)
        done = {(row["consumer_group"], row["topic"], row["partition"]): int(row["next_offset"]) for row in rows}
        return [
            (
                float(max(0, end - done.get((consumer.group, topic, partition), 0))),
                {"topic": topic, "group": consumer.group, "partition": str(partition)},
            )
            for consumer in self._consumers
            for (topic, partition), end in ends.items()
            if topic in consumer.topics
        ]

    def _ends(self) -> tuple[str, Ends]:
        admin = self._admin = self._admin or AdminClient(client_config(self._access))
        topics = {topic for consumer in self._consumers for topic in consumer.topics}
        cluster = admin.list_topics(timeout=BROKER_TIMEOUT_S)
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # not annotated upstream
        wanted = {
            TopicPartition(name, partition): latest
            for name, described in cluster.topics.items()
            if name in topics
            for partition in described.partitions
        }
        if not wanted:
            return str(cluster.cluster_id), {}
        answers = admin.list_offsets(wanted, request_timeout=BROKER_TIMEOUT_S)
        ends = {(asked.topic, asked.partition): int(told.result().offset) for asked, told in answers.items()}
        return str(cluster.cluster_id), ends
