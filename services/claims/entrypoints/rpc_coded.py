"""CodedClaimService: operators ask which claims a code was found for, and what it was to their decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import asyncpg
import grpc.aio
from seikyu.claims.v1 import claim_pb2, coded_claim_service_pb2_grpc
from seikyu.claims.v1 import coded_claim_service_pb2 as wire
from seikyu.coding.v1 import events_pb2 as coding_events
from typing_extensions import override

from services.claims.adapters.outcome_files import kept_of
from services.claims.adapters.postgres_coded import ANY_ROUTE, CodedFilter, CodedPlace, CodedReads
from services.claims.application.coded_claims import CodeUse, use_of
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.domain.found_codes import FoundCode
from services.claims.entrypoints.code_forms import ROUTES, coded_diagnoses_of
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.identity import Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.months import BUSINESS_ZONE

NAME: Final = "seikyu.claims.v1.CodedClaimService"
ACCESS: Final = access_table(NAME, ListCodedClaims=allow(operator=Role.VIEWER))
PAGE_DEFAULT: Final = 100
_BY_NAME: Final = {name: number for number, name in ROUTES.items()}

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedClaimServicer(coded_claim_service_pb2_grpc.CodedClaimServiceServicer):
    """The one method."""

    reads: CodedReads
    masters: KnownSchedules
    registrations: Registrations

    @override
    async def ListCodedClaims(
        self, request: wire.ListCodedClaimsRequest, context: Context
    ) -> wire.ListCodedClaimsResponse:
        """A page of lines in the order of their claims."""
        bound_to = (caller().subject, request.disease_code, request.route, request.since)
        after = read_position(request.page_token, bound_to=bound_to, read=CodedPlace.of) or CodedPlace()
        size = request.page_size or PAGE_DEFAULT
        rows = await self.reads.page(_filter(request), after, size + 1)
        shown = rows[:size]
        token = ""
        if len(rows) > size:
            token = write_page_token((shown[-1]["claim_id"], str(shown[-1]["line"])), bound_to=bound_to)
        return wire.ListCodedClaimsResponse(claims=[await self._told(row) for row in shown], next_page_token=token)

    async def _told(self, row: asyncpg.Record) -> wire.CodedClaim:
        diagnoses = coded_diagnoses_of(row["revisions"], row["lates"], ())
        [diagnosis] = [each for each in diagnoses if each.line == row["line"]]
        given = _given(row["revisions"], row["given"])
        return wire.CodedClaim(
            claim_id=row["claim_id"],
            hospital_code=row["hospital_code"],
            claim_month=row["claim_month"],
            treatment_month=row["treatment_month"],
            state=row["outcome"] or claim_pb2.CLAIM_STATE_RECEIVED,
            diagnosis=diagnosis,
            given_time=given.completed_time,
            coder_version=given.coder_version,
            use=wire.CodeUse.ValueType((await self._use(row, diagnosis)).value),
            late_decision_ids=row["late_decisions"],
        )

    async def _use(self, row: asyncpg.Record, diagnosis: claim_pb2.CodedDiagnosis) -> CodeUse:
        if row["content"] is None:
            return CodeUse.NOT_SEEN
        kept = kept_of(row, row["hospital_code"], row["claim_month"])
        code = FoundCode(diagnosis.line, diagnosis.disease_code, tuple(diagnosis.modifier_codes))
        return await use_of(code, kept, self.masters, self.registrations)


def _given(answers: Sequence[bytes], revision: int) -> coding_events.CodingCompleted:
    messages = map(coding_events.CodingCompleted.FromString, answers)
    return next(each for each in messages if each.revision == revision)


def _filter(request: wire.ListCodedClaimsRequest) -> CodedFilter:
    route = _BY_NAME[request.route] if request.route else ANY_ROUTE
    return CodedFilter(disease_code=request.disease_code, route=route, since=_since(request.since))


def _since(day: str) -> datetime | None:
    """When the day begins in Tokyo."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.min, BUSINESS_ZONE)
    except ValueError:
        raise invalid("since", "day", "must be a day of the calendar, YYYY-MM-DD") from None
