"""The messages that claims announces and reads. The only place where a receipt's facts become an event.

Members leave this service as keyed digests; names, numbers, birth dates and withheld texts do not leave it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from google.protobuf.message import DecodeError
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_pb2
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1 import events_pb2 as coding_pb2
from seikyu.eligibility.v1 import coverage_pb2
from seikyu.eligibility.v1 import events_pb2 as eligibility_pb2

from services.claims.application.model import Coded, Decided, Determined, NewClaim
from services.claims.domain.adjudication import Cover
from services.claims.domain.correction import Cause
from services.claims.domain.found_codes import CodeRevision, FoundCode
from services.claims.domain.outcome import Outcome, PayerPart, Reason
from services.claims.domain.share.case import LimitCategory
from services.claims.domain.uke.facts import PayerFacts, PayerKind, ReceiptFacts
from services.shared.chassis.instants import instant, timestamp
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, PoisonEvent
from services.shared.chassis.traceparent import is_raised
from services.shared.kernel.ids import ClaimId, event_id
from services.shared.kernel.keyed_digest import keyed_digest
from services.shared.kernel.member import birth_digest, canonical_member, canonical_part, member_key

SOURCE: Final = "claims"
RECEIVED_TOPIC: Final = "claims.received"
RECEIVED_TYPE: Final = "jp.seikyu.claims.received.v1"
CODING_TOPIC: Final = "coding.requested"
CODING_TYPE: Final = "jp.seikyu.coding.requested.v1"
ADJUDICATED_TOPIC: Final = "claims.adjudicated"
ADJUDICATED_TYPE: Final = "jp.seikyu.claims.adjudicated.v1"

OUTCOMES: Final[Mapping[Outcome, claim_pb2.ClaimState.ValueType]] = {
    Outcome.APPROVED: claim_pb2.CLAIM_STATE_APPROVED,
    Outcome.REDUCED: claim_pb2.CLAIM_STATE_REDUCED,
    Outcome.RETURNED: claim_pb2.CLAIM_STATE_RETURNED,
    Outcome.PENDED: claim_pb2.CLAIM_STATE_PENDED,
    Outcome.WITHDRAWN: claim_pb2.CLAIM_STATE_WITHDRAWN,
}
_CAUSES: Final = {cause: claim_pb2.DecisionCause.Value(f"DECISION_CAUSE_{cause.name}") for cause in Cause}
_KINDS: Final[Mapping[PayerKind, claim_pb2.PayerKind.ValueType]] = {
    PayerKind.INSURER: claim_pb2.PAYER_KIND_INSURER,
    PayerKind.PROGRAMME: claim_pb2.PAYER_KIND_PROGRAMME,
}
PERSON_BYTES: Final = 16
_REASON_PREFIX: Final = "COVER_REASON_"
AUTOMATIC_ROUTES: Final = frozenset(
    {
        coding_service_pb2.CODING_ROUTE_EXACT,
        coding_service_pb2.CODING_ROUTE_DECOMPOSED,
        coding_service_pb2.CODING_ROUTE_RANKED,
        coding_service_pb2.CODING_ROUTE_REVIEWED,
    }
)
"""Routes by which a code is sure, a person's included; a route that this version does not know is not one of them."""
_CATEGORIES: Final[Mapping[coverage_pb2.LimitCategory.ValueType, LimitCategory]] = {
    coverage_pb2.LimitCategory.Value(f"LIMIT_CATEGORY_{category.name}"): category for category in LimitCategory
}


def received(claim: NewClaim, hospital_code: str, platform_key: bytes, now: datetime) -> Announcement:
    """claims.received for a claim."""
    facts = claim.facts
    birth = _compact(facts.birth_date)
    message = claims_pb2.ClaimReceived(
        claim_id=claim.claim_id,
        hospital_code=hospital_code,
        treatment_month=facts.treatment_month,
        receipt_kind=facts.kind.code,
        sex=int(facts.sex.value),
        payers=[_member(payer, platform_key, birth) for payer in facts.payers],
        received_time=timestamp(now),
    )
    return _announcement(RECEIVED_TOPIC, RECEIVED_TYPE, claim, value=message.SerializeToString(), now=now)


