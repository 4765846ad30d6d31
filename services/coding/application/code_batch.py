"""Answers a batch of requests for codes: decide all, load what was answered before, save the rest, announce all.

Deciding needs no transaction and takes most of the time, so it comes first and runs outside of one; what was answered
before is rare, and its first answer stands whatever was decided now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple, Protocol

from services.coding.domain.candidates import Candidate
from services.coding.domain.coding import Coding, Route
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranked import Asked, Ranking, code_many, coder_version
from services.coding.domain.verify import NOT_TOLD, Patient
from services.shared.kernel.months import Month

RequestKey = tuple[str, str]
"""Claim id and the id of the event that asks: the natural key of an answer."""
MOST_KEPT: Final = 12
"""Candidates of a line that are kept: what a person, or a model, is shown."""
_P_DIGITS: Final = 4


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
    hospital_code: str = ""

    @property
    def key(self) -> RequestKey:
        """What a repeated request has in common with its first."""
        return (self.claim_id, self.cause_event_id)


class SeenCandidate(NamedTuple):
    """A candidate as it is kept: code, probability, and the spelling by which it was found."""

    code: str
    p: float
    found_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCoding:
    """The answer for one line, and what was seen when it was given.

    The code is empty where the route has none; modifiers are in the record's order. `spelling` is the normalised text,
    `p` the probability that the code's ICD-10 is right, `reason` what speaks against an automatic code.
    """

    line: int
    route: Route
    disease_code: str
    modifier_codes: tuple[str, ...] = ()
    spelling: str = ""
    p: float | None = None
    reason: str = ""
    candidates: tuple[SeenCandidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request: the first, the same for ever, or a later `revision` of it, numbered from 1."""

    claim_id: str
    cause_event_id: str
    treatment_month: Month
    codings: tuple[LineCoding, ...]
    coder_version: str
    completed_at: datetime
    traceparent: str
    patient: Patient = NOT_TOLD
    hospital_code: str = ""
    revision: int = 0

    @property
    def key(self) -> RequestKey:
        """The request's key."""
        return (self.claim_id, self.cause_event_id)


class LaterAnswers(Protocol):
    """The revisions of answered requests, within the transaction of the batch."""

    async def standing(self, asked: Mapping[RequestKey, str]) -> Mapping[RequestKey, Answer]:
        """Answered requests as they stand, under their highest number, each with the traceparent it was asked with."""
        ...


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


class System(Enum):
    """Who had a part in deciding a line."""

    EMBEDDED = "embedded"
    """The embedded coder alone, as nobody else was to be asked."""
    ADVISED = "advised"
    """The embedded coder, with a model's view."""
    DEGRADED = "degraded"
    """The embedded coder alone, since a model that is configured could not be asked or did not answer."""


LineKey = tuple[str, str, int]
"""Claim id, id of the event that asked, line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a batch came to: all answers, and those of them that were decided now.

    `systems`: lines of these that not the embedded coder alone was to decide.
    """

    answers: tuple[Answer, ...]
    decided: tuple[Answer, ...]
    systems: Mapping[LineKey, System] = field(default_factory=dict)


async def answer_batch(
    requests: Sequence[CodingRequest], decided: Sequence[Answer], *, answers: Answers, later: LaterAnswers
) -> Outcome:
    """Keep and announce what was decided.

    A request that was answered before gets its first answer again, and behind it the revision that is in force.
    """
    distinct = {request.key: request for request in requests}
    known = await answers.find(tuple(distinct.values()))
    new = tuple(answer for answer in decided if answer.key not in known)
    await answers.add(new)
    standing = await later.standing({key: distinct[key].traceparent for key in known}) if known else {}
    revised = [answer for answer in standing.values() if answer.revision]
    everything = (*known.values(), *revised, *new)
    answers.announce(everything)
    return Outcome(answers=everything, decided=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedRequest:
    """A request with the coding of each of its mentions, in order, by the coder of a version."""

    request: CodingRequest
    codings: tuple[Coding, ...]
    coder_version: str


def decide(
    requests: Sequence[CodingRequest], *, master: DiseaseMaster, ranking: Ranking | None, now: datetime
) -> tuple[Answer, ...]:
    """The answer to every distinct request, all their texts coded as one batch."""
    return tuple(answer_of(coded, now) for coded in coded_requests(requests, master=master, ranking=ranking))


def coded_requests(
    requests: Sequence[CodingRequest], *, master: DiseaseMaster, ranking: Ranking | None
) -> tuple[CodedRequest, ...]:
    """Every distinct request coded, all their texts as one batch."""
    distinct = list({request.key: request for request in requests}.values())
    asked = [
        Asked(text=mention.text, month=request.treatment_month, patient=request.patient)
        for request in distinct
        for mention in request.mentions
    ]
    codings = iter(code_many(asked, master, ranking))
    version = coder_version(master, ranking)
    return tuple(
        CodedRequest(request=request, codings=tuple(islice(codings, len(request.mentions))), coder_version=version)
        for request in distinct
    )


def answer_of(coded: CodedRequest, now: datetime) -> Answer:
    """The answer that the codings come to."""
    request = coded.request
    return Answer(
        claim_id=request.claim_id,
        cause_event_id=request.cause_event_id,
        treatment_month=request.treatment_month,
        codings=tuple(
            _line(mention.line, coding) for mention, coding in zip(request.mentions, coded.codings, strict=True)
        ),
        coder_version=coded.coder_version,
        completed_at=now,
        traceparent=request.traceparent,
        patient=request.patient,
        hospital_code=request.hospital_code,
    )


def _line(line: int, coding: Coding) -> LineCoding:
    return LineCoding(
        line=line,
        route=coding.route,
        disease_code=coding.disease.code if coding.disease is not None else "",
        modifier_codes=coding.modifier_codes,
        spelling=coding.normalised_text,
        p=round(coding.p, _P_DIGITS) if coding.p is not None else None,
        reason=coding.reason,
        candidates=tuple(_seen(candidate) for candidate in coding.candidates[:MOST_KEPT]),
    )


def _seen(candidate: Candidate) -> SeenCandidate:
    return SeenCandidate(code=candidate.disease.code, p=round(candidate.p, _P_DIGITS), found_by=candidate.found_by)
