"""EnrolmentService: operators enrol hospitals and payers, and rotate and unenrol payers.

Tokens and secrets are answered and never logged.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import enrolment_service_pb2, enrolment_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.client_certificates import BadCertificateRequest, ClientAuthority
from services.claims.adapters.enrolment import Enrolment, KeptSecret
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.instants import timestamp
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, invalid

NAME: Final = "seikyu.claims.v1.EnrolmentService"
ACCESS: Final = access_table(
    NAME,
    EnrolHospital=allow(operator=Role.ADMIN),
    EnrolPayer=allow(operator=Role.ADMIN),
    RotatePayer=allow(operator=Role.ADMIN),
    IssuePayerCertificate=allow(operator=Role.ADMIN),
    UnenrolPayer=allow(operator=Role.ADMIN),
    GetControlTotals=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
)

UNENROLLED: Final = "the payer was unenrolled since; enrol it with a new request_id"
NOT_ENROLLED: Final = "the payer is not enrolled"
NO_AUTHORITY: Final = "no authority is set that signs payers' certificates"
GRACE: Final = "the payer's newest secret is not used yet; rotate again once it is"

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentServicer(enrolment_service_pb2_grpc.EnrolmentServiceServicer):
    """The methods of the contract. `learn` tells the gate of an unenrolment at once."""

    database: Database
    enrolment: Enrolment
    clock: Clock
    learn: Callable[[], Awaitable[None]]
    authority: ClientAuthority | None = None

    @override
    async def EnrolHospital(
        self, request: enrolment_service_pb2.EnrolHospitalRequest, context: Context
    ) -> enrolment_service_pb2.EnrolHospitalResponse:
        """The log keeps the answer without the token."""
        now, code = self.clock.now(), request.hospital_code
        async with self.database.transaction(label="claims.enrol-hospital") as tx:

            async def perform() -> enrolment_service_pb2.EnrolHospitalResponse:
                await self.enrolment.hospital(tx, code, request.name, now)
                return enrolment_service_pb2.EnrolHospitalResponse(hospital_code=code)

            answer = await answer_once(tx, request, enrolment_service_pb2.EnrolHospitalResponse, perform=perform)
        issued = self.enrolment.token(PrincipalKind.HOSPITAL, code, now)
        answer.token = issued.token
        answer.token_expire_time.CopyFrom(timestamp(issued.expires_at))
        return answer

    @override
    async def EnrolPayer(
        self, request: enrolment_service_pb2.EnrolPayerRequest, context: Context
    ) -> enrolment_service_pb2.EnrolPayerResponse:
        """The log keeps the answer without the secret and the token."""
        now, number = self.clock.now(), request.payer_number
        async with self.database.transaction(label="claims.enrol-payer") as tx:

            async def perform() -> enrolment_service_pb2.EnrolPayerResponse:
                await self.enrolment.payer(tx, number, request.name, now)
                return enrolment_service_pb2.EnrolPayerResponse(payer_number=number)

            answer = await answer_once(tx, request, enrolment_service_pb2.EnrolPayerResponse, perform=perform)
            if await self.enrolment.is_unenrolled(tx, number):
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "UNENROLLED", UNENROLLED)
            kept = await self.enrolment.secrets_of(tx, number)
        await self.learn()
        answer.member_secret = _used(kept, now).secret
        answer.member_secrets.extend(map(_told, kept))
        issued = self.enrolment.token(PrincipalKind.PAYER, number, now)
        answer.token = issued.token
        answer.token_expire_time.CopyFrom(timestamp(issued.expires_at))
        return answer

    @override
    async def RotatePayer(
        self, request: enrolment_service_pb2.RotatePayerRequest, context: Context
    ) -> enrolment_service_pb2.RotatePayerResponse:
        """Another secret beside the one that is used; the log keeps the answer without secrets and token."""
        now, number = self.clock.now(), request.payer_number

        async def perform() -> enrolment_service_pb2.RotatePayerResponse:
            used_from = now + timedelta(hours=request.grace_hours)
            if not await self.enrolment.rotate(tx, number, now=now, used_from=used_from):
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "GRACE_RUNNING", GRACE)
            return enrolment_service_pb2.RotatePayerResponse(payer_number=number)

        async with self.database.transaction(label="claims.rotate-payer") as tx:
            await self._lock(tx, number)
            answer = await answer_once(tx, request, enrolment_service_pb2.RotatePayerResponse, perform=perform)
            answer.member_secrets.extend(map(_told, await self.enrolment.secrets_of(tx, number)))
        issued = self.enrolment.token(PrincipalKind.PAYER, number, now)
        answer.token = issued.token
        answer.token_expire_time.CopyFrom(timestamp(issued.expires_at))
        return answer

    @override
    async def IssuePayerCertificate(
        self, request: enrolment_service_pb2.IssuePayerCertificateRequest, context: Context
    ) -> enrolment_service_pb2.IssuePayerCertificateResponse:
        """A certificate for the key of the request; each call gives another, and none is kept here."""
        if self.authority is None:
            raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NO_AUTHORITY", NO_AUTHORITY)
        async with self.database.transaction(label="claims.payer-certificate") as tx:
            await self._lock(tx, request.payer_number)
        now, life = self.clock.now(), self.enrolment.token_life
        try:
            issued = self.authority.issue(request.payer_number, request.certificate_request, now=now, life=life)
        except BadCertificateRequest as refused:
            raise invalid("certificate_request", "pkcs10", str(refused)) from refused
        return enrolment_service_pb2.IssuePayerCertificateResponse(
            certificate=issued.pem, expire_time=timestamp(issued.expires_at)
        )

    @override
    async def UnenrolPayer(
        self, request: enrolment_service_pb2.UnenrolPayerRequest, context: Context
    ) -> enrolment_service_pb2.UnenrolPayerResponse:
        """Its tokens are refused from now on: here when the answer comes, at other processes within seconds."""
        number = request.payer_number

        async def perform() -> enrolment_service_pb2.UnenrolPayerResponse:
            await self._lock(tx, number)
            await self.enrolment.unenrol(tx, number, self.clock.now())
            return enrolment_service_pb2.UnenrolPayerResponse(payer_number=number)

        async with self.database.transaction(label="claims.unenrol-payer") as tx:
            answer = await answer_once(tx, request, enrolment_service_pb2.UnenrolPayerResponse, perform=perform)
        await self.learn()
        return answer

    async def _lock(self, tx: Transaction, number: str) -> None:
        if not await self.enrolment.lock(tx, number):
            raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ENROLLED", NOT_ENROLLED)

    @override
    async def GetControlTotals(
        self, request: enrolment_service_pb2.GetControlTotalsRequest, context: Context
    ) -> enrolment_service_pb2.GetControlTotalsResponse:
        """What was adjudicated."""
        rows = await self.enrolment.control_totals(request.claim_month)
        return enrolment_service_pb2.GetControlTotalsResponse(
            totals=[
                enrolment_service_pb2.ControlTotal(
                    payer_number=row["payer_number"],
                    claim_month=row["claim_month"],
                    parts=row["parts"],
                    points=row["points"],
                    yen=row["yen"],
                    replaced_parts=row["replaced_parts"],
                    replaced_points=row["replaced_points"],
                    replaced_yen=row["replaced_yen"],
                )
                for row in rows
            ]
        )


def _used(kept: Sequence[KeptSecret], now: datetime) -> KeptSecret:
    """The secret that member keys are made by now."""
    return next((each for each in reversed(kept) if each.in_use_from <= now), kept[0])


def _told(kept: KeptSecret) -> enrolment_service_pb2.MemberSecret:
    return enrolment_service_pb2.MemberSecret(
        version=kept.version, secret=kept.secret, in_use_from_time=timestamp(kept.in_use_from)
    )
