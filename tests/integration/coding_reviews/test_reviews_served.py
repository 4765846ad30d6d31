"""Reviewers' calls over TLS on a real database: who may, what is refused, what is announced."""

import uuid
from datetime import timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1 import reviews_pb2 as wire

from tests.integration.coding_reviews.conftest import LEASE, OPENED, Site, request


def take(item_id: str = "", request_id: str = "") -> wire.AssignReviewRequest:
    return wire.AssignReviewRequest(request_id=request_id or str(uuid.uuid4()), item_id=item_id)


def resolve(item_id: str, code: str, *modifiers: str, why: str = "", request_id: str = "") -> wire.ResolveReviewRequest:
    coded = wire.ReviewedCode(disease_code=code, modifier_codes=modifiers)
    return wire.ResolveReviewRequest(request_id=request_id or str(uuid.uuid4()), item_id=item_id, coded=coded, why=why)


def reason_of(error: grpc.aio.AioRpcError) -> str:
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in _details(error))
    return str(info.reason)


def violations_of(error: grpc.aio.AioRpcError) -> list[tuple[str, str]]:
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in _details(error))
    return [(each.field, each.reason) for each in bad.field_violations]


def _details(error: grpc.aio.AioRpcError) -> list[any_pb2.Any]:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # has what is asked of a call
    assert status is not None
    return list(status.details)


async def test_what_the_coder_is_not_sure_of_waits_with_what_was_seen(site: Site) -> None:
    await site.take_in(request(1, "高血圧症", "膝関節湿疹", "謎の病"))
    listed = await site.stub("sato").ListReviews(wire.ListReviewsRequest())

    told = sorted((item.line, item.text, item.found.disease_code, item.reason) for item in listed.items)
    assert told == [(2, "膝関節湿疹", "6923002", ""), (3, "謎ノ病", "", "")]
    item = next(item for item in listed.items if item.line == 2)
    assert [(each.code, each.name) for each in item.found.modifiers] == [("1640", "膝関節")]
    assert [(each.number, each.disease_name) for each in item.candidates] == [(1, "湿疹")]
    assert (item.sex, item.age_band_years, item.treatment_month) == (1, 60, "202610")
    assert item.hospital_code == "1310000003"
    assert item.due_time.ToDatetime(tzinfo=OPENED.tzinfo) == OPENED + timedelta(hours=72)
    assert (item.state, item.assignee) == (wire.REVIEW_STATE_OPEN, "")


