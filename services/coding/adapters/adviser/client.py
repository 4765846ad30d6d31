"""The adviser: a language model behind its screens, its guard and its limits. It advises or is silent, and no more."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Final

from services.coding.adapters.adviser.answering import AnswerRefused, Pick, pick_of
from services.coding.adapters.adviser.limits import COOL_DOWN_S, Breaker, Budget, PickCache
from services.coding.adapters.adviser.metering import AskedOutcome, Meter
from services.coding.adapters.adviser.prompting import (
    CANARY,
    NONE,
    PROMPT_VERSION,
    BodyRefused,
    Rung,
    Shuffler,
    body_of,
    is_name,
    prompt_of,
)
from services.coding.adapters.adviser.transport import ModelUnreachable, RequestRefused, Transport
from services.coding.application.advising import Advice, Question
from services.coding.domain.identifiers import identifier_in
from services.coding.domain.injection import injection_in
from services.shared.chassis.logs import get_logger

CONCURRENT_CALLS: Final = 8
WAIT_FOR_PLACE_S: Final = 0.5

_log = get_logger(__name__)


class Ladder:
    """Which rung each server and model was found to stand on: tried once, with a canary."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._rungs: dict[tuple[str, str], Rung] = {}

    def rung(self, transport: Transport) -> Rung | None:
        """What was found."""
        return self._rungs.get((transport.endpoint.url, transport.model))

    def forget(self, transport: Transport) -> None:
        """The server is another than it was."""
        self._rungs.pop((transport.endpoint.url, transport.model), None)

    async def climb(self, transport: Transport, shuffler: Shuffler | Random) -> Rung | None:
        """Try from the best form of request down until an answer is within the rules; None where none is.

        Raises ModelUnreachable: nothing was learnt.
        """
        for rung in Rung:
            try:
                await asked(transport, CANARY, rung, shuffler)
            except (RequestRefused, AnswerRefused):
                continue
            self._rungs[transport.endpoint.url, transport.model] = rung
            return rung
        return None


