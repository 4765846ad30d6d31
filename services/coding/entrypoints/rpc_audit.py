"""CodingAuditService over gRPC: explains automatic codes, takes them back, and measures them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import grpc
import grpc.aio
from seikyu.coding.v1 import audit_service_pb2 as wire
from seikyu.coding.v1 import audit_service_pb2_grpc
from typing_extensions import override

from services.coding.adapters.postgres_audit import CodingRecords, PostgresReversals
from services.coding.adapters.postgres_reviews import PostgresReviews
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.auditing import Books, Grouping, Reversing, WantedReversal
from services.coding.application.code_batch import RequestKey
from services.coding.domain.normalise import normalised
from services.coding.domain.rulings import Objection, objections_to_words
from services.coding.entrypoints.audit_forms import decision_of, figures_of, refused_of, reversed_of, told_by
from services.coding.entrypoints.review_forms import refuse
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, invalid, not_found

NAME: Final = "seikyu.coding.v1.CodingAuditService"
ACCESS: Final = access_table(
    NAME,
    ExplainCodings=allow(operator=Role.REVIEWER),
    ReverseCodings=allow(operator=Role.ADMIN),
    MeasureCodings=allow(operator=Role.VIEWER),
)
LABEL: Final = "coding.audit"
PAGE_DEFAULT: Final = 200
MOST_DAYS: Final = 400
_BEGINNING: Final = ("", "")
_GROUPINGS: Final[dict[int, Grouping]] = {
    wire.CODING_GROUPING_UNSPECIFIED: Grouping.ALL,
    wire.CODING_GROUPING_HOSPITAL: Grouping.HOSPITAL,
    wire.CODING_GROUPING_VERSION: Grouping.VERSION,
}

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditServicer(audit_service_pb2_grpc.CodingAuditServiceServicer):
    """The three methods."""

    database: Database
    reversing: Reversing
    clock: Clock

    @override
    async def ExplainCodings(
        self, request: wire.ExplainCodingsRequest, context: Context
    ) -> wire.ExplainCodingsResponse:
        """Every decision on every line of a claim."""
        async with self.database.transaction(label=LABEL) as tx:
            history = await CodingRecords(tx).history(request.claim_id)
        if not history:
            raise not_found()
        return wire.ExplainCodingsResponse(decisions=[decision_of(each, self.reversing.master) for each in history])

    @override
    async def ReverseCodings(
        self, request: wire.ReverseCodingsRequest, context: Context
    ) -> wire.ReverseCodingsResponse:
        """One page of claims."""
        wanted = WantedReversal(
            reversal_id=request.reversal_id,
            spelling=normalised(request.spelling),
            disease_code=request.disease_code,
            instead=told_by(request),
            by=caller().subject,
        )
        objections = [*objections_to_words("why", request.why), *_objections_to_itself(wanted)]
        if objections:
            refuse(tuple(objections))
        bound_to = (wanted.by, wanted.reversal_id, wanted.spelling, wanted.disease_code, str(request.dry_run))
        after = read_position(request.page_token, bound_to=bound_to, read=_position) or _BEGINNING
        async with self.database.transaction(label=LABEL) as tx:

            async def perform() -> wire.ReverseCodingsResponse:
                answer, last = await self._page(tx, wanted, request, after)
                if last is not None:
                    answer.next_page_token = write_page_token(last, bound_to=bound_to)
                return answer

            if request.dry_run:
                return await perform()
            return await answer_once(tx, request, wire.ReverseCodingsResponse, perform=perform)

    @override
    async def MeasureCodings(
        self, request: wire.MeasureCodingsRequest, context: Context
    ) -> wire.MeasureCodingsResponse:
        """The figures of a span."""
        since, until = request.since_time.ToDatetime(UTC), request.until_time.ToDatetime(UTC)
        if not since < until:
            raise invalid("until_time", "after_since", "must be later than since_time")
        if (until - since).days > MOST_DAYS:
            raise invalid("until_time", "span", f"lies at most {MOST_DAYS} days after since_time")
        async with self.database.transaction(label=LABEL) as tx:
            figures = await CodingRecords(tx).figures(since, until, _GROUPINGS[request.grouping])
        return wire.MeasureCodingsResponse(figures=[figures_of(each) for each in figures])

    async def _page(
        self, tx: Transaction, wanted: WantedReversal, request: wire.ReverseCodingsRequest, after: RequestKey
    ) -> tuple[wire.ReverseCodingsResponse, RequestKey | None]:
        books = Books(reversals=PostgresReversals(tx), revisions=PostgresRevisions(tx), reviews=PostgresReviews(tx))
        count = request.page_size or PAGE_DEFAULT
        lines, last = await self.reversing.affected(books, wanted, after=after, count=count)
        if not request.dry_run:
            _refuse_other_content(wanted, await books.reversals.find(wanted.reversal_id))
            await self.reversing.reverse(books, wanted, lines, now=self.clock.now())
        answer = wire.ReverseCodingsResponse(
            reversed=[told for line in lines for told in reversed_of(line)],
            refused=[told for line in lines for told in refused_of(line)],
        )
        return answer, last


def _position(written: Sequence[str]) -> RequestKey:
    """Where the last page ended. Raises ValueError."""
    claim_id, cause_event_id = written
    return claim_id, cause_event_id


def _objections_to_itself(wanted: WantedReversal) -> list[Objection]:
    """A code is not taken back for itself."""
    if wanted.instead.disease_code != wanted.disease_code:
        return []
    return [Objection(field="coded.disease_code", rule="other", description="is the code that is taken back")]


def _refuse_other_content(wanted: WantedReversal, first: WantedReversal | None) -> None:
    """One id is one reversal: its lines are kept under what its first page said."""
    differing = wanted.differs_from(first) if first is not None else ()
    if differing:
        raise RpcRefusal(
            grpc.StatusCode.ALREADY_EXISTS,
            "REVERSAL_ID_REUSED",
            "this reversal id was used before with other content",
            violations=[
                Violation(field=field, rule="same_content", description="differs from the first page of this reversal")
                for field in differing
            ],
        )


def register(server: grpc.aio.Server, servicer: AuditServicer) -> None:
    """Offer the service."""
    audit_service_pb2_grpc.add_CodingAuditServiceServicer_to_server(servicer, server)
