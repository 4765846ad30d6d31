"""The whole platform with everything that leaves its services caught: spans and metrics, log files, Kafka's records."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from infra.local.journal import Journal
from infra.local.parts import INFRASTRUCTURE, end
from infra.local.stack import Stack
from tests.support.otlp_collector import OtlpCollector
from tests.support.stack import running_platform

METADATA_TIMEOUT_S = 10.0
READ_WAIT_S = 0.2
SILENCE_LIMIT = 50
INTERNAL_PREFIX = "__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a topic, all of it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """A header's text, or the empty string."""
        return dict(self.headers).get(name, b"").decode()


PATIENT_CODING_WAIT_S = "30"
"""What is told of a coded claim is asked for; on a busy machine its codes may come later than after two seconds."""


@contextmanager
def observed_platform(
    collector: OtlpCollector, *, trace_share: float, variables: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """All services, each a process of its own, that export to Zipkin and to the collector and log all they can."""
    told = {
        **collector.environment,
        "OTEL_TRACES_EXPORTER": "zipkin_json,otlp",
        "SEIKYU_TRACE_SHARE": str(trace_share),
        "SEIKYU_LOG_LEVEL": "DEBUG",
        "SEIKYU_CODING_WAIT_S": PATIENT_CODING_WAIT_S,
        **(variables or {}),
    }
    with running_platform(list(INFRASTRUCTURE)) as stack:
        for name in service_names(stack):
            stack.start_service(name, told)
        yield stack


def service_names(stack: Stack) -> list[str]:
    """The services of the platform."""
    return [name for name in stack.components if name not in INFRASTRUCTURE]


def end_services(stack: Stack) -> None:
    """Stop the services in good order: what they have to tell is told; servers keep running."""
    for name in service_names(stack):
        record = Journal(stack.settings.state_dir).alive(name)
        if record is not None:
            end(record)


def log_files(stack: Stack) -> dict[str, bytes]:
    """What every process has written so far, by file name; the servers' too."""
    return {path.name: path.read_bytes() for path in sorted(stack.settings.logs_dir.glob("**/*.log"))}


def records_of_all_topics(config: Mapping[str, str | int | float | bool]) -> list[Record]:
    """Every record of every topic that is not the broker's own, as far as the topics go now."""
    consumer = Consumer({**config, "group.id": "operator.reads-all", "enable.auto.commit": False})
    try:
        ends = dict(_ends(consumer))
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for topic, number in ends])
        return _until(consumer, ends)
    finally:
        consumer.close()


def _ends(consumer: Consumer) -> Iterator[tuple[tuple[str, int], int]]:
    for topic, described in consumer.list_topics(timeout=METADATA_TIMEOUT_S).topics.items():
        for number in () if topic.startswith(INTERNAL_PREFIX) else described.partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=METADATA_TIMEOUT_S)
            if high > low:
                yield (topic, number), high


def _until(consumer: Consumer, ends: dict[tuple[str, int], int]) -> list[Record]:
    records: list[Record] = []
    silent = 0
    while ends:
        messages = consumer.consume(500, READ_WAIT_S)
        silent = 0 if messages else silent + 1
        if silent > SILENCE_LIMIT:
            raise AssertionError(f"the broker is silent about {sorted(ends)}")
        for record in map(_record, messages):
            records.append(record)
            if record.offset + 1 >= ends.get((record.topic, record.partition), 0):
                ends.pop((record.topic, record.partition), None)
    return records


def _record(message: Message) -> Record:
    error = message.error()
    if error is not None:
        raise AssertionError(str(error))
    headers: Sequence[tuple[str, str | bytes | None]] = message.headers() or ()  # type: ignore[assignment]  # a list here
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        headers=tuple((name, _bytes(value)) for name, value in headers),
    )


def _bytes(found: str | bytes | None) -> bytes:
    return found.encode() if isinstance(found, str) else found or b""
