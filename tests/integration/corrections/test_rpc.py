"""CorrectionService over gRPC with TLS, on the real ledger: who may ask for what, and what a claim then tells."""

from uuid import uuid4

import grpc
import grpc.aio
import pytest
from seikyu.claims.v1 import (
    claim_pb2,
    claim_service_pb2,
    claim_service_pb2_grpc,
    correction_service_pb2,
)

from services.claims.domain.outputs.returned import with_search_number
from services.claims.domain.outputs.search_number import search_number_of
from services.shared.kernel.ids import decision_id
from tests.integration.corrections.site import (
    BEARER,
    CUT,
    DEADLINE_S,
    OTHER_PAYER,
    OWN,
    STRANGER,
    UNCLEAR,
    UPHELD,
    Site,
    reason_of,
)
from tests.support.uke import plain_receipt


async def test_a_withdrawal_is_told_by_the_claim_its_timeline_its_list_and_its_feed(site: Site) -> None:
    [claim_id] = await site.world.decided()
    done = await site.withdraw(claim_id)
    claim = await site.claim(claim_id)

    assert (done.state, done.decision_id) == (claim_pb2.CLAIM_STATE_WITHDRAWN, decision_id(claim_id, 2))
    assert (claim.state, claim.decision.number) == (claim_pb2.CLAIM_STATE_WITHDRAWN, 2)
    assert [each.number for each in claim.decisions] == [1, 2]
    assert claim.decisions[1].replaces_decision_id == claim.decisions[0].decision_id
    assert [each.cause for each in claim.decisions] == [
        claim_pb2.DECISION_CAUSE_SUBMITTED,
        claim_pb2.DECISION_CAUSE_WITHDRAWN,
    ]
    assert claim.decisions[0].payers[0].share_yen == 511, "the first decision stays as it was"
    assert [each.stage for each in claim.timeline] == ["received", "eligibility", "decided", "redecided", "withdrawn"]
    assert [(each.kind, each.asked_by) for each in claim.corrections] == [(claim_pb2.CORRECTION_KIND_WITHDRAWN, OWN)]
    assert await site.listed(claim_pb2.CLAIM_STATE_WITHDRAWN) == [claim_id]
    assert await site.listed(claim_pb2.CLAIM_STATE_APPROVED) == []
    assert await site.watched(claim_id, claim_pb2.CLAIM_STATE_WITHDRAWN) == ["RECEIVED", "APPROVED", "WITHDRAWN"]


async def test_the_same_request_again_gets_the_first_answer_and_another_is_refused(site: Site) -> None:
    [claim_id] = await site.world.decided()
    request_id = str(uuid4())
    first = await site.withdraw(claim_id, request_id=request_id)
    again = await site.withdraw(claim_id, request_id=request_id)

    assert first == again
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.withdraw(claim_id)
    assert reason_of(refused) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_WITHDRAWN")
    assert len(await site.world.announced()) == 2
    counted = {dict(labels)["seikyu.outcome"]: n for labels, n in site.memory.counted("seikyu.claims").items()}
    assert counted == {"withdrawn": 1.0}, "the same request again is no other correction"


