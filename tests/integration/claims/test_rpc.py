"""Hospitals and operators over gRPC with TLS, on the real ledger."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import (
    claim_pb2,
    claim_service_pb2,
    claim_service_pb2_grpc,
    enrolment_service_pb2,
    enrolment_service_pb2_grpc,
)

from infra.local.authority import Authority, ensure_token_keys
from infra.local.databases import ServiceDatabase
from services.claims.adapters.enrolment import Enrolment
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.adapters.sweeps import ClaimSweeps
from services.claims.adapters.traces import BatchTraces
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake
from services.claims.application.recent import RecentReceipts
from services.claims.application.release import Release
from services.claims.application.turns import MOST_IN_LINE, IntakeTurns
from services.claims.entrypoints import rpc_claims, rpc_enrolment
from services.claims.entrypoints.rpc_claims import ClaimParts, ClaimServicer
from services.claims.entrypoints.rpc_enrolment import EnrolmentServicer
from services.claims.entrypoints.uke_upload import UkeUpload
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.identity import TokenIssuer
from services.shared.chassis.postgres import Database
from services.shared.chassis.refusals import RefusedCallers
from services.shared.chassis.telemetry import Telemetry
from tests.integration.claims.test_ledger import sweeps
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.examined import NoMasters
from tests.support.uke import plain_file, plain_receipt, totals, volume
from tests.support.waiting import until_awaited

KEY = b"k" * 32
OWN = "hospital:1310000003"
STRANGER = "hospital:1310000011"
DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge, and one channel per caller, kept open as long as the site is."""

    edge: Edge
    channels: dict[str, grpc.aio.Channel] = field(default_factory=dict)

    def channel(self, subject: str, *roles: str) -> grpc.aio.Channel:
        if subject not in self.channels:
            self.channels[subject] = self.edge.token_channel(self.edge.token(subject, *roles))
        return self.channels[subject]

    def claims(self, subject: str, *roles: str) -> "claim_service_pb2_grpc.ClaimServiceAsyncStub":
        return claim_service_pb2_grpc.ClaimServiceStub(self.channel(subject, *roles))

    def enrolment(self, subject: str, *roles: str) -> "enrolment_service_pb2_grpc.EnrolmentServiceAsyncStub":
        return enrolment_service_pb2_grpc.EnrolmentServiceStub(self.channel(subject, *roles))


def surface_of(
    database: Database, directory: Path, *, most_in_line: int = MOST_IN_LINE
) -> tuple[RpcSurface, Telemetry]:
    clock, telemetry = SystemClock(), MemoryTelemetry().build("claims")
    intake = Intake(recent=RecentReceipts(), coding_wait=timedelta(seconds=2))
    measures = ClaimMeasures(telemetry.metrics)
    traces = BatchTraces(telemetry.claims, measures)
    sweeps = ClaimSweeps(
        database=database,
        clock=clock,
        deciding=Deciding(recent=intake.recent, traces=traces, schedules=NoMasters()),
        release=Release(intake=intake),
        turns=IntakeTurns(recent=intake.recent),
        traces=traces,
        measures=measures,
        platform_key=KEY,
        unmoved_after=timedelta(seconds=60),
    )
    claims = ClaimServicer(
        ClaimParts(
            database=database,
            reads=ClaimReads(database),
            intake=intake,
            upload=UkeUpload(
                database=database,
                clock=clock,
                platform_key=KEY,
                release=sweeps.release_set,
                refused=measures.refused,
            ),
            masters=NoMasters(),
            claims=telemetry.claims,
            measures=measures,
            clock=clock,
            platform_key=KEY,
            turns=IntakeTurns(recent=intake.recent, most_in_line=most_in_line),
        )
    )
    issuer = TokenIssuer.from_file(ensure_token_keys(directory).key_file)
    enrolment = Enrolment(database=database, issuer=issuer, token_life=timedelta(days=1))
    refused = RefusedCallers(enrolment.refusals)

    def register(server: grpc.aio.Server) -> None:
        claim_service_pb2_grpc.add_ClaimServiceServicer_to_server(claims, server)
        servicer = EnrolmentServicer(database=database, enrolment=enrolment, clock=clock, learn=refused.refresh)
        enrolment_service_pb2_grpc.add_EnrolmentServiceServicer_to_server(servicer, server)

    access = rpc_claims.ACCESS | rpc_enrolment.ACCESS
    surface = RpcSurface(
        register=register,
        names=[rpc_claims.NAME, rpc_enrolment.NAME],
        access=access,
        pressure=lambda: None,
        refused=refused,
    )
    return surface, telemetry


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    async with serving(tmp_path, surface_of(database, tmp_path)) as served:
        yield served


