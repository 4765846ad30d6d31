"""The review queue served over TLS on a migrated database, filled as the stream fills it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from seikyu.coding.v1 import coding_service_pb2_grpc, events_pb2

from infra.local.authority import Authority
from services.cli.main import assemble
from services.coding.adapters.master_files import load_master
from services.coding.adapters.postgres_reviews import ReviewReads
from services.coding.adapters.review_measures import ReviewMeasures
from services.coding.application.auditing import Reversing
from services.coding.application.code_batch import CodingRequest, Mention
from services.coding.application.learning_synonyms import LearningSynonyms
from services.coding.application.reviewing import Reviewing
from services.coding.bootstrap import Coder
from services.coding.domain.verify import Patient, Sex
from services.coding.entrypoints.rpc import Desks, surface
from services.coding.entrypoints.rpc_audit import AuditServicer
from services.coding.entrypoints.rpc_backlog import BacklogServicer
from services.coding.entrypoints.rpc_reviews import ReviewDesk
from services.coding.entrypoints.rpc_synonyms import SynonymServicer
from services.shared.chassis.grpc_server import start_server
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.months import Month
from tests.support.edge import NO_PRESSURE, Edge, MemoryTelemetry, grpc_settings
from tests.support.stack import PostgresCluster

LEASE = timedelta(minutes=30)
OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
MASTER = load_master(None)


@dataclass(slots=True)
class SetClock:
    """A clock that tests set."""

    at: datetime = OPENED

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return (self.at - OPENED).total_seconds()


def request(number: int, *texts: str) -> CodingRequest:
    return CodingRequest(
        claim_id=f"clm_{number:032x}",
        cause_event_id=f"evt_{number:032x}",
        treatment_month=Month(2026, 10),
        mentions=tuple(Mention(line=line, text=text) for line, text in enumerate(texts, 1)),
        traceparent=f"00-{number:032x}-{'b' * 16}-00",
        patient=Patient(sex=Sex.MALE, age_band_years=60),
        hospital_code="1310000003",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served queue."""

    edge: Edge
    database: Database
    coder: Coder
    desk: ReviewDesk
    clock: SetClock
    telemetry: MemoryTelemetry
    _stubs: dict[str, Any] = field(default_factory=dict)

    async def take_in(self, *requests: CodingRequest) -> None:
        """Answer requests as the stream does."""
        decided = await self.coder.decide(list(requests))
        async with self.database.transaction(label="test") as tx:
            await self.coder.answer(list(requests), decided, tx)

    def stub(self, name: str, role: str = "reviewer") -> "coding_service_pb2_grpc.CodingServiceAsyncStub":
        """The service, asked as an operator of this name."""
        if name not in self._stubs:
            channel = self.edge.token_channel(self.edge.token(f"operator:{name}", role), timeout_s=30.0)
            self._stubs[name] = coding_service_pb2_grpc.CodingServiceStub(channel)
        stub: coding_service_pb2_grpc.CodingServiceAsyncStub = self._stubs[name]
        return stub

    async def typed(self, name: str, *arguments: str, role: str = "reviewer", group: str = "review") -> Result:
        """A command of the group as an operator of this name."""
        variables = {
            "SEIKYU_CODING_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(f"operator:{name}", role)),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        return await asyncio.to_thread(CliRunner(env=variables).invoke, assemble(), [group, *arguments])

    async def announced(self) -> list[events_pb2.CodingCompleted]:
        """What stands in the outbox, in order."""
        async with self.database.pool.acquire() as connection:
            rows = await connection.fetch("SELECT value FROM outbox ORDER BY seq")
        return [events_pb2.CodingCompleted.FromString(row["value"]) for row in rows]


@pytest.fixture
async def site(tmp_path: Any, postgres_cluster: PostgresCluster) -> AsyncIterator[Site]:  # noqa: ANN401
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test", max_size=8)
    database, clock, telemetry = Database(pool), SetClock(), MemoryTelemetry()
    built = telemetry.build("coding")
    coder = Coder(master=MASTER, ranking=None, clock=clock)
    measures = ReviewMeasures(database=database, metrics=built.metrics, clock=clock, valid_for_s=90.0)
    desk = ReviewDesk(
        database=database,
        reviewing=Reviewing(master=MASTER, lease=LEASE),
        reads=ReviewReads(database),
        measures=measures,
        clock=clock,
    )
    desks = Desks(
        coder=coder,
        reviews=desk,
        synonyms=SynonymServicer(database=database, learning=LearningSynonyms(master=MASTER), clock=clock),
        audit=AuditServicer(database=database, reversing=Reversing(master=MASTER), clock=clock),
        backlog=BacklogServicer(database=database, clock=clock),
    )
    server = await start_server(grpc_settings(tmp_path), surface(desks, NO_PRESSURE), built)
    await server.set_ready(True)
    edge = Edge(server=server, authority=Authority(tmp_path), directory=tmp_path)
    yield Site(edge=edge, database=database, coder=coder, desk=desk, clock=clock, telemetry=telemetry)
    await server.drain(0)
    await pool.close()


def rows_of(result: Result) -> list[dict[str, Any]]:
    """The JSON objects that a command printed."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]
