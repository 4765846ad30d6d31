"""RegistrationService: operators tell what hospitals have registered with their bureaus, and ask what is known."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import registration_service_pb2 as wire
from seikyu.claims.v1 import registration_service_pb2_grpc
from typing_extensions import override

from services.claims.application.registrations import RegistrationLedger, import_registrations
from services.claims.domain.edits.registration import Item, Stated, stated_in
from services.claims.domain.faulty_rows import FaultyRows
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.instants import timestamp
from services.shared.chassis.rpc_errors import invalid, not_found

NAME: Final = "seikyu.claims.v1.RegistrationService"
ACCESS: Final = access_table(
    NAME,
    ImportRegistrations=allow(operator=Role.ADMIN),
    GetRegistration=allow(operator=Role.VIEWER),
)
MOST_BYTES: Final = 64 * 1024 * 1024
"""A prefecture's 10,000 hospitals with 100 standards each are some 50 MB."""
_ITEMS: Final = {
    Item.STANDARD: wire.REGISTRATION_ITEM_STANDARD,
    Item.FACILITY: wire.REGISTRATION_ITEM_FACILITY,
    Item.LICENSED_BEDS: wire.REGISTRATION_ITEM_LICENSED_BEDS,
    Item.GENERAL_BEDS: wire.REGISTRATION_ITEM_GENERAL_BEDS,
}

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationServicer(registration_service_pb2_grpc.RegistrationServiceServicer):
    """The two methods."""

    ledger: RegistrationLedger
    clock: Clock

    @override
    async def ImportRegistrations(
        self, request_iterator: AsyncIterator[wire.ImportRegistrationsRequest], context: Context
    ) -> wire.ImportRegistrationsResponse:
        """One file."""
        content = bytearray()
        async for request in request_iterator:
            content += request.chunk
            if len(content) > MOST_BYTES:
                raise invalid("chunk", "size", f"a file has at most {MOST_BYTES} bytes")
        taken = await import_registrations(self.ledger, bytes(content), now=self.clock.now())
        if isinstance(taken, FaultyRows):
            errors = [
                wire.RegistrationRowError(line=each.line, column=each.column, rule=each.rule) for each in taken.errors
            ]
            return wire.ImportRegistrationsResponse(accepted=False, errors=errors, error_count=taken.error_count)
        return wire.ImportRegistrationsResponse(
            accepted=True, hospitals=taken.hospitals, changed_hospitals=taken.changed
        )

    @override
    async def GetRegistration(
        self, request: wire.GetRegistrationRequest, context: Context
    ) -> wire.GetRegistrationResponse:
        """The latest."""
        latest = await self.ledger.latest([request.hospital_code], self.clock.now())
        if not latest:
            raise not_found()
        text = (await self.ledger.texts(latest))[latest[0]]
        return wire.GetRegistrationResponse(
            registrations=[_registration(each) for each in stated_in(text)], known_time=timestamp(latest[0].known_at)
        )


def _registration(stated: Stated) -> wire.Registration:
    first, last = stated.period
    return wire.Registration(
        item=_ITEMS[stated.item], value=stated.value, valid_from=str(first), valid_to=str(last or "")
    )