async def test_a_claim_of_somebody_else_is_not_there_to_correct(site: Site) -> None:
    [claim_id] = await site.world.decided()

    for ask in (
        site.withdraw(claim_id, STRANGER),
        site.review(claim_id, STRANGER),
        site.review(claim_id, OTHER_PAYER),
        site.report(claim_id, OTHER_PAYER),
        site.agree(claim_id, OTHER_PAYER),
        site.agree(claim_id, STRANGER),
        site.resubmit(claim_id, plain_receipt(9), subject=STRANGER),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert (await site.claim(claim_id)).state == claim_pb2.CLAIM_STATE_APPROVED


async def test_who_may_not_ask_is_refused(site: Site) -> None:
    [claim_id] = await site.world.decided()
    upheld = correction_service_pb2.DecideReviewRequest(claim_id=claim_id, upheld=UPHELD)

    for ask in (site.withdraw(claim_id, BEARER), site.decide(upheld, OWN), site.review(claim_id, "operator:ops")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_claim_under_review_says_so_until_a_person_upholds_it(site: Site) -> None:
    [claim_id] = await site.world.decided()
    asked = await site.review(claim_id, BEARER)
    meanwhile = await site.claim(claim_id)
    listed = await site.listed(claim_pb2.CLAIM_STATE_UNDER_REVIEW)
    upheld = await site.decide(correction_service_pb2.DecideReviewRequest(claim_id=claim_id, upheld=UPHELD))
    claim = await site.claim(claim_id)

    assert asked.state == meanwhile.state == claim_pb2.CLAIM_STATE_UNDER_REVIEW
    assert listed == [claim_id]
    assert meanwhile.decision.payers[0].share_yen == 511, "what was decided stands meanwhile"
    assert upheld.state == claim.state == claim_pb2.CLAIM_STATE_APPROVED
    assert upheld.decision_id == ""
    assert len(claim.decisions) == 1
    assert [each.reason for each in claim.corrections] == ["TREATMENT", ""]
    assert [each.stage for each in claim.timeline][-2:] == ["review_requested", "review_upheld"]
    feed = await site.watched(claim_id, claim_pb2.CLAIM_STATE_UNDER_REVIEW)
    assert feed == ["RECEIVED", "APPROVED", "UNDER_REVIEW", "APPROVED"]


async def test_a_review_cuts_points_with_their_official_code(site: Site) -> None:
    [claim_id] = await site.world.decided()
    await site.review(claim_id)
    done = await site.decide(correction_service_pb2.DecideReviewRequest(claim_id=claim_id, reduced=CUT))
    claim = await site.claim(claim_id)

    assert done.state == claim.state == claim_pb2.CLAIM_STATE_REDUCED
    assert [(each.code, each.official_code) for each in claim.decision.reasons] == [("REDUCED_IN_REVIEW", "B")]
    assert (claim.decision.payers[0].share_yen, claim.decision.patient_yen, claim.decision.reduced_yen) == (
        441,
        189,
        100,
    )
    assert claim.decision.cause == claim_pb2.DECISION_CAUSE_HOSPITAL_REVIEW


async def test_a_cut_that_does_not_fit_leaves_the_claim_under_review(site: Site) -> None:
    [claim_id] = await site.world.decided()
    await site.review(claim_id)
    wrong = correction_service_pb2.ReviewReduced()
    wrong.CopyFrom(CUT)
    wrong.cuts[0].yen = 101

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.decide(correction_service_pb2.DecideReviewRequest(claim_id=claim_id, reduced=wrong))

    assert reason_of(refused) == (grpc.StatusCode.FAILED_PRECONDITION, "CUT_UNBALANCED")
    assert (await site.claim(claim_id)).state == claim_pb2.CLAIM_STATE_UNDER_REVIEW


async def test_a_claim_that_went_back_is_submitted_again_and_both_tell_of_each_other(site: Site) -> None:
    [claim_id] = await site.world.decided()
    await site.report(claim_id)
    await site.agree(claim_id)
    corrected = with_search_number(plain_receipt(7), search_number_of(claim_id))
    answer = await site.resubmit(claim_id, corrected)
    again = await site.resubmit(claim_id, corrected)

    assert (answer.state, list(answer.findings)) == (claim_pb2.CLAIM_STATE_RECEIVED, [])
    assert (again.claim_id, again.repeated_submission) == (answer.claim_id, True)
    assert (await site.claim(answer.claim_id)).resubmission_of == claim_id
    old = await site.claim(claim_id)
    assert old.state == claim_pb2.CLAIM_STATE_RETURNED
    assert [each.other_claim_id for each in old.corrections] == ["", "", answer.claim_id]
    assert [each.stage for each in old.timeline][-1] == "resubmitted"


async def refusal_of_resubmission(site: Site, claim_id: str, receipt: bytes, month: str = "202407") -> str:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.resubmit(claim_id, receipt, month)
    return reason_of(refused)[1]


async def test_what_did_not_go_back_or_is_no_other_receipt_is_not_submitted_again(site: Site) -> None:
    first, second = await site.world.decided(2)
    assert await refusal_of_resubmission(site, first, plain_receipt(8)) == "NOT_RETURNED"
    await site.withdraw(first)
    await site.withdraw(second)
    originals = {(await site.claim(each)).receipt_number: each for each in (first, second)}

    month = (await site.claim(first)).claim_month
    assert await refusal_of_resubmission(site, originals[1], plain_receipt(1), month) == "SAME_RECEIPT"
    other = with_search_number(plain_receipt(8), search_number_of(second))
    assert await refusal_of_resubmission(site, first, other) == "ANOTHER_SEARCH_NUMBER"
    answer = await site.resubmit(first, plain_receipt(8))
    assert await refusal_of_resubmission(site, first, plain_receipt(9)) == "ALREADY_RESUBMITTED"
    assert await refusal_of_resubmission(site, second, plain_receipt(8)) == "RESUBMITS_ANOTHER"
    stub = claim_service_pb2_grpc.ClaimServiceStub(site.channel(OWN))
    listed = await stub.ListClaims(claim_service_pb2.ListClaimsRequest(), timeout=DEADLINE_S)
    assert {each.claim_id for each in listed.claims} == {first, second, answer.claim_id}


async def test_a_receipt_whose_form_is_wrong_is_rejected_and_may_be_corrected(site: Site) -> None:
    [claim_id] = await site.world.decided()
    await site.withdraw(claim_id)

    rejected = await site.resubmit(claim_id, b"RE,broken\r\n")
    accepted = await site.resubmit(claim_id, plain_receipt(7))

    assert (rejected.state, rejected.claim_id) == (claim_pb2.CLAIM_STATE_REJECTED, "")
    assert accepted.state == claim_pb2.CLAIM_STATE_RECEIVED


async def test_a_person_returns_what_a_rule_pended(site: Site) -> None:
    claim_id = await site.world.pended()
    returned = correction_service_pb2.DecidePendedRequest(claim_id=claim_id, returned=UNCLEAR)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.decide_pended(returned, OWN)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED

    done = await site.decide_pended(returned)

    assert done.state == claim_pb2.CLAIM_STATE_RETURNED
    assert [each.code for each in (await site.claim(claim_id)).decision.reasons] == ["RETURNED_BY_PERSON"]
