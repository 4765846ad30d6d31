"""The whole platform on one machine: starts it, stops exactly what it started, says what runs.

PostgreSQL, Kafka and Zipkin start at the same time; the services follow once their databases are migrated and the
topics are there. A second `up` finds everything running and does nothing; an `up` after a killed one stops what was
never written down, keeps what runs and starts the rest.
"""

import shutil
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property

import psutil

from infra.local import kafka, postgres, zipkin
from infra.local.credentials import Credentials
from infra.local.databases import ServiceDatabase, blocking
from infra.local.environments import (
    Keys,
    client_environment,
    enroller_environment,
    ensure_keys,
    operator_account,
    service_environment,
    write_client_environment,
)
from infra.local.health import wait_until_serving
from infra.local.journal import STATE_MARK, Journal, locked
from infra.local.processes import Launch, ProcessRecord, find, kill, launch, port_owner, stop, strays
from infra.local.progress import Reporter, Silent
from infra.local.settings import REPOSITORY, ServiceSettings, StackSettings
from services.shared.chassis.migrate import migrate

SERVICE_DRAIN_S = 25.0
"""A service drains in at most 20 s; then it is killed."""
STOPS = {
    postgres.NAME: (postgres.STOP_SIGNAL, postgres.STOP_GRACE_S),
    kafka.NAME: (kafka.STOP_SIGNAL, kafka.STOP_GRACE_S),
    zipkin.NAME: (zipkin.STOP_SIGNAL, zipkin.STOP_GRACE_S),
}
ENROLLING = "settlement"


class PortsTaken(Exception):
    """Ports that stack.toml names are in use; the message names each owner."""


