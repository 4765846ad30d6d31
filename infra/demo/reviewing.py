"""The demo's reviewer: takes the line that is due first, and decides it as the coder proposed."""

import uuid

import grpc.aio
from seikyu.coding.v1 import reviews_pb2 as wire
from seikyu.coding.v1.coding_service_pb2_grpc import CodingServiceStub


async def first_waiting(channel: grpc.aio.Channel) -> wire.ReviewItem | None:
    """What is due first and nobody holds."""
    request = wire.ListReviewsRequest(state=wire.REVIEW_STATE_OPEN, page_size=1)
    answer: wire.ListReviewsResponse = await CodingServiceStub(channel).ListReviews(request)
    return answer.items[0] if answer.items else None


async def decide_first(channel: grpc.aio.Channel, item: wire.ReviewItem) -> wire.ReviewDecision:
    """Take the item, and decide it by its first candidate."""
    stub = CodingServiceStub(channel)
    await stub.AssignReview(wire.AssignReviewRequest(request_id=str(uuid.uuid4()), item_id=item.item_id))
    code = wire.ReviewedCode(disease_code=item.candidates[0].disease_code)
    request = wire.ResolveReviewRequest(request_id=str(uuid.uuid4()), item_id=item.item_id, coded=code)
    answer: wire.ResolveReviewResponse = await stub.ResolveReview(request)
    return answer.decision
