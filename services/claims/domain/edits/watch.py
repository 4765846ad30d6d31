"""What a month's schedule says to the edits: each code's row and its bits (`marks`), read once, then one dict lookup.

It is filled as codes are asked for and holds nothing but what the masters say; codes that are in none are not kept.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Final, Generic, NamedTuple, TypeVar

from services.claims.domain.edits.marks import act_marks, disease_marks, drug_marks, families, material_marks
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.modifiers import Modifier
from services.claims.domain.masters.schedule import MonthSchedule, MonthTable
from services.claims.domain.treatment import DayCount

Row = TypeVar("Row", Act, Drug, Material, Disease, MasterComment, Modifier)

MOST_WATCHES: Final = 16
"""Schedules whose watches `watch_of` keeps."""


class Known(NamedTuple, Generic[Row]):
    """A row, its bits, and the families of sections that its points are added up in, of out- and of inpatients."""

    row: Row
    marks: int
    families: tuple[str, str] = ("", "")


class Shelf(Generic[Row]):
    """One kind: rows in force all month by their code, others by code and day."""

    __slots__ = ("_families", "_marks", "_parts", "_table", "loaded", "whole")

    def __init__(
        self,
        table: MonthTable[Row],
        marks: Callable[[Row], int],
        *,
        loaded: bool,
        families: Callable[[Row], tuple[str, str]] | None = None,
    ) -> None:
        """Empty, over a kind's rows of the month; `loaded` tells whether the kind is."""
        self._table: MonthTable[Row] = table
        self._marks: Callable[[Row], int] = marks
        self.loaded = loaded
        self._families: Callable[[Row], tuple[str, str]] = families or _none
        self._parts: dict[tuple[str, int], Known[Row]] = {}
        self.whole: dict[str, Known[Row]] = {}

    def ever(self, code: str) -> bool:
        """Whether the code is in force on any day of the month."""
        return self._table.ever(code)

    def all_month(self, code: str) -> Known[Row] | None:
        """The row that is in force on every day of the month."""
        known = self.whole.get(code)
        if known is not None:
            return known
        row = self._table.whole.get(code)
        return None if row is None else self.whole.setdefault(code, self._known(row))

    def on(self, code: str, day: int) -> Known[Row] | None:
        """The row in force on a day of the month."""
        known = self.all_month(code) or self._parts.get((code, day))
        if known is not None:
            return known
        row = self._table.on(code, day)
        return None if row is None else self._parts.setdefault((code, day), self._known(row))

    def fill(self, like: "Shelf[Row] | None") -> None:
        """Read every row that is in force all month; those that another month's shelf has read are taken from it."""
        for code, row in self._table.whole.items():
            known = like.whole.get(code) if like is not None else None
            self.whole.setdefault(code, known if known is not None and known.row is row else self._known(row))

    def _known(self, row: Row) -> Known[Row]:
        return Known(row, self._marks(row), self._families(row))

    def missing_days(self, code: str, days: Sequence[DayCount]) -> tuple[int, ...]:
        """The days on which the code is not in force."""
        return tuple(each.day for each in days if self.on(code, each.day) is None)


class Watch:
    """The shelves of a schedule."""

    __slots__ = ("acts", "comments", "diseases", "drugs", "materials", "modifiers", "schedule")

    def __init__(self, schedule: MonthSchedule) -> None:
        """Empty."""
        loaded = schedule.loaded
        self.schedule = schedule
        self.acts: Shelf[Act] = Shelf(schedule.acts, act_marks, loaded=loaded(MasterKind.ACT), families=families)
        self.drugs: Shelf[Drug] = Shelf(schedule.drugs, drug_marks, loaded=loaded(MasterKind.DRUG))
        self.materials: Shelf[Material] = Shelf(schedule.materials, material_marks, loaded=loaded(MasterKind.MATERIAL))
        self.diseases: Shelf[Disease] = Shelf(
            schedule.diseases, partial(disease_marks, month=schedule.month), loaded=loaded(MasterKind.DISEASE)
        )
        self.comments: Shelf[MasterComment] = Shelf(schedule.comments, _unmarked, loaded=loaded(MasterKind.COMMENT))
        self.modifiers: Shelf[Modifier] = Shelf(schedule.modifiers, _unmarked, loaded=loaded(MasterKind.MODIFIER))


def _none(_row: object) -> tuple[str, str]:
    return "", ""


def _unmarked(_row: object) -> int:
    return 0


@lru_cache(maxsize=MOST_WATCHES)
def watch_of(schedule: MonthSchedule) -> Watch:
    """The watch of a schedule, kept for the schedules asked for last."""
    return Watch(schedule)
