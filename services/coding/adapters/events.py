"""The events of coding as bytes: reads and passes on requests, writes `coding.completed`."""

import re
from datetime import datetime
from typing import Final

from google.protobuf.message import DecodeError
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from services.coding.application.code_batch import Answer, CodingRequest, Mention
from services.coding.domain.coding import Route
from services.coding.domain.verify import NOT_TOLD, Patient, Sex
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event, PoisonEvent
from services.shared.chassis.traceparent import is_traceparent
from services.shared.kernel.ids import EventId, event_id
from services.shared.kernel.months import Month

REQUESTED_TOPIC: Final = "coding.requested"
ADVICE_TOPIC: Final = "coding.advice"
REQUESTED_TYPE: Final = "jp.seikyu.coding.requested.v1"
COMPLETED_TOPIC: Final = "coding.completed"
COMPLETED_TYPE: Final = "jp.seikyu.coding.completed.v1"
SOURCE: Final = "coding"
MAX_MENTIONS: Final = 200
MAX_TEXT_CHARACTERS: Final = 200
AGE_BANDS_YEARS: Final = range(0, 200, 10)
_NO_SEX: Final = 0
_SEXES: Final = frozenset({_NO_SEX, *(sex.value for sex in Sex)})
_CLAIM_ID: Final = re.compile(r"clm_[0-9a-f]{32}")
_HOSPITAL: Final = re.compile(r"(?:[0-9]{10})?")
_EVENT_ID: Final = re.compile(r"evt_[0-9a-f]{32}")

WIRE_ROUTES: Final = {
    Route.EXACT: coding_service_pb2.CODING_ROUTE_EXACT,
    Route.DECOMPOSED: coding_service_pb2.CODING_ROUTE_DECOMPOSED,
    Route.RANKED: coding_service_pb2.CODING_ROUTE_RANKED,
    Route.REVIEW: coding_service_pb2.CODING_ROUTE_REVIEW,
    Route.NOT_A_DIAGNOSIS: coding_service_pb2.CODING_ROUTE_NOT_A_DIAGNOSIS,
    Route.UNRESOLVED: coding_service_pb2.CODING_ROUTE_UNRESOLVED,
    Route.REVIEWED: coding_service_pb2.CODING_ROUTE_REVIEWED,
}


def read_request(event: Event) -> CodingRequest:
    """The request that the event carries. Raises PoisonEvent: UNREADABLE bytes, or INVALID content."""
    try:
        message = events_pb2.CodingRequested.FromString(event.value)
    except DecodeError as error:
        raise PoisonEvent(DeadLetterReason.UNREADABLE) from error
    mentions = tuple(Mention(line=mention.line, text=mention.text) for mention in message.mentions)
    if not (
        _CLAIM_ID.fullmatch(message.claim_id)
        and message.claim_id == event.key
        and _EVENT_ID.fullmatch(event.event_id)
        and is_traceparent(event.traceparent)
        and _are_valid(mentions)
        and message.sex in _SEXES
        and message.age_band_years in AGE_BANDS_YEARS
        and _HOSPITAL.fullmatch(message.hospital_code)
    ):
        raise PoisonEvent(DeadLetterReason.INVALID)
    try:
        month = Month.parse(message.treatment_month)
    except ValueError as error:
        raise PoisonEvent(DeadLetterReason.INVALID) from error
    return CodingRequest(
        claim_id=message.claim_id,
        cause_event_id=event.event_id,
        treatment_month=month,
        mentions=mentions,
        traceparent=event.traceparent,
        patient=_patient(message),
        hospital_code=message.hospital_code,
    )


def _patient(message: events_pb2.CodingRequested) -> Patient:
    """Where no sex is told, the age band's 0 tells no age either."""
    if message.sex == _NO_SEX:
        return NOT_TOLD
    return Patient(sex=Sex(message.sex), age_band_years=message.age_band_years)


def _are_valid(mentions: tuple[Mention, ...]) -> bool:
    lines = {mention.line for mention in mentions}
    return (
        1 <= len(mentions) <= MAX_MENTIONS
        and len(lines) == len(mentions)
        and all(mention.line > 0 and len(mention.text) <= MAX_TEXT_CHARACTERS for mention in mentions)
    )


def request_announcement(request: CodingRequest, topic: str, now: datetime) -> Announcement:
    """The request once more, for another topic: the same message under the same id, on the same trace."""
    patient = request.patient
    message = events_pb2.CodingRequested(
        claim_id=request.claim_id,
        treatment_month=str(request.treatment_month),
        mentions=[events_pb2.Mention(line=each.line, text=each.text) for each in request.mentions],
        sex=patient.sex.value if patient.sex is not None else _NO_SEX,
        age_band_years=patient.age_band_years or 0,
        hospital_code=request.hospital_code,
    )
    message.requested_time.FromDatetime(now)
    return Announcement(
        topic=topic,
        key=request.claim_id,
        event_id=request.cause_event_id,
        type=REQUESTED_TYPE,
        source=SOURCE,
        subject=request.claim_id,
        traceparent=request.traceparent,
        value=message.SerializeToString(deterministic=True),
        time=now,
    )


def completed_id(answer: Answer) -> EventId:
    """The event's id: of the first answer by the request, of a revision by its number as well."""
    cause = f"{answer.cause_event_id}/{answer.revision}" if answer.revision else answer.cause_event_id
    return event_id(COMPLETED_TYPE, answer.claim_id, cause)


def announcement_of(answer: Answer) -> Announcement:
    """The answer as an event: the same answer always has the same id and the same bytes."""
    message = events_pb2.CodingCompleted(
        claim_id=answer.claim_id,
        cause_event_id=answer.cause_event_id,
        codings=[
            events_pb2.MentionCoding(
                line=coding.line,
                route=WIRE_ROUTES[coding.route],
                disease_code=coding.disease_code,
                modifier_codes=coding.modifier_codes,
            )
            for coding in answer.codings
        ],
        coder_version=answer.coder_version,
        revision=answer.revision,
    )
    message.completed_time.FromDatetime(answer.completed_at)
    return Announcement(
        topic=COMPLETED_TOPIC,
        key=answer.claim_id,
        event_id=completed_id(answer),
        type=COMPLETED_TYPE,
        source=SOURCE,
        subject=answer.claim_id,
        traceparent=answer.traceparent,
        value=message.SerializeToString(deterministic=True),
        time=answer.completed_at,
    )
