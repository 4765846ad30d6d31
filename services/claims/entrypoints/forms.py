"""Answers, claims and findings in the form of the contract. Translation only."""

import asyncpg
from seikyu.claims.v1 import claim_pb2, claim_service_pb2
from seikyu.claims.v1 import events_pb2 as claims_events

from services.claims.adapters.findings_text import read_findings
from services.claims.adapters.form_findings import form_findings_of
from services.claims.application.model import Answer
from services.claims.domain.outputs.wording import in_japanese
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.code_forms import coded_diagnoses_of
from services.shared.chassis.instants import timestamp
from services.shared.chassis.traceparent import trace_id_of


def profile_of(profile: claim_service_pb2.Profile.ValueType) -> Profile:
    """Unspecified means lenient."""
    return Profile.STRICT if profile == claim_service_pb2.PROFILE_STRICT else Profile.LENIENT


def answer_of(
    answer: Answer, accepted: claim_pb2.ClaimState.ValueType = claim_pb2.CLAIM_STATE_RECEIVED
) -> claim_service_pb2.ReceiptAnswer:
    """One receipt's answer; `accepted` is the state of those that are not rejected."""
    return claim_service_pb2.ReceiptAnswer(
        index=answer.place,
        claim_id=answer.claim_id or "",
        state=accepted if answer.claim_id is not None else claim_pb2.CLAIM_STATE_REJECTED,
        findings=form_findings_of(answer.findings),
        repeated_submission=answer.repeated,
        receipt_number=answer.receipt_number,
    )


def claim_of(row: asyncpg.Record) -> claim_pb2.Claim:
    """The claim of a row that `get_claim` or `list_claims` gave."""
    return claim_pb2.Claim(
        claim_id=row["claim_id"],
        hospital_code=row["hospital_code"],
        review_agency=row["agency"],
        claim_month=row["claim_month"],
        treatment_month=row["treatment_month"],
        receipt_number=row["receipt_number"],
        receipt_kind=row["receipt_kind"],
        state=row["outcome"] or claim_pb2.CLAIM_STATE_RECEIVED,
        declared_points=row["declared_points"],
        findings=form_findings_of(read_findings(row["findings"])),
        decision=decision_of(row["content"]) if row["content"] is not None else None,
        timeline=_timeline_of(row),
        coded_diagnoses=coded_diagnoses_of(row["revisions"] or (), row["lates"] or (), row["withheld_lines"]),
        trace_id=trace_id_of(row["traceparent"]),
        submission_id=row["submission_id"],
    )


def decision_of(content: bytes) -> claim_pb2.Decision:
    """The decision that was stored as it was announced."""
    made = claims_events.ClaimAdjudicated.FromString(content)
    return claim_pb2.Decision(
        decision_id=made.decision_id,
        outcome=made.outcome,
        reasons=[_reason_of(each) for each in made.reasons],
        billed_points=made.billed_points,
        billed_yen=made.billed_yen,
        payers=[
            claim_pb2.PayerShare(
                payer_number=part.payer_number, kind=part.kind, points=part.points, share_yen=part.share_yen
            )
            for part in made.parts
        ],
        patient_yen=made.patient_yen,
        reduced_yen=made.reduced_yen,
        notes=made.notes,
        decided_time=made.decided_time,
        number=made.number or 1,
        replaces_decision_id=made.replaces_decision_id,
        cause=made.cause or claim_pb2.DECISION_CAUSE_SUBMITTED,
        coding_revision=made.coding_revision if made.HasField("coding_revision") else None,
    )


def _reason_of(reason: claim_pb2.Reason) -> claim_pb2.Reason:
    """The reason with its Japanese words, which stored decisions do not carry."""
    reason.message_ja = reason.message_ja or in_japanese(reason.code)
    return reason


def _timeline_of(row: asyncpg.Record) -> list[claim_pb2.StageTime]:
    moments = (
        ("received", row["received_at"]),
        ("eligibility", row["determined_at"]),
        ("coding", row["coded_at"]),
        ("decided", row["decided_at"]),
    )
    return [claim_pb2.StageTime(stage=stage, time=timestamp(at)) for stage, at in moments if at is not None]
