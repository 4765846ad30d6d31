"""A master file as it was published: which content, of which kind, known from which day, and what its rows announce.

The content is the file (sha256 of the CSV's bytes, whatever archive or name it came in). Known from is the day of
publication that its name states. It refuses nothing by itself: whether a file may be loaded is decided by who reads it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """One file; equal content is one file. `fields_of` reads complete records again, by their lines."""

    sha256: str
    name: str
    kind: MasterKind
    published_on: date
    full: bool
    announcements: tuple[Announcement, ...]
    fields_of: Callable[[Collection[int]], Mapping[int, Fields]]


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