async def asked(
    transport: Transport, question: Question, rung: Rung, shuffler: Shuffler | Random
) -> tuple[Advice, Pick]:
    """Ask one question. Raises ModelUnreachable, RequestRefused, AnswerRefused, BodyRefused."""
    prompt = prompt_of(question, shuffler)
    answer = await transport.send(body_of(prompt, model=transport.model, rung=rung))
    pick = pick_of(answer, prompt.allowed, is_constrained=rung is not Rung.PLAIN)
    index = None if pick.label == NONE else prompt.labels[pick.label]
    advice = Advice(index=index, logprob=pick.logprob, model=transport.model, prompt_version=PROMPT_VERSION)
    return advice, pick


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bounds the use."""

    breaker: Breaker
    budget: Budget
    cache: PickCache
    places: asyncio.Semaphore


class ModelAdviser:
    """An Adviser over one server. `start` it before the first question, `close` it after the last."""

    def __init__(
        self, *, transport: Transport, limits: Limits, meter: Meter, ladder: Ladder, shuffler: Shuffler | Random
    ) -> None:
        """`shuffler` orders the candidates anew for each request."""
        self._transport = transport
        self._limits = limits
        self._meter = meter
        self._ladder = ladder
        self._shuffler = shuffler
        self._canary: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Try the server once. One that does not answer is tried again later; nothing waits for it."""
        await self._try_canary()

    def begin(self) -> None:
        """The same beside whatever else is starting, again and again until the server answers."""
        self._canary = asyncio.create_task(self._try_until_it_answers())

    @property
    def rung(self) -> Rung | None:
        """What the server was found to understand; None while it does not answer within the rules."""
        return self._ladder.rung(self._transport) if not self._limits.breaker.is_open else None

    def may_be_asked(self) -> bool:
        """Whether a question of now would be sent: the server answers within the rules, and the budget is not used up.

        Where the server does not, and its time has come, a canary is sent beside.
        """
        if self.rung is None:
            self._wake()
            return False
        return not self._limits.budget.is_spent

    async def close(self) -> None:
        """End what is under way."""
        if self._canary is not None:
            self._canary.cancel()
        await self._transport.session.close()

    async def advise(self, question: Question) -> Advice | None:
        """The pick, or None. Never raises for what the model, the network or the mention does."""
        outcome, advice = await self._advised(question)
        self._meter.outcome(outcome)
        return advice

    async def _advised(self, question: Question) -> tuple[AskedOutcome, Advice | None]:
        held_back = held_back_for(question)
        if held_back is not None:
            return held_back, None
        known = self._limits.cache.find(question)
        if known is not None:
            return AskedOutcome.CACHED, known
        rung = self.rung
        if rung is None:
            self._wake()
            return AskedOutcome.BREAKER, None
        try:
            async with asyncio.timeout(WAIT_FOR_PLACE_S):
                await self._limits.places.acquire()
        except TimeoutError:
            return AskedOutcome.SATURATED, None
        try:
            if not self._limits.budget.take_call():
                return AskedOutcome.BUDGET, None
            return await self._asked(question, rung)
        finally:
            self._limits.places.release()

    async def _asked(self, question: Question, rung: Rung) -> tuple[AskedOutcome, Advice | None]:
        with self._meter.call() as span:
            try:
                advice, pick = await asked(self._transport, question, rung, self._shuffler)
            except BodyRefused:
                span.error_type = AskedOutcome.BODY.value
                return AskedOutcome.BODY, None
            except asyncio.CancelledError:  # whoever asked waits no longer: too slow is a failure as well
                self._limits.breaker.failed()
                span.error_type = "given_up"
                raise
            except (ModelUnreachable, RequestRefused, AnswerRefused) as fault:
                self._limits.breaker.failed()
                outcome = _outcome_of(fault)
                span.error_type = fault.kind if isinstance(fault, ModelUnreachable) else outcome.value
                return outcome, None
            self._meter.used(span, pick)
        self._limits.breaker.succeeded()
        self._limits.budget.spend(pick.input_tokens + pick.output_tokens)
        self._limits.cache.keep(question, advice)
        return AskedOutcome.NONE if advice.index is None else AskedOutcome.PICKED, advice

    def _wake(self) -> None:
        """Send a canary where its time has come, beside the work and never before it."""
        is_under_way = self._canary is not None and not self._canary.done()
        if self._limits.breaker.wants_canary and not is_under_way:
            self._canary = asyncio.create_task(self._try_canary())

    async def _try_until_it_answers(self) -> None:
        await self._try_canary()
        while self.rung is None:
            await asyncio.sleep(COOL_DOWN_S)
            await self._try_canary()

    async def _try_canary(self) -> None:
        reason = "answers"
        try:
            rung = self._ladder.rung(self._transport)
            if rung is None:
                rung = await self._ladder.climb(self._transport, self._shuffler)
            else:
                await asked(self._transport, CANARY, rung, self._shuffler)
        except (RequestRefused, AnswerRefused):
            self._ladder.forget(self._transport)
            rung = None
        except ModelUnreachable as fault:
            rung, reason = None, fault.kind
        if rung is None:
            self._limits.breaker.opened()
            _log.warning("language model does not answer within the rules", model=self._transport.model, reason=reason)
            return
        self._limits.breaker.closed()
        _log.info("language model answers", model=self._transport.model, mode=rung.value)


def held_back_for(question: Question) -> AskedOutcome | None:
    """Which screen keeps a question from being asked; None where none does."""
    if identifier_in(question.mention) is not None or not all(is_name(each.name) for each in question.candidates):
        return AskedOutcome.IDENTIFIER
    return AskedOutcome.INJECTION if injection_in(question.mention) is not None else None


def _outcome_of(fault: Exception) -> AskedOutcome:
    if isinstance(fault, AnswerRefused):
        return AskedOutcome.OUT_OF_SET
    return AskedOutcome.REFUSED if isinstance(fault, RequestRefused) else AskedOutcome.UNREACHABLE
