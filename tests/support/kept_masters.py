"""Masters at hand, as the claims process keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from services.claims.adapters.master_files import schedules_from
from services.claims.application.masters import Masters
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.schedule import MonthSchedule
from services.shared.kernel.months import Month
from tests.unit.claims.masters.rows.samples import csv_of, record

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kept:
    """Answers at once what the process answers in its own time."""

    masters: Masters

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        return self.masters.schedule(month, as_of)

    async def ask(self, question: Callable[[Masters], Answer]) -> Answer:
        return question(self.masters)


def return_visit_master(folder: Path) -> Path:
    """A full act master, published on 2024-04-01, that holds one act: the return visit at 73 points."""
    file = folder / "s_20240401.csv"
    file.write_bytes(csv_of([record(MasterKind.ACT, {3: "112007410", 12: "73.00", 87: "20240401"})]))
    return file


def kept_return_visit(folder: Path) -> Kept:
    """The masters that this file tells."""
    return Kept(schedules_from([return_visit_master(folder)]))
