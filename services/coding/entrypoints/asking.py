"""The agents' work where a model is configured: what is passed on to be asked about, and what comes of asking.

`coding.requested` is coded at full speed by the embedded coder. A request with a line of the middle band is passed on
to `coding.advice`, in the transaction in which it would have been answered, where the model answers and there is room;
everything else is answered at once. The agents of `coding.advice` ask before their transaction, and answer whatever the
model does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from services.coding.adapters.events import ADVICE_TOPIC, request_announcement
from services.coding.adapters.postgres_advice import PostgresAdvice
from services.coding.adapters.postgres_reviews import PostgresReviews
from services.coding.application.advised import Heard, Room, Terms, lines_for_advice, with_advice, with_kept_advice
from services.coding.application.advising import Adviser, Agreement, Thresholds
from services.coding.application.code_batch import (
    Answer,
    CodedRequest,
    CodingRequest,
    LineKey,
    Outcome,
    RequestKey,
    System,
    answer_of,
    coded_requests,
)
from services.coding.application.recoding import merged
from services.coding.application.reviewing import ModelView
from services.coding.bootstrap import Coder, Recoder
from services.coding.domain.ranked import Ranking
from services.coding.settings import CodingSettings
from services.shared.chassis.clock import Clock
from services.shared.chassis.metrics import Count
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.telemetry import Telemetry


class Asked(Adviser, Protocol):
    """An adviser that tells beforehand whether a question of now would be sent."""

    def may_be_asked(self) -> bool:
        """Whether it would."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Advising:
    """Whom to ask, and how: `adviser` None where no model is configured (any more)."""

    adviser: Asked | None
    agreement: Agreement | None
    asked_from: float
    places: int
    deadline_s: float
    room: Room

    def terms(self, coder: Coder, ranking: Ranking) -> Terms:
        """The terms of a batch, with the threshold of the ranker of now."""
        automatic_from = min(ranking.threshold, 1.0)
        return Terms(
            thresholds=Thresholds(asked_from=min(self.asked_from, automatic_from), automatic_from=automatic_from),
            agreement=self.agreement,
            master_version=coder.master.version,
            places=self.places,
            deadline_s=self.deadline_s,
        )


def advising_of(settings: CodingSettings, adviser: Asked | None) -> Advising:
    """How the settings want the adviser to be asked."""
    return Advising(
        adviser=adviser,
        agreement=settings.agreement,
        asked_from=settings.coding_model_asked_from,
        places=settings.coding_model_places,
        deadline_s=settings.coding_model_deadline_s,
        room=Room(settings.coding_model_waiting),
    )


async def coded_by(coder: Coder, requests: list[CodingRequest]) -> tuple[CodedRequest, ...]:
    """The requests coded, outside the event loop and any transaction."""
    return await asyncio.to_thread(partial(coded_requests, requests, master=coder.master, ranking=coder.ranking))


def answers_of(coded: Sequence[CodedRequest], now: datetime) -> tuple[Answer, ...]:
    """The answers of a whole batch: some 30 ms of values, which calls would wait for in the event loop."""
    return tuple(answer_of(each, now) for each in coded)


