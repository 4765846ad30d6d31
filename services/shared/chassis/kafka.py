"""The way to Kafka: one set of client settings, and the publisher that the relays share."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, ClusterMetadata

from services.shared.chassis.messages import CONTENT_TYPE, SPEC_VERSION, Announcement
from services.shared.chassis.postgres import TransientFault

ConfigValue = str | int | float | bool

METADATA_TIMEOUT_S = 5.0
LINGER_MS = 5
FETCH_WAIT_MS = 50
"""How long an idle fetch is held (20 ms doubles an idle broker's work).

Data should end it at once; but what the slowest claims took at 350/s beyond the middle followed it: 110 to 150 ms where
it was 100, 280 where it was 250 (docs/performance.md).
"""
PUBLISH_TIMEOUT_MS = 30_000
"""A broker that is away for longer fails the batch; the relay then reads its table and publishes again."""
PUBLISH_SLICE_S = 0.25
"""How long the publishing thread waits before it looks whether it was asked to close."""
PRODUCER_QUEUE_MESSAGES = 20_000
CONSUMER_QUEUE_MESSAGES = 5_000
CONSUMER_QUEUE_KBYTES = 16_384
SESSION_TIMEOUT_MS = 10_000
"""How long a killed member without a static id keeps its partitions; heartbeats come from the client's own thread."""
RECONNECT_MAX_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """Where the broker is and who we are there. Without `username` the connection is plain (tests only)."""

    bootstrap: str
    client_id: str
    username: str = ""
    password: str = ""
    ca_file: Path | None = None


class PublishFailed(Exception):
    """At least one announcement of a batch is not known to be in the log; publish all of them again, in order."""


def client_config(access: KafkaAccess) -> dict[str, ConfigValue]:
    """What every client needs: addresses, SASL_SSL with SCRAM-SHA-512 where a user is given, quiet logs."""
    config: dict[str, ConfigValue] = {
        "bootstrap.servers": access.bootstrap,
        "client.id": access.client_id,
        "reconnect.backoff.max.ms": RECONNECT_MAX_MS,
        "log_level": 0,  # the library prints a line per refused connection; states and metrics tell it once
    }
    if access.username:
        config |= {
            "security.protocol": "SASL_SSL" if access.ca_file else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": access.username,
            "sasl.password": access.password,
        }
    if access.ca_file:
        config["ssl.ca.location"] = str(access.ca_file)
    return config


def producer_config(access: KafkaAccess) -> dict[str, ConfigValue]:
    """An idempotent producer: acks=all, linger 5 ms, lz4; a gap is fatal, so that no key's order is ever broken."""
    return client_config(access) | {
        "enable.idempotence": True,
        "enable.gapless.guarantee": True,
        "acks": "all",
        "linger.ms": LINGER_MS,
        "compression.type": "lz4",
        "message.timeout.ms": PUBLISH_TIMEOUT_MS,
        "queue.buffering.max.messages": PRODUCER_QUEUE_MESSAGES,
        "delivery.report.only.error": True,
    }


def consumer_config(access: KafkaAccess, *, group: str, instance_id: str | None) -> dict[str, ConfigValue]:
    """A batch consumer: cooperative-sticky, optional static membership, no automatic commit, no automatic reset."""
    config = client_config(access) | {
        "group.id": group,
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",  # where to read on is Postgres' to say
        "fetch.wait.max.ms": FETCH_WAIT_MS,
        "queued.min.messages": CONSUMER_QUEUE_MESSAGES,
        "queued.max.messages.kbytes": CONSUMER_QUEUE_KBYTES,
    }
    if instance_id:
        config["group.instance.id"] = instance_id
    return config


async def cluster_id(access: KafkaAccess) -> str:
    """The broker cluster's id: another one means that the log was deleted. TransientFault when it does not answer."""
    return await asyncio.to_thread(_cluster_id, access)


def _cluster_id(access: KafkaAccess) -> str:
    try:
        return str(AdminClient(client_config(access)).list_topics(timeout=METADATA_TIMEOUT_S).cluster_id)
    except KafkaException as error:
        raise TransientFault("BrokerUnreachable") from error


class Publisher:
    """An idempotent producer that publishes batches in order, off the event loop. One per relay."""

    def __init__(self, access: KafkaAccess) -> None:
        """Connects with the first batch."""
        self._access = access
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{access.client_id}-publisher")
        self._producer: Producer | None = None
        self._closing = False

    async def publish(self, batch: Sequence[Announcement]) -> None:
        """Return once every announcement is acknowledged by all replicas.

        One thread hop per batch; successes are not reported one by one: an empty queue without an error is all of them.
        Raises PublishFailed; the next batch then gets a new producer.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._publish, batch)

    async def cluster_id(self) -> str:
        """The id of the cluster that the producer talks to. Raises TransientFault when no broker answers."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._cluster_id)

    async def topics(self) -> frozenset[str]:
        """The topics of the cluster that this principal may see. Raises TransientFault when no broker answers."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._topics)

    async def close(self) -> None:
        """Give up what is in flight and free the thread."""
        self._closing = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._discard)
        self._thread.shutdown(wait=False)

    def _publish(self, batch: Sequence[Announcement]) -> None:
        failures: list[KafkaError] = []
        try:
            producer = self._connected()
            _produce(producer, batch, failures)
            self._wait_for_acks(producer, failures)
        except KafkaException as error:
            self._discard()
            raise PublishFailed(str(error.args[0].name())) from error
        if failures:
            self._discard()
            raise PublishFailed(str(failures[0].name()))

    def _cluster_id(self) -> str:
        return str(self._metadata().cluster_id)

    def _topics(self) -> frozenset[str]:
        return frozenset(self._metadata().topics)

    def _metadata(self) -> ClusterMetadata:
        try:
            metadata: ClusterMetadata = self._connected().list_topics(timeout=METADATA_TIMEOUT_S)
        except KafkaException as error:
            raise TransientFault("BrokerUnreachable") from error
        return metadata

    def _connected(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(producer_config(self._access))
        return self._producer

    def _wait_for_acks(self, producer: Producer, failures: list[KafkaError]) -> None:
        while producer.flush(PUBLISH_SLICE_S) and not failures:
            if self._closing:
                raise PublishFailed("closing")

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaException):  # a gapless producer calls the purge of what is in flight a fatal error
                producer.purge()
                producer.flush(0)


def _produce(producer: Producer, batch: Sequence[Announcement], failures: list[KafkaError]) -> None:
    def on_failure(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    for announcement in batch:
        while True:
            try:
                producer.produce(
                    announcement.topic,
                    value=announcement.value,
                    key=announcement.key,
                    headers=wire_headers(announcement),
                    on_delivery=on_failure,
                )
                break
            except BufferError:  # the queue is full: bounded by the time-out of what stands in it
                producer.poll(PUBLISH_SLICE_S)


def wire_headers(announcement: Announcement) -> list[tuple[str, str | bytes | None]]:
    """The CloudEvents headers of an announcement, then its extra ones."""
    headers: list[tuple[str, str | bytes | None]] = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", announcement.event_id),
        ("ce_type", announcement.type),
        ("ce_source", announcement.source),
        ("ce_time", announcement.time.isoformat()),
        ("ce_subject", announcement.subject),
        ("content-type", CONTENT_TYPE),
        ("traceparent", announcement.traceparent),
    ]
    if announcement.extra_headers:
        headers.extend(announcement.extra_headers)
    return headers
