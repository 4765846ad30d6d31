"""RecodeBacklog over TLS on a migrated database, and `seikyu coding recode` against it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.coding.v1 import backlog_service_pb2 as wire
from seikyu.coding.v1 import coding_service_pb2, events_pb2
from seikyu.coding.v1.backlog_service_pb2_grpc import BacklogServiceStub

from infra.local.authority import Authority
from services.cli.main import assemble
from services.coding.adapters.answers import PostgresAnswers
from services.coding.application.code_batch import Answer, LineCoding
from services.coding.domain.coding import Route
from services.coding.entrypoints import rpc_backlog
from services.coding.entrypoints.rpc_backlog import BacklogServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.months import Month
from tests.support.edge import NO_PRESSURE, Edge, MemoryTelemetry, grpc_settings
from tests.support.stack import PostgresCluster

FIRST_OF_NOVEMBER = datetime(2026, 10, 31, 15, tzinfo=UTC)
"""Midnight in Japan."""
OPEN = LineCoding(line=1, route=Route.UNRESOLVED, disease_code="", spelling="謎")
LOOKED_AT = replace(OPEN, line=2, route=Route.REVIEW, disease_code="8290001")
SURE = replace(OPEN, line=3, route=Route.RANKED, disease_code="8833421")
NOT_SURE = [coding_service_pb2.CODING_ROUTE_UNRESOLVED, coding_service_pb2.CODING_ROUTE_REVIEW]


def answer(number: int) -> Answer:
    """The n-th request of November, one every eight hours."""
    return Answer(
        claim_id=f"clm_{number:032x}",
        cause_event_id=f"evt_{number:032x}",
        treatment_month=Month(2026, 10),
        codings=(OPEN, LOOKED_AT, SURE),
        coder_version="rules-1",
        completed_at=FIRST_OF_NOVEMBER + timedelta(hours=8 * number),
        traceparent=f"00-{number + 1:032x}-{'b' * 16}-00",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The service with nine answered requests, of three days."""

    edge: Edge
    database: Database
    _channels: list[grpc.aio.Channel] = field(default_factory=list)

    def stub(self, role: str) -> Any:  # noqa: ANN401 - mypy-protobuf's stub for channels exists for checkers only
        self._channels.append(self.edge.token_channel(self.edge.token("operator:o", role), timeout_s=30.0))
        return BacklogServiceStub(self._channels[-1])

    async def typed(self, *arguments: str) -> Result:
        variables = {
            "SEIKYU_CODING_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token("operator:o", "admin")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        return await asyncio.to_thread(
            CliRunner(env=variables).invoke, assemble(), ["coding", "recode", "--since", "2026-11-01", *arguments]
        )

    async def announced(self) -> list[events_pb2.CodingRequested]:
        rows = await self.database.pool.fetch("SELECT topic, value FROM outbox ORDER BY seq")
        assert {row["topic"] for row in rows} <= {"coding.backlog"}
        return [events_pb2.CodingRequested.FromString(row["value"]) for row in rows]


@pytest.fixture
async def site(tmp_path: Path, postgres_cluster: PostgresCluster) -> AsyncIterator[Site]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    database = Database(pool)
    async with database.transaction(label="test") as tx:
        await PostgresAnswers(tx).add([answer(number) for number in range(9)])
    servicer = BacklogServicer(database=database, clock=SystemClock())
    surface = RpcSurface(
        register=lambda server: rpc_backlog.register(server, servicer),
        names=[rpc_backlog.NAME],
        access=rpc_backlog.ACCESS,
        pressure=NO_PRESSURE,
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("coding"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path), database=database)
    await server.drain(0)
    await pool.close()


def asked(**more: object) -> wire.RecodeBacklogRequest:
    fields: dict[str, Any] = {"since": "2026-11-01", "until": "2026-11-02", "routes": NOT_SURE, "page_size": 4} | more
    return wire.RecodeBacklogRequest(**fields)


async def test_the_days_are_japan_s_and_both_are_meant(site: Site) -> None:
    first = await site.stub("admin").RecodeBacklog(asked())
    last = await site.stub("admin").RecodeBacklog(asked(page_token=first.next_page_token))

    assert (first.total_requests, first.requests, first.lines) == (6, 4, 8)
    assert (last.requests, last.lines, last.next_page_token) == (2, 4, "")
    events = await site.announced()
    assert [event.claim_id for event in events] == [answer(number).claim_id for number in range(6)]
    assert {tuple(mention.line for mention in event.mentions) for event in events} == {(1, 2)}


async def test_a_page_is_continued_by_its_own_call_only(site: Site) -> None:
    stub = site.stub("admin")
    first = await stub.RecodeBacklog(asked())

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.RecodeBacklog(asked(until="2026-11-03", page_token=first.next_page_token))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "wrong",
    [
        {"routes": []},
        {"routes": [coding_service_pb2.CODING_ROUTE_REVIEWED]},
        {"routes": [coding_service_pb2.CODING_ROUTE_PARTS]},
        {"until": "2026-10-31"},
        {"until": "9999-12-31"},
        {"since": "0001-01-01"},
        {"since": "2026-02-30"},
        {"page_size": 501},
    ],
)
async def test_what_cannot_be_meant_is_refused(site: Site, wrong: dict[str, object]) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.stub("admin").RecodeBacklog(asked(**wrong))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_only_an_admin_may(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.stub("reviewer").RecodeBacklog(asked())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_the_command_puts_every_page_on_the_backlog(site: Site) -> None:
    looked = await site.typed("--until", "2026-11-03", "--dry-run", "--json")
    assert json.loads(looked.output) == {"requests": 9, "lines": 18, "dry_run": True}
    assert await site.announced() == []

    done = await site.typed("--until", "2026-11-03", "--route", "ranked", "--coder-version", "rules-1")
    assert (done.exit_code, done.output.splitlines()[0]) == (
        0,
        "9 requests with 9 texts put on the backlog; `seikyu lag` tells when they are coded",
    )
    assert len(await site.announced()) == 9


async def test_a_route_that_is_none_is_said(site: Site) -> None:
    result = await site.typed("--until", "2026-11-03", "--route", "unresolved,reviewed")

    assert result.exit_code == 2
    assert "'reviewed' is no route" in result.output
