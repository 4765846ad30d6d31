"""Settlement's messages: reads `claims.adjudicated`, writes the payers' ClaimSettled."""

import re
from datetime import datetime
from typing import Final

from google.protobuf.message import DecodeError
from seikyu.claims.v1 import claim_pb2, events_pb2
from seikyu.settlement.v1 import events_pb2 as settled_pb2

from services.settlement.domain.decision import MOST_DECISIONS, SUBMITTED, Decision, Outcome, Part, is_conserved, merged
from services.settlement.domain.posting import SETTLED_TYPE, Settled, Share
from services.settlement.domain.transfers import MOST_YEN
from services.shared.chassis.cursor_relay import StreamItem
from services.shared.chassis.instants import timestamp
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, PoisonEvent
from services.shared.chassis.traceparent import is_traceparent
from services.shared.kernel.ids import ClaimId, DecisionId, EventId, TransferId, decision_id
from services.shared.kernel.money import Points, Yen

SOURCE: Final = "settlement"
ADJUDICATED_TOPIC: Final = "claims.adjudicated"
PAYER_TOPIC: Final = "settlement."
STATEMENTS_TOPIC: Final = "statements."
OUTCOMES: Final = {
    claim_pb2.CLAIM_STATE_APPROVED: Outcome.APPROVED,
    claim_pb2.CLAIM_STATE_REDUCED: Outcome.REDUCED,
    claim_pb2.CLAIM_STATE_RETURNED: Outcome.RETURNED,
    claim_pb2.CLAIM_STATE_PENDED: Outcome.PENDED,
    claim_pb2.CLAIM_STATE_WITHDRAWN: Outcome.WITHDRAWN,
}
_CAUSE_PREFIX: Final = "DECISION_CAUSE_"
_MONTH: Final = re.compile(r"[0-9]{4}(0[1-9]|1[0-2])")
_WORD: Final = re.compile(r"[!-~]{0,128}")
"""What ids, codes and kinds are written in; a byte that no database keeps, or a whole text, is in none of them."""


def topic_of(payer_number: str) -> str:
    """The payer's own topic."""
    return PAYER_TOPIC + payer_number


def statements_topic_of(payer_number: str) -> str:
    """Where claims tells the payer the statements of its members' households; settlement makes it, and no more."""
    return STATEMENTS_TOPIC + payer_number


def parse_adjudicated(event: Event) -> Decision:
    """The decision of a `claims.adjudicated` event.

    Raises:
        PoisonEvent: UNREADABLE bytes, INVALID for a missing or unwritable id or a sum that cannot be, CONTRADICTORY
            where billed yen are not the sum of parts, patient and reduction.
    """
    try:
        message = events_pb2.ClaimAdjudicated.FromString(event.value)
    except DecodeError as unreadable:
        raise PoisonEvent(DeadLetterReason.UNREADABLE) from unreadable
    decision = _decision(message, event)
    if not is_conserved(decision):
        raise PoisonEvent(DeadLetterReason.CONTRADICTORY)
    return decision


def _decision(message: events_pb2.ClaimAdjudicated, event: Event) -> Decision:
    outcome = OUTCOMES.get(message.outcome)
    traceparent, cause = event.traceparent, event.event_id
    named = message.claim_id and message.decision_id and message.hospital_code and cause
    if outcome is None or not named or not is_traceparent(traceparent) or not _is_written(message):
        raise PoisonEvent(DeadLetterReason.INVALID)
    if not all(0 <= yen <= MOST_YEN for yen in (message.patient_yen, message.reduced_yen)):
        raise PoisonEvent(DeadLetterReason.INVALID)
    number = message.number or 1
    if not _is_numbered(message, number):
        raise PoisonEvent(DeadLetterReason.INVALID)
    return Decision(
        decision_id=DecisionId(message.decision_id),
        claim_id=ClaimId(message.claim_id),
        hospital_code=message.hospital_code,
        claim_month=message.claim_month,
        treatment_month=message.treatment_month,
        receipt_kind=message.receipt_kind,
        outcome=outcome,
        billed_yen=Yen(message.billed_yen),
        patient_yen=Yen(message.patient_yen),
        reduced_yen=Yen(message.reduced_yen),
        parts=_parts(message),
        cause_event_id=EventId(cause),
        traceparent=traceparent,
        number=number,
        cause=_cause(message.cause),
    )


def _is_written(message: events_pb2.ClaimAdjudicated) -> bool:
    """Whether the claim month is a month and every other text a word."""
    words = [
        message.claim_id,
        message.decision_id,
        message.hospital_code,
        message.treatment_month,
        message.receipt_kind,
    ]
    words += [word for part in message.parts for word in (part.payer_number, part.payer_member_key)]
    return _MONTH.fullmatch(message.claim_month) is not None and all(map(_WORD.fullmatch, words))


