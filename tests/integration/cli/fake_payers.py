"""EnrolmentService of claims and PayerService of settlement, answered by small fakes that remember what was asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import grpc
from google.protobuf.message import Message
from seikyu.claims.v1 import claim_pb2, enrolment_service_pb2_grpc
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc
from seikyu.settlement.v1.period_service_pb2 import Statement

Context = grpc.ServicerContext
RECEIPT = b"RE,1,1112\r\nHO,01130012\r\n"


@dataclass(slots=True)
class FakeEnrolments(enrolment_service_pb2_grpc.EnrolmentServiceServicer):
    """Enrols and rotates whoever is asked for; `certifies` says whether it signs certificates."""

    asked: list[Message] = field(default_factory=list)
    certifies: bool = False

    def EnrolHospital(  # type: ignore[explicit-override]
        self, request: enrolments.EnrolHospitalRequest, context: Context
    ) -> enrolments.EnrolHospitalResponse:
        return enrolments.EnrolHospitalResponse(hospital_code=request.hospital_code, token="hospital-token")

    def EnrolPayer(  # type: ignore[explicit-override]
        self, request: enrolments.EnrolPayerRequest, context: Context
    ) -> enrolments.EnrolPayerResponse:
        self.asked.append(request)
        return enrolments.EnrolPayerResponse(
            payer_number=request.payer_number,
            member_secret=b"s" * 32,
            token="payer-token",
            member_secrets=[enrolments.MemberSecret(version=1, secret=b"s" * 32)],
        )

    def RotatePayer(  # type: ignore[explicit-override]
        self, request: enrolments.RotatePayerRequest, context: Context
    ) -> enrolments.RotatePayerResponse:
        self.asked.append(request)
        secrets = [enrolments.MemberSecret(version=each, secret=bytes([each]) * 32) for each in (1, 2)]
        return enrolments.RotatePayerResponse(
            payer_number=request.payer_number, token="rotated-token", member_secrets=secrets
        )

    def UnenrolPayer(  # type: ignore[explicit-override]
        self, request: enrolments.UnenrolPayerRequest, context: Context
    ) -> enrolments.UnenrolPayerResponse:
        self.asked.append(request)
        return enrolments.UnenrolPayerResponse(payer_number=request.payer_number)

    def IssuePayerCertificate(  # type: ignore[explicit-override]
        self, request: enrolments.IssuePayerCertificateRequest, context: Context
    ) -> enrolments.IssuePayerCertificateResponse:
        self.asked.append(request)
        if not self.certifies:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no authority")
        return enrolments.IssuePayerCertificateResponse(certificate=b"certificate")

    def GetControlTotals(self, request: object, context: object) -> NoReturn:  # type: ignore[explicit-override]
        raise NotImplementedError


@dataclass(slots=True)
class FakePayers(payer_service_pb2_grpc.PayerServiceServicer):
    """Answers about any payer; `refusal` is what rotation and unenrolment are refused with, once.

    `before_page` is called before a page of its `events` is given.
    """

    asked: list[Message] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refusal: grpc.StatusCode | None = None
    events: int = 3
    events_of_page: int = 1
    before_page: Callable[[], object] = int

    def EnrolPayer(  # type: ignore[explicit-override]
        self, request: payers.EnrolPayerRequest, context: Context
    ) -> payers.EnrolPayerResponse:
        return payers.EnrolPayerResponse(
            payer_number=request.payer_number,
            topic=f"settlement.{request.payer_number}",
            kafka_username=f"payer-{request.payer_number}",
            kafka_password="secret",
            group_prefix=f"payer-{request.payer_number}.",
        )

    def GetPayer(  # type: ignore[explicit-override]
        self, request: payers.GetPayerRequest, context: Context
    ) -> payers.GetPayerResponse:
        return payers.GetPayerResponse(
            payer_number=request.payer_number,
            topic=f"settlement.{request.payer_number}",
            enrolled=True,
            last_sequence=12,
            published_sequence=11,
        )

    def RotatePayer(  # type: ignore[explicit-override]
        self, request: payers.RotatePayerRequest, context: Context
    ) -> payers.RotatePayerResponse:
        self._taken(request, context)
        return payers.RotatePayerResponse(
            payer_number=request.payer_number,
            kafka_username=f"payer-{request.payer_number}.b",
            kafka_password="another",
            former_kafka_username=f"payer-{request.payer_number}",
        )

    def UnenrolPayer(  # type: ignore[explicit-override]
        self, request: payers.UnenrolPayerRequest, context: Context
    ) -> payers.UnenrolPayerResponse:
        self._taken(request, context)
        return payers.UnenrolPayerResponse(payer_number=request.payer_number, last_sequence=12, published_sequence=11)

    def ListEvents(  # type: ignore[explicit-override]
        self, request: payers.ListEventsRequest, context: Context
    ) -> payers.ListEventsResponse:
        self.before_page()
        first = int(request.page_token or request.from_sequence)
        after = min(first + self.events_of_page, self.events + 1)
        events = [
            payers.PayerEvent(sequence=each, event_id=f"evt_{each}", subject="clm_1", value=b"\x01")
            for each in range(first, after)
        ]
        return payers.ListEventsResponse(events=events, next_page_token=str(after) if after <= self.events else "")

    def ReplayEvents(  # type: ignore[explicit-override]
        self, request: payers.ReplayEventsRequest, context: Context
    ) -> Iterator[payers.ReplayEventsResponse]:
        self.asked.append(request)
        yield payers.ReplayEventsResponse(replayed=1, last_sequence=request.from_sequence)
        yield payers.ReplayEventsResponse(replayed=2, last_sequence=request.from_sequence + 1, finished=True)

    def GetReceipt(  # type: ignore[explicit-override]
        self, request: payers.GetReceiptRequest, context: Context
    ) -> payers.GetReceiptResponse:
        self._taken(request, context)
        return payers.GetReceiptResponse(read_id="rrd_1", claim_id=request.claim_id, receipt=RECEIPT)

    def ListReceiptReads(  # type: ignore[explicit-override]
        self, request: payers.ListReceiptReadsRequest, context: Context
    ) -> payers.ListReceiptReadsResponse:
        number = int(request.page_token or 1)
        read = payers.ReceiptRead(read_id=f"rrd_{number}", claim_id="clm_1", reason=payers.RECEIPT_READ_REASON_AUDIT)
        return payers.ListReceiptReadsResponse(reads=[read], next_page_token="2" if number == 1 else "")

    def RequestReview(  # type: ignore[explicit-override]
        self, request: payers.RequestReviewRequest, context: Context
    ) -> payers.RequestReviewResponse:
        self._taken(request, context)
        return payers.RequestReviewResponse(claim_id=request.claim_id, state=claim_pb2.CLAIM_STATE_UNDER_REVIEW)

    def GetStatement(  # type: ignore[explicit-override]
        self, request: payers.PayerServiceGetStatementRequest, context: Context
    ) -> payers.PayerServiceGetStatementResponse:
        self.asked.append(request)
        told = Statement(
            statement_id="stm_1", claims_yen=1_533, closing_yen=1_533, payable_yen=1_533, due_on="2026-08-20"
        )
        return payers.PayerServiceGetStatementResponse(statement=told)

    def _taken(self, request: Message, context: Context) -> None:
        self.asked.append(request)
        self.tokens.append(str(dict(context.invocation_metadata())["authorization"]))
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            context.abort(refusal, "not now")
