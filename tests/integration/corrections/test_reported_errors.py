"""過誤 over gRPC: one side reports, the other answers, and nobody speaks for both but an operator with a reference."""

import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import (
    claim_pb2,
)

from tests.integration.claims.test_ledger import HOSPITAL
from tests.integration.corrections.site import BEARER, OTHER_PAYER, OWN, STRANGER, Site, reason_of
from tests.integration.corrections.world import PAYER


async def test_an_error_waits_for_the_other_side_and_then_takes_the_claim_back(site: Site) -> None:
    [claim_id] = await site.world.decided()
    reported = await site.report(claim_id)
    waits = [await site.reported(each) for each in (OWN, BEARER, STRANGER, OTHER_PAYER, "operator:ops")]
    meanwhile = await site.claim(claim_id)
    agreed = await site.agree(claim_id)
    claim = await site.claim(claim_id)
    await site.world.settle(shuffled=3)

    assert (reported.state, reported.decision_id) == (claim_pb2.CLAIM_STATE_APPROVED, "")
    assert waits == [[claim_id], [claim_id], [], [], [claim_id]]
    assert meanwhile.decision.payers[0].share_yen == 511, "what was decided stands meanwhile"
    assert agreed.state == claim.state == claim_pb2.CLAIM_STATE_RETURNED
    assert [(each.kind, each.asked_by, each.reason) for each in claim.corrections] == [
        (claim_pb2.CORRECTION_KIND_ERROR_REPORTED, BEARER, "NOT_OUR_MEMBER"),
        (claim_pb2.CORRECTION_KIND_ERROR_AGREED, OWN, ""),
    ]
    assert claim.corrections[1].decision_id == agreed.decision_id == claim.decision.decision_id
    assert claim.decision.cause == claim_pb2.DECISION_CAUSE_ERROR_REPORTED
    assert await site.reported(OWN) == []
    assert await site.world.balances() == {f"hospital:{HOSPITAL}": 0, f"payer:{PAYER}": 0}


@pytest.mark.parametrize(("reporter", "other"), [(OWN, BEARER), (BEARER, OWN)])
async def test_nobody_agrees_for_the_other_side_and_either_may_end_the_report(
    site: Site, reporter: str, other: str
) -> None:
    [claim_id] = await site.world.decided()
    await site.report(claim_id, reporter)

    for ask, reason in (
        (site.agree(claim_id, reporter), "OWN_REPORT"),
        (site.agree(claim_id, other, "2026-7"), "REFERENCE_NOT_ASKED"),
        (site.agree(claim_id, "operator:ops"), "AGREEMENT_UNREFERENCED"),
        (site.report(claim_id, other), "ERROR_REPORTED"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask
        assert reason_of(refused) == (grpc.StatusCode.FAILED_PRECONDITION, reason)
    taken_back = await site.decline(claim_id, reporter)
    await site.report(claim_id, reporter)
    declined = await site.decline(claim_id, other)

    assert taken_back.state == declined.state == claim_pb2.CLAIM_STATE_APPROVED
    assert (await site.claim(claim_id)).state == claim_pb2.CLAIM_STATE_APPROVED
    assert [each.stage for each in (await site.claim(claim_id)).timeline][-2:] == ["error_reported", "error_declined"]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.agree(claim_id, other)
    assert reason_of(refused)[1] == "NO_ERROR_REPORTED"


async def test_an_operator_records_an_agreement_with_its_reference(site: Site) -> None:
    first, second = await site.world.decided(2)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.report(first, "operator:ops")
    assert reason_of(refused)[1] == "AGREEMENT_UNREFERENCED"

    at_once = await site.report(first, "operator:ops", "2026-KAGO-7")
    await site.report(second)
    recorded = await site.agree(second, "operator:ops", "2026-KAGO-8")

    assert at_once.state == recorded.state == claim_pb2.CLAIM_STATE_RETURNED
    references = [(await site.claim(each)).corrections[-1].agreement_reference for each in (first, second)]
    assert references == ["2026-KAGO-7", "2026-KAGO-8"]


async def test_a_report_ends_with_a_claim_that_goes_back_for_another_cause(site: Site) -> None:
    first, second = await site.world.decided(2)
    await site.report(first)
    await site.report(second)
    assert sorted(await site.reported(OWN, page_size=1)) == sorted([first, second])
    await site.withdraw(first)

    assert await site.reported(OWN) == [second]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.agree(first)
    assert reason_of(refused)[1] == "NO_ERROR_REPORTED"
