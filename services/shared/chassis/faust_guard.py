"""Watches that a Faust application moves its offsets; a member that sits still in front of a full log ends its process.

Faust's consumers may stall after an outage of the broker while their process looks alive. The guard asks the broker
itself, through a client of its own: what is committed, and where the log ends. Refuses to count the time in which the
broker does not answer: nobody can move then.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services.shared.chassis.clock import Clock
from services.shared.chassis.kafka import KafkaAccess, client_config
from services.shared.chassis.logs import get_logger

BROKER_TIMEOUT_S: Final = 5.0

_log = get_logger(__name__)

Partition = tuple[str, int]


class OffsetsStalled(Exception):
    """A partition had events and its committed offset has not moved for longer than allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One look at a partition: the next offset to consume, and the one that the log's next event will get."""

    committed: int
    end: int

    @property
    def behind(self) -> int:
        """Events that wait."""
        return max(0, self.end - self.committed)


class Progress:
    """How long each partition has been standing still with events in front of it. Pure: time comes as an argument."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._since_s: dict[Partition, tuple[int, float]] = {}

    def observe(self, now_s: float, standings: Mapping[Partition, Standing]) -> float:
        """Take one look; returns the longest standstill in seconds, 0 when everything moves or waits for events."""
        kept: dict[Partition, tuple[int, float]] = {}
        for partition, standing in standings.items():
            if standing.behind:
                before = self._since_s.get(partition)
                moved = before is None or before[0] != standing.committed
                kept[partition] = (standing.committed, now_s) if moved or before is None else before
        self._since_s = kept
        return max((now_s - since_s for _, since_s in kept.values()), default=0.0)

    def forget(self) -> None:
        """The broker did not answer: start counting anew."""
        self._since_s = {}


def never() -> bool:
    """It never waits on purpose."""
    return False


class FaustGuard:
    """Looks at one consumer group's progress again and again."""

    def __init__(  # noqa: D417 - the rest is named for what it is
        self,
        *,
        access: KafkaAccess,
        group: str,
        topics: Sequence[str],
        stall_limit_s: float,
        clock: Clock,
        is_waiting: Callable[[], bool] = never,
    ) -> None:
        """Needs READ on the group and DESCRIBE on the topics.

        Args:
            stall_limit_s: longer than a rebalance takes; looks come five times within it, at least every 5 s.
            is_waiting: whether the group stands still on purpose just now; that time is not counted.
        """
        self._is_waiting = is_waiting
        self._access = access
        self._group = group
        self._topics = frozenset(topics)
        self._stall_limit_s = stall_limit_s
        self._look_every_s = min(5.0, stall_limit_s / 5)
        self._clock = clock
        self._progress = Progress()
        self._admin: AdminClient | None = None
        self.standings: Mapping[Partition, Standing] = {}
        """The last look, for the lag's level."""

    async def watch(self) -> None:
        """Until cancelled. Raises OffsetsStalled."""
        while True:
            try:
                await self._look_at_all()
            except KafkaException as fault:
                self._progress.forget()
                reason = fault.args[0].name()
                _log.warning("offsets unknown: the broker does not answer", group=self._group, reason=reason)
            await asyncio.sleep(self._look_every_s)

    async def _look_at_all(self) -> None:
        self.standings = await asyncio.to_thread(self.look)
        if self._is_waiting():
            self._progress.forget()
        still_s = self._progress.observe(self._clock.monotonic_s(), self.standings)
        if still_s > self._stall_limit_s:
            raise OffsetsStalled(self._group)

    def look(self) -> Mapping[Partition, Standing]:
        """Ask the broker once. Blocks. Raises KafkaException."""
        self._admin = self._admin or AdminClient(client_config(self._access))
        try:
            return self._seen(self._admin)
        except KafkaException:
            self._admin = None  # the next look begins with a connection of its own
            raise

    def _seen(self, admin: AdminClient) -> Mapping[Partition, Standing]:
        described = admin.list_topics(timeout=BROKER_TIMEOUT_S).topics
        places = [
            TopicPartition(name, number)
            for name, topic in described.items()
            if name in self._topics
            for number in topic.partitions
        ]
        if not places:
            return {}
        starts = _offsets(admin, places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # not annotated upstream
        ends = _offsets(admin, places, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # not annotated upstream
        committed = self._committed(admin)
        return {
            place: Standing(committed=max(committed.get(place, 0), starts[place]), end=end)
            for place, end in ends.items()
        }

    def _committed(self, admin: AdminClient) -> Mapping[Partition, int]:
        asked = admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(self._group)], request_timeout=BROKER_TIMEOUT_S
        )
        told = asked[self._group].result().topic_partitions or ()
        return {(place.topic, place.partition): place.offset for place in told if place.offset >= 0}


def _offsets(admin: AdminClient, places: Sequence[TopicPartition], spec: OffsetSpec) -> Mapping[Partition, int]:
    answers = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=BROKER_TIMEOUT_S)
    return {(place.topic, place.partition): int(told.result().offset) for place, told in answers.items()}
