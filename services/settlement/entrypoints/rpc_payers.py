"""PayerService: payers' enrolment, their events, and the receipts and reviews that settlement asks claims about.

A payer sees its own alone; everybody else's is NOT_FOUND, as what does not exist. Receipts are given to payers only,
and only once the access log has the row.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg
import grpc.aio
from seikyu.claims.v1 import payer_access_service_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc
from typing_extensions import override

from services.settlement.adapters.messages import statements_topic_of, topic_of
from services.settlement.adapters.payers import payer_keeping as keeping
from services.settlement.adapters.payers.claims_desk import ClaimsDesk
from services.settlement.adapters.payers.enroller import Enroller, group_prefix_of, principal_after, principal_of
from services.settlement.adapters.payers.event_replay import NO_END, EventReplay, events_between, published_sequence
from services.settlement.adapters.payers.receipt_reads import LATEST, ReceiptRead, new_read_id, page, record
from services.settlement.adapters.periods.period_queries import QUERIES as PERIODS
from services.settlement.adapters.queries import PAYERS, QUERIES
from services.settlement.bootstrap import RpcParts
from services.settlement.entrypoints.callers import own_account
from services.settlement.entrypoints.period_forms import statement
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller, current_call
from services.shared.chassis.clock import Clock
from services.shared.chassis.cursor_relay import StreamItem
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.instants import timestamp
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, invalid, not_found
from services.shared.chassis.traceparent import trace_id_of

NAME: Final = "seikyu.settlement.v1.PayerService"
ROTATED: Final = "a later request changed this payer's password; send a new request_id for a new one"
NOT_ENROLLED: Final = "the payer is not enrolled"
GRACE: Final = "the payer's former principal still holds; rotate again once it is withdrawn"
PAGE_DEFAULT: Final = 100
PAGE_BYTES: Final = 4_000_000
"""Of events' values in a page: under the 8 MB that an answer may have."""
REASON_PREFIX: Final = "RECEIPT_READ_REASON_"
ACCESS: Final = access_table(
    NAME,
    EnrolPayer=allow(operator=Role.ADMIN),
    GetPayer=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
    RotatePayer=allow(operator=Role.ADMIN),
    UnenrolPayer=allow(operator=Role.ADMIN),
    ListEvents=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
    ReplayEvents=allow(operator=Role.ADMIN),
    GetReceipt=allow(PrincipalKind.PAYER),
    ListReceiptReads=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
    RequestReview=allow(PrincipalKind.PAYER),
    GetStatement=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
)
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerServicer(payers_grpc.PayerServiceServicer):
    """Payers (保険者・公費負担者). `wake` tells the relay of a new one, `learn` the gate of who was unenrolled."""

    database: Database
    enroller: Enroller
    claims: ClaimsDesk
    replays: EventReplay
    clock: Clock
    wake: Callable[[], None]
    learn: Callable[[], Awaitable[None]]

    @override
    async def EnrolPayer(self, request: payers.EnrolPayerRequest, context: Context) -> payers.EnrolPayerResponse:
        """Make the payer's topics, user and rights. The same request id: the same password; another rotates it.

        FAILED_PRECONDITION for a request that was repeated after another one had rotated the password it gave.
        """

        async def perform() -> payers.EnrolPayerResponse:
            await keeping.enrol(tx, self.enroller, request.payer_number, request.request_id)
            return _enrolled(request.payer_number)

        async with self.database.transaction(label="settlement.enrol") as tx:
            await keeping.lock(tx, request.payer_number)
            answer = await answer_once(tx, request, payers.EnrolPayerResponse, perform=perform)
            await _check_latest(tx, request.payer_number, request.request_id)
        self.wake()
        await self.learn()
        answer.kafka_password = self.enroller.password(request.payer_number, request.request_id)
        return answer

    @override
    async def RotatePayer(self, request: payers.RotatePayerRequest, context: Context) -> payers.RotatePayerResponse:
        """The other principal; the same request id gives the same answer until another request changes the password."""
        number, ends_at = request.payer_number, self.clock.now() + timedelta(hours=request.grace_hours)

        async def perform() -> payers.RotatePayerResponse:
            if state is None or not state["enrolled"]:
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ENROLLED", NOT_ENROLLED)
            if state["former_username"] is not None:
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "GRACE_RUNNING", GRACE)
            former = state["kafka_username"]
            await keeping.rotate(tx, self.enroller, number, request_id=request.request_id, ends_at=ends_at)
            return payers.RotatePayerResponse(
                payer_number=number,
                kafka_username=principal_after(number, former),
                former_kafka_username=former,
                former_end_time=timestamp(ends_at),
            )

        async with self.database.transaction(label="settlement.rotate") as tx:
            state = await keeping.lock(tx, number)
            answer = await answer_once(tx, request, payers.RotatePayerResponse, perform=perform)
            await _check_latest(tx, number, request.request_id)
        answer.kafka_password = self.enroller.password(number, request.request_id)
        return answer

    @override
    async def UnenrolPayer(self, request: payers.UnenrolPayerRequest, context: Context) -> payers.UnenrolPayerResponse:
        """Principals and rights withdrawn, tokens refused; the stream goes on unpublished."""
        number = request.payer_number

        async def perform() -> payers.UnenrolPayerResponse:
            if state is None or not state["enrolled"]:
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ENROLLED", NOT_ENROLLED)
            await keeping.unenrol(tx, self.enroller, number, self.clock.now())
            return payers.UnenrolPayerResponse(
                payer_number=number,
                last_sequence=state["last_sequence"],
                published_sequence=state["published_sequence"],
            )

        async with self.database.transaction(label="settlement.unenrol") as tx:
            state = await keeping.lock(tx, number)
            answer = await answer_once(tx, request, payers.UnenrolPayerResponse, perform=perform)
        await self.learn()
        return answer

    @override
    async def GetPayer(self, request: payers.GetPayerRequest, context: Context) -> payers.GetPayerResponse:
        """The state of the payer's stream."""
        _check_own(request.payer_number)
        rows = await self.database.fetch(PAYERS["payer_state"], request.payer_number)
        if not rows:
            raise not_found()
        return _state(request.payer_number, rows[0])

    @override
    async def ListEvents(self, request: payers.ListEventsRequest, context: Context) -> payers.ListEventsResponse:
        """A page of the payer's events, as its topic has them."""
        _check_own(request.payer_number)
        bound_to = (caller().subject, request.payer_number, str(request.from_sequence), str(request.to_sequence))
        first = read_position(request.page_token, bound_to=bound_to, read=_sequence) or request.from_sequence
        size = request.page_size or PAGE_DEFAULT
        last = request.to_sequence or NO_END
        found = await events_between(self.database, request.payer_number, first, last, limit=size + 1)
        shown = _fitting(found[:size])
        token = ""
        if len(shown) < len(found):
            token = write_page_token((str(found[len(shown)].sequence),), bound_to=bound_to)
        return payers.ListEventsResponse(events=[_event(item) for item in shown], next_page_token=token)

    @override
    async def ReplayEvents(
        self, request: payers.ReplayEventsRequest, context: Context
    ) -> AsyncIterator[payers.ReplayEventsResponse]:
        """The same events once more on the topic; progress by batches, then the end."""
        if request.to_sequence and request.to_sequence < request.from_sequence:
            raise invalid("to_sequence", "range", "must be 0 or not below from_sequence")
        published = await published_sequence(self.database, request.payer_number)
        if published is None:
            raise not_found()
        last = min(request.to_sequence or published, published)
        done = payers.ReplayEventsResponse()
        async for item in self.replays.replay(request.payer_number, request.from_sequence, last):
            done.last_sequence = item.sequence
            done.replayed = item.sequence - request.from_sequence + 1
            yield done
        done.finished = True
        yield done

    @override
    async def GetReceipt(self, request: payers.GetReceiptRequest, context: Context) -> payers.GetReceiptResponse:
        """The receipt behind a payable of the caller. The row of the access log is committed before the answer."""
        payer_number = caller().id
        found = await self.claims.receipt(payer_number, request.claim_id)
        read = ReceiptRead(
            read_id=new_read_id(),
            payer_number=payer_number,
            read_by=caller().subject,
            reader=request.reader,
            claim_id=request.claim_id,
            reason=payers.ReceiptReadReason.Name(request.reason).removeprefix(REASON_PREFIX),
            given=found is not None,
            read_at=self.clock.now(),
            trace_id=trace_id_of(current_call().traceparent),
        )
        await record(self.database, read)
        if found is None:
            raise not_found()
        return payers.GetReceiptResponse(
            read_id=read.read_id,
            claim_id=found.claim_id,
            decision_id=found.decision_id,
            hospital_code=found.hospital_code,
            claim_month=found.claim_month,
            treatment_month=found.treatment_month,
            receipt_kind=found.receipt_kind,
            receipt=found.receipt,
        )

    @override
    async def ListReceiptReads(
        self, request: payers.ListReceiptReadsRequest, context: Context
    ) -> payers.ListReceiptReadsResponse:
        """The access log: a payer's own rows, or all for an operator."""
        is_payer = caller().kind is PrincipalKind.PAYER
        if is_payer and request.payer_number not in {"", caller().id}:
            raise not_found()
        payer_number = caller().id if is_payer else request.payer_number
        bound_to = (caller().subject, request.payer_number)
        before = read_position(request.page_token, bound_to=bound_to, read=_sequence) or LATEST
        size = request.page_size or PAGE_DEFAULT
        rows = await page(self.database, payer_number, before, size + 1)
        token = ""
        if len(rows) > size:
            token = write_page_token((str(rows[size - 1]["place"]),), bound_to=bound_to)
        return payers.ListReceiptReadsResponse(reads=[_read(row) for row in rows[:size]], next_page_token=token)

    @override
    async def RequestReview(
        self, request: payers.RequestReviewRequest, context: Context
    ) -> payers.RequestReviewResponse:
        """再審査請求, passed on to claims with the caller's number; claims answers the same request id once."""
        asked = payer_access_service_pb2.RequestPayerReviewRequest(
            request_id=request.request_id,
            payer_number=caller().id,
            claim_id=request.claim_id,
            reason=request.reason,
        )
        done = await self.claims.request_review(asked)
        return payers.RequestReviewResponse(claim_id=done.claim_id, state=done.state)

    @override
    async def GetStatement(
        self, request: payers.PayerServiceGetStatementRequest, context: Context
    ) -> payers.PayerServiceGetStatementResponse:
        """The payer's statement of a month. NOT_FOUND before it is issued."""
        _check_own(request.payer_number)
        asked = (f"payer:{request.payer_number}", request.period, "", "", 1)
        rows = await self.database.fetch(PERIODS["list_statements"], *asked)
        if not rows:
            raise not_found()
        return payers.PayerServiceGetStatementResponse(statement=statement(rows[0]))


