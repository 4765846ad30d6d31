"""Decides which requests a model is asked about, asks about them, and weighs its word. Owns that nothing waits for it.

The embedded coder has coded a request before any model hears of it. What the model says can raise the first candidate's
code from a person's desk, by the rules of advising.py, and change nothing else; without an answer in time the embedded
coder's stands as it was.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.coding.application.advising import (
    Advice,
    Adviser,
    Agreement,
    Question,
    Standing,
    Thresholds,
    is_asked,
    question_of,
    standing_of,
    weighed,
)
from services.coding.application.code_batch import CodedRequest, LineKey, RequestKey
from services.coding.domain.coding import Coding, Route
from services.coding.domain.ranked import lacks_probability_alone

NONE_PICKED: Final = "none"
"""Stands for the code where the model answered that no candidate fits."""
FORGOTTEN_AFTER_S: Final = 15.0
"""A request that was passed on so long ago is waiting no longer, or another process has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a model is asked.

    `agreement` None: confirming was not measured, so nothing becomes automatic. A batch's questions are asked `places`
    at a time, and end after `deadline_s`.
    """

    thresholds: Thresholds
    agreement: Agreement | None
    master_version: str
    places: int
    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAdvice:
    """What a model said of a line: the code that it picked, or `none`; `p` without and `weighed_p` with its word."""

    claim_id: str
    cause_event_id: str
    line: int
    pick: str
    standing: Standing
    model: str
    prompt_version: str
    logprob: float | None
    p: float
    weighed_p: float

    @property
    def key(self) -> LineKey:
        """The line's key."""
        return (self.claim_id, self.cause_event_id, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A coded request after the model was asked: what it said, and the lines about which it was silent."""

    coded: CodedRequest
    advice: tuple[LineAdvice, ...] = ()
    silent: tuple[LineKey, ...] = ()


def lines_for_advice(coded: CodedRequest, thresholds: Thresholds) -> tuple[LineKey, ...]:
    """The lines that a model may be asked about."""
    mentions = zip(coded.request.mentions, coded.codings, strict=True)
    return tuple(
        (*coded.request.key, mention.line) for mention, coding in mentions if is_for_advice(coding, thresholds)
    )


def is_for_advice(coding: Coding, thresholds: Thresholds) -> bool:
    """Whether the first candidate lies in the middle band, and nothing else stands against it."""
    return lacks_probability_alone(coding) and coding.p is not None and is_asked(coding.p, thresholds)


class Room:
    """How many requests wait for a model at most, as far as this process knows. Beyond it nothing is passed on."""

    def __init__(self, most: int) -> None:
        """Empty."""
        self._most = most
        self._waiting: OrderedDict[RequestKey, float] = OrderedDict()

    def takes(self, key: RequestKey, now_s: float) -> bool:
        """Whether the request may be passed on; it then counts until `left`, or FORGOTTEN_AFTER_S."""
        while self._waiting and now_s - next(iter(self._waiting.values())) >= FORGOTTEN_AFTER_S:
            self._waiting.popitem(last=False)
        if key not in self._waiting and len(self._waiting) >= self._most:
            return False
        self._waiting.pop(key, None)
        self._waiting[key] = now_s
        return True

    def left(self, keys: Sequence[RequestKey]) -> None:
        """The requests were answered."""
        for key in keys:
            self._waiting.pop(key, None)


async def with_advice(batch: Sequence[CodedRequest], adviser: Adviser, terms: Terms) -> list[Heard]:
    """Each request as the model's word leaves it."""
    asked = [
        (place, number, question)
        for place, coded in enumerate(batch)
        for number in range(len(coded.codings))
        if (question := _question(coded, number, terms)) is not None
    ]
    said = await _asked_in_time(adviser, [question for _, _, question in asked], terms)
    heard = [Heard(coded=coded) for coded in batch]
    for (place, number, question), advice in zip(asked, said, strict=True):
        heard[place] = _with_one(heard[place], number, question, advice=advice, terms=terms)
    return heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """That a model under a prompt picked a code which was then the first candidate."""

    code: str
    model: str
    prompt_version: str


def with_kept_advice(coded: CodedRequest, kept: Mapping[LineKey, Confirmed], terms: Terms) -> CodedRequest:
    """A request that is coded anew, with what was confirmed of its lines before weighed again; nobody is asked.

    It holds for the same code alone, at the probability of now, and by the measurement of now.
    """
    codings = list(coded.codings)
    for number, (mention, coding) in enumerate(zip(coded.request.mentions, coded.codings, strict=True)):
        told = kept.get((*coded.request.key, mention.line))
        if told is None or not is_for_advice(coding, terms.thresholds) or coding.p is None:
            continue
        if told.code != coding.candidates[0].disease.code:
            continue
        advice = Advice(index=0, model=told.model, prompt_version=told.prompt_version)
        outcome = weighed(coding.p, advice, terms.thresholds, terms.agreement)
        if outcome.is_automatic:
            codings[number] = replace(coding, route=Route.RANKED, p=outcome.p)
    return replace(coded, codings=tuple(codings))


def _question(coded: CodedRequest, number: int, terms: Terms) -> Question | None:
    """The question about one line, of its text as written: screens and models read that; None where none is asked."""
    coding = coded.codings[number]
    if not is_for_advice(coding, terms.thresholds):
        return None
    return question_of(
        coded.request.mentions[number].text,
        coding.candidates,
        master_version=terms.master_version,
        patient=coded.request.patient,
    )


async def _asked_in_time(adviser: Adviser, questions: Sequence[Question], terms: Terms) -> list[Advice | None]:
    """What was said until the deadline, None for the rest. Whatever the adviser does, nothing of it is raised."""
    if not questions:
        return []
    places = asyncio.Semaphore(terms.places)

    async def one(question: Question) -> Advice | None:
        async with places:
            return await adviser.advise(question)

    tasks = [asyncio.create_task(one(question)) for question in questions]
    try:
        await asyncio.wait(tasks, timeout=terms.deadline_s)
    finally:
        for task in tasks:
            task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    return [said if isinstance(said, Advice) else None for said in ended]


def _with_one(heard: Heard, number: int, question: Question, *, advice: Advice | None, terms: Terms) -> Heard:
    """The request after one more answer, or none."""
    request, coding = heard.coded.request, heard.coded.codings[number]
    line = request.mentions[number].line
    if advice is None or coding.p is None:
        return replace(heard, silent=(*heard.silent, (*request.key, line)))
    outcome = weighed(coding.p, advice, terms.thresholds, terms.agreement)
    told = LineAdvice(
        claim_id=request.claim_id,
        cause_event_id=request.cause_event_id,
        line=line,
        pick=NONE_PICKED if advice.index is None else question.candidates[advice.index].key,
        standing=standing_of(advice),
        model=advice.model,
        prompt_version=advice.prompt_version,
        logprob=advice.logprob,
        p=coding.p,
        weighed_p=outcome.p,
    )
    if outcome.is_automatic:
        codings = list(heard.coded.codings)
        codings[number] = replace(coding, route=Route.RANKED, p=outcome.p)
        heard = replace(heard, coded=replace(heard.coded, codings=tuple(codings)))
    return replace(heard, advice=(*heard.advice, told))
