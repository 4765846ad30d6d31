"""Figures of the review queue: what waits, how old and how late it is, how people decide. Never who decides."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from services.coding.application.reviewing import Decided
from services.coding.domain.rulings import Ruling
from services.shared.chassis.clock import Clock
from services.shared.chassis.metrics import Count, Duration, Level, Metrics, Reading
from services.shared.chassis.postgres import Database
from services.shared.chassis.queries import load_queries

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "reviews.sql")
_STATES: Final = ("open", "assigned", "escalated")
_FIRST: Final = 1


class ReviewMeasures:
    """Counts decisions as they are made, and reads the queue's figures every so often."""

    def __init__(self, *, database: Database, metrics: Metrics, clock: Clock, valid_for_s: float) -> None:
        """Figures older than `valid_for_s` are not told: another process reads them now."""
        self._database = database
        self._metrics = metrics
        self._clock = clock
        self._valid_for_s = valid_for_s
        self._read_at_s: float | None = None
        self._items: Sequence[Reading] = ()
        self._age: Sequence[Reading] = ()
        self._late: Sequence[Reading] = ()
        metrics.observe(Level.REVIEWS, self._valid(lambda: self._items))
        metrics.observe(Level.REVIEW_AGE, self._valid(lambda: self._age))
        metrics.observe(Level.REVIEWS_LATE, self._valid(lambda: self._late))

    async def read(self) -> None:
        """One look at the queue."""
        now = self._clock.now()
        rows = await self._database.fetch(_QUERIES["queue_figures"], now)
        counts = {row["state"]: row["items"] for row in rows}
        oldest = min((row["oldest"] for row in rows), default=now)
        waiting = sum(counts.values())
        late = sum(row["late"] for row in rows)
        self._items = [(float(counts.get(state, 0)), {"state": state}) for state in _STATES]
        self._age = [((now - oldest).total_seconds(), {})]
        self._late = [(late / waiting if waiting else 0.0, {})]
        self._read_at_s = self._clock.monotonic_s()

    def decided(self, done: Decided) -> None:
        """Count a decision that is committed; the first one on an item tells how long it waited."""
        ruling, item = done.decision.ruling, done.item
        agreement = agreement_of(ruling, item.coders_first)
        self._metrics.add(Count.REVIEWED, kind=item.kind.value, outcome=ruling.outcome.value, agreement=agreement)
        if done.decision.number == _FIRST:
            waited = done.decision.decided_at - item.opened_at
            self._metrics.record(Duration.REVIEW, waited.total_seconds())

    def _valid(self, readings: Callable[[], Sequence[Reading]]) -> Callable[[], Sequence[Reading]]:
        def told() -> Sequence[Reading]:
            is_fresh = self._read_at_s is not None and self._clock.monotonic_s() - self._read_at_s <= self._valid_for_s
            return readings() if is_fresh else ()

        return told


def agreement_of(ruling: Ruling, first: str) -> str:
    """Whether a decision took the coder's first code, another candidate, or none of them."""
    if ruling.disease_code and ruling.disease_code == first:
        return "first"
    return "other" if ruling.candidate else "none"
