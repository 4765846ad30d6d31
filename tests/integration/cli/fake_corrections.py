"""CorrectionService answered by a small fake."""

from dataclasses import dataclass, field

import grpc
from google.protobuf.message import Message
from seikyu.claims.v1 import claim_pb2, claim_service_pb2, correction_service_pb2_grpc
from seikyu.claims.v1 import correction_service_pb2 as corrections

Context = grpc.ServicerContext


@dataclass(slots=True)
class FakeCorrections(correction_service_pb2_grpc.CorrectionServiceServicer):
    """Takes what is asked for, and remembers it with the token that asked."""

    asked: list[Message] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    rejects: bool = False

    def WithdrawClaim(  # type: ignore[explicit-override]
        self, request: corrections.WithdrawClaimRequest, context: Context
    ) -> corrections.WithdrawClaimResponse:
        return corrections.WithdrawClaimResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_WITHDRAWN))

    def RequestReview(  # type: ignore[explicit-override]
        self, request: corrections.RequestReviewRequest, context: Context
    ) -> corrections.RequestReviewResponse:
        return corrections.RequestReviewResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_UNDER_REVIEW))

    def DecideReview(  # type: ignore[explicit-override]
        self, request: corrections.DecideReviewRequest, context: Context
    ) -> corrections.DecideReviewResponse:
        return corrections.DecideReviewResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_REDUCED))

    def DecidePended(  # type: ignore[explicit-override]
        self, request: corrections.DecidePendedRequest, context: Context
    ) -> corrections.DecidePendedResponse:
        return corrections.DecidePendedResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_APPROVED))

    def ReportError(  # type: ignore[explicit-override]
        self, request: corrections.ReportErrorRequest, context: Context
    ) -> corrections.ReportErrorResponse:
        return corrections.ReportErrorResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_RETURNED))

    def AnswerErrorReport(  # type: ignore[explicit-override]
        self, request: corrections.AnswerErrorReportRequest, context: Context
    ) -> corrections.AnswerErrorReportResponse:
        return corrections.AnswerErrorReportResponse(claim=self._done(request, context, claim_pb2.CLAIM_STATE_RETURNED))

    def ListErrorReports(  # type: ignore[explicit-override]
        self, request: corrections.ListErrorReportsRequest, context: Context
    ) -> corrections.ListErrorReportsResponse:
        """Two pages of one report each."""
        self._remember(request, context)
        report = corrections.ErrorReport(
            claim_id=f"clm_{'c' * 32}",
            reported_by=corrections.ERROR_SIDE_PAYER,
            reason=corrections.ERROR_REASON_DUPLICATE,
        )
        return corrections.ListErrorReportsResponse(reports=[report], next_page_token="" if request.page_token else "2")

    def ResubmitClaim(  # type: ignore[explicit-override]
        self, request: corrections.ResubmitClaimRequest, context: Context
    ) -> corrections.ResubmitClaimResponse:
        self._remember(request, context)
        answer = claim_service_pb2.ReceiptAnswer(
            claim_id="" if self.rejects else f"clm_{'b' * 32}",
            state=claim_pb2.CLAIM_STATE_REJECTED if self.rejects else claim_pb2.CLAIM_STATE_RECEIVED,
        )
        return corrections.ResubmitClaimResponse(answer=answer)

    def _done(
        self, request: "Message", context: Context, state: "claim_pb2.ClaimState.ValueType"
    ) -> corrections.CorrectedClaim:
        self._remember(request, context)
        return corrections.CorrectedClaim(
            claim_id=getattr(request, "claim_id", ""), state=state, decision_id="dec_2", replaces_decision_id="dec_1"
        )

    def _remember(self, request: Message, context: Context) -> None:
        self.asked.append(request)
        self.tokens.append(str(dict(context.invocation_metadata())["authorization"]))