@asynccontextmanager
async def serving(directory: Path, offered: tuple[RpcSurface, Telemetry]) -> AsyncIterator[Site]:
    server = await start_server(grpc_settings(directory), *offered)
    await server.set_ready(True)
    served = Site(edge=Edge(server=server, authority=Authority(directory), directory=directory))
    yield served
    for channel in served.channels.values():
        await channel.close()
    await server.drain(0)


def one(receipt: bytes, request_id: str | None = None) -> claim_service_pb2.SubmitClaimRequest:
    return claim_service_pb2.SubmitClaimRequest(
        request_id=request_id or str(uuid4()),
        review_agency=claim_pb2.REVIEW_AGENCY_SSK,
        claim_month="202406",
        receipt=receipt,
    )


async def upload(
    site: Site, content: bytes, subject: str = OWN, request_id: str | None = None
) -> tuple[list[claim_service_pb2.ReceiptAnswer], claim_service_pb2.SubmissionSummary]:
    async def parts() -> AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]:
        header = claim_service_pb2.UkeFileHeader(request_id=request_id or str(uuid4()))
        yield claim_service_pb2.SubmitUkeFileRequest(header=header)
        for at in range(0, len(content), 100):
            yield claim_service_pb2.SubmitUkeFileRequest(chunk=content[at : at + 100])

    return await answers_of(site.claims(subject).SubmitUkeFile(parts(), timeout=DEADLINE_S))


async def answers_of(
    responses: AsyncIterable[claim_service_pb2.SubmitUkeFileResponse],
) -> tuple[list[claim_service_pb2.ReceiptAnswer], claim_service_pb2.SubmissionSummary]:
    answers: list[claim_service_pb2.ReceiptAnswer] = []
    summary = claim_service_pb2.SubmissionSummary()
    async for response in responses:
        answers += response.checked.answers
        if response.HasField("summary"):
            summary = response.summary
    return answers, summary


async def upload_broken_off(site: Site, request_id: str) -> None:
    """The head of a file and a receipt; then the client goes."""

    async def parts() -> AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]:
        header = claim_service_pb2.UkeFileHeader(request_id=request_id)
        yield claim_service_pb2.SubmitUkeFileRequest(header=header)
        yield claim_service_pb2.SubmitUkeFileRequest(chunk=plain_file(2)[:-40])
        await asyncio.Event().wait()

    call = site.claims(OWN).SubmitUkeFile(parts(), timeout=DEADLINE_S)
    await anext(aiter(call))
    call.cancel()


async def listed(site: Site, subject: str = OWN) -> list[claim_pb2.Claim]:
    found: list[claim_pb2.Claim] = []
    token = ""
    while True:
        request = claim_service_pb2.ListClaimsRequest(page_size=2, page_token=token)
        page = await site.claims(subject).ListClaims(request, timeout=DEADLINE_S)
        found += page.claims
        token = page.next_page_token
        if not token:
            return found


async def test_the_same_receipt_under_another_request_gets_its_first_answer(site: Site) -> None:
    first = (await site.claims(OWN).SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)).answer
    second = (await site.claims(OWN).SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)).answer

    assert first.state == claim_pb2.CLAIM_STATE_RECEIVED
    assert second.claim_id == first.claim_id
    assert (first.repeated_submission, second.repeated_submission) == (False, True)