def register(parts: RpcParts, server: grpc.aio.Server) -> None:
    """Offer the service."""
    servicer = PayerServicer(
        database=parts.database,
        enroller=parts.enroller,
        claims=parts.claims,
        replays=parts.replays,
        clock=parts.clock,
        wake=parts.wake,
        learn=parts.refused.refresh,
    )
    payers_grpc.add_PayerServiceServicer_to_server(servicer, server)


async def _check_latest(tx: Transaction, payer_number: str, request_id: str) -> None:
    """That the password which the request gave is the payer's still."""
    if await tx.fetchval(QUERIES["enrolment_of"], payer_number) != request_id:
        raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "PASSWORD_ROTATED", ROTATED)


def _state(payer_number: str, row: asyncpg.Record) -> payers.GetPayerResponse:
    ends_at = row["former_ends_at"]
    return payers.GetPayerResponse(
        payer_number=payer_number,
        topic=topic_of(payer_number),
        enrolled=row["enrolled"],
        last_sequence=row["last_sequence"],
        published_sequence=row["published_sequence"],
        kafka_username=row["kafka_username"] or "",
        former_kafka_username=row["former_username"] or "",
        former_end_time=timestamp(ends_at) if ends_at is not None else None,
    )


def _check_own(payer_number: str) -> None:
    if own_account() not in {"", f"payer:{payer_number}"}:
        raise not_found()


