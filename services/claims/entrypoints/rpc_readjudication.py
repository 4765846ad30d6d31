"""ReadjudicationService: an operator adjudicates a past month again, one transaction per batch of claims.

Each batch's answer is kept under the call's request id and the claim after which it begins. So a call that is repeated
with its id gives, byte by byte, the batches that were done, and goes on with the next.
"""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import grpc.aio
from seikyu.claims.v1 import readjudication_service_pb2 as wire
from seikyu.claims.v1 import readjudication_service_pb2_grpc
from typing_extensions import override

from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.domain.readjudication import Summary, with_batch
from services.claims.entrypoints.readjudication_forms import batch_message, batch_of, summary_message
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month, business_day

NAME: Final = "seikyu.claims.v1.ReadjudicationService"
ACCESS: Final = access_table(NAME, Readjudicate=allow(operator=Role.ADMIN))
LABEL: Final = "claims.readjudication"

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadjudicationServicer(readjudication_service_pb2_grpc.ReadjudicationServiceServicer):
    """The one method."""

    database: Database
    readjudicating: Readjudicating
    clock: Clock
    platform_key: bytes

    @override
    async def Readjudicate(
        self, request: wire.ReadjudicateRequest, context: Context
    ) -> AsyncIterator[wire.ReadjudicateResponse]:
        """Batch by batch: every one begins after the last claim of the one before, so the month comes to its end."""
        past = self._past(request)
        summary = Summary()
        yield wire.ReadjudicateResponse(begun=wire.ReadjudicationBegun(claims=await self._count(past)))
        last, more = None, True
        while more:
            message = await self._batch(request, past, last)
            batch = batch_of(message)
            last, more = batch.last, batch.last is not None
            summary = with_batch(summary, batch)
            if more:
                yield wire.ReadjudicateResponse(batch=message)
        yield wire.ReadjudicateResponse(summary=summary_message(summary))

    def _past(self, request: wire.ReadjudicateRequest) -> Past:
        try:
            as_of = date.fromisoformat(request.as_of)
        except ValueError:
            raise invalid("as_of", "day", "must be a day of the calendar, YYYY-MM-DD") from None
        if as_of > business_day(self.clock.now()):
            raise invalid("as_of", "past", "must not lie after today: nobody knows yet what will be known then")
        return Past(month=Month.parse(request.month), as_of=as_of)

    async def _count(self, past: Past) -> int:
        async with self.database.transaction(label=LABEL) as tx:
            return await PostgresReadjudication(tx, self.platform_key).count(past.month)

    async def _batch(
        self, request: wire.ReadjudicateRequest, past: Past, after: ClaimId | None
    ) -> wire.ReadjudicatedBatch:
        async with self.database.transaction(label=LABEL) as tx:
            ledger = PostgresReadjudication(tx, self.platform_key)
            if request.dry_run:
                return batch_message(await self.readjudicating.look(ledger, past, after))

            async def perform() -> wire.ReadjudicatedBatch:
                return batch_message(await self.readjudicating.decide(ledger, past, after, now=self.clock.now()))

            return await answer_once(tx, _part(request, after), wire.ReadjudicatedBatch, perform=perform)


def _part(request: wire.ReadjudicateRequest, after: ClaimId | None) -> wire.ReadjudicateRequest:
    """The part of a request that one batch answers, with an id that derives from the request's."""
    part = wire.ReadjudicateRequest()
    part.CopyFrom(request)
    part.request_id = str(uuid.uuid5(uuid.UUID(request.request_id), after or ""))
    return part