class NotOurs(Exception):
    """The state folder was not made by this stack; it is not deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """One component as it is now. `pid` is None when it does not run; memory in MiB, times in seconds."""

    name: str
    address: str
    pid: int | None
    uptime_s: float
    memory_mib: float
    cpu_s: float


class Stack:
    """The stack under one state folder."""

    def __init__(self, settings: StackSettings, reporter: Reporter | None = None) -> None:
        """Starts nothing."""
        self.settings = settings
        self._reporter = reporter or Silent()
        self._started: list[ProcessRecord] = []

    def up(self, *, services: bool = True) -> bool:
        """Start whatever does not run; returns whether anything had to be started.

        Raises StartFailed, PortsTaken or Busy, having stopped what this call started.
        """
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            wanted = self._wanted(services=services)
            for stray in strays(self.settings.state_dir, journal.records):
                _end(stray)
            if journal.complete and all(journal.alive(name) for name in wanted):
                return False
            self._check_ports([name for name in wanted if not journal.alive(name)])
            journal.mark(complete=False)
            try:
                self._start_everything(journal, services=services)
            except BaseException:
                self._take_back(journal)
                raise
            journal.mark(complete=True)
            return True

    def down(self) -> list[str]:
        """Stop what `up` started, services first; returns the names of what ran."""
        if not self.settings.state_dir.exists():
            return []
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            unknown = strays(self.settings.state_dir, journal.records)
            running = [record for record in [*journal.records, *unknown] if find(record)]
            services = [record for record in running if record.name not in STOPS]
            self._stop_all(services)
            self._stop_all([record for record in running if record.name in STOPS])
            journal.mark(complete=False)
            for record in journal.records:
                journal.remove(record.name)
            return [record.name for record in running]

    def status(self) -> list[ComponentStatus]:
        """Every component, running or not."""
        journal = Journal(self.settings.state_dir)
        return [self._status(journal, name) for name in self._wanted(services=True)]

    def clean(self) -> None:
        """Stop everything and delete the state folder. Raises NotOurs for a folder that no stack made."""
        state_dir = self.settings.state_dir
        if not state_dir.exists():
            return
        if not (state_dir / STATE_MARK).exists() and any(state_dir.iterdir()):
            raise NotOurs(f"{state_dir} was not made by `make up`; delete it yourself if that is what you want")
        self.down()
        shutil.rmtree(state_dir)

    def start_service(self, name: str, extra: dict[str, str] | None = None) -> ProcessRecord:
        """Start one service of a running stack, with additional variables; returns once it serves."""
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            databases = self._postgres().provision([name])
            return self._start_service(journal, self.settings.service(name), databases[name], extra or {})

    def stop_component(self, name: str) -> None:
        """Stop one component in good order."""
        record = Journal(self.settings.state_dir).alive(name)
        if record:
            _end(record)

    def kill_component(self, name: str) -> None:
        """Kill -9 one component."""
        record = Journal(self.settings.state_dir).alive(name)
        if record:
            kill(record)

    def environment_of(self, name: str) -> dict[str, str]:
        """The environment in which `up` starts the service."""
        databases = self._postgres().provision([name])
        return self._environment(self.settings.service(name), databases[name])

    @cached_property
    def credentials(self) -> Credentials:
        """Passwords of this stack."""
        return Credentials(self.settings.state_dir / "credentials.json")

    @cached_property
    def keys(self) -> Keys:
        """Keys and certificates of this stack."""
        return ensure_keys(self.settings)

    def kafka(self) -> kafka.LocalKafka:
        """The stack's broker."""
        return kafka.LocalKafka(self.settings, self.credentials, self.keys.authority)

    def _postgres(self) -> postgres.LocalPostgres:
        return postgres.LocalPostgres(self.settings, self.credentials)

    def _wanted(self, *, services: bool) -> list[str]:
        names = [service.name for service in self.settings.services if service.exists] if services else []
        return [postgres.NAME, kafka.NAME, zipkin.NAME, *names]

    def _ports(self, name: str) -> list[int]:
        if name == kafka.NAME:
            return [self.settings.kafka.port, self.settings.kafka.controller_port]
        if name == zipkin.NAME:
            return [self.settings.zipkin.port]
        if name == postgres.NAME:
            return []
        service = self.settings.service(name)
        return [service.port, service.mtls_port]

    def _check_ports(self, names: list[str]) -> None:
        taken = [(name, port, owner) for name in names for port in self._ports(name) if (owner := port_owner(port))]
        if taken:
            lines = [f"port {port} for {name} is in use by {owner}" for name, port, owner in taken]
            raise PortsTaken("\n".join([*lines, "stop it, or choose another port in infra/local/stack.toml"]))

    def _start_everything(self, journal: Journal, *, services: bool) -> None:
        keys, credentials = self.keys, self.credentials
        credentials.passwords([f"kafka:{name}" for name in (kafka.BROKER, "operator", "enroller")])
        wanted = [service for service in self.settings.services if service.exists] if services else []
        with ThreadPoolExecutor(len(self.settings.services) + 3) as threads:
            traces = threads.submit(self._start_zipkin, journal)
            broker = threads.submit(self._start_kafka, journal)
            databases = threads.submit(self._start_postgres, journal).result()
            broker.result()
            starts: list[Future[ProcessRecord]] = [
                threads.submit(self._start_service, journal, service, databases[service.name], {})
                for service in wanted
                if not journal.alive(service.name)
            ]
            for start in as_completed(starts):
                start.result()
            traces.result()
        operator = operator_account(credentials, self.settings, keys)
        write_client_environment(
            self.settings.client_env_file, client_environment(self.settings, operator=operator, keys=keys)
        )

    def _start_postgres(self, journal: Journal) -> dict[str, ServiceDatabase]:
        server = self._postgres()
        self._start(journal, postgres.NAME, server.start, server.wait)
        self._reporter.doing(postgres.NAME, "databases and migrations")
        databases = server.provision([service.name for service in self.settings.services])
        for service in self.settings.services:
            if (service.package_dir / "sql" / "migrations").exists():
                blocking(migrate(databases[service.name].owner_dsn, service.package_dir / "sql"))
        self._reporter.done(postgres.NAME, f"socket in {server.socket_dir}")
        return databases

    def _start_kafka(self, journal: Journal) -> None:
        broker = self.kafka()
        self._start(journal, kafka.NAME, broker.start, broker.wait)
        self._reporter.doing(kafka.NAME, "users, rights and topics")
        broker.provision()
        self._reporter.done(kafka.NAME, f"SASL_SSL {self.settings.bootstrap}")

    def _start_zipkin(self, journal: Journal) -> None:
        server = zipkin.LocalZipkin(self.settings)
        self._start(journal, zipkin.NAME, server.start, server.wait)
        self._reporter.done(zipkin.NAME, self.settings.zipkin_url)

    def _start(
        self,
        journal: Journal,
        name: str,
        begin: Callable[[], ProcessRecord],
        wait: Callable[[ProcessRecord], None],
    ) -> None:
        record = journal.alive(name)
        if record is None:
            self._reporter.doing(name, "starting")
            record = begin()
            journal.add(record)
            self._started.append(record)
        wait(record)

    def _start_service(
        self, journal: Journal, service: ServiceSettings, database: ServiceDatabase, extra: dict[str, str]
    ) -> ProcessRecord:
        self._reporter.doing(service.name, "starting")
        log_file = self.settings.logs_dir / f"{service.name}.log"
        record = launch(
            Launch(
                name=service.name,
                arguments=[sys.executable, "-m", f"services.{service.name}.entrypoints.main"],
                environment=self._environment(service, database) | extra,
                log_file=log_file,
                working_dir=REPOSITORY,
            ),
            self.settings.state_dir,
        )
        journal.add(record)
        self._started.append(record)
        ca_file = self.settings.tls_dir / "ca.pem"
        wait_until_serving(record, port=service.port, ca_file=ca_file, log_file=log_file)
        self._reporter.done(service.name, f"gRPC 127.0.0.1:{service.port}, mTLS 127.0.0.1:{service.mtls_port}")
        return record

    def _environment(self, service: ServiceSettings, database: ServiceDatabase) -> dict[str, str]:
        broker = self.kafka()
        account = broker.account(service.name)
        environment = service_environment(self.settings, service, database=database, kafka=account, keys=self.keys)
        if service.name == ENROLLING:
            environment |= enroller_environment(broker.account("enroller"))
        return environment

    def _take_back(self, journal: Journal) -> None:
        self._stop_all(list(reversed(self._started)))
        for record in self._started:
            journal.remove(record.name)

    def _stop_all(self, records: list[ProcessRecord]) -> None:
        if not records:
            return
        for record in records:
            self._reporter.doing(record.name, "stopping")
        with ThreadPoolExecutor(len(records)) as threads:
            for record, ended in zip(records, [threads.submit(_end, record) for record in records], strict=True):
                ended.result()
                self._reporter.done(record.name, "stopped")

    def _status(self, journal: Journal, name: str) -> ComponentStatus:
        record = journal.alive(name)
        process = find(record) if record else None
        address = ", ".join(f"127.0.0.1:{port}" for port in self._ports(name)) or str(self._postgres().socket_dir)
        if process is None:
            return ComponentStatus(name=name, address=address, pid=None, uptime_s=0.0, memory_mib=0.0, cpu_s=0.0)
        family = [process, *process.children(recursive=True)]
        return ComponentStatus(
            name=name,
            address=address,
            pid=process.pid,
            uptime_s=time.time() - process.create_time(),
            memory_mib=sum(_memory(member) for member in family) / 2**20,
            cpu_s=sum(_cpu(member) for member in family),
        )


def _end(record: ProcessRecord) -> None:
    with_signal, grace_s = STOPS.get(record.name, (signal.SIGTERM, SERVICE_DRAIN_S))
    stop(record, with_signal=with_signal, grace_s=grace_s)


def _memory(process: psutil.Process) -> int:
    """Memory that the process shares with no other, in bytes; PostgreSQL's buffers would otherwise count many times."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
