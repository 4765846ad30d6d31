"""MasterService: operators load published master files and ask what they say."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import master_service_pb2 as wire
from seikyu.claims.v1 import master_service_pb2_grpc
from typing_extensions import override

from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.master_shelf import MasterShelf, load_master
from services.claims.domain.masters.differences import kind_of_code
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.opening import MOST_BYTES
from services.claims.entrypoints.master_forms import (
    KINDS_OF_WIRE,
    Moment,
    difference_answers,
    import_answer,
    shown,
    status,
)
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.rpc_errors import invalid

NAME: Final = "seikyu.claims.v1.MasterService"
ACCESS: Final = access_table(
    NAME,
    ImportMasters=allow(operator=Role.ADMIN),
    ShowMaster=allow(PrincipalKind.HOSPITAL, PrincipalKind.PAYER, operator=Role.VIEWER),
    DiffMasters=allow(operator=Role.VIEWER),
    GetMasterStatus=allow(operator=Role.VIEWER),
)

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(slots=True)
class _Arriving:
    """A file under way; past the bound only that it is too large is kept."""

    name: str
    published: date | None
    content: bytearray = field(default_factory=bytearray)

    def take(self, chunk: bytes) -> None:
        room = MOST_BYTES + 1 - len(self.content)
        self.content += chunk[:room]


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterServicer(master_service_pb2_grpc.MasterServiceServicer):
    """The four methods."""

    shelf: MasterShelf
    keeper: MasterKeeper
    clock: Clock

    @override
    async def ImportMasters(
        self, request_iterator: AsyncIterator[wire.ImportMastersRequest], context: Context
    ) -> AsyncIterator[wire.ImportMastersResponse]:
        """One answer per file; when the stream ends, this process knows all of them."""
        arriving: _Arriving | None = None
        async for request in request_iterator:
            if request.WhichOneof("part") == "header":
                if arriving is not None:
                    yield await self._loaded(arriving)
                header = request.header
                arriving = _Arriving(header.name, _day("header.published_on", header.published_on))
            elif arriving is None:
                raise invalid("header", "first", "a file begins with its header")
            else:
                arriving.take(request.chunk)
        if arriving is not None:
            yield await self._loaded(arriving)
        await self.keeper.look()

    async def _loaded(self, file: _Arriving) -> wire.ImportMastersResponse:
        loaded = await load_master(
            self.shelf, file.name, bytes(file.content), published=file.published, now=self.clock.now()
        )
        return import_answer(file.name, loaded)

    @override
    async def ShowMaster(self, request: wire.ShowMasterRequest, context: Context) -> wire.ShowMasterResponse:
        """One code."""
        kind = kind_of_code(request.code)
        if kind is None:
            raise invalid("code", "known_kind", "a code of nine digits begins with 1, 6, 7 or 8")
        on = Moment(_required_day("on", request.on), _day("as_of", request.as_of))
        return await self.keeper.ask(lambda masters: shown(masters, kind, request.code, on))

    @override
    async def DiffMasters(
        self, request: wire.DiffMastersRequest, context: Context
    ) -> AsyncIterator[wire.DiffMastersResponse]:
        """Two moments."""
        before = Moment(_required_day("before", request.before), _day("before_as_of", request.before_as_of))
        after = Moment(_required_day("after", request.after), _day("after_as_of", request.after_as_of))
        kinds = [KINDS_OF_WIRE[each] for each in request.kinds] or list(MasterKind)
        answers = await self.keeper.ask(lambda masters: list(difference_answers(masters, kinds, before, after)))
        for answer in answers:
            yield answer

    @override
    async def GetMasterStatus(
        self, request: wire.GetMasterStatusRequest, context: Context
    ) -> wire.GetMasterStatusResponse:
        """Everything that is loaded."""
        await self.keeper.look()
        files = await self.shelf.files()
        return await self.keeper.ask(lambda masters: status(masters, files))


def _day(name: str, text: str) -> date | None:
    return _required_day(name, text) if text else None


def _required_day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(name, "day", "must be a day of the calendar, YYYY-MM-DD") from None
