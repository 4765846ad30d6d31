"""PayerService: payers' enrolment, and the state of their streams.

A payer sees its own alone; everybody else's is NOT_FOUND, as what does not exist.
"""

from collections.abc import Callable
from typing import Any, Final

import grpc.aio
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc
from typing_extensions import override

from services.settlement.adapters.enroller import Enroller, group_prefix_of, principal_of
from services.settlement.adapters.messages import statements_topic_of, topic_of
from services.settlement.adapters.queries import QUERIES
from services.settlement.bootstrap import RpcParts
from services.settlement.entrypoints.callers import own_account
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, not_found

NAME: Final = "seikyu.settlement.v1.PayerService"
ROTATED: Final = "a later enrolment gave this payer another password; enrol it with a new request_id for a new one"
ACCESS: Final = access_table(
    NAME,
    EnrolPayer=allow(operator=Role.ADMIN),
    GetPayer=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
)
Context = grpc.aio.ServicerContext[Any, Any]


class PayerServicer(payers_grpc.PayerServiceServicer):
    """Payers (保険者・公費負担者): enrolment and the state of their streams. `wake` tells the relay of a new one."""

    def __init__(self, database: Database, enroller: Enroller, wake: Callable[[], None]) -> None:
        self._database = database
        self._enroller = enroller
        self._wake = wake

    @override
    async def EnrolPayer(self, request: payers.EnrolPayerRequest, context: Context) -> payers.EnrolPayerResponse:
        """Make the payer's topics, user and rights. The same request id: the same password; another rotates it.

        FAILED_PRECONDITION for a request that was repeated after another one had rotated the password it gave.
        """

        async def perform() -> payers.EnrolPayerResponse:
            await self._enroller(request.payer_number, request.request_id)
            cluster_id = await self._enroller.cluster_id()
            await tx.fetchval(QUERIES["enrol_payer"], request.payer_number, request.request_id, cluster_id)
            return _enrolled(request.payer_number)

        async with self._database.transaction(label="settlement.enrol") as tx:
            await tx.execute(QUERIES["lock_enrolment"], request.payer_number)
            answer = await answer_once(tx, request, payers.EnrolPayerResponse, perform=perform)
            if await tx.fetchval(QUERIES["enrolment_of"], request.payer_number) != request.request_id:
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "PASSWORD_ROTATED", ROTATED)
        self._wake()
        answer.kafka_password = self._enroller.password(request.payer_number, request.request_id)
        return answer

    @override
    async def GetPayer(self, request: payers.GetPayerRequest, context: Context) -> payers.GetPayerResponse:
        """The state of the payer's stream."""
        if own_account() not in {"", f"payer:{request.payer_number}"}:
            raise not_found()
        rows = await self._database.fetch(QUERIES["read_payer"], request.payer_number)
        if not rows:
            raise not_found()
        return payers.GetPayerResponse(
            payer_number=request.payer_number, topic=topic_of(request.payer_number), **dict(rows[0])
        )


def register(parts: RpcParts, server: grpc.aio.Server) -> None:
    """Offer the service."""
    payers_grpc.add_PayerServiceServicer_to_server(PayerServicer(parts.database, parts.enroller, parts.wake), server)


def _enrolled(payer_number: str) -> payers.EnrolPayerResponse:
    """The answer without its password, as the request log may keep it."""
    return payers.EnrolPayerResponse(
        payer_number=payer_number,
        topic=topic_of(payer_number),
        kafka_username=principal_of(payer_number),
        group_prefix=group_prefix_of(payer_number),
        statements_topic=statements_topic_of(payer_number),
    )
