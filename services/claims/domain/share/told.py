"""What was told of local programmes and when: the table of programmes as it was known at any instant.

An import tells all rows of each number that it names; what was told of a number before stays known for the time before.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import Programme, ProgrammeTable

MOST_TABLES: Final = 32
"""Tables kept, of as many instants; past them all are made anew."""


class Told(NamedTuple):
    """All rows of a number, as they were told at an instant."""

    number: str
    known_at: datetime
    rows: tuple[Programme, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProgrammes:
    """The programmes as known at an instant: for the split all of them, and what was told of the local ones."""

    table: ProgrammeTable
    told: tuple[Told, ...]


NATIONAL_ALONE: Final = KnownProgrammes(table=NATIONAL, told=())


class ProgrammeHistory:
    """Everything that was ever told. Immutable in what it knows; tables are kept within bounds."""

    def __init__(self, told: Iterable[Told]) -> None:
        """In any order; of a number two are not told at one instant."""
        self._told: Final = tuple(sorted(told, key=lambda each: (each.known_at, each.number)))
        self._turns: Final = sorted({each.known_at for each in self._told})
        self._known: Final[dict[int, KnownProgrammes]] = {}

    @property
    def latest(self) -> datetime | None:
        """When something was told last; None before the first."""
        return self._turns[-1] if self._turns else None

    def with_told(self, told: Iterable[Told]) -> "ProgrammeHistory":
        """This and what was told since."""
        return ProgrammeHistory((*self._told, *told))

    def known(self, at: datetime) -> KnownProgrammes:
        """As known at an instant; a dict lookup where it was asked for before."""
        turn = bisect_right(self._turns, at)
        if not turn:
            return NATIONAL_ALONE
        found = self._known.get(turn)
        if found is None:
            if len(self._known) >= MOST_TABLES:
                self._known.clear()
            found = self._known[turn] = self._known_until(self._turns[turn - 1])
        return found

    def _known_until(self, turn: datetime) -> KnownProgrammes:
        latest = {each.number: each for each in self._told if each.known_at <= turn}
        told = tuple([latest[number] for number in sorted(latest)])
        return KnownProgrammes(table=NATIONAL.with_rows(row for each in told for row in each.rows), told=told)


NOTHING_TOLD: Final = ProgrammeHistory(())
