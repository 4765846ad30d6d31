"""Which claims used a code, asked over gRPC of the real ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import claim_pb2, coded_claim_service_pb2_grpc
from seikyu.claims.v1 import coded_claim_service_pb2 as wire

from infra.local.authority import Authority
from services.claims.adapters.postgres_coded import CodedReads
from services.claims.entrypoints import rpc_coded
from services.claims.entrypoints.rpc_coded import CodedClaimServicer
from services.shared.chassis.grpc_server import RpcSurface, start_server
from tests.integration.claims.test_rpc import surface_of
from tests.integration.corrections.test_revisions import Revised
from tests.integration.corrections.world import World
from tests.support.coded_visits import EPILEPSY, LINE, NAMED, OTHER
from tests.support.edge import Edge, grpc_settings
from tests.usecases.claims.readjudication.masters import NothingRegistered

OPERATOR, HOSPITAL = "operator:ops", "hospital:1310000003"


@asynccontextmanager
async def served(
    directory: Path, codes: Revised, subject: str
) -> "AsyncIterator[coded_claim_service_pb2_grpc.CodedClaimServiceAsyncStub]":
    """CodedClaimService for one caller, an operator as a viewer."""
    base, telemetry = surface_of(codes.world.claims, directory)
    reads = CodedReads(database=codes.world.claims)
    servicer = CodedClaimServicer(reads=reads, masters=codes.masters, registrations=NothingRegistered())

    def register(server: grpc.aio.Server) -> None:
        coded_claim_service_pb2_grpc.add_CodedClaimServiceServicer_to_server(servicer, server)

    surface = RpcSurface(register=register, names=[rpc_coded.NAME], access=rpc_coded.ACCESS, pressure=base.pressure)
    server = await start_server(grpc_settings(directory), surface, telemetry)
    await server.set_ready(True)
    edge = Edge(server=server, authority=Authority(directory), directory=directory)
    roles = ["viewer"] if subject == OPERATOR else []
    async with edge.token_channel(edge.token(subject, *roles)) as channel:
        yield coded_claim_service_pb2_grpc.CodedClaimServiceStub(channel)
    await server.drain(0)


async def test_a_code_is_listed_with_its_line_revision_and_what_it_was_to_the_decision(
    world: World, tmp_path: Path
) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with()
    await codes.revise(claim, 1, NAMED)

    async with served(tmp_path, codes, OPERATOR) as stub:
        found = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY))

    [one] = found.claims
    told = await codes.told(claim)
    assert (one.claim_id, one.state, one.use) == (claim, claim_pb2.CLAIM_STATE_APPROVED, wire.CODE_USE_DEPENDED)
    assert (one.diagnosis.line, one.diagnosis.route, one.diagnosis.revision) == (LINE, "exact", 1)
    assert list(one.late_decision_ids) == [told.decision.decision_id]


async def test_a_code_that_was_taken_back_or_replaced_is_listed_no_longer(world: World, tmp_path: Path) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with(NAMED)
    await codes.revise(claim, 1, OTHER)

    async with served(tmp_path, codes, OPERATOR) as stub:
        before = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY))
        now = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=OTHER.code))

    assert not before.claims
    assert [(each.claim_id, each.use) for each in now.claims] == [(claim, wire.CODE_USE_SEEN)]


async def test_claims_are_listed_page_by_page_and_by_route_and_day(world: World, tmp_path: Path) -> None:
    codes = Revised(world, demands=True)
    late, waiting = await codes.many()
    await codes.code_all([*late, *waiting])
    request = wire.ListCodedClaimsRequest(disease_code=EPILEPSY, page_size=7)
    found: list[str] = []

    async with served(tmp_path, codes, OPERATOR) as stub:
        while True:
            page = await stub.ListCodedClaims(request)
            found += [each.claim_id for each in page.claims]
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        ranked = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY, route="ranked"))
        day_after = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY, since="2026-04-11"))
        that_day = await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY, since="2026-04-10"))

    assert found == sorted([*late, *waiting])
    assert (len(ranked.claims), len(day_after.claims), len(that_day.claims)) == (0, 0, len(found))


async def test_a_code_given_before_a_day_and_kept_by_a_later_revision_was_given_before_it(
    world: World, tmp_path: Path
) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with(NAMED)
    await codes.revise(claim, 1, NAMED)

    async with served(tmp_path, codes, OPERATOR) as stub:
        [one] = (await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY))).claims

    assert (one.diagnosis.revision, one.use, list(one.late_decision_ids)) == (0, wire.CODE_USE_DEPENDED, [])


async def test_only_operators_ask(world: World, tmp_path: Path) -> None:
    async with served(tmp_path, Revised(world, demands=True), HOSPITAL) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ListCodedClaims(wire.ListCodedClaimsRequest(disease_code=EPILEPSY))

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    "request_",
    [
        wire.ListCodedClaimsRequest(disease_code="12"),
        wire.ListCodedClaimsRequest(disease_code=EPILEPSY, route="review"),
        wire.ListCodedClaimsRequest(disease_code=EPILEPSY, since="2026-02-30"),
    ],
    ids=["code", "route", "day"],
)
async def test_what_is_not_asked_for_rightly_is_refused(
    world: World, tmp_path: Path, request_: wire.ListCodedClaimsRequest
) -> None:
    async with served(tmp_path, Revised(world, demands=True), OPERATOR) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ListCodedClaims(request_)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
