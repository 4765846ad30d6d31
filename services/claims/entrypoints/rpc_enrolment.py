"""EnrolmentService: operators enrol hospitals and payers. Tokens and secrets are answered and never logged."""

from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import enrolment_service_pb2, enrolment_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.enrolment import Enrolment
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.instants import timestamp
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once

NAME: Final = "seikyu.claims.v1.EnrolmentService"
ACCESS: Final = access_table(
    NAME,
    EnrolHospital=allow(operator=Role.ADMIN),
    EnrolPayer=allow(operator=Role.ADMIN),
    GetControlTotals=allow(PrincipalKind.SERVICE, operator=Role.VIEWER),
)

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentServicer(enrolment_service_pb2_grpc.EnrolmentServiceServicer):
    """The three methods."""

    database: Database
    enrolment: Enrolment
    clock: Clock

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
            answer.member_secret = await self.enrolment.secret_of(tx, number)
        issued = self.enrolment.token(PrincipalKind.PAYER, number, now)
        answer.token = issued.token
        answer.token_expire_time.CopyFrom(timestamp(issued.expires_at))
        return answer

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