async def test_a_request_id_with_another_receipt_is_refused(site: Site) -> None:
    request_id = str(uuid4())
    await site.claims(OWN).SubmitClaim(one(plain_receipt(1), request_id), timeout=DEADLINE_S)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.claims(OWN).SubmitClaim(one(plain_receipt(2), request_id), timeout=DEADLINE_S)

    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_an_operator_cannot_submit(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.claims("operator:ops", "admin").SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_stream_of_batches_gets_one_answer_each_and_a_bad_receipt_rejects_only_itself(site: Site) -> None:
    def batch(*receipts: bytes) -> claim_service_pb2.SubmitClaimsRequest:
        return claim_service_pb2.SubmitClaimsRequest(
            request_id=str(uuid4()),
            review_agency=claim_pb2.REVIEW_AGENCY_SSK,
            claim_month="202406",
            receipts=receipts,
        )

    async def batches() -> AsyncIterator[claim_service_pb2.SubmitClaimsRequest]:
        yield batch(plain_receipt(1), b"RE,broken\r\n")
        yield batch(plain_receipt(2), plain_receipt(2))

    first, second = [each async for each in site.claims(OWN).SubmitClaims(batches(), timeout=DEADLINE_S)]

    assert [each.state for each in first.answers] == [claim_pb2.CLAIM_STATE_RECEIVED, claim_pb2.CLAIM_STATE_REJECTED]
    assert first.answers[1].findings
    assert second.answers[0].claim_id == second.answers[1].claim_id
    assert [each.repeated_submission for each in second.answers] == [False, True]


async def test_a_file_whose_totals_agree_becomes_claims_once(site: Site) -> None:
    answers, summary = await upload(site, plain_file(3))
    again, repeated = await upload(site, plain_file(3))

    assert summary.released
    assert (summary.receipts, summary.declared_points) == (3, 219)
    assert [each.claim_id for each in answers] == [each.claim_id for each in again]
    assert repeated.released
    assert {each.repeated_submission for each in answers} == {False}
    assert {each.repeated_submission for each in again} == {True}
    assert sorted(each.claim_id for each in await listed(site)) == sorted(each.claim_id for each in answers)


async def test_a_file_whose_totals_disagree_leaves_no_claim_and_says_why(site: Site) -> None:
    content = volume([plain_receipt(1), plain_receipt(2)], totals(2, 1))

    answers, summary = await upload(site, content)

    assert len(answers) == 2
    assert not summary.released
    assert [each.rule for each in summary.findings] == ["frame.total-points"]
    assert await listed(site) == []


async def test_a_refused_file_sent_again_under_its_request_id_is_refused_again(site: Site) -> None:
    content, request_id = volume([plain_receipt(1)], totals(2, 1)), str(uuid4())

    _, first = await upload(site, content, request_id=request_id)
    _, again = await upload(site, content, request_id=request_id)

    assert (first.released, again.released) == (False, False)
    assert first == again
    assert await listed(site) == []


async def test_a_file_whose_upload_was_given_up_may_be_sent_again_under_its_request_id(
    site: Site, database: Database
) -> None:
    request_id = str(uuid4())
    await upload_broken_off(site, request_id)
    await sweeps(database, datetime.now(UTC) + timedelta(hours=2)).releases()

    answers, summary = await upload(site, plain_file(2), request_id=request_id)

    assert summary.released
    assert sorted(each.claim_id for each in await listed(site)) == sorted(each.claim_id for each in answers)


async def test_an_upload_that_is_given_up_while_it_lasts_is_not_called_released(site: Site, database: Database) -> None:
    async def slow() -> AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]:
        header = claim_service_pb2.UkeFileHeader(request_id=str(uuid4()))
        yield claim_service_pb2.SubmitUkeFileRequest(header=header)
        yield claim_service_pb2.SubmitUkeFileRequest(chunk=plain_file(1)[:-1])
        await until_awaited(lambda: database.fetch(QUERIES["abandoned_submissions"], datetime.now(UTC), 1))
        await sweeps(database, datetime.now(UTC) + timedelta(hours=2)).releases()

    call = site.claims(OWN).SubmitUkeFile(slow(), timeout=DEADLINE_S)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await answers_of(call)

    assert refused.value.code() is grpc.StatusCode.ABORTED
    assert await listed(site) == []


async def checked(site: Site, subject: str, *roles: str) -> claim_service_pb2.CheckSummary:
    async def parts() -> AsyncIterator[claim_service_pb2.CheckUkeFileRequest]:
        yield claim_service_pb2.CheckUkeFileRequest(header=claim_service_pb2.CheckHeader())
        yield claim_service_pb2.CheckUkeFileRequest(chunk=plain_file(3))

    call = site.claims(subject, *roles).CheckUkeFile(parts(), timeout=DEADLINE_S)
    *_, last = [each async for each in call]
    return last.summary


