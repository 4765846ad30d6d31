"""What became of a claim, in the form of the contract: every decision, every correction, and both in the timeline."""

from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.claims.v1 import claim_pb2

from services.claims.adapters.postgres_corrections import ClaimHistory
from services.claims.entrypoints.forms import decision_of
from services.shared.chassis.instants import timestamp

DECIDED = "decided"
REDECIDED = "redecided"
_KIND_PREFIX = "CORRECTION_KIND_"
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
    stages = [each for each in claim.timeline if each.stage != DECIDED]
    stages += [_stage(DECIDED if each.number <= 1 else REDECIDED, each.decided_time) for each in claim.decisions]
    stages += [
        _stage(claim_pb2.CorrectionKind.Name(each.kind).removeprefix(_KIND_PREFIX).lower(), each.time)
        for each in claim.corrections
        if each.kind not in _TOLD_BY_ITS_DECISION
    ]
    del claim.timeline[:]
    claim.timeline.extend(sorted(stages, key=lambda each: each.time.ToNanoseconds()))


def _stage(name: str, at: Timestamp) -> claim_pb2.StageTime:
    return claim_pb2.StageTime(stage=name, time=at)
