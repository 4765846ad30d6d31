"""CorrectionService served over gRPC with TLS on the real ledger, and what its tests ask of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from seikyu.claims.v1 import (
    claim_pb2,
    claim_service_pb2,
    claim_service_pb2_grpc,
    correction_service_pb2,
    correction_service_pb2_grpc,
)

from infra.local.authority import Authority
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.traces import BatchTraces
from services.claims.application.correcting import Correcting
from services.claims.application.deciding import Deciding
from services.claims.application.late_codes import TakingCodes
from services.claims.application.pended import DecidingPended
from services.claims.entrypoints import rpc_corrections
from services.claims.entrypoints.rpc_corrections import CorrectionServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from tests.integration.claims.test_ledger import HOSPITAL, KEY, new_intake
from tests.integration.claims.test_rpc import surface_of
from tests.integration.corrections.world import PAYER, World
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.examined import NoMasters
from tests.usecases.claims.readjudication.masters import NothingRegistered

OWN, STRANGER = f"hospital:{HOSPITAL}", "hospital:1310000011"
BEARER, OTHER_PAYER = f"payer:{PAYER}", "payer:06132013"
DEADLINE_S = 10.0
ACCEPTED = correction_service_pb2.PendedAccepted()
UPHELD = correction_service_pb2.ReviewUpheld()
UNCLEAR = correction_service_pb2.ReviewReturned(reason=correction_service_pb2.RETURN_REASON_TREATMENT)
WORDS = "検査の必要性を示す経過の記載を求めます"
CUT = correction_service_pb2.ReviewReduced(
    official_code="B",
    points=10,
    cuts=[correction_service_pb2.PayerCut(payer_number=PAYER, points=10, yen=70)],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge with the databases behind it."""

    edge: Edge
    world: World
    memory: MemoryTelemetry
    channels: dict[str, grpc.aio.Channel] = field(default_factory=dict)

    def channel(self, subject: str) -> grpc.aio.Channel:
        if subject not in self.channels:
            roles = ["admin"] if subject.startswith("operator:") else []
            self.channels[subject] = self.edge.token_channel(self.edge.token(subject, *roles))
        return self.channels[subject]

    def corrections(self, subject: str) -> "correction_service_pb2_grpc.CorrectionServiceAsyncStub":
        return correction_service_pb2_grpc.CorrectionServiceStub(self.channel(subject))

    async def claim(self, claim_id: str) -> claim_pb2.Claim:
        stub = claim_service_pb2_grpc.ClaimServiceStub(self.channel(OWN))
        request = claim_service_pb2.GetClaimRequest(claim_id=claim_id)
        return (await stub.GetClaim(request, timeout=DEADLINE_S)).claim

    async def listed(self, state: "claim_pb2.ClaimState.ValueType") -> list[str]:
        stub = claim_service_pb2_grpc.ClaimServiceStub(self.channel(OWN))
        request = claim_service_pb2.ListClaimsRequest(states=[state])
        return [each.claim_id for each in (await stub.ListClaims(request, timeout=DEADLINE_S)).claims]

    async def watched(self, claim_id: str, until: "claim_pb2.ClaimState.ValueType") -> list[str]:
        """The states of the claim in the order of the feed, up to one."""
        stub = claim_service_pb2_grpc.ClaimServiceStub(self.channel(OWN))
        watch = stub.WatchClaims(claim_service_pb2.WatchClaimsRequest(resume_token="0"), timeout=DEADLINE_S)
        states: list[claim_pb2.ClaimState.ValueType] = []
        async for response in watch:
            states += [change.state for change in response.changes if change.claim_id == claim_id]
            if until in states:
                break
        watch.cancel()
        return [claim_pb2.ClaimState.Name(each).removeprefix("CLAIM_STATE_") for each in states]

    async def withdraw(
        self, claim_id: str, subject: str = OWN, request_id: str = ""
    ) -> correction_service_pb2.CorrectedClaim:
        request = correction_service_pb2.WithdrawClaimRequest(request_id=request_id or str(uuid4()), claim_id=claim_id)
        return (await self.corrections(subject).WithdrawClaim(request, timeout=DEADLINE_S)).claim

    async def review(self, claim_id: str, subject: str = OWN) -> correction_service_pb2.CorrectedClaim:
        request = correction_service_pb2.RequestReviewRequest(
            request_id=str(uuid4()), claim_id=claim_id, reason=correction_service_pb2.REVIEW_REASON_TREATMENT
        )
        return (await self.corrections(subject).RequestReview(request, timeout=DEADLINE_S)).claim

    async def decide(
        self, request: correction_service_pb2.DecideReviewRequest, subject: str = "operator:ops"
    ) -> correction_service_pb2.CorrectedClaim:
        request.request_id = str(uuid4())
        return (await self.corrections(subject).DecideReview(request, timeout=DEADLINE_S)).claim

    async def decide_pended(
        self, request: correction_service_pb2.DecidePendedRequest, subject: str = "operator:ops"
    ) -> correction_service_pb2.CorrectedClaim:
        request.request_id = str(uuid4())
        return (await self.corrections(subject).DecidePended(request, timeout=DEADLINE_S)).claim

    async def report(
        self, claim_id: str, subject: str = BEARER, agreement: str = ""
    ) -> correction_service_pb2.CorrectedClaim:
        request = correction_service_pb2.ReportErrorRequest(
            request_id=str(uuid4()),
            claim_id=claim_id,
            reason=correction_service_pb2.ERROR_REASON_NOT_OUR_MEMBER,
            agreement_reference=agreement,
        )
        return (await self.corrections(subject).ReportError(request, timeout=DEADLINE_S)).claim

    async def agree(
        self, claim_id: str, subject: str = OWN, agreement: str = ""
    ) -> correction_service_pb2.CorrectedClaim:
        request = correction_service_pb2.AnswerErrorReportRequest(
            request_id=str(uuid4()),
            claim_id=claim_id,
            agreed=correction_service_pb2.ErrorAgreed(agreement_reference=agreement),
        )
        return (await self.corrections(subject).AnswerErrorReport(request, timeout=DEADLINE_S)).claim

    async def decline(self, claim_id: str, subject: str = OWN) -> correction_service_pb2.CorrectedClaim:
        request = correction_service_pb2.AnswerErrorReportRequest(
            request_id=str(uuid4()), claim_id=claim_id, declined=correction_service_pb2.ErrorDeclined()
        )
        return (await self.corrections(subject).AnswerErrorReport(request, timeout=DEADLINE_S)).claim

    async def reported(self, subject: str, page_size: int = 0) -> list[str]:
        """The claims whose errors wait, from all pages."""
        found, request = [], correction_service_pb2.ListErrorReportsRequest(page_size=page_size)
        while True:
            page = await self.corrections(subject).ListErrorReports(request, timeout=DEADLINE_S)
            found += [each.claim_id for each in page.reports]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def resubmit(
        self, claim_id: str, receipt: bytes, month: str = "202407", subject: str = OWN
    ) -> claim_service_pb2.ReceiptAnswer:
        request = correction_service_pb2.ResubmitClaimRequest(
            request_id=str(uuid4()),
            claim_id=claim_id,
            review_agency=claim_pb2.REVIEW_AGENCY_SSK,
            claim_month=month,
            receipt=receipt,
        )
        return (await self.corrections(subject).ResubmitClaim(request, timeout=DEADLINE_S)).answer


