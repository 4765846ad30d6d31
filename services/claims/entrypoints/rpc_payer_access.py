"""PayerAccessService: what settlement asks in a payer's name. Settlement alone may; it has proved who the payer is.

A claim whose latest decision the payer bears no part of is NOT_FOUND, as what does not exist.
"""

from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import correction_service_pb2, payer_access_service_pb2, payer_access_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_corrections import STATES, PostgresCorrections
from services.claims.application.correcting import Correcting
from services.claims.application.payer_access import payer, receipt_behind
from services.claims.domain.correction import Refusal
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, not_found, permission_denied
from services.shared.kernel.ids import ClaimId

NAME: Final = "seikyu.claims.v1.PayerAccessService"
ACCESS: Final = access_table(
    NAME,
    ReadReceipt=allow(PrincipalKind.SERVICE),
    RequestPayerReview=allow(PrincipalKind.SERVICE),
)
ASKS_FOR_PAYERS: Final = "settlement"
"""The service that payers speak to."""
LABEL: Final = "claims.payer-access"
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerAccessServicer(payer_access_service_pb2_grpc.PayerAccessServiceServicer):
    """The two methods."""

    database: Database
    correcting: Correcting
    measures: ClaimMeasures
    clock: Clock
    platform_key: bytes

    @override
    async def ReadReceipt(
        self, request: payer_access_service_pb2.ReadReceiptRequest, context: Context
    ) -> payer_access_service_pb2.ReadReceiptResponse:
        """The receipt behind a payable."""
        _check_caller()
        async with self.database.transaction(label=LABEL) as tx:
            ledger = PostgresCorrections(tx, self.platform_key)
            found = await receipt_behind(ledger, ClaimId(request.claim_id), request.payer_number)
        if found is None:
            raise not_found()
        return payer_access_service_pb2.ReadReceiptResponse(
            claim_id=found.claim_id,
            decision_id=found.decision_id,
            hospital_code=found.hospital_code,
            claim_month=found.claim_month,
            treatment_month=found.treatment_month,
            receipt_kind=found.receipt_kind,
            receipt=found.receipt,
        )

    @override
    async def RequestPayerReview(
        self, request: payer_access_service_pb2.RequestPayerReviewRequest, context: Context
    ) -> payer_access_service_pb2.RequestPayerReviewResponse:
        """再審査請求; the same request id gets the first answer."""
        _check_caller()
        reason = correction_service_pb2.ReviewReason.Name(request.reason).removeprefix("REVIEW_REASON_")

        async def perform() -> payer_access_service_pb2.RequestPayerReviewResponse:
            ledger, asker = PostgresCorrections(tx, self.platform_key), payer(request.payer_number)
            claim = ClaimId(request.claim_id)
            done = await self.correcting.request_review(ledger, claim, asker, reason, now=self.clock.now())
            if done is None:
                raise not_found()
            if isinstance(done, Refusal):
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, done.name, done.value)
            ledger.once_committed(lambda: self.measures.corrected(done.state))
            return payer_access_service_pb2.RequestPayerReviewResponse(claim_id=done.claim_id, state=STATES[done.state])

        async with self.database.transaction(label=LABEL) as tx:
            return await answer_once(tx, request, payer_access_service_pb2.RequestPayerReviewResponse, perform=perform)


def _check_caller() -> None:
    """No other service asks in payers' names."""
    if caller().id != ASKS_FOR_PAYERS:
        raise permission_denied()