async def test_a_file_that_is_checked_leaves_nothing_behind(site: Site, migrated: ServiceDatabase) -> None:
    before = await row_counts(migrated.dsn)

    summary = await checked(site, OWN)

    assert (summary.receipts, summary.declared_points, summary.units) == (3, 219, 3)
    assert await row_counts(migrated.dsn) == before
    assert (await checked(site, "operator:ops", "viewer")).receipts == 3


async def row_counts(dsn: str) -> dict[str, int]:
    """Of every table that a submission writes to."""
    tables = (
        "claim",
        "claim_work",
        "claim_coding",
        "review_text",
        "submission",
        "staged_receipt",
        "outbox",
        "request_log",
    )
    connection = await asyncpg.connect(dsn)
    try:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
    finally:
        await connection.close()


async def test_a_hospitals_outcomes_are_for_it_alone(site: Site) -> None:
    request = claim_service_pb2.DownloadOutcomesRequest(
        file=claim_service_pb2.OUTCOME_FILE_RETURNS,
        review_agency=claim_pb2.REVIEW_AGENCY_SSK,
        claim_month="202406",
    )

    own = [each async for each in site.claims(OWN).DownloadOutcomes(request, timeout=DEADLINE_S)]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        [each async for each in site.claims("operator:ops", "admin").DownloadOutcomes(request, timeout=DEADLINE_S)]

    assert b"".join(each.chunk for each in own) == b"HI,1,202406,13,1,0000003,,00\r\nHG\r\n\x1a"
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_file_of_another_hospital_is_refused(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await upload(site, plain_file(1), subject=STRANGER)

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_claim_is_not_there_for_another_hospital(site: Site) -> None:
    answer = (await site.claims(OWN).SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)).answer
    request = claim_service_pb2.GetClaimRequest(claim_id=answer.claim_id)

    assert (await site.claims(OWN).GetClaim(request, timeout=DEADLINE_S)).claim.claim_id == answer.claim_id
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.claims(STRANGER).GetClaim(request, timeout=DEADLINE_S)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_watch_from_the_beginning_tells_what_was_received(site: Site) -> None:
    answer = (await site.claims(OWN).SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)).answer

    watch = site.claims(OWN).WatchClaims(claim_service_pb2.WatchClaimsRequest(resume_token="0"), timeout=DEADLINE_S)
    first = await anext(aiter(watch))
    watch.cancel()

    assert [each.claim_id for each in first.changes] == [answer.claim_id]


async def test_a_payer_keeps_its_first_secret_and_no_log_holds_it(site: Site, migrated: ServiceDatabase) -> None:
    stub = site.enrolment("operator:ops", "admin")
    request_id = str(uuid4())
    request = enrolment_service_pb2.EnrolPayerRequest(request_id=request_id, payer_number="01130012", name="Payer")

    first = await stub.EnrolPayer(request, timeout=DEADLINE_S)
    second = await stub.EnrolPayer(request, timeout=DEADLINE_S)

    connection = await asyncpg.connect(migrated.dsn)
    logged: bytes = await connection.fetchval("SELECT answer FROM request_log")
    await connection.close()
    assert len(first.member_secret) == 32
    assert second.member_secret == first.member_secret
    assert first.member_secret not in logged
    assert first.token.encode() not in logged


async def test_a_single_receipt_that_finds_the_line_full_is_told_to_come_again_and_a_stream_is_not(
    tmp_path: Path, database: Database
) -> None:
    async def one_batch() -> AsyncIterator[claim_service_pb2.SubmitClaimsRequest]:
        yield claim_service_pb2.SubmitClaimsRequest(
            request_id=str(uuid4()),
            review_agency=claim_pb2.REVIEW_AGENCY_SSK,
            claim_month="202406",
            receipts=[plain_receipt()],
        )

    async with serving(tmp_path, surface_of(database, tmp_path, most_in_line=0)) as site:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await site.claims(OWN).SubmitClaim(one(plain_receipt()), timeout=DEADLINE_S)
        answered = [each async for each in site.claims(OWN).SubmitClaims(one_batch(), timeout=DEADLINE_S)]

        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert [each.claim_id for each in await listed(site)] == [answered[0].answers[0].claim_id]
