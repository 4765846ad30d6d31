"""A service as a process: starts on the whole chassis, drains on SIGTERM, fails as a whole."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2

from infra.local.authority import Authority, ensure_token_keys
from services.shared.chassis.channel import ClientCertificate, open_channel
from services.shared.chassis.last_resort import EXIT_ABANDONED
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from tests.support.echo_service import EchoClient, Word
from tests.support.otlp_collector import OtlpCollector
from tests.support.stack import PostgresCluster

REPOSITORY = Path(__file__).resolve().parents[3]
NOBODY_LISTENS = "127.0.0.1:1"
"""The broker is away the whole time: readiness does not ask for it, the outbox decouples."""


def free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as held:
        listening = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in listening:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in listening]


class EchoProcess:
    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.directory = directory
        self.mtls_port = int(environment["SEIKYU_GRPC_MTLS_PORT"])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.echo_process"],
            env={**os.environ, **environment, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'protos' / 'gen'}"},
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def channel(self) -> grpc.aio.Channel:
        authority = Authority(self.directory)
        pair = authority.client("hospital/1310000001")
        return open_channel(
            f"localhost:{self.mtls_port}",
            ca_file=authority.ca_file,
            identity=ClientCertificate(cert_file=pair.cert_file, key_file=pair.key_file),
        )

    async def is_serving(self, channel: grpc.aio.Channel) -> AsyncGenerator[bool]:
        """Each change of the process's health."""
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        async for answer in watch(health_pb2.HealthCheckRequest(service=""), wait_for_ready=True, timeout=60):
            yield answer.status == health_pb2.HealthCheckResponse.SERVING

    async def served(self, channel: grpc.aio.Channel) -> None:
        """Wait until it takes calls."""
        async with aclosing(self.is_serving(channel)) as changes:
            async for is_serving in changes:
                if is_serving:
                    return

    async def ended(self) -> tuple[int, str]:
        out, _ = await asyncio.to_thread(self.process.communicate, timeout=30)
        return self.process.returncode, out


@asynccontextmanager
async def started(directory: Path, cluster: PostgresCluster, **changed: str) -> AsyncGenerator[EchoProcess]:
    database = await asyncio.to_thread(cluster.create_database, "edge")
    await migrate(database.owner_dsn, CHASSIS_SQL_DIR)
    authority = Authority(directory)
    pair = authority.server("edge")
    port, mtls_port = free_ports(2)
    process = EchoProcess(
        {
            "SEIKYU_POSTGRES_DSN": database.dsn,
            "SEIKYU_KAFKA_BOOTSTRAP": NOBODY_LISTENS,
            "SEIKYU_KAFKA_USERNAME": "edge",
            "SEIKYU_KAFKA_PASSWORD": "edge-password",
            "SEIKYU_KAFKA_CA_FILE": str(authority.ca_file),
            "SEIKYU_GRPC_PORT": str(port),
            "SEIKYU_GRPC_MTLS_PORT": str(mtls_port),
            "SEIKYU_TLS_CERT_FILE": str(pair.cert_file),
            "SEIKYU_TLS_KEY_FILE": str(pair.key_file),
            "SEIKYU_TLS_CA_FILE": str(authority.ca_file),
            "SEIKYU_TOKEN_PUBLIC_KEY_FILE": str(ensure_token_keys(directory).cert_file),
            **changed,
        },
        directory,
    )
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.process.kill()
            process.process.wait()


async def test_sigterm_answers_the_call_in_flight_and_exports_what_is_left(
    tmp_path: Path, postgres_cluster: PostgresCluster
) -> None:
    with OtlpCollector() as collector:
        slow_export = {
            **collector.environment,
            "SEIKYU_TRACE_SHARE": "1.0",
            "OTEL_BSP_SCHEDULE_DELAY": "60000",
            "OTEL_METRIC_EXPORT_INTERVAL": "60000",
        }
        async with started(tmp_path, postgres_cluster, **slow_export) as echo, echo.channel() as channel:
            changes = echo.is_serving(channel)
            while not await anext(changes):
                continue
            talk = EchoClient(channel).talk()
            await talk.write(Word(text="before"))
            heard = [await talk.read()]
            told_s = time.monotonic()
            echo.process.send_signal(signal.SIGTERM)
            while await anext(changes):
                continue
            await talk.write(Word(text="while draining"))
            heard.append(await talk.read())
            await talk.done_writing()
            code, out = await echo.ended()
            drained_s = time.monotonic() - told_s

    assert heard == [Word(text="before"), Word(text="while draining")]
    assert (code, drained_s < 20.0) == (0, True), out
    call = collector.span("seikyu.test.v1.EchoService/Talk")
    assert [span.parent_id for span in collector.named("say")] == [call.span_id, call.span_id]
    assert collector.last("rpc.server.call.duration", rpc__method="seikyu.test.v1.EchoService/Talk").count == 1


async def test_a_component_that_crashes_ends_the_process_with_a_failure(
    tmp_path: Path, postgres_cluster: PostgresCluster
) -> None:
    async with started(tmp_path, postgres_cluster, ECHO_CRASH="1") as echo, echo.channel() as channel:
        await echo.served(channel)
        await EchoClient(channel).say(Word(text="hello"))
        code, out = await echo.ended()

    assert code == 1
    assert "component crashed" in out
    assert "told to crash" not in out


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("ECHO_DEAF", "component did not end although it was cancelled; abandoned"),
        ("ECHO_BLOCK", "drain took too long; components abandoned"),
    ],
)
async def test_a_component_that_never_ends_is_named_and_abandoned_with_the_process(
    tmp_path: Path, postgres_cluster: PostgresCluster, trouble: str, told: str
) -> None:
    async with started(tmp_path, postgres_cluster, **{trouble: "1"}) as echo, echo.channel() as channel:
        await echo.served(channel)
        echo.process.send_signal(signal.SIGTERM)
        code, out = await echo.ended()

    assert code == EXIT_ABANDONED
    line = next(json.loads(each) for each in out.splitlines() if told in each)
    assert "background-0" in line["component"].split()


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"SEIKYU_TRACE_SHARE": "many"}, "setting SEIKYU_TRACE_SHARE is refused"),
        ({"OTEL_TRACES_EXPORTER": "pigeon"}, "setting OTEL_TRACES_EXPORTER: no installed package provides"),
    ],
)
async def test_a_bad_setting_is_named_and_the_process_does_not_start(
    tmp_path: Path, postgres_cluster: PostgresCluster, bad: dict[str, str], told: str
) -> None:
    async with started(tmp_path, postgres_cluster, **bad) as echo:
        code, out = await echo.ended()

    assert code == 78
    assert told in out
    assert "Traceback" not in out
