"""The process is killed at each boundary with work in flight: nothing is lost, nothing takes effect twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.postgres import QUERIES, Database
from tests.support.chassis_ledger import CREATE, announce, applied
from tests.support.chassis_parts import ChassisBroker, unique
from tests.support.waiting import PATIENCE_S, until_awaited

EVENTS = [f"evt_{number}" for number in range(100)]
CONSUMER_POINTS = ["consumer.crash.before-commit", "consumer.crash.after-commit", "consumer.crash.after-offset-commit"]
RELAY_POINTS = ["relay.before-produce", "relay.after-ack"]
DELETE_POINT = "relay.after-delete:1"
"""One statement may delete what several batches brought, so there need not be a second one."""


class Crashing:
    """The process under test, with everything it needs."""

    def __init__(self, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, tmp_path: Path) -> None:
        self.database = database
        self.broker = broker
        self.topic, self.answers = unique("received"), unique("answered")
        self._dsn = fresh.dsn
        self._record = tmp_path / "hit"
        broker.create_topics(self.topic, f"{self.topic}.dlq", self.answers, partitions=2)

    def start(self, *, point: str = "", mutant: str = "") -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.chassis_process", *self._arguments(), mutant],
            env=os.environ
            | self._identity()
            | {"SEIKYU_CRASHPOINT": point, "SEIKYU_CRASHPOINT_FILE": str(self._record)},
        )

    def dies_at(self, point: str, *, mutant: str = "") -> None:
        """Run it armed until it kills itself, and make sure that it did so there."""
        code = self.start(point=point, mutant=mutant).wait(timeout=PATIENCE_S)

        assert code == -signal.SIGKILL
        assert self._record.read_text(encoding="utf-8") == f"{point.partition(':')[0]}\n"

    async def announced(self) -> list[str]:
        return [event.event_id for event in self.broker.read(self.answers, self.broker.size(self.answers))]

    async def finishes(self) -> None:
        """Run it unarmed until it has nothing left to do."""
        process = self.start()
        try:
            await until_awaited(self._is_done)
        finally:
            process.kill()
            process.wait()

    async def _is_done(self) -> bool:
        left = await self.database.fetch(QUERIES["read_outbox"], list(range(8)), 0, 1)
        end = self.broker.size(self.topic)
        offsets = await self.database.pool.fetchval("SELECT sum(next_offset) FROM consumer_offset")
        return not left and offsets == end

    def _identity(self) -> dict[str, str]:
        access = self.broker.access
        return {
            "SEIKYU_KAFKA_USERNAME": access.username,
            "SEIKYU_KAFKA_PASSWORD": access.password,
            "SEIKYU_KAFKA_CA_FILE": str(access.ca_file),
        }

    def _arguments(self) -> Sequence[str]:
        return [self._dsn, self.broker.access.bootstrap, self.topic, self.answers]


@pytest.fixture
async def crashing(
    *, database: Database, fresh: ServiceDatabase, broker: ChassisBroker, publisher: Publisher, tmp_path: Path
) -> Crashing:
    connection = await asyncpg.connect(fresh.owner_dsn)
    await connection.execute(CREATE)
    await connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {fresh.name}")
    await connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {fresh.name}")
    await connection.close()
    made = Crashing(database, fresh, broker, tmp_path)
    await publisher.publish([announce(made.topic, f"clm_{event_id}", event_id) for event_id in EVENTS])
    return made


@pytest.mark.parametrize("point", [f"{each}:2" for each in (*CONSUMER_POINTS, *RELAY_POINTS)] + [DELETE_POINT])
async def test_a_process_killed_anywhere_loses_nothing_and_does_nothing_twice(crashing: Crashing, point: str) -> None:
    crashing.dies_at(point)
    assert set(await crashing.announced()) <= set(await applied(crashing.database))

    await crashing.finishes()

    assert sorted(await applied(crashing.database)) == sorted(EVENTS)
    assert set(await crashing.announced()) == set(EVENTS)


async def test_offsets_committed_before_the_effect_lose_events_and_are_noticed(crashing: Crashing) -> None:
    crashing.dies_at("consumer.crash.before-commit:2", mutant="offsets-before-effect")

    await crashing.finishes()

    assert sorted(await applied(crashing.database)) != sorted(EVENTS)


async def test_a_publish_before_the_commit_tells_what_never_was_and_is_noticed(crashing: Crashing) -> None:
    crashing.dies_at("consumer.crash.before-commit:2", mutant="publish-before-commit")

    assert not set(await crashing.announced()) <= set(await applied(crashing.database))
