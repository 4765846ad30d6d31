"""HouseholdService: an operator recomputes households' statements, one transaction per batch; payers read their own.

Each batch's answer is kept under the call's request id and the place after which it begins, so a call that is repeated
with its id gives the batches that were done and goes on with the next.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import grpc.aio
from seikyu.claims.v1 import household_service_pb2 as wire
from seikyu.claims.v1 import household_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.postgres_households import HouseholdReads, PostgresHouseholds, StatementFilter
from services.claims.adapters.postgres_reads import FeedPosition
from services.claims.application.household_statements import Batch, HouseholdStatements
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import not_found, permission_denied
from services.shared.kernel.months import Month

NAME: Final = "seikyu.claims.v1.HouseholdService"
ACCESS: Final = access_table(
    NAME,
    RecomputeMonth=allow(operator=Role.ADMIN),
    RecomputeYear=allow(operator=Role.ADMIN),
    GetStatement=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
    ListStatements=allow(PrincipalKind.PAYER, operator=Role.VIEWER),
)
LABEL: Final = "claims.households"
PAGE_DEFAULT: Final = 100
BEGINNING: Final = FeedPosition(0, 0)

Context = grpc.aio.ServicerContext[Any, Any]
RequestT = TypeVar("RequestT", wire.RecomputeMonthRequest, wire.RecomputeYearRequest)
Step = Callable[[PostgresHouseholds, str], Awaitable[Batch]]
"""One batch after a place, in an open transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdServicer(household_service_pb2_grpc.HouseholdServiceServicer):
    """The four methods."""

    database: Database
    reads: HouseholdReads
    statements: HouseholdStatements
    clock: Clock

    @override
    async def RecomputeMonth(
        self, request: wire.RecomputeMonthRequest, context: Context
    ) -> AsyncIterator[wire.RecomputeMonthResponse]:
        """First the receipts whose household is not known, then the households."""
        month, statements = Month.parse(request.month), self.statements

        async def place(ledger: PostgresHouseholds, after: str) -> Batch:
            return await statements.place(ledger, month, after)

        async def state(ledger: PostgresHouseholds, after: str) -> Batch:
            return await statements.state_month(ledger, month, after, now=self.clock.now())

        summary = wire.HouseholdBatch()
        for name, step in (("place", place), ("state", state)):
            async for batch in self._batches(request, name, step):
                _add(summary, batch)
                yield wire.RecomputeMonthResponse(batch=batch)
        yield wire.RecomputeMonthResponse(summary=summary)

    @override
    async def RecomputeYear(
        self, request: wire.RecomputeYearRequest, context: Context
    ) -> AsyncIterator[wire.RecomputeYearResponse]:
        """The households that have a statement of one of its months."""
        since = Month.parse(request.since)

        async def state(ledger: PostgresHouseholds, after: str) -> Batch:
            return await self.statements.state_year(ledger, since, after, now=self.clock.now())

        summary = wire.HouseholdBatch()
        async for batch in self._batches(request, "year", state):
            _add(summary, batch)
            yield wire.RecomputeYearResponse(batch=batch)
        yield wire.RecomputeYearResponse(summary=summary)

    async def _batches(self, request: RequestT, name: str, step: Step) -> AsyncIterator[wire.HouseholdBatch]:
        """Batch after batch, each beginning where the one before ended, so it comes to an end."""
        after = ""
        while True:
            batch = await self._batch(request, name, after, step)
            if not batch.last:
                return
            yield batch
            after = batch.last

    async def _batch(self, request: RequestT, name: str, after: str, step: Step) -> wire.HouseholdBatch:
        async with self.database.transaction(label=LABEL) as tx:

            async def perform() -> wire.HouseholdBatch:
                return _message(await step(PostgresHouseholds(tx), after))

            return await answer_once(tx, _part(request, f"{name} {after}"), wire.HouseholdBatch, perform=perform)

    @override
    async def GetStatement(self, request: wire.GetStatementRequest, context: Context) -> wire.GetStatementResponse:
        """NOT_FOUND where it is not this payer's, or there is no such version."""
        stated = await self.reads.get(request.statement_id, request.number, _payer_of(""))
        if stated is None:
            raise not_found()
        return wire.GetStatementResponse(stated=stated)

    @override
    async def ListStatements(
        self, request: wire.ListStatementsRequest, context: Context
    ) -> wire.ListStatementsResponse:
        """A page of versions in the order of recording."""
        wanted = StatementFilter(
            payer_number=_payer_of(request.payer_number), since=request.since, latest_only=request.latest_only
        )
        bound_to = (caller().subject, wanted.payer_number, wanted.since, str(wanted.latest_only))
        after = read_position(request.page_token, bound_to=bound_to, read=FeedPosition.of) or BEGINNING
        size = request.page_size or PAGE_DEFAULT
        found = await self.reads.page(wanted, after, size + 1)
        shown = found[:size]
        last = shown[-1].position if shown else after
        token = write_page_token((str(last.xid), str(last.seq)), bound_to=bound_to)
        return wire.ListStatementsResponse(
            stated=[each.message for each in shown],
            next_page_token=token if len(found) > size else "",
            resume_token=token,
        )


def _payer_of(asked: str) -> str:
    """Whose statements the caller may see: a payer's own, an operator's as asked, empty for all."""
    principal = caller()
    if principal.kind is not PrincipalKind.PAYER:
        return asked
    if asked not in {"", principal.id}:
        raise permission_denied()
    return principal.id


def _message(batch: Batch) -> wire.HouseholdBatch:
    return wire.HouseholdBatch(
        last=batch.last or "",
        receipts_placed=batch.receipts_placed,
        households=batch.households,
        stated=batch.stated,
        changed=batch.changed,
        unchanged=batch.unchanged,
        empty=batch.empty,
    )


def _add(summary: wire.HouseholdBatch, batch: wire.HouseholdBatch) -> None:
    summary.receipts_placed += batch.receipts_placed
    summary.households += batch.households
    summary.stated += batch.stated
    summary.changed += batch.changed
    summary.unchanged += batch.unchanged
    summary.empty += batch.empty


def _part(request: RequestT, name: str) -> RequestT:
    """The part of a request that one batch answers, with an id that derives from the request's."""
    part = type(request)()
    part.CopyFrom(request)
    part.request_id = str(uuid.uuid5(uuid.UUID(request.request_id), name))
    return part