def coding_requested(claim: NewClaim, hospital_code: str, now: datetime) -> Announcement:
    """coding.requested for a claim whose texts the identifier screen let pass."""
    message = coding_pb2.CodingRequested(
        claim_id=claim.claim_id,
        treatment_month=claim.facts.treatment_month,
        mentions=[coding_pb2.Mention(line=line, text=text) for line, text in claim.plan.mentions],
        sex=int(claim.facts.sex.value),
        age_band_years=claim.plan.age_band_years,
        requested_time=timestamp(now),
        hospital_code=hospital_code,
    )
    return _announcement(CODING_TOPIC, CODING_TYPE, claim, value=message.SerializeToString(), now=now)


def _announcement(topic: str, kind: str, claim: NewClaim, *, value: bytes, now: datetime) -> Announcement:
    return Announcement(
        topic=topic,
        key=claim.claim_id,
        event_id=event_id(kind, claim.claim_id, claim.claim_id),
        type=kind,
        source=SOURCE,
        subject=claim.claim_id,
        traceparent=claim.traceparent,
        value=value,
        time=now,
    )


def _member(payer: PayerFacts, platform_key: bytes, birth: str) -> claims_pb2.PayerMember:
    key = member_key(platform_key, canonical_member(payer.number, payer.symbol, payer.member_number))
    return claims_pb2.PayerMember(
        payer_number=payer.number,
        kind=_KINDS[payer.kind],
        member_key=key,
        branch=payer.branch,
        birth_digest=birth_digest(platform_key, key, birth),
    )


def person_of(facts: ReceiptFacts, hospital_code: str, platform_key: bytes) -> bytes:
    """Keyed digest that one person's claims of a month and kind at a hospital share.

    A person is the first payer's member with a birth date, a sex and a name, for twins may share all but the name.
    """
    lead = facts.payers[0]
    member = canonical_member(lead.number, lead.symbol, lead.member_number)
    month = f"|{hospital_code}|{facts.treatment_month}|{facts.kind.code}"
    rest = f"{month}|{_compact(facts.birth_date)}|{facts.sex.value}|{canonical_part(facts.name)}"
    return keyed_digest(platform_key, b"person|" + member + rest.encode())[:PERSON_BYTES]


def _compact(day: date) -> str:
    """YYYYMMDD, at a tenth of what strftime takes."""
    return day.isoformat().replace("-", "")


def adjudicated_content(decided: Decided) -> bytes:
    """The ClaimAdjudicated message of a decision, as it is stored and announced."""
    decision, claim = decided.decision, decided.claim
    return claims_pb2.ClaimAdjudicated(
        claim_id=claim.claim_id,
        decision_id=decided.decision_id,
        hospital_code=claim.hospital_code,
        claim_month=claim.claim_month,
        treatment_month=claim.treatment_month,
        receipt_kind=claim.receipt_kind,
        outcome=OUTCOMES[decision.outcome],
        reasons=[_reason(each) for each in decision.reasons],
        billed_points=decision.billed_points,
        billed_yen=decision.billed_yen,
        patient_yen=decision.patient_yen,
        reduced_yen=decision.reduced_yen,
        parts=[_part(each, decided.member_keys) for each in decision.parts],
        notes=[str(note) for note in decision.notes],
        decided_time=timestamp(decided.decided_at),
        number=decided.number,
        replaces_decision_id=decided.replaces or "",
        cause=_CAUSES[decided.cause],
        coding_revision=claim.coding_revision,
    ).SerializeToString()


def adjudicated(claim_id: str, decision: str, *, traceparent: str, content: bytes, at: datetime) -> Announcement:
    """claims.adjudicated for a stored decision."""
    return Announcement(
        topic=ADJUDICATED_TOPIC,
        key=claim_id,
        event_id=event_id(ADJUDICATED_TYPE, claim_id, decision),
        type=ADJUDICATED_TYPE,
        source=SOURCE,
        subject=claim_id,
        traceparent=traceparent,
        value=content,
        time=at,
    )


def _reason(reason: Reason) -> claim_pb2.Reason:
    return claim_pb2.Reason(
        code=reason.code.name,
        official_code=reason.official_code,
        message=reason.message,
        payer_number=reason.payer_number,
    )


