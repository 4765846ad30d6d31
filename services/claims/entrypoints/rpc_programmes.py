"""ProgrammeService: operators tell what local programmes leave to patients, and ask what is known of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import programme_service_pb2 as wire
from seikyu.claims.v1 import programme_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.postgres_programmes import PostgresProgrammeReader, PostgresProgrammes
from services.claims.application.programmes import Programmes, import_programmes
from services.claims.domain.share.told import KnownProgrammes
from services.claims.entrypoints.programme_forms import import_answer, in_batches, listed, shown
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.months import Month, end_of_business_day

NAME: Final = "seikyu.claims.v1.ProgrammeService"
ACCESS: Final = access_table(
    NAME,
    ImportProgrammes=allow(operator=Role.ADMIN),
    ListProgrammes=allow(operator=Role.VIEWER),
    ShowProgramme=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER, operator=Role.VIEWER),
)
ROWS_PER_ANSWER: Final = 500

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeServicer(programme_service_pb2_grpc.ProgrammeServiceServicer):
    """The three methods."""

    database: Database
    programmes: Programmes
    clock: Clock

    @override
    async def ImportProgrammes(
        self, request: wire.ImportProgrammesRequest, context: Context
    ) -> wire.ImportProgrammesResponse:
        """One file."""
        async with self.database.transaction(label="claims.import-programmes") as tx:

            async def perform() -> wire.ImportProgrammesResponse:
                taken = await import_programmes(PostgresProgrammes(tx), request.content, now=self.clock.now())
                return import_answer(taken)

            return await answer_once(tx, request, wire.ImportProgrammesResponse, perform=perform)

    @override
    async def ListProgrammes(
        self, request: wire.ListProgrammesRequest, context: Context
    ) -> AsyncIterator[wire.ListProgrammesResponse]:
        """All of them."""
        known = await self._known(request.as_of)
        for answer in in_batches(listed(known, Month.parse(request.on) if request.on else None), ROWS_PER_ANSWER):
            yield answer

    @override
    async def ShowProgramme(self, request: wire.ShowProgrammeRequest, context: Context) -> wire.ShowProgrammeResponse:
        """One number."""
        return shown(await self._known(request.as_of), request.number, Month.parse(request.on))

    async def _known(self, as_of: str) -> KnownProgrammes:
        """What was known when a day ended; empty: what is known now."""
        try:
            at = end_of_business_day(date.fromisoformat(as_of)) if as_of else self.clock.now()
        except ValueError:
            raise invalid("as_of", "day", "must be a day of the calendar, YYYY-MM-DD") from None
        history = await self.programmes.history(PostgresProgrammeReader(self.database))
        return history.known(at)
