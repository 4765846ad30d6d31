"""The versions of one code: what was said of it, laid over one another and cut into periods.

Ends are derived: the day before the next version, the last day of use, the end of the era, whichever comes first.
Source: マスターファイル仕様説明書, April 2022, chapter 3 and 別紙1-2, 2.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import ChangeClass
from services.claims.domain.masters.publication import Announcement, PublishedFile
from services.claims.domain.masters.records import Fields, laid_over
from services.claims.domain.masters.revisions import Era
from services.claims.domain.masters.rows import Row

R = TypeVar("R")
Typed = Callable[[Fields], Row | None]
"""A complete record → its row; None where a column breaks its rule."""
Records = Mapping[tuple[str, int], Fields]
"""Complete records by their file's sha256 and their line."""

A_DAY: Final = timedelta(days=1)


class Version(NamedTuple, Generic[R]):
    """One row and the days, both included, that it is in force."""

    first: date
    last: date
    row: R


class Unapplied(NamedTuple):
    """A row that found no record to change, and where it stands."""

    sha256: str
    line: int
    code: str


class Taken(NamedTuple):
    """A row and the file that it stands in."""

    file: PublishedFile
    said: Announcement


class _Standing(NamedTuple):
    """A row, from when it holds, and the life it belongs to."""

    first: date
    life: int
    row: Row


class _Step(NamedTuple):
    """A row that changes the record from a day on, in the life that it belongs to."""

    first: date
    life: int
    taken: Taken


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes rows of records; what cannot be laid over its record is kept in `refused`."""

    typed: Typed
    records: Records
    refused: list[Unapplied]

    def rows(self, steps: Iterable[_Step]) -> list[_Standing]:
        """The record as it stands from each day on: laid over one another by their day, then by publication."""
        found: list[_Standing] = []
        fields: Fields = ()
        for step in sorted(steps, key=lambda each: each.first):
            file, said = step.taken
            row = said.row
            if row is not None:
                fields = self.records.get((file.sha256, said.line), ())
            elif said.filled:
                laid = laid_over(fields, said.filled)
                row = self.typed(laid)
                if row is None:
                    self.refused.append(Unapplied(file.sha256, said.line, said.code))
                    continue
                fields = laid
            if row is None:
                continue
            if found and found[-1].first == step.first:
                found.pop()
            found.append(_Standing(step.first, step.life, row))
        return found


def last_day_of(row: Row) -> date | None:
    """The last day on which the row's code may be used; None where the row sets none.

    廃止年月日, for a drug 経過措置年月日又は商品名医薬品コード使用期限 (item 34) where that is earlier. 経過措置年月日
    of a material is the day of a price, not of its use, and ends nothing.
    """
    if isinstance(row, Drug) and row.transition_to is not None:
        return min(row.transition_to, row.valid_to or row.transition_to)
    return row.valid_to


def versions_of(era: Era, taken: Sequence[Taken], reader: Reader) -> tuple[Version[Row], ...]:
    """A code's versions within its era, in the order of their days; `taken` in the order of publication, not empty."""
    said = taken[0].said
    if len(taken) == 1 and said.row is not None and said.change is not ChangeClass.ERASED:
        first = max(era.first, said.starts or era.first)
        last = min(era.last, last_day_of(said.row) or era.last)
        return (Version(first, last, said.row),) if first <= last else ()
    lives = _Lives(era.first, era.first)
    for each in taken:
        lives.take(each)
    return _in_force(era, reader.rows(lives.steps), lives.ends)


@dataclass(slots=True)
class _Lives:
    """What was said of one code, put in order: rows by the day from which they hold, and lives that may end.

    A code lives again where it is revived, or told of from a day after its end.
    """

    begins: date
    bears: date
    """The day that the record bears now (変更年月日)."""
    steps: list[_Step] = field(default_factory=list)
    ends: list[date | None] = field(default_factory=list)

    def take(self, taken: Taken) -> None:
        """The next row in the order of publication."""
        said = taken.said
        if said.change is ChangeClass.ERASED:
            self.steps.clear()
            self.ends.clear()
            self.bears = self.begins
        elif self._heeds(said):
            self._live(said)
            self._reach_back()
            if said.states_end:
                self.ends[-1] = said.ends
            self.steps.append(_Step(self.bears, len(self.ends) - 1, taken))

    def _reach_back(self) -> None:
        """A change of a day before the code's first moves its beginning there."""
        if not self.steps:
            return
        earliest = min(step.first for step in self.steps)
        if self.bears < earliest:
            self.steps = [step._replace(first=self.bears) if step.first == earliest else step for step in self.steps]

    def _heeds(self, said: Announcement) -> bool:
        """Whether there is something to change; a code that a full file lacks ends only if it had not ended before."""
        if said.row is not None:
            return True
        if not self.steps:
            return False
        if said.filled or said.ends is None:
            return True
        return self.bears <= said.ends + A_DAY and (self.ends[-1] or date.max) > said.ends

    def _live(self, said: Announcement) -> None:
        if said.change is ChangeClass.ABOLISHED:
            self.ends = self.ends or [None]
            return
        blank = self.bears if said.row is None else self.begins
        self.bears = max(self.begins, said.starts or blank)
        ended = self.ends[-1] if self.ends else None
        if ended is not None and said.change is ChangeClass.REVIVED:
            self.bears = max(self.bears, ended + A_DAY)
        if not self.ends or self.bears > (ended or date.max):
            self.ends.append(None)


def _in_force(era: Era, rows: Sequence[_Standing], ends: Sequence[date | None]) -> tuple[Version[Row], ...]:
    found: list[Version[Row]] = []
    for at, (first, life, row) in enumerate(rows):
        following = rows[at + 1].first - A_DAY if at + 1 < len(rows) else era.last
        last = min(following, ends[life] or era.last, last_day_of(row) or era.last)
        if first <= last:
            found.append(Version(first, last, row))
    return tuple(found)
