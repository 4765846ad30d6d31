"""The whole platform on one machine: starts it, stops exactly what it started, says what runs.

PostgreSQL, Kafka and Zipkin start at the same time; the services follow once their databases are migrated and the
topics are there. A second `up` finds everything running and does nothing; an `up` after a killed one stops what was
never written down, keeps what runs and starts the rest.
"""

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from infra.local.journal import STATE_MARK, Journal, locked
from infra.local.parts import INFRASTRUCTURE, Parts, end
from infra.local.processes import ProcessRecord, find, kill, port_owner, strays
from infra.local.progress import Reporter, Silent
from infra.local.settings import StackSettings
from infra.local.starting import Starter
from infra.local.status import ComponentStatus, component_status


class PortsTaken(Exception):
    """Ports that stack.toml names are in use; the message names each owner."""


class NotOurs(Exception):
    """The state folder was not made by this stack; it is not deleted."""


class Stack:
    """The stack under one state folder."""

    def __init__(self, settings: StackSettings, reporter: Reporter | None = None) -> None:
        """Starts nothing."""
        self.settings = settings
        self.parts = Parts(settings)
        self._reporter = reporter or Silent()

    @property
    def components(self) -> list[str]:
        """Everything that `up` starts: three servers and the services that have a process."""
        return [*INFRASTRUCTURE, *(service.name for service in self.settings.services if service.exists)]

    def up(self, only: Sequence[str] = ()) -> bool:
        """Start what does not run, of all components or of those named; returns whether anything had to be started.

        Raises StartFailed, PortsTaken or Busy, having stopped what this call started.
        """
        wanted = [name for name in self.components if not only or name in only]
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            for stray in strays(self.settings.state_dir, journal.records):
                end(stray)
            if journal.complete and all(journal.alive(name) for name in wanted):
                return False
            self._check_ports([name for name in wanted if not journal.alive(name)])
            journal.mark(complete=False)
            starter = Starter(self.parts, journal, self._reporter)
            try:
                starter.start(wanted)
            except BaseException:
                self._stop(journal, starter.started)
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
            self._stop(journal, [record for record in running if record.name not in INFRASTRUCTURE])
            self._stop(journal, [record for record in running if record.name in INFRASTRUCTURE])
            journal.clear()
            return [record.name for record in running]

    def status(self) -> list[ComponentStatus]:
        """Every component, running or not."""
        journal = Journal(self.settings.state_dir)
        return [component_status(name, self._address(name), journal.alive(name)) for name in self.components]

    def clean(self) -> None:
        """Stop everything and delete the state folder. Raises NotOurs for a folder that no stack made."""
        state_dir = self.settings.state_dir
        if not state_dir.exists():
            return
        if not (state_dir / STATE_MARK).exists() and any(state_dir.iterdir()):
            raise NotOurs(f"{state_dir} was not made by `make up`; delete it yourself if that is what you want")
        self.down()
        shutil.rmtree(state_dir)

    def start_service(self, name: str, extra: Mapping[str, str] | None = None) -> ProcessRecord:
        """Start one service of a running stack, with additional variables; returns once it serves."""
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            return Starter(self.parts, journal, self._reporter).start_service(name, extra)

    def restart_broker(self) -> None:
        """Start the broker that was killed or stopped, with users, rights and topics; returns once it answers."""
        with locked(self.settings.state_dir):
            journal = Journal(self.settings.state_dir)
            Starter(self.parts, journal, self._reporter).start_broker()

    def kill_component(self, name: str) -> None:
        """Kill -9 one component."""
        record = Journal(self.settings.state_dir).alive(name)
        if record:
            kill(record)

    def _address(self, name: str) -> str:
        ports = self.parts.ports(name)
        return ", ".join(f"127.0.0.1:{port}" for port in ports) or str(self.parts.postgres.socket_dir)

    def _check_ports(self, names: list[str]) -> None:
        wanted = [(name, port) for name in names for port in self.parts.ports(name)]
        taken = [(name, port, owner) for name, port in wanted if (owner := port_owner(port))]
        if taken:
            lines = [f"port {port} for {name} is in use by {owner}" for name, port, owner in taken]
            raise PortsTaken("\n".join([*lines, "stop it, or choose another port in infra/local/stack.toml"]))

    def _stop(self, journal: Journal, records: list[ProcessRecord]) -> None:
        if not records:
            return
        for record in records:
            self._reporter.doing(record.name, "stopping")
        with ThreadPoolExecutor(len(records)) as threads:
            for record, ended in zip(records, [threads.submit(end, record) for record in records], strict=True):
                ended.result()
                journal.remove(record.name)
                self._reporter.done(record.name, "stopped")
