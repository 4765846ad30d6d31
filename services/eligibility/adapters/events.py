"""The events eligibility takes and makes, to and from the wire."""

from google.protobuf.message import DecodeError
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_events
from seikyu.eligibility.v1 import coverage_pb2, events_pb2

from services.eligibility.application.ports import AskedClaim, AskedPayer, Determination
from services.eligibility.domain.coverage import CoverReason, LimitCategory, Sex
from services.eligibility.domain.determination import Cover, Question
from services.shared.chassis.instants import instant, timestamp
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, PoisonEvent
from services.shared.kernel.ids import event_id
from services.shared.kernel.months import Month

RECEIVED_TOPIC = "claims.received"
DETERMINED_TOPIC = "eligibility.determined"
DETERMINED_TYPE = "jp.seikyu.eligibility.determined.v1"
SOURCE = "eligibility"
DETERMINATION_PREFIX = "det_"
EVENT_PREFIX = "evt_"
_SEX = {sex.value: sex for sex in Sex}
_REASON = {reason.value: reason for reason in CoverReason}
_LIMIT_CATEGORY = {each.value: each for each in LimitCategory}


def asked_claim(event: Event) -> AskedClaim:
    """The body of claims.received.

    Raises:
        PoisonEvent: unreadable bytes, or a missing id, an impossible month or an unknown sex.
    """
    try:
        body = claims_events.ClaimReceived.FromString(event.value)
    except DecodeError:
        raise PoisonEvent(DeadLetterReason.UNREADABLE) from None
    cause = event.event_id
    if not cause or not body.claim_id or body.claim_id != event.key or body.sex not in _SEX:
        raise PoisonEvent(DeadLetterReason.INVALID)
    return AskedClaim(
        claim_id=body.claim_id,
        cause_event_id=cause,
        traceparent=event.traceparent,
        treatment_month=_month(body.treatment_month),
        payers=tuple(_asked_payer(payer, _SEX[body.sex]) for payer in body.payers),
    )


def _asked_payer(payer: claims_events.PayerMember, sex: Sex) -> AskedPayer:
    if not payer.payer_number or not payer.member_key:
        raise PoisonEvent(DeadLetterReason.INVALID)
    question = Question(
        payer_number=payer.payer_number,
        is_programme=payer.kind == claim_pb2.PAYER_KIND_PROGRAMME,
        branch=payer.branch,
        birth_digest=payer.birth_digest,
        sex=sex,
    )
    return AskedPayer(payer.member_key, question)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise PoisonEvent(DeadLetterReason.INVALID) from None


def determined_event_id(determination: Determination) -> str:
    """Derived from the cause, so that a re-announcement has the same id."""
    return event_id(DETERMINED_TYPE, determination.claim_id, determination.cause_event_id)


def encode(determination: Determination) -> bytes:
    """EligibilityDetermined, the same bytes for the same determination."""
    message = events_pb2.EligibilityDetermined(
        claim_id=determination.claim_id,
        determination_id=DETERMINATION_PREFIX + determined_event_id(determination).removeprefix(EVENT_PREFIX),
        cause_event_id=determination.cause_event_id,
        treatment_month=str(determination.treatment_month),
        covers=[cover_message(cover) for cover in determination.covers],
    )
    message.determined_time.CopyFrom(timestamp(determination.determined_at))
    return message.SerializeToString(deterministic=True)


def decode(answer: bytes) -> Determination:
    """The determination that `encode` made these bytes of."""
    message = events_pb2.EligibilityDetermined.FromString(answer)
    return Determination(
        claim_id=message.claim_id,
        cause_event_id=message.cause_event_id,
        treatment_month=Month.parse(message.treatment_month),
        covers=tuple(_cover(each) for each in message.covers),
        determined_at=instant(message.determined_time),
    )


def cover_message(cover: Cover) -> coverage_pb2.Cover:
    """A cover as its message."""
    return coverage_pb2.Cover(
        payer_number=cover.payer_number,
        covered=cover.reason is CoverReason.COVERED,
        reason=cover.reason.value,  # type: ignore[arg-type]  # the domain's numbers are the wire's, and a test says so
        copay_tenths=cover.copay_tenths,
        limit_category=cover.limit_category.value,  # type: ignore[arg-type]  # as above
        branch=cover.branch,
        public_programme=cover.is_programme,
    )


def _cover(message: coverage_pb2.Cover) -> Cover:
    return Cover(
        payer_number=message.payer_number,
        reason=_REASON[message.reason],
        copay_tenths=message.copay_tenths,
        limit_category=_LIMIT_CATEGORY[message.limit_category],
        branch=message.branch,
        is_programme=message.public_programme,
    )


def announcement(determination: Determination, value: bytes, traceparent: str) -> Announcement:
    """The event eligibility.determined; `value` is what `encode` gives. The claim's traceparent goes on unchanged."""
    return Announcement(
        topic=DETERMINED_TOPIC,
        key=determination.claim_id,
        event_id=determined_event_id(determination),
        type=DETERMINED_TYPE,
        source=SOURCE,
        subject=determination.claim_id,
        traceparent=traceparent,
        value=value,
        time=determination.determined_at,
    )
