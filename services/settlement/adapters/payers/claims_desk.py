"""What settlement asks claims in a payer's name, over gRPC with its own certificate.

Claims decides what exists for the payer; what it refuses is refused to the payer with the same reason. A receipt passes
through and is neither kept nor logged here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from seikyu.claims.v1 import payer_access_service_pb2, payer_access_service_pb2_grpc

from services.shared.chassis.calls import remaining_s
from services.shared.chassis.rpc_errors import RpcRefusal, not_found, unavailable

CALL_TIMEOUT_S: Final = 10.0
RETRY_AFTER_S: Final = 1.0
PASSED_ON: Final = frozenset({grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ALREADY_EXISTS})
"""Refusals that are the payer's to act on; every other status is a fault between the services."""


class ClaimsDesk:
    """The other end of PayerAccessService."""

    def __init__(self, channel: grpc.aio.Channel | None) -> None:
        """Without a channel nothing is asked, and every call is UNAVAILABLE."""
        self._stub = payer_access_service_pb2_grpc.PayerAccessServiceStub(channel) if channel is not None else None

    async def receipt(self, payer_number: str, claim_id: str) -> payer_access_service_pb2.ReadReceiptResponse | None:
        """The receipt behind a payable of the payer; None where it is not the payer's to see.

        Raises:
            RpcRefusal: UNAVAILABLE where claims does not answer.
        """
        request = payer_access_service_pb2.ReadReceiptRequest(payer_number=payer_number, claim_id=claim_id)
        try:
            return await self._asked().ReadReceipt(request, timeout=remaining_s(CALL_TIMEOUT_S))
        except grpc.aio.AioRpcError as refused:
            if refused.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise unavailable("CLAIMS_UNAVAILABLE", RETRY_AFTER_S) from refused

    async def request_review(
        self, request: payer_access_service_pb2.RequestPayerReviewRequest
    ) -> payer_access_service_pb2.RequestPayerReviewResponse:
        """再審査請求; the same request id gets the first answer.

        Raises:
            RpcRefusal: NOT_FOUND, what claims' rules say, or UNAVAILABLE where claims does not answer.
        """
        with _passed_on():
            return await self._asked().RequestPayerReview(request, timeout=remaining_s(CALL_TIMEOUT_S))

    def _asked(self) -> "payer_access_service_pb2_grpc.PayerAccessServiceAsyncStub":
        if self._stub is None:
            raise unavailable("CLAIMS_NOT_CONFIGURED", RETRY_AFTER_S)
        return self._stub


@contextmanager
def _passed_on() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as refused:
        if refused.code() is grpc.StatusCode.NOT_FOUND:
            raise not_found() from refused
        if refused.code() not in PASSED_ON:
            raise unavailable("CLAIMS_UNAVAILABLE", RETRY_AFTER_S) from refused
        raise RpcRefusal(
            refused.code(), _reason(refused), refused.details() or "claims refused the request"
        ) from refused


def _reason(refused: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(refused)  # type: ignore[arg-type]  # has what is asked of a call
    info = error_details_pb2.ErrorInfo()
    found = [info.reason for detail in (status.details if status else ()) if detail.Unpack(info)]
    return found[0] if found else "REFUSED"
