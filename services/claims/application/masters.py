"""The masters as a set of published files: any month's schedule, as it was known on any day.

`Masters` is immutable in what it knows; what it worked out is kept within bounds, so that months share tables and days
of knowledge share histories. It may be used by one thread at a time. Offline: `adapters.master_files`; in the service:
`application.master_keeping`.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, Self, TypeVar

from services.claims.domain.masters.announcing import row_or_none
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.history import EraHistory, KindHistory, history_of
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import Publication, PublishedFile, one_for_each_content
from services.claims.domain.masters.revisions import REVISIONS, Revisions
from services.claims.domain.masters.rows import Row
from services.claims.domain.masters.schedule import MonthSchedule, MonthTable, month_table, moved_codes
from services.claims.domain.masters.versions import A_DAY, Version
from services.shared.kernel.months import Month

MOST_HISTORIES: Final = 18
"""Histories kept: of six kinds, as known on three days."""
MOST_TABLES: Final = 96
"""Tables of months kept, each of one kind: the largest takes about 1 MB beside its rows, which are shared."""
MOST_SCHEDULES: Final = 64

Made = TypeVar("Made")


class _Recent(OrderedDict[Hashable, Any]):
    """What was made before, up to a number; the one not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def get_or_make(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The value of this key."""
        if key in self:
            self.move_to_end(key)
        else:
            self[key] = make()
            while len(self) > self._most:
                self.popitem(last=False)
        made: Made = self[key]
        return made


@dataclass(slots=True)
class _History:
    """A kind's history and the days on which something in it begins or has ended."""

    key: Hashable
    told: KindHistory
    turns: list[date]


class Masters:
    """Published files, and what they say: a function of the set of their publications, whatever order they came in."""

    def __init__(self, files: Mapping[Publication, PublishedFile], revisions: Revisions = REVISIONS) -> None:
        """`revisions` tells the eras."""
        self.files: Final = files
        self._revisions = revisions
        self._histories = _Recent(MOST_HISTORIES)
        self._tables = _Recent(MOST_TABLES)
        self._schedules = _Recent(MOST_SCHEDULES)

    @classmethod
    def of(cls, files: Iterable[PublishedFile], revisions: Revisions = REVISIONS) -> Self:
        """The masters that these files tell; equal content counts once, from its earliest day on."""
        return cls({file.publication: file for file in files}, revisions)

    def with_files(self, files: Iterable[PublishedFile]) -> "Masters":
        """These and the files known already; histories and tables of kinds without a new file are kept."""
        more = Masters({**self.files, **{file.publication: file for file in files}}, self._revisions)
        more._histories.update(self._histories)
        more._tables.update(self._tables)
        return more

    def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The month's schedule as it was known on a day; None: by all files."""
        return self._schedules.get_or_make((month, as_of), partial(self._schedule, month, as_of))

    def history(self, kind: MasterKind, as_of: date | None = None) -> KindHistory:
        """All versions of a kind's codes, as known on a day; None: by all files."""
        return self._known(kind, as_of).told

    def known_files(self, kind: MasterKind, as_of: date | None = None) -> list[PublishedFile]:
        """The files of a kind that were published by a day, equal content once, in the order in which they hold."""
        return one_for_each_content(
            file for file in self.files.values() if file.kind is kind and (as_of is None or file.published_on <= as_of)
        )

    def _known(self, kind: MasterKind, as_of: date | None) -> _History:
        files = self.known_files(kind, as_of)
        key = (kind, tuple(file.publication for file in files))
        return self._histories.get_or_make(key, lambda: _told(key, kind, files, self._revisions))

    def _schedule(self, month: Month, as_of: date | None) -> MonthSchedule:
        known = {kind: self._known(kind, as_of) for kind in MasterKind}
        tables = {kind: self._table(each, month) for kind, each in known.items()}
        eras = {kind: each.told.loaded_on(month.first_day) for kind, each in known.items()}
        return MonthSchedule(
            month=month,
            kinds=frozenset(kind for kind, era in eras.items() if era is not None),
            attested=frozenset(
                kind
                for kind, era in eras.items()
                if era is not None and era.attested_from is not None and era.attested_from <= month.first_day
            ),
            acts=tables[MasterKind.ACT],
            drugs=tables[MasterKind.DRUG],
            materials=tables[MasterKind.MATERIAL],
            comments=tables[MasterKind.COMMENT],
            diseases=tables[MasterKind.DISEASE],
            modifiers=tables[MasterKind.MODIFIER],
            moved_diseases=_moved(eras[MasterKind.DISEASE], month),
        )

    def _table(self, known: _History, month: Month) -> MonthTable[Any]:
        """A kind's table; one for all months between two turns. A kind's rows are of its type, as `row_of` says."""
        first, end = (bisect_right(known.turns, day) for day in (month.first_day, month.last_day))
        during: Month | int = first if first == end else month
        return self._tables.get_or_make((known.key, during), partial(_table, known, month))


def _moved(era: EraHistory | None, month: Month) -> Mapping[str, str]:
    """Diseases of which no version reaches into the month or lies behind it, and that have another code now."""
    latest = [] if era is None else [versions[-1] for versions in era.versions.values()]
    ended = [version.row for version in latest if version.last < month.first_day]
    return moved_codes(row for row in ended if isinstance(row, Disease))


def _told(key: Hashable, kind: MasterKind, files: Iterable[PublishedFile], revisions: Revisions) -> _History:
    told = history_of(kind, files, partial(row_or_none, kind), revisions)
    turns = {
        turn
        for era in told.eras
        for versions in era.versions.values()
        for version in versions
        for turn in _turns(version)
    }
    return _History(key, told, sorted(turns | {era.loaded_from for era in told.eras if era.loaded_from is not None}))


def _turns(version: Version[Row]) -> tuple[date, ...]:
    if version.last == date.max:
        return (version.first,)
    return version.first, version.last + A_DAY


def _table(known: _History, month: Month) -> MonthTable[Any]:
    era = known.told.loaded_on(month.first_day)
    return MonthTable({}, {}) if era is None else month_table(era.versions, month)
