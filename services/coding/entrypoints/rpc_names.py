"""CodeText for drugs and procedures: translates; the rules are the naming room's."""

from collections.abc import Mapping
from typing import Final

import grpc
from seikyu.coding.v1 import coding_service_pb2

from services.coding.domain.naming.deciding import NameCoder, NameCoding, NameRoute
from services.coding.domain.naming.listed import NameKind
from services.coding.domain.naming.ranking import NameCandidate
from services.shared.chassis.rpc_errors import RpcRefusal, invalid
from services.shared.kernel.months import Month

KINDS: Final[Mapping[coding_service_pb2.CodeKind.ValueType, NameKind]] = {
    coding_service_pb2.CODE_KIND_DRUG: NameKind.DRUG,
    coding_service_pb2.CODE_KIND_PROCEDURE: NameKind.PROCEDURE,
}
"""What the wire calls the masters of names; all else is a disease."""
WIRE_NAME_ROUTES: Final[Mapping[NameRoute, coding_service_pb2.CodingRoute.ValueType]] = {
    NameRoute.EXACT: coding_service_pb2.CODING_ROUTE_EXACT,
    NameRoute.PARTS: coding_service_pb2.CODING_ROUTE_PARTS,
    NameRoute.RANKED: coding_service_pb2.CODING_ROUTE_RANKED,
    NameRoute.REVIEW: coding_service_pb2.CODING_ROUTE_REVIEW,
    NameRoute.UNRESOLVED: coding_service_pb2.CODING_ROUTE_UNRESOLVED,
}


def coder_of(
    request: coding_service_pb2.CodeTextRequest, kind: NameKind, coders: Mapping[NameKind, NameCoder]
) -> NameCoder:
    """The coder of the kind.

    Raises RpcRefusal: FAILED_PRECONDITION without its master, INVALID_ARGUMENT where a patient is told of, whom no name
    of a drug or a procedure asks after.
    """
    if request.sex or request.HasField("age_band_years"):
        raise invalid("kind", "disease", "sex and age band tell of diseases alone")
    coder = coders.get(kind)
    if coder is None:
        message = f"the {kind.value} master is not configured: SEIKYU_NAME_MASTERS names the folder that holds it"
        raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NO_NAME_MASTER", message)
    return coder


def name_response(text: str, month: Month, coder: NameCoder) -> coding_service_pb2.CodeTextResponse:
    """What one text was coded to."""
    [coding] = coder.code([text], month)
    return coding_service_pb2.CodeTextResponse(
        route=WIRE_NAME_ROUTES[coding.route],
        normalised_text=coding.spelling,
        coder_version=coder.version,
        reason=_reason(coding),
        probability=coding.candidates[0].p if coding.candidates else None,
        names=[_candidate(each) for each in coding.candidates],
    )


def _reason(coding: NameCoding) -> str:
    return coding.refusal.value if coding.refusal is not None else ""


def _candidate(candidate: NameCandidate) -> coding_service_pb2.NameCandidate:
    return coding_service_pb2.NameCandidate(
        code=candidate.row.code,
        name=candidate.row.name,
        probability=candidate.p,
        found_by=candidate.found_by,
        generic_code=candidate.row.generic_code,
    )