@dataclass(slots=True, kw_only=True)
class Forwarding:
    """Codes and answers requests, but passes on those that a model may be asked about. One batch at a time."""

    coder: Coder
    advising: Advising
    _open_lines: dict[RequestKey, tuple[LineKey, ...]] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The coder's."""
        return self.coder.clock

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch by the embedded coder."""
        coded = await coded_by(self.coder, requests)
        self._open_lines = self._lines_to_ask_about(coded)
        return await asyncio.to_thread(answers_of, coded, self.clock.now())

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Answer within the transaction what is not passed on within it; what was answered before is answered again."""
        passed_on = {key for key in self._open_lines if self._goes_to_the_model(key)}
        at_once = tuple(answer for answer in decided if answer.key not in passed_on)
        outcome = await self.coder.answer(requests, at_once, tx)
        known = {answer.key for answer in outcome.answers}
        asked = {request.key: request for request in requests}
        now = self.clock.now()
        tx.announce([request_announcement(asked[key], ADVICE_TOPIC, now) for key in sorted(passed_on - known)])
        left = [line for key, lines in self._open_lines.items() if key not in passed_on for line in lines]
        return Outcome(answers=outcome.answers, decided=outcome.decided, systems=dict.fromkeys(left, System.DEGRADED))

    def _lines_to_ask_about(self, coded: tuple[CodedRequest, ...]) -> dict[RequestKey, tuple[LineKey, ...]]:
        """By request, the lines that a model may be asked about; requests without one are left out."""
        if self.coder.ranking is None or self.advising.adviser is None:
            return {}
        thresholds = self.advising.terms(self.coder, self.coder.ranking).thresholds
        lines = {each.request.key: lines_for_advice(each, thresholds) for each in coded}
        return {key: of_request for key, of_request in lines.items() if of_request}

    def _goes_to_the_model(self, key: RequestKey) -> bool:
        """Where a request with an open line goes: to the model, where it answers and there is room."""
        adviser = self.advising.adviser
        return (
            adviser is not None and adviser.may_be_asked() and self.advising.room.takes(key, self.clock.monotonic_s())
        )


@dataclass(slots=True, kw_only=True)
class Asking:
    """Codes requests that were passed on, asks about them, and answers. One batch at a time."""

    coder: Coder
    advising: Advising
    telemetry: Telemetry
    _heard: list[Heard] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """The coder's."""
        return self.coder.clock

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch, with the model's word where there is one in time. Outside of any transaction."""
        coded = await coded_by(self.coder, requests)
        ranking, adviser = self.coder.ranking, self.advising.adviser
        if ranking is None or adviser is None:
            self._heard = [Heard(coded=each) for each in coded]
        else:
            self._heard = await with_advice(coded, adviser, self.advising.terms(self.coder, ranking))
        for heard in self._heard:
            self._count(heard)
        now = self.clock.now()
        return tuple(answer_of(heard.coded, now) for heard in self._heard)

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Answer within the transaction, and keep what the model said, for the record and for reviewers."""
        outcome = await self.coder.answer(requests, decided, tx)
        new = {answer.key for answer in outcome.decided}
        heard = [each for each in self._heard if each.coded.request.key in new]
        told = [advice for each in heard for advice in each.advice]
        await PostgresAdvice(tx).keep(told, self.clock.now())
        await PostgresReviews(tx).tell({each.key: ModelView(pick=each.pick, model=each.model) for each in told})
        self.advising.room.left([request.key for request in requests])
        systems = {each.key: System.ADVISED for each in told}
        systems |= {line: System.DEGRADED for each in heard for line in each.silent}
        return Outcome(answers=outcome.answers, decided=outcome.decided, systems=systems)

    def _count(self, heard: Heard) -> None:
        for advice in heard.advice:
            self.telemetry.metrics.add(Count.VIEWS, standing=advice.standing.value)
        if heard.silent:
            self.telemetry.metrics.add(Count.VIEWS, len(heard.silent), standing="silent")


@dataclass(slots=True, kw_only=True)
class Recalling:
    """Codes answered requests anew without asking anybody: what a model confirmed of them counts as it did."""

    recoder: Recoder
    advising: Advising
    _coded: tuple[CodedRequest, ...] = ()

    @property
    def clock(self) -> Clock:
        """The coder's."""
        return self.recoder.clock

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch by the embedded coder."""
        self._coded = await coded_by(self.recoder.coder, merged(requests))
        now = self.clock.now()
        return tuple(answer_of(each, now) for each in self._coded)

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Revise within the transaction what is decided otherwise, with what was confirmed weighed again."""
        coder = self.recoder.coder
        kept = await PostgresAdvice(tx).confirmed([answer.key for answer in decided])
        if kept and coder.ranking is not None:
            terms, now = self.advising.terms(coder, coder.ranking), self.clock.now()
            decided = tuple(answer_of(with_kept_advice(each, kept, terms), now) for each in self._coded)
        return await self.recoder.answer(requests, decided, tx)
