"""Repeats events as a broker with at-least-once delivery may, only worse: twice each, and in whatever partition."""

import random
import threading
import uuid
from collections.abc import Sequence
from typing import cast

from confluent_kafka import Consumer, Producer, TopicPartition
from typing_extensions import override

from services.shared.chassis.group_member import event_of
from services.shared.chassis.messages import Event
from tests.support.journey import KafkaConfig
from tests.support.witness import BROKER_TIMEOUT_S

TIMES = 2
CONSUMER_ONLY = {"fetch.wait.max.ms"}


class Repeater:
    """Produces events again, with their key, headers and value, into partitions drawn from a seed."""

    def __init__(self, config: KafkaConfig, topics: Sequence[str]) -> None:
        self._producer = Producer({name: value for name, value in config.items() if name not in CONSUMER_ONLY})
        known = self._producer.list_topics(timeout=BROKER_TIMEOUT_S).topics
        self._partitions = {topic: sorted(known[topic].partitions) for topic in topics}
        self._rng = random.Random(7)

    def repeat_shuffled(self, events: Sequence[Event]) -> None:
        """Each event twice, in any order; returns once the broker has them."""
        again = [*events] * TIMES
        self._rng.shuffle(again)
        for event in again:
            self._producer.produce(
                event.topic,
                value=event.value,
                key=event.key,
                headers=cast("list[tuple[str, str | bytes | None]]", list(event.headers)),
                partition=self._rng.choice(self._partitions[event.topic]),
            )
        if self._producer.flush(BROKER_TIMEOUT_S):
            raise TimeoutError("the broker did not take the repeated events")


class Echo(threading.Thread):
    """From now on repeats every new event of some topics as soon as it stands there; its own repeats are not new."""

    def __init__(self, config: KafkaConfig, topics: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.repeated: set[str] = set()
        self._repeater = Repeater(config, topics)
        self._over = threading.Event()
        self._consumer = Consumer(config | {"group.id": f"operator.echo-{uuid.uuid4().hex[:8]}"})
        known = self._consumer.list_topics(timeout=BROKER_TIMEOUT_S).topics
        places = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
        for place in places:
            place.offset = self._consumer.get_watermark_offsets(place, timeout=BROKER_TIMEOUT_S)[1]
        self._consumer.assign(places)

    @override
    def run(self) -> None:
        while not self._over.is_set():
            messages = self._consumer.consume(500, 0.05)
            events = {event.event_id: event for event in map(event_of, messages)}
            new = [event for event_id, event in events.items() if event_id not in self.repeated]
            self.repeated |= events.keys()
            self._repeater.repeat_shuffled(new)
        self._consumer.close()

    def stop(self) -> None:
        """Repeat no more."""
        self._over.set()
        self.join()
