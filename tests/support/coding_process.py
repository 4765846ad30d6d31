"""The coding process as `make up` starts it, on a broker and a migrated database, and what is said to it over Kafka."""

import signal
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

from confluent_kafka import Producer
from seikyu.coding.v1 import events_pb2

from infra.local.authority import Authority, ensure_token_keys
from infra.local.environments import base_environment, kafka_environment
from infra.local.health import accepts, is_serving
from services.shared.chassis.messages import Event
from services.shared.kernel.ids import event_id
from tests.support.chassis_parts import ChassisBroker
from tests.support.stack import KafkaBroker, PostgresCluster
from tests.support.waiting import until

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
END_S = 25.0
"""Longer than the drain's limit of 20 s."""


UNKNOWN = "様子見"
"""Nothing of the own extract is like it."""


class CodingProcess:
    """The service as `make up` starts it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port = int(environment["SEIKYU_GRPC_PORT"])
        self.ca_file = Path(environment["SEIKYU_TLS_CA_FILE"])
        self.folder = folder
        """Where it starts: its current working directory."""
        self.dsn = environment["SEIKYU_POSTGRES_DSN"]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def beside(self, instance: str) -> "CodingProcess":
        """Another member of the same group on the same database."""
        own = {"SEIKYU_GRPC_PORT": str(free_port()), "SEIKYU_CODING_INSTANCE": instance}
        return CodingProcess(self._environment | own, self.folder)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

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
        if self._process is not None and self.is_running:
            self._process.kill()
            self._process.wait(END_S)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


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


def publish(broker: KafkaBroker, *events: tuple[str, bytes], topic: str = "coding.requested") -> None:
    """Key and value of each event, as `claims` announces them; as coding itself where it is another topic."""
    producer = Producer(broker.account("claims" if topic == "coding.requested" else "coding").config())
    for key, value in events:
        headers: list[tuple[str, str | bytes | None]] = [
            ("ce_id", cause(key)),
            ("ce_type", "jp.seikyu.coding.requested.v1"),
            ("traceparent", TRACEPARENT),
        ]
        producer.produce(topic, value, key, headers=headers)
    assert producer.flush(20.0) == 0


def request(claim_id: str, text: str = "高血圧症") -> tuple[str, bytes]:
    mentions = [events_pb2.Mention(line=3, text=text), events_pb2.Mention(line=4, text=UNKNOWN)]
    message = events_pb2.CodingRequested(claim_id=claim_id, treatment_month="202410", mentions=mentions, sex=1)
    return claim_id, message.SerializeToString()


def answers(
    broker: KafkaBroker, claims: set[str], *, at_least: int, within_s: float = END_S, distinct: bool = False
) -> list[Event]:
    """The answers to these claims, once there are so many; one that comes again counts again unless `distinct`."""
    reader = ChassisBroker(real=broker)
    deadline_s = time.monotonic() + within_s
    while True:
        events = reader.read("coding.completed", reader.size("coding.completed"))
        found = [event for event in events if event.key in claims]
        counted = len({event.event_id for event in found}) if distinct else len(found)
        if counted >= at_least and {event.key for event in found} == claims:
            return found
        assert time.monotonic() < deadline_s, f"{len(found)} answers"
