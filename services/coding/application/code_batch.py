"""Answers a batch of requests for codes: load what was answered before, decide the rest, save, announce all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.coding.domain.coding import Route, code_of, coder_version
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.verify import NOT_TOLD, Patient
from services.shared.kernel.months import Month

RequestKey = tuple[str, str]
"""Claim id and the id of the event that asks: the natural key of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A diagnosis as free text, on a line of the receipt."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingRequest:
    """One claim's uncoded texts, and what is told of the patient. `traceparent` is carried on unchanged."""

    claim_id: str
    cause_event_id: str
    treatment_month: Month
    mentions: tuple[Mention, ...]
    traceparent: str
    patient: Patient = NOT_TOLD

    @property
    def key(self) -> RequestKey:
        """What a repeated request has in common with its first."""
        return (self.claim_id, self.cause_event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCoding:
    """The answer for one line; the code is empty where the route has none, modifiers are in the record's order."""

    line: int
    route: Route
    disease_code: str
    modifier_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request, the same for ever."""

    claim_id: str
    cause_event_id: str
    treatment_month: Month
    codings: tuple[LineCoding, ...]
    coder_version: str
    completed_at: datetime
    traceparent: str

    @property
    def key(self) -> RequestKey:
        """The request's key."""
        return (self.claim_id, self.cause_event_id)


class Answers(Protocol):
    """Where answers are kept, within the transaction of the batch."""

    async def find(self, requests: Sequence[CodingRequest]) -> Mapping[RequestKey, Answer]:
        """The answers given before to any of the requests, carrying the traceparent of the request of now."""
        ...

    async def add(self, answers: Sequence[Answer]) -> None:
        """Keep new answers. Raises a transient fault when another process has answered one of them meanwhile."""
        ...

    def announce(self, answers: Sequence[Answer]) -> None:
        """Publish the answers when the transaction commits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a batch came to: all answers, and those of them that were decided now."""

    answers: tuple[Answer, ...]
    decided: tuple[Answer, ...]


async def code_batch(
    requests: Sequence[CodingRequest], *, master: DiseaseMaster, answers: Answers, now: datetime
) -> Outcome:
    """Answer every distinct request once; one that was answered before gets its first answer again."""
    distinct = {request.key: request for request in requests}
    known = await answers.find(tuple(distinct.values()))
    decided = tuple(_decide(request, master, now) for key, request in distinct.items() if key not in known)
    await answers.add(decided)
    everything = (*known.values(), *decided)
    answers.announce(everything)
    return Outcome(answers=everything, decided=decided)


def _decide(request: CodingRequest, master: DiseaseMaster, now: datetime) -> Answer:
    return Answer(
        claim_id=request.claim_id,
        cause_event_id=request.cause_event_id,
        treatment_month=request.treatment_month,
        codings=tuple(_line(mention, request, master) for mention in request.mentions),
        coder_version=coder_version(master),
        completed_at=now,
        traceparent=request.traceparent,
    )


def _line(mention: Mention, request: CodingRequest, master: DiseaseMaster) -> LineCoding:
    coding = code_of(mention.text, request.treatment_month, master, request.patient)
    code = coding.disease.code if coding.disease is not None else ""
    return LineCoding(line=mention.line, route=coding.route, disease_code=code, modifier_codes=coding.modifier_codes)
