"""The coding process on the real broker (SASL_SSL, SCRAM, ACLs) and a migrated database, as its own principal."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from infra.local.authority import Authority, ensure_token_keys
from infra.local.environments import base_environment, kafka_environment
from infra.local.health import accepts, is_serving
from services.coding.entrypoints.agents import APP_ID
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.faust_guard import FaustGuard, OffsetsStalled
from services.shared.chassis.last_resort import EXIT_ABANDONED
from services.shared.chassis.messages import Event
from services.shared.chassis.service import EXIT_DRAINED
from services.shared.kernel.ids import event_id
from tests.support.chassis_parts import ChassisBroker
from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka
from tests.support.waiting import until

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
END_S = 25.0
"""Longer than the drain's limit of 20 s."""


class CodingProcess:
    """The service as `make up` starts it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port = int(environment["SEIKYU_GRPC_PORT"])
        self.ca_file = Path(environment["SEIKYU_TLS_CA_FILE"])
        self.folder = folder
        """Where it starts: its current working directory."""
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **more: str) -> None:
        command = [sys.executable, "-m", "services.coding.entrypoints.main"]
        self._process = subprocess.Popen(command, env=self._environment | more, cwd=self.folder)

    async def until_serving(self) -> None:
        await until(lambda: accepts(self.port) and is_serving(self.port, self.ca_file))

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(END_S)

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(END_S)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def coding(postgres_cluster: PostgresCluster, kafka_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    process = process_on(postgres_cluster, kafka_broker, tmp_path)
    yield process
    process.end()


@pytest.fixture
def mortal_broker() -> Iterator[KafkaBroker]:
    """One that no other test sees: it dies, and what is published to it stays unanswered."""
    with running_kafka() as broker:
        yield broker


@pytest.fixture
def bereaved(postgres_cluster: PostgresCluster, mortal_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    process = process_on(postgres_cluster, mortal_broker, tmp_path)
    yield process
    process.end()


def process_on(cluster: PostgresCluster, broker: KafkaBroker, tmp_path: Path) -> CodingProcess:
    """Not started yet, with a database of its own."""
    authority = Authority(tmp_path / "tls")
    pair = authority.server("coding")
    folder = tmp_path / "started-here"
    folder.mkdir()
    return CodingProcess(
        base_environment()
        | kafka_environment(broker.account("coding"))
        | {
            "SEIKYU_POSTGRES_DSN": cluster.create_migrated_database("coding").dsn,
            "SEIKYU_GRPC_PORT": str(free_port()),
            "SEIKYU_GRPC_MTLS_PORT": "0",
            "SEIKYU_TLS_CERT_FILE": str(pair.cert_file),
            "SEIKYU_TLS_KEY_FILE": str(pair.key_file),
            "SEIKYU_TLS_CA_FILE": str(authority.ca_file),
            "SEIKYU_TOKEN_PUBLIC_KEY_FILE": str(ensure_token_keys(tmp_path / "tls").cert_file),
            "OTEL_TRACES_EXPORTER": "none",
            "OTEL_METRICS_EXPORTER": "none",
            "TMPDIR": str(folder),
        },
        folder,
    )


def claim(word: str) -> str:
    return "clm_" + sha256(word.encode()).hexdigest()[:32]


def cause(claim_id: str) -> str:
    return event_id("jp.seikyu.coding.requested.v1", claim_id, "test")


def publish(broker: KafkaBroker, *events: tuple[str, bytes]) -> None:
    """Key and value of each event, as `claims` announces them."""
    producer = Producer(broker.account("claims").config())
    for key, value in events:
        headers: list[tuple[str, str | bytes | None]] = [
            ("ce_id", cause(key)),
            ("ce_type", "jp.seikyu.coding.requested.v1"),
            ("traceparent", TRACEPARENT),
        ]
        producer.produce("coding.requested", value, key, headers=headers)
    assert producer.flush(20.0) == 0


def request(claim_id: str, text: str = "高血圧症") -> tuple[str, bytes]:
    mentions = [events_pb2.Mention(line=3, text=text), events_pb2.Mention(line=4, text="なにか別の病気")]
    message = events_pb2.CodingRequested(claim_id=claim_id, treatment_month="202410", mentions=mentions, sex=1)
    return claim_id, message.SerializeToString()


def answers(broker: KafkaBroker, claims: set[str], *, at_least: int) -> list[Event]:
    """The answers to these claims, once there are so many; one that comes again counts again."""
    reader = ChassisBroker(real=broker)
    deadline_s = time.monotonic() + END_S
    while True:
        events = reader.read("coding.completed", reader.size("coding.completed"))
        found = [event for event in events if event.key in claims]
        if len(found) >= at_least and {event.key for event in found} == claims:
            return found
        assert time.monotonic() < deadline_s, f"{len(found)} answers"


def test_each_request_is_answered_and_poison_is_put_aside(kafka_broker: KafkaBroker, coding: CodingProcess) -> None:
    dead_so_far = ChassisBroker(real=kafka_broker).size("coding.requested.dlq")
    claims = [claim(f"each {number}") for number in range(50)]
    poison = claim("poison")
    coding.start()
    publish(kafka_broker, *[request(each) for each in claims[:25]], (poison, b"\xff\xff\xff"))
    publish(kafka_broker, *[request(each) for each in claims[25:]])

    by_key = {event.key: event for event in answers(kafka_broker, set(claims), at_least=50)}
    assert len(by_key) == 50
    answer = by_key[claims[0]]
    message = events_pb2.CodingCompleted.FromString(answer.value)
    assert [(each.line, each.route, each.disease_code) for each in message.codings] == [
        (3, coding_service_pb2.CODING_ROUTE_EXACT, "8833421"),
        (4, coding_service_pb2.CODING_ROUTE_UNRESOLVED, ""),
    ]
    assert (message.claim_id, message.cause_event_id) == (claims[0], cause(claims[0]))
    assert answer.event_id == event_id("jp.seikyu.coding.completed.v1", claims[0], cause(claims[0]))
    assert answer.type == "jp.seikyu.coding.completed.v1"
    assert answer.traceparent == TRACEPARENT

    dead = ChassisBroker(real=kafka_broker).read("coding.requested.dlq", dead_so_far + 1)[-1]
    assert (dead.key, dead.value, dead.header("dlq-reason")) == (poison, b"\xff\xff\xff", "unreadable")
    assert coding.stop() == 0


def test_a_request_that_comes_again_gets_its_first_answer_and_no_file_is_left(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    again = claim("again")
    coding.start()
    publish(kafka_broker, request(again))
    answers(kafka_broker, {again}, at_least=1)
    publish(kafka_broker, request(again, text="糖尿病"))

    twice = answers(kafka_broker, {again}, at_least=2)
    assert [event.event_id for event in twice] == [event_id("jp.seikyu.coding.completed.v1", again, cause(again))] * 2
    assert twice[0].value == twice[1].value
    assert coding.stop() == 0
    assert list(coding.folder.iterdir()) == []


@pytest.mark.parametrize("point", ["coding.requested.before-commit", "coding.requested.after-commit"])
def test_a_process_killed_around_its_commit_loses_no_request(
    kafka_broker: KafkaBroker, coding: CodingProcess, point: str
) -> None:
    claims = {claim(f"{point} {number}") for number in range(20)}
    coding.start(SEIKYU_CRASHPOINT=point)
    publish(kafka_broker, *[request(each) for each in sorted(claims)])
    assert coding.wait() == -signal.SIGKILL
    coding.start()

    answered = answers(kafka_broker, claims, at_least=20)
    assert {event.event_id for event in answered} == {
        event_id("jp.seikyu.coding.completed.v1", each, cause(each)) for each in claims
    }
    assert coding.stop() == 0


def test_a_process_whose_broker_goes_in_mid_work_ends_in_time_all_the_same(
    mortal_broker: KafkaBroker, bereaved: CodingProcess
) -> None:
    last = claim("last before the broker goes")
    bereaved.start()
    publish(mortal_broker, request(last))
    answers(mortal_broker, {last}, at_least=1)
    publish(mortal_broker, *[request(claim(f"in the air {number}")) for number in range(3_000)])
    mortal_broker.kill()

    code = bereaved.stop()

    assert code in {EXIT_DRAINED, EXIT_ABANDONED}


async def test_a_process_that_says_serving_holds_its_partitions(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    coding.start()
    await coding.until_serving()

    admin = AdminClient(kafka_broker.super_user.config())
    group = admin.describe_consumer_groups([APP_ID], request_timeout=END_S)[APP_ID].result()
    held = [place for member in group.members for place in member.assignment.topic_partitions]
    assert {place.partition for place in held if place.topic == "coding.requested"} == {0, 1, 2, 3}
    assert coding.stop() == EXIT_DRAINED


async def test_a_group_that_leaves_events_lying_is_called_stalled(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.create_topic("stalled")
    broker = ChassisBroker(real=kafka_broker)
    producer = Producer(kafka_broker.super_user.config())
    producer.produce(topic, b"lies here")
    assert producer.flush(20.0) == 0
    guard = FaustGuard(
        access=broker.access, group=f"{APP_ID}.nobody", topics=[topic], stall_limit_s=0.5, clock=SystemClock()
    )

    with pytest.raises(OffsetsStalled):
        await asyncio.wait_for(guard.watch(), END_S)
    assert guard.standings[topic, 0].behind == 1
