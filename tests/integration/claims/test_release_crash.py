"""The claims process killed in the middle of a release, as its supervisor would start it again."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import grpc.aio
import pytest
from seikyu.claims.v1 import claim_service_pb2, claim_service_pb2_grpc

from infra.local.stack import Stack
from services.claims.application.release import RECEIPTS_PER_BATCH
from services.shared.chassis.channel import BearerToken, open_channel
from services.shared.chassis.identity import TokenIssuer, parse_subject
from tests.support.stack import running_platform
from tests.support.uke import plain_file
from tests.support.waiting import until_awaited

HOSPITAL = "hospital:1310000003"
RECEIPTS = RECEIPTS_PER_BATCH + 1
POINT = "claims.release.after-commit"
SWEEP_OFTEN = {"SEIKYU_SWEEP_INTERVAL_S": "0.5"}
DEADLINE_S = 60.0


@pytest.fixture
def stack() -> Iterator[Stack]:
    with running_platform(["postgres", "kafka"]) as stack:
        yield stack


def channel_to(stack: Stack, directory: Path) -> grpc.aio.Channel:
    issuer = TokenIssuer.from_file(stack.parts.keys.token.key_file)
    token = directory / "hospital.jwt"
    token.write_text(issuer.issue(parse_subject(HOSPITAL, ()), now=datetime.now(UTC), life=timedelta(minutes=5)))
    return open_channel(
        f"localhost:{stack.parts.ports('claims')[0]}",
        ca_file=stack.parts.keys.authority.ca_file,
        identity=BearerToken(file=token),
        default_timeout_s=DEADLINE_S,
    )


async def upload(channel: grpc.aio.Channel, content: bytes) -> None:
    async def parts() -> AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]:
        header = claim_service_pb2.UkeFileHeader(request_id=str(uuid4()))
        yield claim_service_pb2.SubmitUkeFileRequest(header=header)
        yield claim_service_pb2.SubmitUkeFileRequest(chunk=content)

    stub: claim_service_pb2_grpc.ClaimServiceAsyncStub = claim_service_pb2_grpc.ClaimServiceStub(channel)
    async for _ in stub.SubmitUkeFile(parts(), timeout=DEADLINE_S):
        continue


async def claim_ids(channel: grpc.aio.Channel) -> list[str]:
    stub: claim_service_pb2_grpc.ClaimServiceAsyncStub = claim_service_pb2_grpc.ClaimServiceStub(channel)
    found: list[str] = []
    token = ""
    while True:
        page = await stub.ListClaims(claim_service_pb2.ListClaimsRequest(page_size=500, page_token=token))
        found += [claim.claim_id for claim in page.claims]
        token = page.next_page_token
        if not token:
            return found


async def test_a_release_whose_process_was_killed_between_two_batches_is_finished_by_the_next(
    stack: Stack, tmp_path: Path
) -> None:
    hit = tmp_path / "hit"
    stack.start_service("claims", {"SEIKYU_CRASHPOINT": POINT, "SEIKYU_CRASHPOINT_FILE": str(hit)})
    async with channel_to(stack, tmp_path) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await upload(channel, plain_file(RECEIPTS))
    stack.start_service("claims", SWEEP_OFTEN)

    async with channel_to(stack, tmp_path) as channel:

        async def finished() -> bool:
            return len(await claim_ids(channel)) == RECEIPTS

        await until_awaited(finished)
        released = await claim_ids(channel)
    assert hit.read_text().strip() == POINT
    assert len(set(released)) == RECEIPTS
