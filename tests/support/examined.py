"""Examinations for tests that are not about them, and masters of which none is loaded."""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

from services.claims.application.masters import Masters
from services.claims.domain.examination import Examination
from services.claims.domain.masters.schedule import MonthSchedule
from services.shared.kernel.months import Month

Answer = TypeVar("Answer")
NOTHING_EXAMINED: Final = Examination(findings=(), units=(), loaded=frozenset())


class NoMasters:
    """An application.ports.Schedules before any import."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """Nothing is loaded for the month."""
        return MonthSchedule.of(month)

    async def ask(self, question: Callable[[Masters], Answer]) -> Answer:
        """The answer of masters without files."""
        return question(Masters.of([]))
