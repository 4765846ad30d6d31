"""The real broker and a migrated database per test, as the chassis' own tests handle them."""

import time
from dataclasses import dataclass, field
from uuid import uuid4

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.local.topology import HOUR_MS, Topic
from services.shared.chassis.group_member import event_of
from services.shared.chassis.kafka import KafkaAccess, client_config, consumer_config
from services.shared.chassis.messages import Event
from tests.support.stack import KafkaBroker

READ_TIMEOUT_S = 20.0
METADATA_TIMEOUT_S = 5.0


@dataclass(slots=True, kw_only=True)
class ChassisBroker:
    """The session's broker, seen by its super user; a test may kill it and delete its data."""

    real: KafkaBroker
    _died: bool = field(default=False)

    @property
    def access(self) -> KafkaAccess:
        account = self.real.super_user
        return KafkaAccess(
            bootstrap=account.bootstrap,
            client_id="chassis-test",
            username=account.username,
            password=account.password,
            ca_file=account.ca_file,
        )

    def create_topics(self, *names: str, partitions: int = 1) -> None:
        topics = [Topic(name=name, partitions=partitions, retention_ms=HOUR_MS) for name in names]
        self.real.admin().create_topics(topics)

    def delete_topic(self, name: str) -> None:
        client = AdminClient(client_config(self.access))
        for deleted in client.delete_topics([name]).values():
            deleted.result(timeout=METADATA_TIMEOUT_S)

    def has(self, topic: str) -> bool:
        """Whether the broker knows the topic."""
        return topic in AdminClient(client_config(self.access)).list_topics(timeout=METADATA_TIMEOUT_S).topics

    def kill(self) -> None:
        """As if the power had gone."""
        self.real.kill()
        self._died = True

    def start(self) -> None:
        """Start it again; returns once it answers."""
        self.real.start()
        self._died = False

    def wipe(self) -> None:
        """Kill it, delete its data, start it as another cluster and provision that one anew."""
        self.kill()
        self.real.wipe()
        self.start()
        self.real.provision()

    def repair(self) -> None:
        """Leave a running broker to the next test, whatever this one did."""
        if self._died:
            self.start()
            self.real.provision()

    def read(self, topic: str, expected: int) -> list[Event]:
        """The first `expected` events of a topic in the order of its partitions; fewer when no more come in time."""
        consumer = self._reader()
        try:
            partitions = consumer.list_topics(topic, timeout=METADATA_TIMEOUT_S).topics[topic].partitions
            consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
            return _read(consumer, expected)
        finally:
            consumer.close()

    def size(self, topic: str) -> int:
        """How many events the topic holds."""
        consumer = self._reader()
        try:
            partitions = consumer.list_topics(topic, timeout=METADATA_TIMEOUT_S).topics[topic].partitions
            places = [TopicPartition(topic, number) for number in partitions]
            ends = [consumer.get_watermark_offsets(place, timeout=METADATA_TIMEOUT_S) for place in places]
            return sum(high - low for low, high in ends)
        finally:
            consumer.close()

    def _reader(self) -> Consumer:
        return Consumer(consumer_config(self.access, group="reader", instance_id=None))


def unique(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}.{uuid4().hex[:10]}"


def _read(consumer: Consumer, expected: int) -> list[Event]:
    events: list[Event] = []
    deadline_s = time.monotonic() + READ_TIMEOUT_S
    while len(events) < expected and time.monotonic() < deadline_s:
        events += [event_of(message) for message in consumer.consume(500, 0.2) if message.error() is None]
    return sorted(events, key=lambda event: (event.partition, event.offset))
