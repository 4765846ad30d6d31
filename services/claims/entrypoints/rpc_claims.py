"""ClaimService: translates calls to use cases and reads. Who may call what stands in `ACCESS`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import claim_pb2, claim_service_pb2, claim_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.outcome_files import OutcomeReads
from services.claims.adapters.postgres_corrections import history_of
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.adapters.postgres_programmes import PostgresProgrammeReader
from services.claims.adapters.postgres_reads import ClaimFilter, ClaimReads, FeedPosition, position_of
from services.claims.adapters.traces import BatchTraces, SingleTraces
from services.claims.application.intake import Intake, assess_all, assess_in_slices
from services.claims.application.model import Agency, Answer, Sender, Submitted
from services.claims.application.ports import Registrations
from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, Programmes
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.application.turns import IntakeOverloaded, IntakeTurns
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.entrypoints.correction_forms import with_history
from services.claims.entrypoints.explained import explain
from services.claims.entrypoints.forms import answer_of, claim_of, profile_of
from services.claims.entrypoints.outcome_download import outcome_chunks
from services.claims.entrypoints.uke_check import KeptMasters, checked_file
from services.claims.entrypoints.uke_upload import UkeUpload
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.claim_trace import ClaimTraces
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.instants import timestamp
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import invalid, not_found, overloaded
from services.shared.chassis.spans import current_traceparent

NAME: Final = "seikyu.claims.v1.ClaimService"
ACCESS: Final = access_table(
    NAME,
    SubmitClaim=allow(PrincipalKind.HOSPITAL, traced=True),
    SubmitClaims=allow(PrincipalKind.HOSPITAL),
    SubmitUkeFile=allow(PrincipalKind.HOSPITAL, traced=True),
    GetClaim=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ListClaims=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    WatchClaims=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER, ends_at_drain=True),
    CheckUkeFile=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    DownloadOutcomes=allow(PrincipalKind.HOSPITAL),
)
PAGE_DEFAULT: Final = 100
CHANGES_PER_ANSWER: Final = 1_000
WATCH_INTERVAL_S: Final = 0.25
RETRY_AFTER_S: Final = 2.0
"""When to come again where receipts cannot be taken in for now; about what lies before them is decided by then."""

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimParts:
    """What the servicer is built from."""

    database: Database
    reads: ClaimReads
    intake: Intake
    upload: UkeUpload
    masters: KeptMasters
    claims: ClaimTraces
    measures: ClaimMeasures
    clock: Clock
    platform_key: bytes
    turns: IntakeTurns
    registrations: Registrations = NOTHING_REGISTERED
    programmes: Programmes = NO_LOCAL_PROGRAMMES


class ClaimServicer(claim_service_pb2_grpc.ClaimServiceServicer):
    """The methods of the contract."""

    def __init__(self, parts: ClaimParts) -> None:
        """Built by bootstrap."""
        self._parts = parts
        self._batch_traces = BatchTraces(parts.claims, parts.measures)

    @override
    async def SubmitClaim(
        self, request: claim_service_pb2.SubmitClaimRequest, context: Context
    ) -> claim_service_pb2.SubmitClaimResponse:
        """One receipt, in a trace that continues the call's."""
        parts = self._parts
        origin = current_traceparent()
        sender = Sender(hospital_code=caller().id, origin=origin)
        submitted = Submitted(
            place=0,
            agency=Agency(request.review_agency),
            claim_month=request.claim_month,
            receipt=request.receipt,
        )
        assessed = assess_all(sender.hospital_code, [submitted], profile_of(request.profile))
        async with _turn(parts.turns), parts.database.transaction(label="claims.intake") as tx:

            async def perform() -> claim_service_pb2.SubmitClaimResponse:
                ledger = PostgresLedger(tx, parts.platform_key)
                traces = SingleTraces(parts.claims, parts.measures, origin)
                answers = await parts.intake.accept(ledger, traces, sender, assessed, now=parts.clock.now())
                return claim_service_pb2.SubmitClaimResponse(answer=answer_of(answers[0]))

            return await answer_once(tx, request, claim_service_pb2.SubmitClaimResponse, perform=perform)

    @override
    async def SubmitClaims(
        self, request_iterator: AsyncIterator[claim_service_pb2.SubmitClaimsRequest], context: Context
    ) -> AsyncIterator[claim_service_pb2.SubmitClaimsResponse]:
        """One transaction and one answer per batch. Under overload a stream waits, which holds its sender back."""
        sender = Sender(hospital_code=caller().id, origin=current_traceparent())
        async for request in request_iterator:
            answers = await self._accept(sender, request)
            yield claim_service_pb2.SubmitClaimsResponse(
                request_id=request.request_id, answers=[answer_of(each) for each in answers]
            )

    async def _accept(self, sender: Sender, request: claim_service_pb2.SubmitClaimsRequest) -> Sequence[Answer]:
        parts = self._parts
        agency = Agency(request.review_agency)
        submitted = [
            Submitted(place=place, agency=agency, claim_month=request.claim_month, receipt=receipt)
            for place, receipt in enumerate(request.receipts)
        ]
        async with parts.turns.patient_turn():
            assessed = await assess_in_slices(sender.hospital_code, submitted, profile_of(request.profile))
            async with parts.database.transaction(label="claims.intake") as tx:
                ledger = PostgresLedger(tx, parts.platform_key)
                return await parts.intake.accept(ledger, self._batch_traces, sender, assessed, now=parts.clock.now())

    @override
    async def SubmitUkeFile(
        self, request_iterator: AsyncIterator[claim_service_pb2.SubmitUkeFileRequest], context: Context
    ) -> AsyncIterator[claim_service_pb2.SubmitUkeFileResponse]:
        """A submission set in chunks."""
        sender = Sender(hospital_code=caller().id, origin=current_traceparent())
        async for response in self._parts.upload.answers(sender, request_iterator):
            yield response

    @override
    async def GetClaim(
        self, request: claim_service_pb2.GetClaimRequest, context: Context
    ) -> claim_service_pb2.GetClaimResponse:
        """One claim, with all that became of it."""
        row = await self._parts.reads.get(request.claim_id, _own_hospital())
        if row is None:
            raise not_found()
        history = await history_of(self._parts.database, request.claim_id)
        claim = await explain(
            claim_of(row),
            self._parts.database,
            self._parts.masters,
            self._parts.registrations,
            programmes=self._parts.programmes,
        )
        return claim_service_pb2.GetClaimResponse(claim=with_history(claim, history))

    @override
    async def ListClaims(
        self, request: claim_service_pb2.ListClaimsRequest, context: Context
    ) -> claim_service_pb2.ListClaimsResponse:
        """A page of claims in the order of recording."""
        wanted = _filter(request)
        bound_to = (
            caller().subject,
            wanted.hospital_code or "",
            wanted.claim_month,
            wanted.submission_id,
            *map(str, wanted.states),
        )
        after = read_position(request.page_token, bound_to=bound_to, read=FeedPosition.of) or FeedPosition(0, 0)
        size = request.page_size or PAGE_DEFAULT
        rows = await self._parts.reads.page(wanted, after, size + 1)
        shown = rows[:size]
        token = ""
        if len(rows) > size:
            last = position_of(shown[-1])
            token = write_page_token((str(last.xid), str(last.seq)), bound_to=bound_to)
        return claim_service_pb2.ListClaimsResponse(claims=[claim_of(row) for row in shown], next_page_token=token)

    @override
    async def WatchClaims(
        self, request: claim_service_pb2.WatchClaimsRequest, context: Context
    ) -> AsyncIterator[claim_service_pb2.WatchClaimsResponse]:
        """Changes as they come, until the caller goes."""
        reads, hospital = self._parts.reads, _own_hospital()
        at = _resume(request.resume_token) or await reads.end_of_feed()
        while True:
            changes = await reads.changes(hospital, request.submission_id, at, CHANGES_PER_ANSWER)
            if changes:
                at = changes[-1].position
                yield claim_service_pb2.WatchClaimsResponse(
                    resume_token=str(at),
                    changes=[
                        claim_service_pb2.ClaimChange(
                            claim_id=each.claim_id,
                            state=claim_pb2.ClaimState.ValueType(each.state),
                            receipt_number=each.receipt_number,
                            time=timestamp(each.at),
                        )
                        for each in changes
                    ],
                )
            if len(changes) < CHANGES_PER_ANSWER:
                await asyncio.sleep(WATCH_INTERVAL_S)

    @override
    async def CheckUkeFile(
        self, request_iterator: AsyncIterator[claim_service_pb2.CheckUkeFileRequest], context: Context
    ) -> AsyncIterator[claim_service_pb2.CheckUkeFileResponse]:
        """What would be found in a submission set; a hospital checks its own files."""

        async def registered(hospital_code: str) -> FacilityStandards | None:
            told = await self._parts.registrations.standards([hospital_code], self._parts.clock.now())
            return told.get(hospital_code)

        history = await self._parts.programmes.history(PostgresProgrammeReader(self._parts.database))
        known = history.known(self._parts.clock.now())
        async for response in checked_file(
            _own_hospital(), self._parts.masters, request_iterator, registered, programmes=known.table
        ):
            yield response

    @override
    async def DownloadOutcomes(
        self, request: claim_service_pb2.DownloadOutcomesRequest, context: Context
    ) -> AsyncIterator[claim_service_pb2.DownloadOutcomesResponse]:
        """A file of the hospital's own receipts; operators do not read these."""
        reads = OutcomeReads(self._parts.database)
        async for response in outcome_chunks(
            reads, self._parts.masters, caller().id, request, registrations=self._parts.registrations
        ):
            yield response


@asynccontextmanager
async def _turn(turns: IntakeTurns) -> AsyncIterator[None]:
    """A turn of intake; refused with RetryInfo where decisions are too far behind."""
    try:
        async with turns.turn():
            yield
    except IntakeOverloaded:
        raise overloaded(RETRY_AFTER_S) from None


def _own_hospital() -> str | None:
    """The hospital whose claims the caller may see; None for an operator, who sees all."""
    principal = caller()
    return principal.id if principal.kind is PrincipalKind.HOSPITAL else None


def _filter(request: claim_service_pb2.ListClaimsRequest) -> ClaimFilter:
    return ClaimFilter(
        hospital_code=_own_hospital() or request.hospital_code or None,
        states=tuple(sorted(set(request.states))),
        claim_month=request.claim_month,
        submission_id=request.submission_id,
    )


def _resume(token: str) -> FeedPosition | None:
    if not token:
        return None
    try:
        return FeedPosition.parse(token)
    except ValueError:
        raise invalid("resume_token", "resume_token", "must be empty, 0, or a token of an earlier change") from None
