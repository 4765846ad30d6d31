import http.client
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka.admin import AdminClient

from infra.local.databases import blocking
from infra.local.health import accepts, wait_until_serving
from infra.local.parts import SERVICE_DRAIN_S
from infra.local.processes import Launch, StartFailed, launch, stop
from infra.local.settings import REPOSITORY
from infra.local.stack import Stack
from infra.local.topology import load_topology
from services.shared.chassis.migrate import migrate
from tests.support.stack import running_platform


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_platform(["postgres", "kafka", "zipkin"]) as stack:
        yield stack


def clients_file(stack: Stack) -> dict[str, str]:
    pairs = [line.partition("=") for line in stack.settings.client_env_file.read_text().splitlines()]
    return {name: value for name, _, value in pairs}


def test_everything_listens_on_loopback_only(stack: Stack) -> None:
    pids = {component.pid for component in stack.status() if component.pid}

    assert len(pids) == 3
    listening = [
        connection.laddr.ip
        for connection in psutil.net_connections(kind="inet")
        if connection.pid in pids and connection.status == psutil.CONN_LISTEN and connection.laddr
    ]
    assert len(listening) == 3
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_the_clients_file_leads_to_the_broker_as_operator(stack: Stack) -> None:
    client = clients_file(stack)
    config: dict[str, str | int | float | bool] = {
        "bootstrap.servers": client["SEIKYU_KAFKA_BOOTSTRAP"],
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": client["SEIKYU_KAFKA_USERNAME"],
        "sasl.password": client["SEIKYU_KAFKA_PASSWORD"],
        "ssl.ca.location": client["SEIKYU_KAFKA_CA_FILE"],
    }

    topics = AdminClient(config).list_topics(timeout=20).topics
    assert client["SEIKYU_KAFKA_USERNAME"] == "operator"
    assert {topic.name for topic in load_topology().topics} <= set(topics)


def test_the_trace_store_answers_where_the_clients_file_says(stack: Stack) -> None:
    address = clients_file(stack)["SEIKYU_ZIPKIN_URL"].removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", "/api/v2/services")

    assert json.load(connection.getresponse()) == []
    connection.close()


def test_a_killed_broker_comes_back_while_the_rest_keeps_running(stack: Stack) -> None:
    before = {component.name: component.pid for component in stack.status()}
    stack.kill_component("kafka")

    stack.restart_broker()

    after = {component.name: component.pid for component in stack.status()}
    assert after["kafka"] not in {None, before["kafka"]}
    assert after | {"kafka": 0} == before | {"kafka": 0}


def test_a_service_serves_in_the_environment_it_is_given_and_drains_when_told(stack: Stack, tmp_path: Path) -> None:
    """The echo process of the tests stands for a service: the same chassis, settings and health service."""
    database = stack.parts.postgres.database("claims")
    blocking(migrate(database.owner_dsn, tmp_path / "sql"))
    command = Launch(
        name="claims",
        arguments=[sys.executable, "-m", "tests.support.echo_process"],
        environment=stack.parts.environment("claims", database),
        log_file=tmp_path / "claims.log",
        working_dir=REPOSITORY,
    )
    record = launch(command, stack.settings.state_dir)

    port, ca_file = stack.settings.service("claims").port, stack.parts.keys.authority.ca_file
    wait_until_serving(record, port=port, ca_file=ca_file, log_file=command.log_file)
    assert stop(record, with_signal=signal.SIGTERM, grace_s=SERVICE_DRAIN_S)
    assert not accepts(port)


def test_a_service_that_refuses_to_start_is_named_with_the_end_of_its_log(stack: Stack, tmp_path: Path) -> None:
    environment = stack.parts.environment("claims", stack.parts.postgres.database("claims"))
    del environment["SEIKYU_KAFKA_USERNAME"]
    command = Launch(
        name="claims",
        arguments=[sys.executable, "-m", "tests.support.echo_process"],
        environment=environment,
        log_file=tmp_path / "claims.log",
        working_dir=REPOSITORY,
    )
    record = launch(command, stack.settings.state_dir)

    with pytest.raises(StartFailed, match=r"(?s)claims ended while starting.*SEIKYU_KAFKA_USERNAME is missing"):
        wait_until_serving(
            record,
            port=stack.settings.service("claims").port,
            ca_file=stack.parts.keys.authority.ca_file,
            log_file=command.log_file,
        )