async def test_a_request_that_comes_again_puts_nothing_into_the_queue_again(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    await site.take_in(request(1, "謎の病"))

    assert len((await site.stub("sato").ListReviews(wire.ListReviewsRequest())).items) == 1


async def test_a_decision_is_announced_with_all_lines_and_without_the_reviewer(site: Site) -> None:
    await site.take_in(request(1, "高血圧症", "膝関節湿疹", "謎の病"))
    listed = await site.stub("sato").ListReviews(wire.ListReviewsRequest())
    item = next(item for item in listed.items if item.line == 2)
    await site.stub("sato").AssignReview(take(item.item_id))
    resolved = await site.stub("sato").ResolveReview(resolve(item.item_id, "6923002", "8002", "1640"))

    assert resolved.item.state == wire.REVIEW_STATE_RESOLVED
    assert (resolved.decision.reviewer, resolved.decision.candidate) == ("operator:sato", 1)
    [first, revised] = await site.announced()
    assert (first.revision, revised.revision) == (0, 1)
    assert [(line.line, line.route, line.disease_code, list(line.modifier_codes)) for line in revised.codings] == [
        (1, coding_service_pb2.CODING_ROUTE_EXACT, "8833421", []),
        (2, coding_service_pb2.CODING_ROUTE_REVIEWED, "6923002", ["1640", "8002"]),
        (3, coding_service_pb2.CODING_ROUTE_UNRESOLVED, "", []),
    ]
    assert "sato" not in str(revised)
    assert not [span for span in site.telemetry.exporter.get_finished_spans() if "sato" in str(span.attributes)]


async def test_the_same_call_again_gets_the_first_answer_and_another_content_a_conflict(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    stub, request_id = site.stub("sato"), str(uuid.uuid4())
    item = (await stub.AssignReview(take())).item
    first = await stub.ResolveReview(resolve(item.item_id, "6923002", "1640", request_id=request_id))
    again = await stub.ResolveReview(resolve(item.item_id, "6923002", "1640", request_id=request_id))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ResolveReview(resolve(item.item_id, "8833421", request_id=request_id))

    assert again == first
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert violations_of(caught.value) == [("coded", "same_content")]
    assert [each.revision for each in await site.announced()] == [0, 1]


async def test_taking_the_next_item_again_after_a_lost_answer_takes_no_second_one(site: Site) -> None:
    await site.take_in(request(1, "謎の病"), request(2, "謎の病"))
    request_id = str(uuid.uuid4())
    first = await site.stub("sato").AssignReview(take(request_id=request_id))
    again = await site.stub("sato").AssignReview(take(request_id=request_id))

    assert again == first
    assert len((await site.stub("sato").ListReviews(wire.ListReviewsRequest(mine=True))).items) == 1


async def test_a_decision_may_be_changed_and_both_stay(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    item_id = (await site.stub("sato").AssignReview(take())).item.item_id
    await site.stub("sato").ResolveReview(resolve(item_id, "6923002", "1640"))
    await site.stub("suzuki").AssignReview(take(item_id))
    await site.stub("suzuki").ResolveReview(resolve(item_id, "8833421", why="原本の記載"))

    found = await site.stub("ito").GetReview(wire.GetReviewRequest(item_id=item_id))
    assert [(each.reviewer, each.coded.disease_code, each.candidate, each.why) for each in found.decisions] == [
        ("operator:sato", "6923002", 1, ""),
        ("operator:suzuki", "8833421", 0, "原本の記載"),
    ]
    assert [each.kind for each in found.steps] == [wire.REVIEW_STEP_KIND_TAKEN] * 2
    assert [each.revision for each in await site.announced()] == [0, 1, 2]


async def test_a_decision_that_may_not_stand_is_refused_with_field_and_rule(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    item_id = (await site.stub("sato").AssignReview(take())).item.item_id
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await site.stub("sato").ResolveReview(resolve(item_id, "9999999", "9876"))

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(caught.value) == [
        ("coded.disease_code", "unknown"),
        ("coded.modifier_codes[0]", "unknown"),
        ("why", "required"),
    ]


async def test_a_decision_by_somebody_whose_lease_was_lost_is_refused(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    item_id = (await site.stub("sato").AssignReview(take())).item.item_id
    site.clock.at += LEASE
    with pytest.raises(grpc.aio.AioRpcError) as lost:
        await site.stub("sato").ResolveReview(resolve(item_id, "6923002", "1640"))
    assert (await site.stub("suzuki").AssignReview(take())).item.item_id == item_id
    with pytest.raises(grpc.aio.AioRpcError) as held:
        await site.stub("sato").ResolveReview(resolve(item_id, "6923002", "1640"))

    assert (lost.value.code(), reason_of(lost.value)) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_HELD")
    assert reason_of(held.value) == "HELD_BY_ANOTHER"
    assert [each.revision for each in await site.announced()] == [0]


async def test_taking_again_holds_an_item_for_a_whole_lease_more(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    item_id = (await site.stub("sato").AssignReview(take())).item.item_id
    site.clock.at += LEASE / 2
    item = (await site.stub("sato").AssignReview(take(item_id))).item

    assert item.lease_end_time.ToDatetime(tzinfo=OPENED.tzinfo) == site.clock.at + LEASE


async def test_skipped_and_escalated_items_go_to_other_people(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    sato, suzuki, ito = (site.stub(name) for name in ("sato", "suzuki", "ito"))
    item_id = (await sato.AssignReview(take())).item.item_id
    await sato.SkipReview(wire.SkipReviewRequest(request_id=str(uuid.uuid4()), item_id=item_id))
    nothing = await sato.AssignReview(take())
    offered = await suzuki.AssignReview(take())
    note = wire.EscalateReviewRequest(request_id=str(uuid.uuid4()), item_id=item_id, note="分類が分かれる")
    escalated = (await suzuki.EscalateReview(note)).item
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await suzuki.AssignReview(take(item_id))
    second = await ito.AssignReview(take())

    assert not nothing.HasField("item")
    assert offered.item.item_id == item_id
    assert (escalated.state, list(escalated.escalated_by)) == (wire.REVIEW_STATE_ESCALATED, ["operator:suzuki"])
    assert reason_of(caught.value) == "ESCALATED_BY_CALLER"
    assert second.item.item_id == item_id


async def test_pages_follow_each_other_by_due_time_under_the_same_filter(site: Site) -> None:
    for number in range(1, 6):
        await site.take_in(request(number, "謎の病"))
        site.clock.at += timedelta(hours=1)
    stub = site.stub("sato")
    seen, token = [], ""
    while True:
        page = await stub.ListReviews(wire.ListReviewsRequest(page_size=2, page_token=token))
        seen += [item.claim_id for item in page.items]
        token = page.next_page_token
        if not token:
            break
    first = await stub.ListReviews(wire.ListReviewsRequest(page_size=2))
    other = wire.ListReviewsRequest(page_size=2, page_token=first.next_page_token, past_due=True)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ListReviews(other)

    assert seen == [f"clm_{number:032x}" for number in range(1, 6)]
    assert violations_of(caught.value) == [("page_token", "page_token")]


async def test_a_list_is_narrowed_by_state_month_age_and_holder(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    site.clock.at += timedelta(hours=73)
    await site.take_in(request(2, "謎の病"))
    stub = site.stub("sato")
    mine = (await stub.AssignReview(take())).item

    async def ids(**wanted: object) -> list[str]:
        answer = await stub.ListReviews(wire.ListReviewsRequest(**wanted))  # type: ignore[arg-type]
        return [item.claim_id[-1] for item in answer.items]

    assert mine.claim_id.endswith("1")
    assert await ids() == ["1", "2"]
    assert await ids(state=wire.REVIEW_STATE_OPEN) == ["2"]
    assert await ids(state=wire.REVIEW_STATE_ASSIGNED) == ["1"]
    assert await ids(state=wire.REVIEW_STATE_RESOLVED) == []
    assert await ids(mine=True) == ["1"]
    assert await ids(treatment_month="202609") == []
    assert await ids(min_age_hours=24) == ["1"]
    assert await ids(past_due=True) == ["1"]


async def test_only_reviewers_and_admins_use_the_queue(site: Site) -> None:
    for name, role in (("viewer", "viewer"), ("admin", "admin")):
        stub = site.stub(name, role)
        if role == "admin":
            await stub.ListReviews(wire.ListReviewsRequest())
            continue
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListReviews(wire.ListReviewsRequest())
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_an_item_that_does_not_exist_is_not_found(site: Site) -> None:
    for call in (
        site.stub("sato").GetReview(wire.GetReviewRequest(item_id="rvw_" + "0" * 32)),
        site.stub("sato").AssignReview(take("rvw_" + "0" * 32)),
        site.stub("sato").ResolveReview(resolve("rvw_" + "0" * 32, "6923002")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_the_other_texts_of_the_claim_are_told_with_the_item(site: Site) -> None:
    await site.take_in(request(1, "高血圧症", "謎の病"))
    item_id = (await site.stub("sato").AssignReview(take())).item.item_id
    found = await site.stub("sato").GetReview(wire.GetReviewRequest(item_id=item_id))

    assert [(line.line, line.text, line.code.disease_name) for line in found.other_lines] == [
        (1, "高血圧症", "高血圧症")
    ]


async def test_the_queues_figures_are_measured(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"), request(2, "謎の病"))
    stub = site.stub("sato")
    item_id = (await stub.AssignReview(take())).item.item_id
    await stub.AssignReview(take())
    await stub.ResolveReview(
        wire.ResolveReviewRequest(
            request_id=str(uuid.uuid4()), item_id=item_id, not_codable=wire.ReviewNotCodable(), why="なし"
        )
    )
    site.clock.at += timedelta(hours=73)
    await site.desk.measures.read()

    assert site.telemetry.counted("seikyu.coding.review.items") == {
        (("seikyu.state", "open"),): 1.0,
        (("seikyu.state", "assigned"),): 0.0,
        (("seikyu.state", "escalated"),): 0.0,
    }
    assert site.telemetry.counted("seikyu.coding.review.age") == {(): 73 * 3_600.0}
    assert site.telemetry.counted("seikyu.coding.review.late") == {(): 1.0}
    assert site.telemetry.counted("seikyu.coding.review.decisions") == {
        (("seikyu.agreement", "none"), ("seikyu.kind", "uncoded"), ("seikyu.outcome", "not-codable")): 1.0
    }
