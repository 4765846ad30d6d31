"""A payer reads receipts behind its payables and nobody else's, and every read is kept for good."""

from uuid import uuid4

import asyncpg
import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import claim_pb2, correction_service_pb2, payer_access_service_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers

from services.claims.adapters.postgres_ledger import QUERIES as CLAIMS
from tests.integration.corrections.site import reason_of
from tests.integration.corrections.world import PAYER
from tests.integration.payers.site import PayerSite

BEARER, OTHER = f"payer:{PAYER}", "payer:06132013"
CONTENT = payers.RECEIPT_READ_REASON_CONTENT_CHECK
UNKNOWN = "clm_" + "0" * 32


async def reads(site: PayerSite, subject: str, *roles: str) -> list[payers.ReceiptRead]:
    answer = await site.payers(subject, *roles).ListReceiptReads(payers.ListReceiptReadsRequest())
    return list(answer.reads)


async def test_a_payer_gets_the_receipt_as_it_was_sent_and_the_read_is_kept_with_who_when_and_why(
    site: PayerSite,
) -> None:
    [claim_id] = await site.world.decided()
    request = payers.GetReceiptRequest(claim_id=claim_id, reason=CONTENT, reader="staff-17")

    found = await site.payers(BEARER).GetReceipt(request)

    [sent] = await site.world.claims.fetch(CLAIMS["read_receipts"], [claim_id])
    assert found.receipt == sent["receipt"]
    [kept] = await reads(site, BEARER)
    assert (kept.read_id, kept.payer_number, kept.claim_id) == (found.read_id, PAYER, claim_id)
    assert (kept.reason, kept.reader, kept.given) == (CONTENT, "staff-17", True)
    assert len(kept.trace_id) == 32
    assert kept.HasField("read_time")


async def test_another_payers_claim_is_not_there_and_who_tried_is_kept(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()

    for wanted in (claim_id, UNKNOWN):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await site.payers(OTHER).GetReceipt(payers.GetReceiptRequest(claim_id=wanted, reason=CONTENT))
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    tried = await reads(site, OTHER)
    assert [(each.claim_id, each.given) for each in tried] == [(UNKNOWN, False), (claim_id, False)]
    assert await reads(site, BEARER) == []
    assert len(await reads(site, "operator:ops", "viewer")) == 2


async def test_a_payer_does_not_see_whose_receipts_another_read(site: PayerSite) -> None:
    request = payers.ListReceiptReadsRequest(payer_number=PAYER)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(OTHER).ListReceiptReads(request)

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_claim_that_went_back_shows_its_receipt_no_more(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()
    await site.world.withdraw(claim_id)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(BEARER).GetReceipt(payers.GetReceiptRequest(claim_id=claim_id, reason=CONTENT))

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_without_a_reason_nothing_is_read(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(BEARER).GetReceipt(payers.GetReceiptRequest(claim_id=claim_id))

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert await reads(site, BEARER) == []


async def test_operators_and_hospitals_read_no_receipt_by_this_way(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()

    for subject, roles in (("operator:ops", ("admin",)), ("hospital:1310000003", ())):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await site.payers(subject, *roles).GetReceipt(payers.GetReceiptRequest(claim_id=claim_id, reason=CONTENT))
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("subject", ["service:coding", f"payer:{PAYER}", "operator:ops"])
async def test_nobody_but_settlement_asks_claims_in_a_payers_name(site: PayerSite, subject: str) -> None:
    [claim_id] = await site.world.decided()
    request = payer_access_service_pb2.ReadReceiptRequest(payer_number=PAYER, claim_id=claim_id)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.access(subject).ReadReceipt(request)

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_the_access_log_comes_by_pages_the_latest_first(site: PayerSite) -> None:
    ids = await site.world.decided(3)
    for claim_id in ids:
        await site.payers(BEARER).GetReceipt(payers.GetReceiptRequest(claim_id=claim_id, reason=CONTENT))

    request = payers.ListReceiptReadsRequest(page_size=2)
    first = await site.payers(BEARER).ListReceiptReads(request)
    request.page_token = first.next_page_token
    second = await site.payers(BEARER).ListReceiptReads(request)

    assert [each.claim_id for each in (*first.reads, *second.reads)] == list(reversed(ids))
    assert second.next_page_token == ""


@pytest.mark.parametrize(
    "change", ["UPDATE receipt_read SET given = false", "DELETE FROM receipt_read", "TRUNCATE receipt_read"]
)
async def test_neither_the_service_nor_the_tables_owner_changes_the_access_log(site: PayerSite, change: str) -> None:
    [claim_id] = await site.world.decided()
    await site.payers(BEARER).GetReceipt(payers.GetReceiptRequest(claim_id=claim_id, reason=CONTENT))

    for dsn in (site.settlement_database.dsn, site.settlement_database.owner_dsn):
        connection = await asyncpg.connect(dsn)
        try:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)):
                await connection.execute(change)
        finally:
            await connection.close()
    assert len(await reads(site, BEARER)) == 1


async def test_a_review_is_passed_on_once_and_the_claim_is_under_review(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()
    request = payers.RequestReviewRequest(
        request_id=str(uuid4()), claim_id=claim_id, reason=correction_service_pb2.REVIEW_REASON_TREATMENT
    )

    asked = await site.payers(BEARER).RequestReview(request)
    again = await site.payers(BEARER).RequestReview(request)

    assert (asked.claim_id, asked.state) == (claim_id, claim_pb2.CLAIM_STATE_UNDER_REVIEW)
    assert asked == again
    request.request_id = str(uuid4())
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(BEARER).RequestReview(request)
    assert reason_of(refused)[0] is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_payer_asks_for_no_review_of_anothers_claim(site: PayerSite) -> None:
    [claim_id] = await site.world.decided()
    request = payers.RequestReviewRequest(
        request_id=str(uuid4()), claim_id=claim_id, reason=correction_service_pb2.REVIEW_REASON_TREATMENT
    )

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(OTHER).RequestReview(request)

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