def with_corrections(world: World, base: RpcSurface, claims: CorrectionServicer) -> RpcSurface:
    def register(server: grpc.aio.Server) -> None:
        base.register(server)
        correction_service_pb2_grpc.add_CorrectionServiceServicer_to_server(claims, server)

    return RpcSurface(
        register=register,
        names=[*base.names, rpc_corrections.NAME],
        access={**base.access, **rpc_corrections.ACCESS},
        pressure=base.pressure,
    )


def reason_of(refused: pytest.ExceptionInfo[grpc.aio.AioRpcError]) -> tuple[grpc.StatusCode, str]:
    """The status and the reason for programs."""
    status = rpc_status.from_call(refused.value)  # type: ignore[arg-type]  # has what is asked of a call
    info = error_details_pb2.ErrorInfo()
    found = [info.reason for detail in (status.details if status else ()) if detail.Unpack(info)]
    return refused.value.code(), found[0] if found else ""


@asynccontextmanager
async def served(directory: Path, world: World) -> AsyncIterator[Site]:
    """CorrectionService and ClaimService, until the block ends."""
    base, telemetry = surface_of(world.claims, directory)
    memory = MemoryTelemetry()
    measures = ClaimMeasures(memory.build("claims").metrics)
    intake = new_intake()
    deciding = Deciding(recent=intake.recent, traces=BatchTraces(telemetry.claims, measures), schedules=NoMasters())
    servicer = CorrectionServicer(
        database=world.claims,
        correcting=Correcting(traces=BatchTraces(telemetry.claims, measures)),
        pended=DecidingPended(
            schedules=NoMasters(),
            registrations=NothingRegistered(),
            traces=BatchTraces(telemetry.claims, measures),
        ),
        codes=TakingCodes(deciding=deciding),
        intake=intake,
        claims=telemetry.claims,
        measures=measures,
        clock=SystemClock(),
        platform_key=KEY,
    )
    server = await start_server(grpc_settings(directory), with_corrections(world, base, servicer), telemetry)
    await server.set_ready(True)
    edge = Edge(server=server, authority=Authority(directory), directory=directory)
    site = Site(edge=edge, world=world, memory=memory)
    yield site
    for channel in site.channels.values():
        await channel.close()
    await server.drain(0)
