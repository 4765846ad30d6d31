"""A platform whose processes a test kills: armed at a named point, started again, replaced by a mutant.

The sweeper of claims heals, after a while, whatever else was lost on the way. So that it hides nothing, these platforms
run with the sweeper OFF (a claim counts as unmoved after a day) unless a test asks for it, and then it is quick.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.health import wait_until_serving
from infra.local.journal import Journal
from infra.local.parts import end
from infra.local.processes import Launch, ProcessRecord, find, launch, log_tail
from infra.local.settings import REPOSITORY
from infra.local.stack import Stack
from tests.support.stack import running_platform
from tests.support.waiting import until

SERVERS = ("postgres", "kafka")
SERVICES = ("eligibility", "coding", "settlement", "claims")
SettingsByService = Mapping[str, Mapping[str, str]]
SWEEPER_OFF: SettingsByService = {"claims": {"SEIKYU_UNMOVED_AFTER_S": "86400", "SEIKYU_SWEEP_INTERVAL_S": "0.5"}}
"""Broken releases are still gone on with, every half second; nothing is announced again."""
HEALING_QUICKLY: SettingsByService = {
    "claims": {"SEIKYU_CODING_WAIT_S": "30", "SEIKYU_UNMOVED_AFTER_S": "4", "SEIKYU_SWEEP_INTERVAL_S": "0.5"},
    "coding": {"SEIKYU_CODING_STALL_LIMIT_S": "2"},
}
"""What heals after a minute in earnest heals after a few seconds."""
UNTRACED = {"OTEL_TRACES_EXPORTER": "none"}
"""These platforms have no trace store."""
DEATH_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A process that will kill itself, where, and the file in which it says so."""

    record: ProcessRecord
    point: str
    hit_file: Path


@dataclass(slots=True, kw_only=True)
class CrashingPlatform:
    """PostgreSQL, Kafka and the four services."""

    stack: Stack
    settings: SettingsByService = field(default_factory=lambda: SWEEPER_OFF)
    _armed: dict[str, Armed] = field(default_factory=dict)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self, names: Sequence[str], *, points: Mapping[str, str] | None = None, mutant: str = "") -> None:
        """Start services at the same time, some of them armed, or all of them as a mutant; returns once they serve.

        What runs under these names is asked to stop before.
        """
        with self._starting:
            self._stop(names)
            records = {name: self._launched(name, (points or {}).get(name, ""), mutant) for name in names}
        for name, record in records.items():
            port = self.stack.settings.service(name).port
            ca_file = self.stack.parts.keys.authority.ca_file
            wait_until_serving(record, port=port, ca_file=ca_file, log_file=self._log_file(name))

    async def dies_and_is_started_again(self, name: str) -> None:
        """Wait until the armed service has killed itself, make sure that it did so at its point, and start it anew."""
        armed = self._armed.pop(name)
        async with asyncio.timeout(DEATH_WAIT_S):
            await _ended(armed.record)
        hit = armed.hit_file.read_text(encoding="utf-8") if armed.hit_file.exists() else "no point"
        assert hit == f"{armed.point}\n", f"{name} died at {hit}"
        await asyncio.to_thread(self.start, [name])

    async def keep_running(self, name: str) -> None:
        """Be the service's supervisor until cancelled: start it again whenever it ends."""
        while True:
            record = Journal(self.stack.settings.state_dir).alive(name)
            if record is not None:
                await _ended(record)
            await asyncio.to_thread(self.start, [name])

    def lose_broker(self, *, data: bool) -> None:
        """Kill the broker -9, and delete its data folder if so wished."""
        self.stack.kill_component("kafka")
        if data:
            self.stack.parts.kafka.wipe()

    def restart_broker(self) -> None:
        """What `make up` does: the broker, and the users, rights and topics of topics.yaml."""
        self.stack.restart_broker()

    def ended(self) -> list[str]:
        """Services that ended though nobody killed them, each with the end of its log."""
        journal = Journal(self.stack.settings.state_dir)
        return [f"{name}: {log_tail(self._log_file(name))}" for name in SERVICES if journal.alive(name) is None]

    def _stop(self, names: Sequence[str]) -> None:
        journal = Journal(self.stack.settings.state_dir)
        for record in [journal.alive(name) for name in names]:
            if record is not None:
                end(record)

    def _launched(self, name: str, point: str, mutant: str) -> ProcessRecord:
        hit_file = self.stack.settings.state_dir / f"hit-{name}"
        hit_file.unlink(missing_ok=True)
        crash = {"SEIKYU_CRASHPOINT": point, "SEIKYU_CRASHPOINT_FILE": str(hit_file)} if point else {}
        settings = self.settings.get(name, {})
        module = ["tests.support.mutant_service", mutant, name] if mutant else [f"services.{name}.entrypoints.main"]
        record = launch(
            Launch(
                name=name,
                arguments=[sys.executable, "-m", *module],
                environment={**self._environment(name), **UNTRACED, **settings, **crash},
                log_file=self._log_file(name),
                working_dir=REPOSITORY,
            ),
            self.stack.settings.state_dir,
        )
        Journal(self.stack.settings.state_dir).add(record)
        if point:
            self._armed[name] = Armed(record=record, point=point, hit_file=hit_file)
        return record

    def _environment(self, name: str) -> dict[str, str]:
        return self.stack.parts.environment(name, self.stack.parts.postgres.database(name))

    def _log_file(self, name: str) -> Path:
        return self.stack.settings.logs_dir / f"{name}.log"


async def _ended(record: ProcessRecord) -> None:
    await until(lambda: find(record) is None, patience_s=None)


@contextmanager
def crashing_platform() -> Iterator[CrashingPlatform]:
    """Everything but the trace store, running; stopped at the end."""
    with running_platform(SERVERS) as stack:
        platform = CrashingPlatform(stack=stack)
        platform.start(SERVICES)
        yield platform