def _sequence(written: Sequence[str]) -> int:
    """Where a page goes on. Raises ValueError."""
    (text,) = written
    sequence = int(text)
    if not 0 < sequence <= NO_END:
        raise ValueError("a place is a positive number below 2**63")
    return sequence


def _fitting(items: Sequence[StreamItem]) -> Sequence[StreamItem]:
    """As many as an answer can carry; at least one."""
    total = 0
    for place, item in enumerate(items):
        total += len(item.announcement.value)
        if place and total > PAGE_BYTES:
            return items[:place]
    return items


def _event(item: StreamItem) -> payers.PayerEvent:
    announcement = item.announcement
    return payers.PayerEvent(
        sequence=item.sequence,
        event_id=announcement.event_id,
        type=announcement.type,
        source=announcement.source,
        subject=announcement.subject,
        time=timestamp(announcement.time),
        traceparent=announcement.traceparent,
        value=announcement.value,
    )


def _read(row: asyncpg.Record) -> payers.ReceiptRead:
    return payers.ReceiptRead(
        read_id=row["read_id"],
        payer_number=row["payer_number"],
        claim_id=row["claim_id"],
        reason=payers.ReceiptReadReason.Value(REASON_PREFIX + row["reason"]),
        given=row["given"],
        read_time=timestamp(row["read_at"]),
        trace_id=row["trace_id"],
        reader=row["reader"],
    )


def _enrolled(payer_number: str) -> payers.EnrolPayerResponse:
    """The answer without its password, as the request log may keep it."""
    return payers.EnrolPayerResponse(
        payer_number=payer_number,
        topic=topic_of(payer_number),
        kafka_username=principal_of(payer_number),
        group_prefix=group_prefix_of(payer_number),
        statements_topic=statements_topic_of(payer_number),
    )
