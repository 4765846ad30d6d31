"""Tests' PostgreSQL and Kafka in containers, with the same keys, users and settings as on this machine."""

import functools
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from infra.local import kafka, postgres
from infra.local.authority import Authority
from infra.local.credentials import Credentials
from infra.local.processes import StartFailed
from infra.local.settings import isolated_settings
from tests.support.providers import BrokerControl

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.0"
BINARIES_IN_IMAGE = Path("/opt/kafka/bin")
DOCKER_TIMEOUT_S = 2


@functools.cache
def docker_answers() -> bool:
    """Whether a Docker engine is there, at DOCKER_HOST or its usual socket."""
    host = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    family = socket.AF_UNIX if host.scheme == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(DOCKER_TIMEOUT_S)
        try:
            probe.connect(host.path if host.scheme == "unix" else (host.hostname or "", host.port or 2375))
            probe.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 OK" in probe.recv(1024)
        except OSError:
            return False


@contextmanager
def postgres_in_container(state_dir: Path) -> Iterator[str]:
    """PostgreSQL from its image with the project's own settings; gives the superuser's address."""
    options = [word for setting in _settings_of(postgres.CONFIGURATION) for word in ("-c", setting)]
    container = PostgresContainer(POSTGRES_IMAGE, username="postgres", dbname="postgres")
    with container.with_command(["postgres", "-c", "max_connections=120", *options]) as running:
        yield str(running.get_connection_url(driver=None))


def _settings_of(configuration: Path) -> list[str]:
    lines = [line.strip() for line in configuration.read_text(encoding="utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return [f"{name.strip()}={value.strip().strip(chr(39))}" for name, _, value in pairs]


class ContainerKafka:
    """The same broker, keys and settings in a container; the state folder is mounted under its own path."""

    def __init__(self, state_dir: Path) -> None:
        settings = isolated_settings(state_dir)
        self._broker = kafka.LocalKafka(
            settings, Credentials(state_dir / "credentials.json"), Authority(state_dir / "tls")
        )
        self.super_user = self._broker.account(kafka.BROKER)
        self._container = (
            DockerContainer(KAFKA_IMAGE)
            .with_bind_ports(settings.kafka.port, settings.kafka.port)
            .with_volume_mapping(str(state_dir), str(state_dir), "rw")
            .with_kwargs(user=f"{os.getuid()}:{os.getgid()}", entrypoint=["/bin/sh", "-c"])
        )

    def start(self) -> None:
        script = self._broker.files.container_script(BINARIES_IN_IMAGE)
        if self._container._container is None:
            self._container.with_command([script]).start()
        else:
            self._container.get_wrapped_container().start()
        deadline = time.monotonic() + kafka.START_TIMEOUT_S
        while not self._broker.admin().answers(kafka.ANSWER_TIMEOUT_S):
            if time.monotonic() > deadline:
                raise StartFailed("the broker's container does not answer")

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def wipe(self) -> None:
        self._broker.wipe()

    def close(self) -> None:
        self._container.stop()


@contextmanager
def kafka_in_container(state_dir: Path) -> Iterator[BrokerControl]:
    """Apache Kafka from its image, with the state folder's keys and users."""
    control = ContainerKafka(state_dir)
    try:
        control.start()
        yield control
    finally:
        control.close()
