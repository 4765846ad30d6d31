"""Real parts for the chassis' own tests: a plain broker that a test may kill and wipe, a migrated database per test.

Bare on purpose (no TLS, no users): what the services' security needs is proved on the local stack.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.local.jars import JAVA, kafka_classpath
from services.shared.chassis.group_member import event_of
from services.shared.chassis.kafka import KafkaAccess, consumer_config
from services.shared.chassis.messages import Event

START_TIMEOUT_S = 60.0
READ_TIMEOUT_S = 20.0
_names = count(1)


class PlainBroker:
    """Apache Kafka on loopback, one node, its own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._classpath = kafka_classpath()
        self._port, self._controller_port = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.properties").write_text(self._properties(), encoding="utf-8")

    @property
    def access(self) -> KafkaAccess:
        return KafkaAccess(bootstrap=f"127.0.0.1:{self._port}", client_id="chassis-test")

    def start(self) -> None:
        """Start it on the data it has, on a freshly formatted folder if it has none, and wait until it answers."""
        if not (self._folder / "data" / "meta.properties").exists():
            self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", _cluster_id(), "-c").wait()
        self._process = self._java("kafka.Kafka")
        deadline_s = time.monotonic() + START_TIMEOUT_S
        admin = AdminClient({"bootstrap.servers": self.access.bootstrap, "log_level": 0})
        while not _answers(admin):
            assert time.monotonic() < deadline_s, "the broker did not start"

    def kill(self) -> None:
        """As if the power had gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def wipe(self) -> None:
        """Kill it, delete its data, and start it as a new cluster without topics."""
        self.kill()
        shutil.rmtree(self._folder / "data")
        self.start()

    def empty(self) -> None:
        """Delete all topics, of a running or a dead broker."""
        if self._process is None:
            self.start()
        admin = AdminClient({"bootstrap.servers": self.access.bootstrap, "log_level": 0})
        names = [name for name in admin.list_topics(timeout=5).topics if not name.startswith("__")]
        for deleted in (admin.delete_topics(names) if names else {}).values():
            deleted.result(timeout=START_TIMEOUT_S)

    def create_topics(self, *names: str, partitions: int = 1) -> None:
        admin = AdminClient({"bootstrap.servers": self.access.bootstrap, "log_level": 0})
        for created in admin.create_topics([NewTopic(name, partitions, 1) for name in names]).values():
            created.result(timeout=START_TIMEOUT_S)

    def read(self, topic: str, expected: int) -> list[Event]:
        """The first `expected` events of a topic in the order of its partitions; fewer when no more come in time."""
        consumer = Consumer(consumer_config(self.access, group="reader", instance_id=None))
        try:
            partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
            consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
            return _read(consumer, expected)
        finally:
            consumer.close()

    def size(self, topic: str) -> int:
        """How many events the topic holds."""
        consumer = Consumer(consumer_config(self.access, group="reader", instance_id=None))
        try:
            partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
            ends = [consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=5) for number in partitions]
            return sum(high - low for low, high in ends)
        finally:
            consumer.close()

    def _java(self, main: str, *arguments: str) -> "subprocess.Popen[bytes]":
        options = ["-Xmx256m", "-Xms256m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
        with (self._folder / "broker.log").open("ab") as log:
            return subprocess.Popen(
                [JAVA, *options, "-cp", self._classpath, main, *arguments, str(self._folder / "server.properties")],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _properties(self) -> str:
        return f"""
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{self._controller_port}
listeners=PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={self._folder / "data"}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshDatabase:
    """A database of its own: the owner's address for migrating, the service's for running."""

    name: str
    dsn: str
    owner_dsn: str


async def make_database(admin_dsn: str, socket_dir: str) -> FreshDatabase:
    """An empty database with its two roles, nobody else's to connect to."""
    name = f"chassis_{os.getpid()}_{next(_names)}"
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute(f"CREATE ROLE {name}_owner LOGIN")
        await connection.execute(f"CREATE ROLE {name} LOGIN")
        await connection.execute(
            f"CREATE DATABASE {name} OWNER {name}_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )
    finally:
        await connection.close()
    return FreshDatabase(
        name=name,
        dsn=f"postgresql://{name}@/{name}?host={socket_dir}",
        owner_dsn=f"postgresql://{name}_owner@/{name}?host={socket_dir}",
    )


def _answers(admin: AdminClient) -> bool:
    try:
        admin.list_topics(timeout=0.5)
    except KafkaException:
        return False
    return True


def unique(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}.{uuid4().hex[:10]}"


def _read(consumer: Consumer, expected: int) -> list[Event]:
    events: list[Event] = []
    deadline_s = time.monotonic() + READ_TIMEOUT_S
    while len(events) < expected and time.monotonic() < deadline_s:
        events += [event_of(message) for message in consumer.consume(500, 0.2) if message.error() is None]
    return sorted(events, key=lambda event: (event.partition, event.offset))


def _cluster_id() -> str:
    return uuid4().hex[:22]


def _free_ports(number: int) -> Sequence[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
