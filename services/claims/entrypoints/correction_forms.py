"""Corrections in the form of the contract: why a person decided, and what became of a claim, in its timeline too."""

import asyncpg
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.claims.v1 import claim_pb2, correction_service_pb2

from services.claims.adapters.postgres_corrections import ClaimHistory
from services.claims.application.reasons import Why
from services.claims.application.reported_errors import Reported
from services.claims.entrypoints.forms import decision_of
from services.shared.chassis.instants import timestamp

DECIDED = "decided"
REDECIDED = "redecided"
_KIND_PREFIX = "CORRECTION_KIND_"
_UNSPECIFIED = "UNSPECIFIED"
_ERROR_REASON = "ERROR_REASON_"
_TOLD_BY_ITS_DECISION = frozenset({claim_pb2.CORRECTION_KIND_REVIEW_DECIDED})
"""Steps that are one with the decision they led to."""


def with_history(claim: claim_pb2.Claim, history: ClaimHistory) -> claim_pb2.Claim:
    """The claim with all that became of it, filled in."""
    claim.decisions.extend([decision_of(row["content"]) for row in history.decisions])
    claim.corrections.extend(
        [
            claim_pb2.Correction(
                kind=row["kind"],
                asked_by=row["asked_by"],
                reason=row["reason"],
                other_claim_id=row["other_claim_id"] or "",
                decision_id=row["decision_id"] or "",
                time=timestamp(row["at"]),
                note=row["note"] or "",
                agreement_reference=row["reference"],
            )
            for row in history.corrections
        ]
    )
    claim.resubmission_of = history.resubmission_of
    _tell_in_time(claim)
    return claim


def _tell_in_time(claim: claim_pb2.Claim) -> None:
    """Every decision and every correction as a stage, in the order of their times."""
    if not claim.decisions and not claim.corrections:
        return
    whys = {each.decision_id: each.reason for each in claim.corrections if each.kind in _TOLD_BY_ITS_DECISION}
    stages = [each for each in claim.timeline if each.stage != DECIDED]
    stages += [
        _stage(DECIDED if each.number <= 1 else REDECIDED, each.decided_time, whys.get(each.decision_id, ""))
        for each in claim.decisions
    ]
    stages += [
        _stage(claim_pb2.CorrectionKind.Name(each.kind).removeprefix(_KIND_PREFIX).lower(), each.time, each.reason)
        for each in claim.corrections
        if each.kind not in _TOLD_BY_ITS_DECISION
    ]
    del claim.timeline[:]
    claim.timeline.extend(sorted(stages, key=lambda each: each.time.ToNanoseconds()))


def _stage(name: str, at: Timestamp, reason: str) -> claim_pb2.StageTime:
    return claim_pb2.StageTime(stage=name, time=at, reason=reason)


def reported_of(request: correction_service_pb2.ReportErrorRequest) -> Reported:
    """An error as it was reported."""
    reason = correction_service_pb2.ErrorReason.Name(request.reason).removeprefix(_ERROR_REASON)
    return Reported(reason=reason, reference=request.agreement_reference)


def error_report_of(row: asyncpg.Record) -> correction_service_pb2.ErrorReport:
    """A reported error that waits for an answer."""
    return correction_service_pb2.ErrorReport(
        claim_id=row["claim_id"],
        hospital_code=row["hospital_code"],
        claim_month=row["claim_month"],
        reported_by=row["side"],
        reason=correction_service_pb2.ErrorReason.Value(_ERROR_REASON + row["reason"]),
        reported_time=timestamp(row["reported_at"]),
    )


def why_of_review(request: correction_service_pb2.DecideReviewRequest) -> Why:
    """Why a review came out as it did; for a cut, 増減点事由."""
    if request.HasField("reduced"):
        return Why(reason=request.reduced.official_code, note=request.note)
    if request.HasField("upheld"):
        name = correction_service_pb2.UpholdReason.Name(request.upheld.reason)
        return _why(name, "UPHOLD_REASON_", request.note)
    return _why_returned(request.returned, request.note)


def why_of_pended(request: correction_service_pb2.DecidePendedRequest) -> Why:
    """Why a person accepted, cut or returned what a rule pended; for a cut, 増減点事由."""
    if request.HasField("reduced"):
        return Why(reason=request.reduced.official_code, note=request.note)
    if request.HasField("accepted"):
        name = correction_service_pb2.AcceptReason.Name(request.accepted.reason)
        return _why(name, "ACCEPT_REASON_", request.note)
    return _why_returned(request.returned, request.note)


def _why_returned(returned: correction_service_pb2.ReviewReturned, note: str) -> Why:
    return _why(correction_service_pb2.ReturnReason.Name(returned.reason), "RETURN_REASON_", note)


def _why(name: str, prefix: str, note: str) -> Why:
    reason = name.removeprefix(prefix)
    return Why(reason="" if reason == _UNSPECIFIED else reason, note=note)
