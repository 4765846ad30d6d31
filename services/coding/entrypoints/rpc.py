"""CodingService over gRPC: one text in, one code or none out. The review queue's methods are rpc_reviews'."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import grpc.aio
from seikyu.coding.v1 import coding_service_pb2, coding_service_pb2_grpc
from typing_extensions import override

from services.coding.adapters.events import WIRE_ROUTES
from services.coding.bootstrap import Coder
from services.coding.domain.candidates import Candidate
from services.coding.domain.ranked import Asked, code_many, coder_version
from services.coding.domain.verify import Patient, Sex
from services.coding.entrypoints import rpc_audit, rpc_backlog, rpc_synonyms
from services.coding.entrypoints.rpc_names import KINDS, coder_of, name_response
from services.coding.entrypoints.rpc_reviews import ReviewDesk, ReviewMethods
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.months import Month

NAME: Final = "seikyu.coding.v1.CodingService"
ACCESS: Final = access_table(
    NAME,
    CodeText=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ListReviews=allow(operator=Role.REVIEWER),
    GetReview=allow(operator=Role.REVIEWER),
    AssignReview=allow(operator=Role.REVIEWER),
    ReleaseReview=allow(operator=Role.REVIEWER),
    SkipReview=allow(operator=Role.REVIEWER),
    EscalateReview=allow(operator=Role.REVIEWER),
    ResolveReview=allow(operator=Role.REVIEWER),
)


class CodingServicer(coding_service_pb2_grpc.CodingServiceServicer):
    """Translates; the rules are the domain's."""

    def __init__(self, coder: Coder) -> None:
        """Codes as the stream does."""
        self._coder = coder

    @override
    async def CodeText(
        self, request: coding_service_pb2.CodeTextRequest, context: object
    ) -> coding_service_pb2.CodeTextResponse:
        """The code of one text, a disease's with its modifiers, and its route. Nothing is stored."""
        kind = KINDS.get(request.kind)
        if kind is not None:
            coder = coder_of(request, kind, self._coder.names)
            return await asyncio.to_thread(name_response, request.text, _month(request.treatment_month), coder)
        asked = Asked(text=request.text, month=_month(request.treatment_month), patient=_patient(request))
        [coding] = await asyncio.to_thread(code_many, [asked], self._coder.master, self._coder.ranking)
        disease = coding.disease
        return coding_service_pb2.CodeTextResponse(
            route=WIRE_ROUTES[coding.route],
            disease_code=disease.code if disease is not None else "",
            disease_name=disease.name if disease is not None else "",
            icd10=disease.icd10 if disease is not None else "",
            normalised_text=coding.normalised_text,
            coder_version=coder_version(self._coder.master, self._coder.ranking),
            modifier_codes=coding.modifier_codes,
            reason=coding.reason,
            candidates=[_candidate(each) for each in coding.candidates],
            probability=coding.p,
        )


def _candidate(candidate: Candidate) -> coding_service_pb2.CodeCandidate:
    disease = candidate.disease
    return coding_service_pb2.CodeCandidate(
        disease_code=disease.code,
        disease_name=disease.name,
        icd10=disease.icd10,
        probability=candidate.p,
        found_by=candidate.found_by,
    )


def _patient(request: coding_service_pb2.CodeTextRequest) -> Patient:
    return Patient(
        sex=Sex(request.sex) if request.sex else None,
        age_band_years=request.age_band_years if request.HasField("age_band_years") else None,
    )


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise invalid("treatment_month", "month", "a month is written YYYYMM") from error


class WholeServicer(CodingServicer, ReviewMethods):
    """All methods of the contract in one object, as gRPC wants them."""

    def __init__(self, coder: Coder, desk: ReviewDesk) -> None:
        """The coder for texts, the desk for reviewers."""
        CodingServicer.__init__(self, coder)
        ReviewMethods.__init__(self, desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """What the services answer with."""

    coder: Coder
    reviews: ReviewDesk
    synonyms: rpc_synonyms.SynonymServicer
    audit: rpc_audit.AuditServicer
    backlog: rpc_backlog.BacklogServicer


def surface(desks: Desks, pressure: Callable[[], float | None]) -> RpcSurface:
    """What coding offers."""

    def register(server: grpc.aio.Server) -> None:
        whole = WholeServicer(desks.coder, desks.reviews)
        coding_service_pb2_grpc.add_CodingServiceServicer_to_server(whole, server)
        rpc_synonyms.register(server, desks.synonyms)
        rpc_audit.register(server, desks.audit)
        rpc_backlog.register(server, desks.backlog)

    names = [NAME, rpc_synonyms.NAME, rpc_audit.NAME, rpc_backlog.NAME]
    access = {**ACCESS, **rpc_synonyms.ACCESS, **rpc_audit.ACCESS, **rpc_backlog.ACCESS}
    return RpcSurface(register=register, names=names, access=access, pressure=pressure)
