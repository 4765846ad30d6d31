"""A master file as it was published: which content, of which kind, known from which day, and what its rows announce.

The content is the file (sha256 of the CSV's bytes, whatever archive or name it came in). Known from is the day of
publication that its name states. The same content may be published again on another day, or under a name that says ALL
where another did not: each is a `Publication` of its own, and together they are one file, known from the earliest of
its days, full where one of them says so. It refuses nothing by itself: whether a file may be loaded is decided by who
reads it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.records import Fields
from services.claims.domain.masters.rows import Row

_DAY_IN_NAME: Final = re.compile(r"(?<![0-9])((?:19|20)[0-9]{6})(?![0-9])", re.ASCII)


class Announcement(NamedTuple):
    """What one row says of its code.

    `starts` is 変更年月日, for a disease or a modifier that was never changed 収載年月日; None where blank. `ends` is
    廃止年月日, the last day of use; None with `states_end` says that there is none, without it that the row is silent.
    `row` is the typed row of a complete record; `filled` the fields of a sparse one, "" where a column did not change.
    """

    line: int
    code: str
    change: ChangeClass
    starts: date | None
    ends: date | None
    states_end: bool
    row: Row | None
    filled: Fields | None


class Publication(NamedTuple):
    """What makes a published file that file: its content, its day, and whether it says that it is the whole master."""

    sha256: str
    published_on: date
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """One file as it was published. `fields_of` reads complete records again, by their lines."""

    sha256: str
    name: str
    kind: MasterKind
    published_on: date
    full: bool
    announcements: tuple[Announcement, ...]
    fields_of: Callable[[Collection[int]], Mapping[int, Fields]]

    @property
    def publication(self) -> Publication:
        """What tells it from every other."""
        return Publication(self.sha256, self.published_on, self.full)


def published_on(*names: str) -> date | None:
    """The day that the first of these file names states (s_20240531.zip, s_ALL20220218.csv); None where none does."""
    for name in names:
        for written in _DAY_IN_NAME.findall(name):
            try:
                return date.fromisoformat(written)
            except ValueError:
                continue
    return None


def publication_order(file: PublishedFile) -> tuple[date, bool, str]:
    """Files in the order in which they hold: by day; on one day a full file before a differential one."""
    return file.published_on, not file.full, file.sha256


def one_for_each_content(files: Iterable[PublishedFile]) -> list[PublishedFile]:
    """The files in the order in which they hold, equal content once: known from its earliest day, full if ever."""
    known: dict[str, PublishedFile] = {}
    for file in sorted(files, key=publication_order):
        first = known.setdefault(file.sha256, file)
        if file.full and not first.full:
            known[file.sha256] = replace(first, full=True)
    return sorted(known.values(), key=publication_order)
