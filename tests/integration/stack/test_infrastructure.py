import http.client
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka.admin import AdminClient

from infra.local.settings import isolated_settings
from infra.local.stack import Stack
from infra.local.topology import load_topology

ONLY = ["postgres", "kafka", "zipkin"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="seikyu-test-") as directory:
        stack = Stack(isolated_settings(Path(directory) / "state"))
        stack.up(ONLY)
        yield stack
        stack.down()


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
