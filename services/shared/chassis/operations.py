"""OperationsService: what every service lets an operator do to it. The chassis serves it beside the service's own.

The keys are parked in each service's own database, which nobody else may reach: so each service frees its own.
"""

from typing import Any, Final

import grpc.aio
from seikyu.operations.v1 import operations_service_pb2 as operations
from seikyu.operations.v1 import operations_service_pb2_grpc
from typing_extensions import override

from services.shared.chassis.access import access_table, allow
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.identity import Role
from services.shared.chassis.logs import get_logger
from services.shared.chassis.parked import unpark_keys
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once

NAME: Final = "seikyu.operations.v1.OperationsService"
ACCESS: Final = access_table(NAME, FreeParkedKeys=allow(operator=Role.ADMIN))

_log = get_logger(__name__)


class OperationsServicer(operations_service_pb2_grpc.OperationsServiceServicer):
    """Works on the service's own database."""

    def __init__(self, database: Database) -> None:
        """`database` is the service's."""
        self._database = database

    @override
    async def FreeParkedKeys(
        self, request: operations.FreeParkedKeysRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> operations.FreeParkedKeysResponse:
        """Free the keys that are parked; a group that this service does not have has none."""
        async with self._database.transaction(label="operations.free-parked-keys") as tx:

            async def perform() -> operations.FreeParkedKeysResponse:
                freed = await unpark_keys(tx, group=request.consumer_group, keys=request.keys)
                return operations.FreeParkedKeysResponse(freed=freed)

            answer = await answer_once(tx, request, operations.FreeParkedKeysResponse, perform=perform)
        _log.info("parked keys freed", count=answer.freed)
        return answer


def with_operations(surface: RpcSurface, database: Database) -> RpcSurface:
    """The service's own surface and this one."""

    def register(server: grpc.aio.Server) -> None:
        surface.register(server)
        operations_service_pb2_grpc.add_OperationsServiceServicer_to_server(OperationsServicer(database), server)

    return RpcSurface(
        register=register,
        names=[*surface.names, NAME],
        access={**surface.access, **ACCESS},
        pressure=surface.pressure,
        refused=surface.refused,
    )
