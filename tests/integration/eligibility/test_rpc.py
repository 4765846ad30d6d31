"""The methods as a caller meets them: over real TLS, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from seikyu.eligibility.v1 import coverage_pb2, eligibility_service_pb2_grpc
from seikyu.eligibility.v1 import eligibility_service_pb2 as wire

from infra.local.authority import Authority
from services.eligibility.adapters.members import Pseudonymiser
from services.eligibility.entrypoints.rpc import ACCESS, NAME, EligibilityServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from services.shared.kernel.months import business_day
from tests.support.edge import NO_PRESSURE, Edge, MemoryTelemetry, grpc_settings

TODAY = business_day(SystemClock().now()).isoformat()
HOSPITAL, VIEWER, ADMIN = ("hospital:1310000001",), ("operator:mori", "viewer"), ("operator:kiku", "admin")


def member(**changes: object) -> wire.Member:
    card = wire.Member(
        payer_number="01130012", symbol="１９Ｄ", number="0001", branch="01", birth_date="1980-05-05", sex=2
    )
    for name, value in changes.items():
        setattr(card, name, value)
    return card


def row(**changes: object) -> wire.CoverageRow:
    made = wire.CoverageRow(
        member=member(),
        valid_from="2020-04-01",
        copay_class=coverage_pb2.COPAY_CLASS_STANDARD,
        limit_category=coverage_pb2.LIMIT_CATEGORY_U,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
async def edge(tmp_path: Path, database: Database) -> AsyncIterator[Edge]:
    servicer = EligibilityServicer(database, Pseudonymiser(b"k" * 32), SystemClock())
    surface = RpcSurface(register=servicer.register, names=[NAME], access=ACCESS, pressure=NO_PRESSURE)
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build())
    await server.set_ready(True)
    yield Edge(server=server, authority=Authority(tmp_path), directory=tmp_path)
    await server.drain(0.1)


Stub: TypeAlias = "eligibility_service_pb2_grpc.EligibilityServiceAsyncStub"  # known to the type checker only


@asynccontextmanager
async def calling(edge: Edge, who: tuple[str, ...]) -> AsyncIterator[Stub]:
    async with edge.token_channel(edge.token(who[0], *who[1:])) as channel:
        yield eligibility_service_pb2_grpc.EligibilityServiceStub(channel)


async def imported(edge: Edge, *messages: wire.ImportCoverageRequest) -> wire.ImportCoverageResponse:
    async def stream() -> AsyncIterator[wire.ImportCoverageRequest]:
        for message in messages:
            yield message

    async with calling(edge, ADMIN) as stub:
        return await stub.ImportCoverage(stream())


def batch(*rows: wire.CoverageRow, request_id: str = "") -> wire.ImportCoverageRequest:
    return wire.ImportCoverageRequest(request_id=request_id or str(uuid4()), rows=rows)


async def test_a_hospital_learns_who_covers_a_member_today_however_the_card_is_typed(edge: Edge) -> None:
    await imported(edge, batch(row()))
    typed = member(symbol="19-D", branch="")

    async with calling(edge, HOSPITAL) as stub:
        cover = (await stub.CheckEligibility(wire.CheckEligibilityRequest(member=typed, treatment_date=TODAY))).cover

    assert (cover.covered, cover.copay_tenths, cover.branch) == (True, 3, "01")


async def test_a_batch_is_answered_in_order(edge: Edge) -> None:
    await imported(edge, batch(row()))
    cards = [member(number="9999"), member(), member(sex=1)]
    checks = [wire.CheckEligibilityRequest(member=card, treatment_date=TODAY) for card in cards]

    async with calling(edge, HOSPITAL) as stub:
        answer = await stub.BatchCheckEligibility(wire.BatchCheckEligibilityRequest(checks=checks))

    assert [cover.reason for cover in answer.covers] == [
        coverage_pb2.COVER_REASON_UNKNOWN_MEMBER,
        coverage_pb2.COVER_REASON_COVERED,
        coverage_pb2.COVER_REASON_SEX_DIFFERS,
    ]


async def test_an_import_counts_news_and_what_was_known(edge: Edge) -> None:
    await imported(edge, batch(row()))

    answer = await imported(edge, batch(row(), row(valid_to="2026-03-31", valid_from="2019-04-01")), batch(row()))

    assert (answer.rows, answer.recorded, answer.unchanged) == (3, 1, 2)


async def test_the_same_request_again_gets_the_first_answer(edge: Edge) -> None:
    messages = [batch(row(), request_id="0b7f1d0e-5a7e-4f0a-9d7f-0a4b1c2d3e4f") for _ in range(2)]

    first = await imported(edge, *messages)
    again = await imported(edge, *messages)

    assert first == again
    assert (first.recorded, first.unchanged) == (1, 1)


async def test_the_same_request_with_other_rows_is_a_conflict(edge: Edge) -> None:
    await imported(edge, batch(row(), request_id="0b7f1d0e-5a7e-4f0a-9d7f-0a4b1c2d3e4f"))

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await imported(edge, batch(row(valid_to="2026-01-01"), request_id="0b7f1d0e-5a7e-4f0a-9d7f-0a4b1c2d3e4f"))
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    "wrong", [{"valid_from": "2025-02-30"}, {"valid_to": "2019-01-01"}, {"copay_class": 0}], ids=str
)
async def test_an_impossible_row_is_refused_and_nothing_of_its_message_is_recorded(
    edge: Edge, wrong: dict[str, object]
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await imported(edge, batch(row(), row(**wrong)))

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    async with calling(edge, VIEWER) as stub:
        assert not (await stub.GetCoverage(wire.GetCoverageRequest(member=member()))).periods


async def test_an_operator_sees_all_periods_of_a_member(edge: Edge) -> None:
    await imported(edge, batch(row(), row(valid_from="2018-04-01", valid_to="2019-03-31")))

    async with calling(edge, VIEWER) as stub:
        answer = await stub.GetCoverage(wire.GetCoverageRequest(member=member()))

    assert [(each.valid_from, each.valid_to) for each in answer.periods] == [
        ("2018-04-01", "2019-03-31"),
        ("2020-04-01", ""),
    ]


async def test_a_hospital_neither_imports_nor_reads_coverage(edge: Edge) -> None:
    async with calling(edge, HOSPITAL) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetCoverage(wire.GetCoverageRequest(member=member()))

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
