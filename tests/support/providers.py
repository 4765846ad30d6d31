"""Tests' PostgreSQL and Kafka on this machine, from infra/local; the same in containers is in containers.py."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from infra.local import kafka, postgres
from infra.local.authority import Authority
from infra.local.credentials import Credentials
from infra.local.kafka_admin import KafkaAccount
from infra.local.processes import ProcessRecord, kill, stop
from infra.local.settings import isolated_settings

IMMEDIATE_GRACE_S: Final = 10.0


class BrokerControl(Protocol):
    """A broker that tests may kill and start again."""

    super_user: KafkaAccount

    def kill(self) -> None:
        """Kill -9."""

    def start(self) -> None:
        """Start with what data there is; returns once it answers."""

    def wipe(self) -> None:
        """Delete the data of the stopped broker."""


@contextmanager
def postgres_on_this_machine(state_dir: Path) -> Iterator[str]:
    """PostgreSQL from its wheel, in `state_dir`; gives the superuser's address.

    It ends without writing what is left: hundreds of databases are made on it, and none outlives the run.
    """
    settings = isolated_settings(state_dir)
    server = postgres.LocalPostgres(settings, Credentials(state_dir / "credentials.json"))
    record = server.start()
    try:
        server.wait(record)
        yield server.admin_dsn
    finally:
        stop(record, with_signal=signal.SIGQUIT, grace_s=IMMEDIATE_GRACE_S)


class MachineKafka:
    """The broker of infra/local under a test's own state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._broker = kafka.LocalKafka(
            isolated_settings(state_dir), Credentials(state_dir / "credentials.json"), Authority(state_dir / "tls")
        )
        self.super_user = self._broker.account(kafka.BROKER)
        self._record: ProcessRecord | None = None

    def start(self) -> None:
        self._record = self._broker.start()
        self._broker.wait(self._record)

    def kill(self) -> None:
        if self._record:
            kill(self._record)

    def wipe(self) -> None:
        self._broker.wipe()

    def close(self) -> None:
        """Its data goes with it: an orderly end would only write what nobody reads."""
        self.kill()


@contextmanager
def kafka_on_this_machine(state_dir: Path) -> Iterator[BrokerControl]:
    """Apache Kafka from its jars, in `state_dir`."""
    control = MachineKafka(state_dir)
    try:
        control.start()
        yield control
    finally:
        control.close()