def _is_numbered(message: events_pb2.ClaimAdjudicated, number: int) -> bool:
    """Whether number and link fit: what a later decision takes back is found by the ids that derive from them."""
    if not 1 <= number <= MOST_DECISIONS:
        return False
    if number == 1:
        return not message.replaces_decision_id
    claim = ClaimId(message.claim_id)
    return (message.decision_id, message.replaces_decision_id) == (
        decision_id(claim, number),
        decision_id(claim, number - 1),
    )


def _cause(cause: "claim_pb2.DecisionCause.ValueType") -> str:
    """The cause's name; a cause that this version does not know by its number."""
    if cause == claim_pb2.DECISION_CAUSE_UNSPECIFIED:
        return SUBMITTED
    named = claim_pb2.DecisionCause.DESCRIPTOR.values_by_number.get(cause)
    return named.name.removeprefix(_CAUSE_PREFIX) if named is not None else str(cause)


def _parts(message: events_pb2.ClaimAdjudicated) -> tuple[Part, ...]:
    try:
        return merged(
            Part(
                payer_number=part.payer_number,
                payer_member_key=part.payer_member_key,
                points=Points(part.points),
                share_yen=Yen(part.share_yen),
            )
            for part in message.parts
        )
    except ValueError as refused:
        raise PoisonEvent(DeadLetterReason.INVALID) from refused


def write_settled(settled: Settled, posted_at: datetime) -> bytes:
    """The bytes of a ClaimSettled; the same facts always give the same bytes."""
    share, sign, transfer = settled.share, settled.sign, settled.transfer
    message = settled_pb2.ClaimSettled(
        event_id=settled.event_id,
        payer_number=share.part.payer_number,
        sequence=settled.sequence,
        claim_id=share.claim_id,
        decision_id=share.decision_id,
        transfer_id=transfer.transfer_id if transfer is not None else "",
        hospital_code=share.hospital_code,
        claim_month=share.claim_month,
        treatment_month=share.treatment_month,
        receipt_kind=share.receipt_kind,
        payer_member_key=share.part.payer_member_key,
        points=sign * share.part.points,
        share_yen=sign * share.part.share_yen,
        reduced_yen=sign * share.reduced_yen,
        kind=settled_pb2.SETTLEMENT_KIND_SHARE,
        replaces_decision_id=settled.replaces or "",
        cause=settled.cause,
    )
    if share.patient_yen is not None:
        message.patient_yen = sign * share.patient_yen
    if settled.replaced_by is not None:
        message.kind = settled_pb2.SETTLEMENT_KIND_REVERSAL
        message.reverses_event_id = share.event_id
        message.reverses_transfer_id = share.transfer_id or ""
        message.replaced_by_decision_id = settled.replaced_by.decision_id
    message.posted_time.CopyFrom(timestamp(posted_at))
    return message.SerializeToString(deterministic=True)


def read_share(value: bytes) -> Share:
    """The share that an announced event's bytes tell of; raises DecodeError."""
    message = read_settled(value)
    return Share(
        event_id=EventId(message.event_id),
        transfer_id=TransferId(message.transfer_id) if message.transfer_id else None,
        claim_id=ClaimId(message.claim_id),
        decision_id=DecisionId(message.decision_id),
        hospital_code=message.hospital_code,
        claim_month=message.claim_month,
        treatment_month=message.treatment_month,
        receipt_kind=message.receipt_kind,
        part=Part(
            payer_number=message.payer_number,
            payer_member_key=message.payer_member_key,
            points=Points(message.points),
            share_yen=Yen(message.share_yen),
        ),
        reduced_yen=Yen(message.reduced_yen),
        patient_yen=patient_yen_of(message),
    )


def patient_yen_of(message: settled_pb2.ClaimSettled) -> Yen | None:
    """What the receipt's patient pays, negative in a reversal; none in events older than the field."""
    return Yen(message.patient_yen) if message.HasField("patient_yen") else None


def read_settled(value: bytes) -> settled_pb2.ClaimSettled:
    """The message of an announced event's bytes; raises DecodeError."""
    return settled_pb2.ClaimSettled.FromString(value)


def stream_item(
    *,
    payer: str,
    sequence: int,
    event_id: str,
    subject: str,
    value: bytes,
    traceparent: str,
    time: datetime,
    ce_type: str = SETTLED_TYPE,
) -> StreamItem:
    """An announced event as the relay publishes it; its key is its subject: a claim's id, or what a notice is about."""
    return StreamItem(
        stream=payer,
        sequence=sequence,
        announcement=Announcement(
            topic=topic_of(payer),
            key=subject,
            event_id=event_id,
            type=ce_type,
            source=SOURCE,
            subject=subject,
            traceparent=traceparent,
            value=value,
            time=time,
        ),
    )
