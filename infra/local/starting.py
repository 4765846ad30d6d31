"""Starts components in the order in which they need one another, at the same time where they do not."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import asyncpg
from confluent_kafka import KafkaException

from infra.local import kafka, postgres, zipkin
from infra.local.databases import ServiceDatabase, blocking
from infra.local.environments import client_environment, operator_account, write_client_environment
from infra.local.health import wait_until_serving
from infra.local.journal import Journal
from infra.local.parts import INFRASTRUCTURE, Parts
from infra.local.processes import Launch, ProcessRecord, StartFailed, launch
from infra.local.progress import Reporter
from infra.local.settings import REPOSITORY, ServiceSettings
from infra.native import native_tree
from services.shared.chassis.migrate import MigrationRefused, migrate


class Starter:
    """One call of `up`: what it has started so far can be taken back."""

    def __init__(self, parts: Parts, journal: Journal, reporter: Reporter) -> None:
        """Starts nothing."""
        self._parts = parts
        self._settings = parts.settings
        self._journal = journal
        self._reporter = reporter
        self.started: list[ProcessRecord] = []

    def start(self, names: Sequence[str]) -> None:
        """Bring up the named components; those that run are only checked. Raises StartFailed."""
        keys = self._parts.keys
        self._parts.build()
        with ThreadPoolExecutor(len(names)) as threads:
            tasks = {name: threads.submit(task) for name, task in self._infrastructure().items() if name in names}
            for name in (postgres.NAME, kafka.NAME):
                if name in tasks:
                    tasks[name].result()
            services = [name for name in names if name not in INFRASTRUCTURE]
            starts: list[Future[ProcessRecord]] = [
                threads.submit(self.start_service, name) for name in services if not self._journal.alive(name)
            ]
            for start in as_completed(starts):
                start.result()
            for task in tasks.values():
                task.result()
        operator = operator_account(self._parts.credentials, self._settings, keys)
        environment = client_environment(self._settings, operator=operator, keys=keys)
        write_client_environment(self._settings.client_env_file, environment)

    def start_service(self, name: str, extra: Mapping[str, str] | None = None) -> ProcessRecord:
        """Start one service, with additional variables; returns once it serves. Raises StartFailed."""
        self._reporter.doing(name, "starting")
        service = self._settings.service(name)
        log_file = self._settings.logs_dir / f"{name}.log"
        record = self._written_down(
            launch(
                Launch(
                    name=name,
                    arguments=[sys.executable, "-m", f"services.{name}.entrypoints.main"],
                    environment={**self._parts.environment(name, self._parts.postgres.database(name)), **(extra or {})},
                    log_file=log_file,
                    working_dir=native_tree() or REPOSITORY,  # where Python looks for `services` first
                ),
                self._settings.state_dir,
            )
        )
        ca_file = self._parts.keys.authority.ca_file
        wait_until_serving(record, port=service.port, ca_file=ca_file, log_file=log_file)
        self._reporter.done(name, f"gRPC 127.0.0.1:{service.port}, mTLS 127.0.0.1:{service.mtls_port}")
        return record

    def start_broker(self) -> None:
        """Start the broker unless it runs, then make users, rights and topics that are not there."""
        broker = self._parts.kafka
        self._ensure(kafka.NAME, broker.start, broker.wait)
        self._reporter.doing(kafka.NAME, "users, rights and topics")
        try:
            broker.provision()
        except KafkaException as refused:
            raise StartFailed(f"Kafka refused its users, rights or topics: {refused}") from refused
        self._reporter.done(kafka.NAME, f"SASL_SSL {self._settings.bootstrap}")

    def _infrastructure(self) -> dict[str, Callable[[], None]]:
        return {postgres.NAME: self._postgres, kafka.NAME: self.start_broker, zipkin.NAME: self._zipkin}

    def _postgres(self) -> None:
        server = self._parts.postgres
        self._ensure(postgres.NAME, server.start, server.wait)
        self._reporter.doing(postgres.NAME, "databases and migrations")
        databases = server.provision([service.name for service in self._settings.services])
        for service in self._settings.services:
            if (service.package_dir / "sql" / "migrations").exists():
                _migrate(service, databases[service.name])
        self._reporter.done(postgres.NAME, f"socket in {server.socket_dir}")

    def _zipkin(self) -> None:
        server = self._parts.zipkin
        self._ensure(zipkin.NAME, server.start, server.wait)
        self._reporter.done(zipkin.NAME, self._settings.zipkin_url)

    def _ensure(self, name: str, begin: Callable[[], ProcessRecord], wait: Callable[[ProcessRecord], None]) -> None:
        record = self._journal.alive(name)
        if record is None:
            self._reporter.doing(name, "starting" if name == postgres.NAME else "starting (fetches its jars once)")
            record = self._written_down(begin())
        wait(record)

    def _written_down(self, record: ProcessRecord) -> ProcessRecord:
        self._journal.add(record)
        self.started.append(record)
        return record


def _migrate(service: ServiceSettings, database: ServiceDatabase) -> None:
    try:
        blocking(migrate(database.owner_dsn, service.package_dir / "sql"))
    except (MigrationRefused, asyncpg.PostgresError) as refused:
        raise StartFailed(f"the migrations of {service.name} failed: {refused}") from refused
