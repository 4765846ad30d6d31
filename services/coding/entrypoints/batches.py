"""One batch of requests from bytes to a committed transaction: each answered, or put aside with the reason.

Unlike the batch consumers', a poisoned key is not parked: each request stands alone, so no order can be lost.
"""

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from services.coding.adapters.events import REQUESTED_TOPIC, read_request
from services.coding.application.code_batch import Answer, CodingRequest, Outcome, System
from services.coding.domain.coding import AUTOMATIC, Route
from services.shared.chassis.backoff import Backoff, BackoffBounds, RetriesExhausted
from services.shared.chassis.clock import Clock
from services.shared.chassis.consumer import ConsumerObserver, TooManyDeadLetters
from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.messages import Event
from services.shared.chassis.metrics import Count
from services.shared.chassis.poison import DeadLetterRatio, Verdict, dead_letter, verdict
from services.shared.chassis.postgres import Database, Transaction, TransientFault
from services.shared.chassis.spans import current_traceparent
from services.shared.chassis.telemetry import Telemetry

DEAD_LETTER_WINDOW: Final = 1_000
DEAD_LETTER_LIMIT: Final = 200
RETRY_BOUNDS: Final = BackoffBounds(first_s=0.05, cap_s=5.0, total_s=600.0)


class Work(Protocol):
    """What is done with requests: coded for the first time, or anew."""

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    async def decide(self, requests: list[CodingRequest]) -> tuple[Answer, ...]:
        """Decide a batch, outside the event loop and any transaction."""
        ...

    async def answer(self, requests: list[CodingRequest], decided: tuple[Answer, ...], tx: Transaction) -> Outcome:
        """Keep and announce within the transaction what was decided."""
        ...


class RequestBatches:
    """Takes batches one after the other; `take` returns once the batch's effect is committed."""

    def __init__(  # noqa: D417 - the rest is named for what it is
        self,
        *,
        coder: Work,
        database: Database,
        telemetry: Telemetry,
        observer: ConsumerObserver,
        group: str,
        topic: str = REQUESTED_TOPIC,
    ) -> None:
        """For one topic.

        Args:
            group: stands on dead letters.
            topic: names the crash points, `<topic>.decided`, `.before-commit` and `.after-commit`.
        """
        self._topic = topic
        self._coder = coder
        self._database = database
        self._telemetry = telemetry
        self._observer = observer
        self._group = group
        self._ratio = DeadLetterRatio(DEAD_LETTER_WINDOW, DEAD_LETTER_LIMIT)

    async def take(self, events: Sequence[Event], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Answer or put aside every event, in one transaction that is tried again, raised, after transient faults.

        Where our own code fails, the halves are taken by themselves, down to the one event to blame, which is put
        aside. Raises TooManyDeadLetters, RetriesExhausted; nothing of what failed is committed then.
        """
        try:
            await self._take_whole(events, sleep)
        except (TooManyDeadLetters, RetriesExhausted):
            raise
        except Exception as fault:  # noqa: BLE001 - the outermost consumer loop: whatever it is, one event is to blame
            if len(events) == 1:
                await self._take_whole(events, sleep, fault)
                return
            middle = len(events) // 2
            await self.take(events[:middle], sleep)
            await self.take(events[middle:], sleep)

    async def _take_whole(
        self, events: Sequence[Event], sleep: Callable[[float], Awaitable[None]], fault: Exception | None = None
    ) -> None:
        """`fault`: what our own code did to them, for which they are put aside."""
        requests, verdicts = _read(events, fault)
        if self._ratio.would_pass(len(verdicts)):
            self._observer.stopped()
            raise TooManyDeadLetters
        backoff = Backoff(RETRY_BOUNDS, self._coder.clock, random.random)  # noqa: S311 - jitter
        while True:
            try:
                await self._apply(events, requests, verdicts)
                break
            except TransientFault:
                self._observer.retried()
                events = [event.raised() for event in events]
                requests, verdicts = _read(events, fault)
                await backoff.wait(sleep)
        self._ratio.record(len(events), len(verdicts))
        for aside in verdicts:
            self._observer.dead_lettered(aside.event, aside.reason)

    async def _apply(self, events: Sequence[Event], requests: list[CodingRequest], verdicts: list[Verdict]) -> None:
        began_ns = time.time_ns()
        began_s = time.perf_counter()
        with self._observer.applying(events):
            answers = await self._coder.decide(requests)
            crashpoint(f"{self._topic}.decided")
            async with self._database.transaction(label=self._topic) as tx:
                outcome = await self._coder.answer(requests, answers, tx)
                now = self._coder.clock.now()
                tx.announce([dead_letter(aside, group=self._group, now=now) for aside in verdicts])
            self._write_spans(outcome.answers, began_ns)
        self._observer.batch_applied(events, time.perf_counter() - began_s)
        self._count(outcome)

    def _write_spans(self, answers: Sequence[Answer], began_ns: int) -> None:
        batch = current_traceparent()
        self._telemetry.claims.stages(
            "coding code",
            [answer.traceparent for answer in answers],
            start_ns=began_ns,
            attributes_of=lambda index: {"seikyu.mentions": len(answers[index].codings)},
            links=[batch] if batch is not None else [],
        )

    def _count(self, outcome: Outcome) -> None:
        counted = Counter(
            (coding.route, outcome.systems.get((*answer.key, coding.line), System.EMBEDDED))
            for answer in outcome.decided
            for coding in answer.codings
        )
        for (route, system), mentions in counted.items():
            self._telemetry.metrics.add(
                Count.CODING, mentions, route=route.value, outcome=outcome_of(route), system=system.value
            )


def outcome_of(route: Route) -> str:
    """What the route means to who watches: a sure code, one for a person, or none."""
    if route in AUTOMATIC:
        return "coded"
    return "review" if route is Route.REVIEW else "unresolved"


def _read(events: Sequence[Event], fault: Exception | None = None) -> tuple[list[CodingRequest], list[Verdict]]:
    if fault is not None:
        return [], [verdict(event, fault) for event in events]
    requests: list[CodingRequest] = []
    verdicts: list[Verdict] = []
    for event in events:
        try:
            requests.append(read_request(event))
        except Exception as error:  # noqa: BLE001 - whatever one event does to us, the others are answered
            verdicts.append(verdict(event, error))
    return requests, verdicts
