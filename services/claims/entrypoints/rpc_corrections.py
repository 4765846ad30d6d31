"""CorrectionService: translates calls to corrections. A claim of somebody else is NOT_FOUND, as what does not exist.

Each call is one transaction; the same request id gets the first answer. What a claim's state does not allow is
FAILED_PRECONDITION with the refusal's name as its reason.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import grpc.aio
from seikyu.claims.v1 import correction_service_pb2, correction_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_corrections import STATES, open_errors
from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.adapters.traces import SingleTraces
from services.claims.application.correcting import Asker, Corrected, Correcting
from services.claims.application.intake import Assessed, Intake, assess_all
from services.claims.application.late_codes import TakingCodes
from services.claims.application.model import Agency, Sender, Submitted
from services.claims.application.pended import DecidingPended
from services.claims.application.reported_errors import ReportedErrors
from services.claims.domain.correction import Cut, PayerCut, Refusal
from services.claims.domain.uke.findings import Profile, Rule
from services.claims.entrypoints.correction_forms import error_report_of, reported_of, why_of_pended, why_of_review
from services.claims.entrypoints.forms import answer_of
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.claim_trace import ClaimTraces
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import AnswerT, answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, not_found
from services.shared.chassis.spans import current_traceparent
from services.shared.kernel.ids import ClaimId

NAME: Final = "seikyu.claims.v1.CorrectionService"
ACCESS: Final = access_table(
    NAME,
    WithdrawClaim=allow(PrincipalKind.HOSPITAL, operator=Role.ADMIN),
    ResubmitClaim=allow(PrincipalKind.HOSPITAL, traced=True),
    RequestReview=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER),
    DecideReview=allow(operator=Role.ADMIN),
    DecidePended=allow(operator=Role.ADMIN),
    ReportError=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER, operator=Role.ADMIN),
    AnswerErrorReport=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER, operator=Role.ADMIN),
    ListErrorReports=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER, operator=Role.VIEWER),
)
LABEL: Final = "claims.correction"
PAGE_DEFAULT: Final = 100

T = TypeVar("T")
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionServicer(correction_service_pb2_grpc.CorrectionServiceServicer):
    """The methods of the contract."""

    database: Database
    correcting: Correcting
    pended: DecidingPended
    codes: TakingCodes
    intake: Intake
    claims: ClaimTraces
    measures: ClaimMeasures
    clock: Clock
    platform_key: bytes

    @override
    async def WithdrawClaim(
        self, request: correction_service_pb2.WithdrawClaimRequest, context: Context
    ) -> correction_service_pb2.WithdrawClaimResponse:
        """取下げ."""

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.WithdrawClaimResponse:
            done = await self.correcting.withdraw(ledger, _claim(request), _asker(), now=self.clock.now())
            return correction_service_pb2.WithdrawClaimResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.WithdrawClaimResponse, perform)

    @override
    async def RequestReview(
        self, request: correction_service_pb2.RequestReviewRequest, context: Context
    ) -> correction_service_pb2.RequestReviewResponse:
        """再審査請求."""
        reason = correction_service_pb2.ReviewReason.Name(request.reason).removeprefix("REVIEW_REASON_")

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.RequestReviewResponse:
            done = await self.correcting.request_review(ledger, _claim(request), _asker(), reason, now=self.clock.now())
            return correction_service_pb2.RequestReviewResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.RequestReviewResponse, perform)

    @override
    async def DecideReview(
        self, request: correction_service_pb2.DecideReviewRequest, context: Context
    ) -> correction_service_pb2.DecideReviewResponse:
        """再審査の結果."""

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.DecideReviewResponse:
            claim, asker, why, now = _claim(request), _asker(), why_of_review(request), self.clock.now()
            if request.HasField("upheld"):
                done = await self.codes.upheld(self.correcting, ledger, claim, asker, why=why, now=now)
            else:
                cut = _cut(request.reduced) if request.HasField("reduced") else None
                done = await self.correcting.decide_review(ledger, claim, asker, cut, why=why, now=now)
            return correction_service_pb2.DecideReviewResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.DecideReviewResponse, perform)

    @override
    async def DecidePended(
        self, request: correction_service_pb2.DecidePendedRequest, context: Context
    ) -> correction_service_pb2.DecidePendedResponse:
        """What a rule pended."""

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.DecidePendedResponse:
            claim, asker, why, now = _claim(request), _asker(), why_of_pended(request), self.clock.now()
            if request.HasField("returned"):
                done = await self.pended.give_back(ledger, claim, asker, why=why, now=now)
            else:
                cut = _cut(request.reduced) if request.HasField("reduced") else None
                done = await self.pended.accept(ledger, claim, asker, cut=cut, why=why, now=now)
            return correction_service_pb2.DecidePendedResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.DecidePendedResponse, perform)

    @override
    async def ReportError(
        self, request: correction_service_pb2.ReportErrorRequest, context: Context
    ) -> correction_service_pb2.ReportErrorResponse:
        """過誤."""

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.ReportErrorResponse:
            errors, reported = ReportedErrors(traces=self.correcting.traces), reported_of(request)
            done = await errors.report(ledger, _claim(request), _asker(), reported, now=self.clock.now())
            return correction_service_pb2.ReportErrorResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.ReportErrorResponse, perform)

    @override
    async def AnswerErrorReport(
        self, request: correction_service_pb2.AnswerErrorReportRequest, context: Context
    ) -> correction_service_pb2.AnswerErrorReportResponse:
        """過誤, as the other side sees it."""

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.AnswerErrorReportResponse:
            errors, claim, asker = ReportedErrors(traces=self.correcting.traces), _claim(request), _asker()
            if request.HasField("agreed"):
                reference = request.agreed.agreement_reference
                done = await errors.agree(ledger, claim, asker, reference, now=self.clock.now())
            else:
                done = await errors.decline(ledger, claim, asker, now=self.clock.now())
            return correction_service_pb2.AnswerErrorReportResponse(claim=self._told(ledger, done))

        return await self._once(request, correction_service_pb2.AnswerErrorReportResponse, perform)

    @override
    async def ListErrorReports(
        self, request: correction_service_pb2.ListErrorReportsRequest, context: Context
    ) -> correction_service_pb2.ListErrorReportsResponse:
        """What waits for an answer."""
        asker, size = _asker(), request.page_size or PAGE_DEFAULT
        after = read_position(request.page_token, bound_to=(asker.subject,), read=_position) or ""
        rows = await open_errors(self.database, asker, after, size + 1)
        token = ""
        if len(rows) > size:
            token = write_page_token((rows[size - 1]["claim_id"],), bound_to=(asker.subject,))
        reports = [error_report_of(row) for row in rows[:size]]
        return correction_service_pb2.ListErrorReportsResponse(reports=reports, next_page_token=token)

    @override
    async def ResubmitClaim(
        self, request: correction_service_pb2.ResubmitClaimRequest, context: Context
    ) -> correction_service_pb2.ResubmitClaimResponse:
        """再請求: the receipt is taken in as any other, and tied to the claim that went back, in one transaction."""
        assessed = _assessed(request)

        async def perform(ledger: PostgresReadjudication) -> correction_service_pb2.ResubmitClaimResponse:
            return await self._resubmit(ledger, request, assessed)

        return await self._once(request, correction_service_pb2.ResubmitClaimResponse, perform)

    async def _resubmit(
        self, ledger: PostgresReadjudication, request: correction_service_pb2.ResubmitClaimRequest, assessed: Assessed
    ) -> correction_service_pb2.ResubmitClaimResponse:
        asker, now, origin = _asker(), self.clock.now(), current_traceparent()
        standing = _allowed(await self.correcting.may_resubmit(ledger, _claim(request), asker, request.receipt))
        traces = SingleTraces(self.claims, self.measures, origin)
        sender = Sender(hospital_code=caller().id, origin=origin)
        [answer] = await self.intake.accept(ledger, traces, sender, [assessed], now=now)
        if answer.claim_id is not None:
            refusal = await self.correcting.resubmitted(ledger, standing, answer.claim_id, asker, now=now)
            if refusal is not None:
                raise _refused(refusal)
        return correction_service_pb2.ResubmitClaimResponse(answer=answer_of(answer))

    async def _once(
        self,
        request: Any,  # noqa: ANN401 - one of the five requests
        answer_type: type[AnswerT],
        perform: Callable[[PostgresReadjudication], Awaitable[AnswerT]],
    ) -> AnswerT:
        async with self.database.transaction(label=LABEL) as tx:
            return await answer_once(tx, request, answer_type, perform=lambda: perform(self._ledger(tx)))

    def _told(
        self, ledger: PostgresReadjudication, outcome: Corrected | Refusal | None
    ) -> correction_service_pb2.CorrectedClaim:
        """Where the claim stands now, counted once that is committed. Raises RpcRefusal."""
        done = _allowed(outcome)
        ledger.once_committed(lambda: self.measures.corrected(done.state))
        return _corrected(done)

    def _ledger(self, tx: Transaction) -> PostgresReadjudication:
        return PostgresReadjudication(tx, self.platform_key)


def _position(written: Sequence[str]) -> str:
    """The claim that the last page ended with. Raises ValueError."""
    (claim_id,) = written
    return claim_id


def _asker() -> Asker:
    principal = caller()
    return Asker(
        subject=principal.subject,
        hospital_code=principal.id if principal.kind is PrincipalKind.HOSPITAL else None,
        payer_number=principal.id if principal.kind is PrincipalKind.PAYER else None,
    )


def _claim(request: Any) -> ClaimId:  # noqa: ANN401 - one of the five requests, whose claim_id was validated
    return ClaimId(request.claim_id)


def _assessed(request: correction_service_pb2.ResubmitClaimRequest) -> Assessed:
    """The receipt as it is read under the lenient profile; that it carries a search number is no finding here."""
    submitted = Submitted(
        place=0, agency=Agency(request.review_agency), claim_month=request.claim_month, receipt=request.receipt
    )
    [assessed] = assess_all(caller().id, [submitted], Profile.LENIENT)
    findings = tuple(each for each in assessed.findings if each.rule is not Rule.SEARCH_NUMBER)
    return replace(assessed, findings=findings)


def _cut(asked: correction_service_pb2.ReviewReduced) -> Cut:
    return Cut(
        official_code=asked.official_code,
        points=asked.points,
        payers=tuple(PayerCut(payer_number=each.payer_number, points=each.points, yen=each.yen) for each in asked.cuts),
    )


def _allowed(outcome: T | Refusal | None) -> T:
    """What came of it. Raises RpcRefusal where the claim is not there for the caller or does not allow it."""
    if outcome is None:
        raise not_found()
    if isinstance(outcome, Refusal):
        raise _refused(outcome)
    return outcome


def _refused(refusal: Refusal) -> RpcRefusal:
    return RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, refusal.name, refusal.value)


def _corrected(done: Corrected) -> correction_service_pb2.CorrectedClaim:
    decided = done.decided
    return correction_service_pb2.CorrectedClaim(
        claim_id=done.claim_id,
        state=STATES[done.state],
        decision_id=decided.decision_id if decided is not None else "",
        replaces_decision_id=(decided.replaces or "") if decided is not None else "",
    )