def _part(part: PayerPart, member_keys: Mapping[str, str]) -> claims_pb2.PayerPart:
    return claims_pb2.PayerPart(
        payer_number=part.payer_number,
        kind=_KINDS[part.kind],
        payer_member_key=member_keys.get(part.payer_number, ""),
        points=part.points,
        share_yen=part.share_yen,
    )


def determined_of(event: Event) -> Determined:
    """What an eligibility.determined event says; raises PoisonEvent."""
    try:
        message = eligibility_pb2.EligibilityDetermined.FromString(event.value)
    except DecodeError as unreadable:
        raise PoisonEvent(DeadLetterReason.UNREADABLE) from unreadable
    if not message.claim_id or not message.covers:
        raise PoisonEvent(DeadLetterReason.INVALID)
    return Determined(
        claim_id=ClaimId(message.claim_id),
        covers=tuple(_cover(each) for each in message.covers),
        content=event.value,
        determined_at=instant(message.determined_time),
        is_raised=is_raised(event.traceparent),
    )


def _cover(cover: coverage_pb2.Cover) -> Cover:
    return Cover(
        payer_number=cover.payer_number,
        covered=cover.covered,
        reason=coverage_pb2.CoverReason.Name(cover.reason).removeprefix(_REASON_PREFIX),
        copay_tenths=cover.copay_tenths,
        public_programme=cover.public_programme,
        category=_CATEGORIES.get(cover.limit_category),
    )


def read_covers(content: bytes) -> tuple[Cover, ...]:
    """The covers of an EligibilityDetermined message, as it was kept."""
    return tuple(_cover(each) for each in eligibility_pb2.EligibilityDetermined.FromString(content).covers)


def read_codes(content: bytes) -> tuple[FoundCode, ...]:
    """The codes of a CodingCompleted message, as it was kept, that coding was sure of."""
    return _sure_codes(coding_pb2.CodingCompleted.FromString(content))


def read_revision(content: bytes) -> CodeRevision:
    """A CodingCompleted message, as it was kept."""
    message = coding_pb2.CodingCompleted.FromString(content)
    return CodeRevision(message.revision, _sure_codes(message), instant(message.completed_time))


def sure_lines(content: bytes) -> list[coding_pb2.MentionCoding]:
    """The lines of a CodingCompleted message with a code that coding was sure of."""
    return [each for each in coding_pb2.CodingCompleted.FromString(content).codings if is_sure(each)]


def is_sure(coding: coding_pb2.MentionCoding) -> bool:
    """Whether a line has a code that needs no person any more."""
    return coding.route in AUTOMATIC_ROUTES and bool(coding.disease_code)


def say_the_same(one: bytes, other: bytes) -> bool:
    """Whether two CodingCompleted messages say the same of the same lines, whenever and by whichever coder."""
    lines = [coding_pb2.CodingCompleted.FromString(each).codings for each in (one, other)]
    return _by_line(lines[0]) == _by_line(lines[1])


def _by_line(codings: Iterable[coding_pb2.MentionCoding]) -> list[tuple[object, ...]]:
    return sorted((each.line, each.route, each.disease_code, tuple(each.modifier_codes)) for each in codings)


def _sure_codes(message: coding_pb2.CodingCompleted) -> tuple[FoundCode, ...]:
    return tuple(
        FoundCode(each.line, each.disease_code, tuple(each.modifier_codes)) for each in message.codings if is_sure(each)
    )


def coded_of(event: Event) -> Coded:
    """What a coding.completed event says; raises PoisonEvent."""
    try:
        message = coding_pb2.CodingCompleted.FromString(event.value)
    except DecodeError as unreadable:
        raise PoisonEvent(DeadLetterReason.UNREADABLE) from unreadable
    if not message.claim_id or message.revision < 0:
        raise PoisonEvent(DeadLetterReason.INVALID)
    return Coded(
        claim_id=ClaimId(message.claim_id),
        content=event.value,
        completed_at=instant(message.completed_time),
        revision=message.revision,
        codes=_sure_codes(message),
        is_raised=is_raised(event.traceparent),
    )
