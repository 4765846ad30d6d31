"""A payer's secret changes without a gap, and an unenrolled payer's tokens are refused until it is enrolled again."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import claim_service_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments

from services.claims.adapters.postgres_ledger import PostgresLedger
from services.shared.chassis.postgres import Database
from services.shared.kernel.member import member_key
from tests.integration.claims.test_ledger import KEY
from tests.integration.claims.test_rpc import DEADLINE_S, Site, serving, surface_of

PAYER = "01130012"
MEMBER = b"01130012|123|456"


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    async with serving(tmp_path, surface_of(database, tmp_path)) as served:
        yield served


async def enrolled(site: Site, request_id: str = "") -> enrolments.EnrolPayerResponse:
    request = enrolments.EnrolPayerRequest(request_id=request_id or str(uuid4()), payer_number=PAYER, name="Payer")
    return await site.enrolment("operator:ops", "admin").EnrolPayer(request, timeout=DEADLINE_S)


async def rotated(site: Site, grace_hours: int, request_id: str = "") -> enrolments.RotatePayerResponse:
    request = enrolments.RotatePayerRequest(
        request_id=request_id or str(uuid4()), payer_number=PAYER, grace_hours=grace_hours
    )
    return await site.enrolment("operator:ops", "admin").RotatePayer(request, timeout=DEADLINE_S)


async def unenrolled(site: Site) -> None:
    request = enrolments.UnenrolPayerRequest(request_id=str(uuid4()), payer_number=PAYER)
    await site.enrolment("operator:ops", "admin").UnenrolPayer(request, timeout=DEADLINE_S)


async def key_now(database: Database) -> str:
    """Under which key events name the member now."""
    async with database.transaction(label="test") as tx:
        secrets = await PostgresLedger(tx, KEY).payer_secrets([PAYER])
    return secrets[PAYER].key(MEMBER)


async def is_admitted(site: Site, token: str, directory: Path) -> bool:
    """Whether the gate knows the token's bearer; what it asks is a hospital's to ask, and refused to a payer later."""
    file = directory / f"{uuid4().hex}.jwt"
    file.write_text(token)
    async with site.edge.token_channel(file) as channel:
        stub = claim_service_pb2_grpc.ClaimServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ListClaims(claim_service_pb2.ListClaimsRequest(), timeout=DEADLINE_S)
    assert refused.value.code() in {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}
    return refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_the_former_secret_is_used_until_the_grace_is_over_and_both_are_told(
    site: Site, database: Database
) -> None:
    first = await enrolled(site)

    given = await rotated(site, grace_hours=24)

    assert [each.version for each in given.member_secrets] == [1, 2]
    assert given.member_secrets[0].secret == first.member_secret
    assert given.member_secrets[1].secret != first.member_secret
    assert await key_now(database) == member_key(first.member_secret, MEMBER)


async def test_a_new_secret_in_use_is_named_by_its_version_in_every_key(site: Site, database: Database) -> None:
    await enrolled(site)

    given = await rotated(site, grace_hours=0)

    assert await key_now(database) == "2:" + member_key(given.member_secrets[1].secret, MEMBER)
    again = await enrolled(site)
    assert again.member_secret == given.member_secrets[1].secret
    assert list(again.member_secrets) == list(given.member_secrets)


async def test_the_same_rotation_again_is_the_first_and_another_waits_for_its_end(site: Site) -> None:
    await enrolled(site)
    request_id = str(uuid4())
    first = await rotated(site, 24, request_id)

    again = await rotated(site, 24, request_id)

    assert list(again.member_secrets) == list(first.member_secrets)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rotated(site, 24)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_an_unenrolled_payers_tokens_are_refused_and_a_new_enrolment_gives_one_that_holds(
    site: Site, tmp_path: Path
) -> None:
    first = await enrolled(site)
    assert await is_admitted(site, first.token, tmp_path)

    await unenrolled(site)
    while_gone = await is_admitted(site, first.token, tmp_path)
    second = await enrolled(site)

    assert not while_gone
    assert await is_admitted(site, second.token, tmp_path)
    assert not await is_admitted(site, first.token, tmp_path), "a token from before stays refused"
    assert second.member_secret == first.member_secret


async def test_the_enrolment_of_before_repeated_gives_an_unenrolled_payer_no_token(site: Site) -> None:
    request_id = str(uuid4())
    await enrolled(site, request_id)
    await unenrolled(site)

    for ask in (enrolled(site, request_id), rotated(site, 0), unenrolled(site)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
