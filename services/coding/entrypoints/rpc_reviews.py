"""The review queue over gRPC: translates calls of reviewers. Each change is one transaction, and takes effect once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import grpc.aio
from seikyu.coding.v1 import coding_service_pb2_grpc
from seikyu.coding.v1 import reviews_pb2 as wire
from typing_extensions import override

from services.coding.adapters.postgres_reviews import Position, PostgresReviews, ReviewFilter, ReviewReads
from services.coding.adapters.review_measures import ReviewMeasures
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.reviewing import Decided, Reviewing, ReviewItem
from services.coding.domain.reviewing import ReviewRefusal, ReviewState
from services.coding.domain.rulings import Objection
from services.coding.entrypoints.review_forms import (
    STATES,
    decision_of,
    item_of,
    other_line_of,
    refuse,
    step_of,
    told_by,
)
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import AnswerT, answer_once
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.months import Month

LABEL: Final = "coding.review"
PAGE_DEFAULT: Final = 50
_STATES: Final[dict[int, ReviewState]] = {number: state for state, number in STATES.items()}

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDesk:
    """What the calls of reviewers need."""

    database: Database
    reviewing: Reviewing
    reads: ReviewReads
    measures: ReviewMeasures
    clock: Clock


class ReviewMethods(coding_service_pb2_grpc.CodingServiceServicer):
    """The methods of CodingService that reviewers call."""

    def __init__(self, desk: ReviewDesk) -> None:
        """Works at this desk."""
        self._desk = desk

    @override
    async def ListReviews(self, request: wire.ListReviewsRequest, context: Context) -> wire.ListReviewsResponse:
        """A page of the queue."""
        now, size = self._desk.clock.now(), request.page_size or PAGE_DEFAULT
        bound_to = (caller().subject, *_filter_fields(request))
        after = read_position(request.page_token, bound_to=bound_to, read=_position)
        items = await self._desk.reads.page(_filter(request, now), after, size + 1, now)
        token = ""
        if len(items) > size:
            last = items[size - 1]
            token = write_page_token((last.due_at.isoformat(), last.item_id), bound_to=bound_to)
        return wire.ListReviewsResponse(items=[self._shown(item) for item in items[:size]], next_page_token=token)

    @override
    async def GetReview(self, request: wire.GetReviewRequest, context: Context) -> wire.GetReviewResponse:
        """One item with its history, and the claim's other texts."""
        desk = self._desk
        item = await desk.reads.one(request.item_id)
        if item is None:
            refuse(None)
        history = await desk.reads.history(item.item_id)
        async with desk.database.transaction(label=LABEL) as tx:
            standing = await PostgresRevisions(tx).standing({item.key: item.traceparent})
        others = [line for line in standing[item.key].codings if line.line != item.seen.line]
        return wire.GetReviewResponse(
            item=self._shown(item),
            other_lines=[other_line_of(line, desk.reviewing.master) for line in others],
            decisions=[decision_of(each, desk.reviewing.master) for each in history.decisions],
            steps=[step_of(each) for each in history.steps],
        )

    @override
    async def AssignReview(self, request: wire.AssignReviewRequest, context: Context) -> wire.AssignReviewResponse:
        """One item, or the next one."""
        reviewing, now, reviewer = self._desk.reviewing, self._desk.clock.now(), caller().subject

        async def perform(tx: Transaction) -> wire.AssignReviewResponse:
            if request.item_id:
                taken = await reviewing.take(PostgresReviews(tx), request.item_id, reviewer, now=now)
                return wire.AssignReviewResponse(item=self._told(taken))
            lent = await reviewing.take_next(PostgresReviews(tx), reviewer, now=now)
            return wire.AssignReviewResponse(item=self._shown(lent) if lent is not None else None)

        return await self._once(request, wire.AssignReviewResponse, perform)

    @override
    async def ReleaseReview(self, request: wire.ReleaseReviewRequest, context: Context) -> wire.ReleaseReviewResponse:
        """Given back."""
        reviewing, now, reviewer = self._desk.reviewing, self._desk.clock.now(), caller().subject

        async def perform(tx: Transaction) -> wire.ReleaseReviewResponse:
            item = await reviewing.release(PostgresReviews(tx), request.item_id, reviewer, now=now)
            return wire.ReleaseReviewResponse(item=self._told(item))

        return await self._once(request, wire.ReleaseReviewResponse, perform)

    @override
    async def SkipReview(self, request: wire.SkipReviewRequest, context: Context) -> wire.SkipReviewResponse:
        """Left to others."""
        reviewing, now, reviewer = self._desk.reviewing, self._desk.clock.now(), caller().subject

        async def perform(tx: Transaction) -> wire.SkipReviewResponse:
            item = await reviewing.skip(PostgresReviews(tx), request.item_id, reviewer, now=now)
            return wire.SkipReviewResponse(item=self._told(item))

        return await self._once(request, wire.SkipReviewResponse, perform)

    @override
    async def EscalateReview(
        self, request: wire.EscalateReviewRequest, context: Context
    ) -> wire.EscalateReviewResponse:
        """Left to a second person."""
        reviewing, now, reviewer = self._desk.reviewing, self._desk.clock.now(), caller().subject

        async def perform(tx: Transaction) -> wire.EscalateReviewResponse:
            item = await reviewing.escalate(PostgresReviews(tx), request.item_id, reviewer, request.note, now=now)
            return wire.EscalateReviewResponse(item=self._told(item))

        return await self._once(request, wire.EscalateReviewResponse, perform)

    @override
    async def ResolveReview(self, request: wire.ResolveReviewRequest, context: Context) -> wire.ResolveReviewResponse:
        """Decided."""
        desk, now, reviewer = self._desk, self._desk.clock.now(), caller().subject

        async def perform(tx: Transaction) -> wire.ResolveReviewResponse:
            done = await desk.reviewing.decide(
                PostgresReviews(tx),
                PostgresRevisions(tx),
                request.item_id,
                reviewer=reviewer,
                told=told_by(request),
                now=now,
            )
            if not isinstance(done, Decided):
                refuse(done)
            tx.once_committed(lambda: desk.measures.decided(done))
            decision = decision_of(done.decision, desk.reviewing.master)
            return wire.ResolveReviewResponse(item=self._shown(done.item), decision=decision)

        return await self._once(request, wire.ResolveReviewResponse, perform)

    async def _once(
        self,
        request: Any,  # noqa: ANN401 - one of the five requests that change something
        answer_type: type[AnswerT],
        perform: Callable[[Transaction], Awaitable[AnswerT]],
    ) -> AnswerT:
        async with self._desk.database.transaction(label=LABEL) as tx:
            return await answer_once(tx, request, answer_type, perform=lambda: perform(tx))

    def _told(self, answer: ReviewItem | ReviewRefusal | tuple[Objection, ...] | None) -> wire.ReviewItem:
        """The changed item. Raises RpcRefusal where it was not changed."""
        if not isinstance(answer, ReviewItem):
            refuse(answer)
        return self._shown(answer)

    def _shown(self, item: ReviewItem) -> wire.ReviewItem:
        return item_of(item, self._desk.reviewing.master, self._desk.clock.now())


def _filter(request: wire.ListReviewsRequest, now: datetime) -> ReviewFilter:
    if request.mine and request.state:
        raise invalid("state", "without_mine", "what the caller holds is listed without a state")
    return ReviewFilter(
        state=_STATES.get(request.state),
        month=Month.parse(request.treatment_month) if request.treatment_month else None,
        opened_before=now - timedelta(hours=request.min_age_hours) if request.min_age_hours else None,
        past_due=request.past_due,
        held_by=caller().subject if request.mine else "",
    )


def _filter_fields(request: wire.ListReviewsRequest) -> tuple[str, ...]:
    fields = (request.state, request.treatment_month, request.min_age_hours, request.past_due, request.mine)
    return tuple(str(field) for field in fields)


def _position(written: Sequence[str]) -> Position:
    """Where the last page ended. Raises ValueError."""
    due, item_id = written
    return datetime.fromisoformat(due), item_id
