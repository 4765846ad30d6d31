"""Official master files as published, to typed records, or to all that is wrong with them.

Every field is quoted and lines end with CR LF. The kind is マスター種別, the second column, and the name agrees with
it; the day of publication stands in the name (s_20240531.zip, s_ALL20220218.csv). A full file is one that says so (ALL)
or holds a record unchanged since the master before (変更区分 0), which a differential file has no reason to hold. A
file with one bad record yields none.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.opening import OpenedFile, Unreadable, UnreadableFile, opened
from services.claims.domain.masters.publication import published_on
from services.claims.domain.masters.records import (
    Fault,
    Fields,
    code_of,
    is_sparse,
    naming_items,
    reader_of,
    row_of,
    sparse_faults,
)
from services.claims.domain.masters.rows import Row

MOST_ERRORS: Final = 100
"""Errors of one file that are told; the others are counted."""
_KINDS: Final = {kind.value.upper(): kind for kind in MasterKind}
_NAME: Final = re.compile(r"([bzsytc])_", re.ASCII | re.IGNORECASE)
_UNCHANGED: Final = f'"{ChangeClass.UNCHANGED.value}"'


class RowError(NamedTuple):
    """A rule that a line breaks: item (項番), 0 for the line as a whole; `found` is cut short."""

    file: str
    line: int
    item: int
    japanese: str
    rule: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyFile:
    """A master file with bad lines: the first errors and how many there are in all."""

    name: str
    kind: MasterKind
    errors: tuple[RowError, ...]
    error_count: int


class Record(NamedTuple):
    """One line: `row` is its typed row, None where the record is sparse and states only what changed.

    `written` is the line itself, which takes far less memory than its columns.
    """

    line: int
    code: str
    change: ChangeClass
    row: Row | None
    written: str

    @property
    def fields(self) -> Fields:
        """The line's columns as written; taken apart each time."""
        return tuple(_split(self.written))


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterFile:
    """A master file, every line of which was read; `csv` are its bytes, unpacked.

    `beyond` counts codes that the specification of April 2022 does not list, by item and code; `later` counts lines
    with something behind its columns, by item. `silent` are lines that say that a code changed, but not in what.
    """

    name: str
    csv: bytes
    kind: MasterKind
    published_on: date
    full: bool
    records: tuple[Record, ...]
    beyond: Mapping[tuple[int, str], int]
    later: Mapping[int, int]
    silent: tuple[int, ...]


def read_file(name: str, content: bytes, published: date | None = None) -> MasterFile | FaultyFile | UnreadableFile:
    """The file's records; `name` is without its folders, `published` its day where the name states none."""
    file = opened(name, content)
    if isinstance(file, UnreadableFile):
        return file
    kind = _kind_of(name, file.lines[0])
    if isinstance(kind, UnreadableFile):
        return kind
    day = published_on(name, file.name) or published
    if day is None:
        return UnreadableFile(name=name, why=Unreadable.NO_DATE, detail="state the day, YYYYMMDD in the name")
    full = "ALL" in name or "ALL" in file.name or any(line.startswith(_UNCHANGED) for line in file.lines)
    return _read(_Source(name, file, kind, day, full))


class _Source(NamedTuple):
    name: str
    file: OpenedFile
    kind: MasterKind
    published_on: date
    full: bool


class _Tally:
    """What reading a file finds beside its records."""

    def __init__(self, source: _Source) -> None:
        reader = reader_of(source.kind)
        self._name = source.name
        self._listed = len(reader.layout.columns)
        self._beyond = reader.beyond
        self._named = naming_items(source.kind)
        self.errors: list[RowError] = []
        self.error_count = 0
        self.beyond: Counter[tuple[int, str]] = Counter()
        self.later: Counter[int] = Counter()
        self.silent: list[int] = []

    def refuse(self, line: int, faults: Sequence[Fault]) -> None:
        """Count a line's faults, and keep them while there is room."""
        self.error_count += len(faults)
        room = MOST_ERRORS - len(self.errors)
        self.errors.extend(RowError(self._name, line, *fault) for fault in faults[:room])

    def note(self, line: int, fields: Sequence[str], *, sparse: bool) -> None:
        """Count what a good line holds beyond the specification."""
        for place, codes in self._beyond:
            if fields[place] in codes:
                self.beyond[place + 1, fields[place]] += 1
        self.later.update(item for item, text in enumerate(fields[self._listed :], self._listed + 1) if text)
        if sparse and not any(fields[self._named :]):
            self.silent.append(line)


def _kind_of(name: str, first_line: str) -> MasterKind | UnreadableFile:
    fields = _fields_of(first_line)
    letter = fields[1] if fields is not None and len(fields) > 1 else ""
    kind = _KINDS.get(letter)
    if kind is None:
        return UnreadableFile(name=name, why=Unreadable.UNKNOWN_KIND, detail=f"second column {letter[:8]!r}")
    named = _NAME.match(name)
    if named is not None and named[1].lower() != kind.value:
        return UnreadableFile(name=name, why=Unreadable.NAMED_OTHERWISE, detail=f"its lines are of {letter}")
    return kind


def _split(line: str) -> list[str]:
    return line[1:-1].split('","')


def _fields_of(line: str) -> list[str] | None:
    """A line's fields; None where one is not quoted, or holds a quotation mark or an end of line."""
    fields = _split(line)
    quoted = len(line) > 1 and line[0] == '"' and line[-1] == '"' and line.count('"') == 2 * len(fields)
    return fields if quoted and "\n" not in line and "\r" not in line else None


def _read(source: _Source) -> MasterFile | FaultyFile:
    tally = _Tally(source)
    records: list[Record] = []
    lines_of: dict[str, int] = {}
    for number, line in enumerate(source.file.lines, 1):
        record = _record(source, number, line, tally)
        if record is None:
            continue
        if (first := lines_of.setdefault(record.code, number)) != number:
            tally.refuse(number, (Fault(0, "", f"one line for one code, the first is {first}", record.code),))
        records.append(record)
    if tally.error_count:
        return FaultyFile(name=source.name, kind=source.kind, errors=tuple(tally.errors), error_count=tally.error_count)
    return _master_file(source, tuple(records), tally)


def _record(source: _Source, number: int, line: str, tally: _Tally) -> Record | None:
    """The record of a line; None where it breaks a rule, which is then in the tally."""
    fields = _fields_of(line)
    if fields is None:
        tally.refuse(number, (Fault(0, "", "every field in quotation marks, none within, CR LF at the end", ""),))
        return None
    sparse = not source.full and is_sparse(source.kind, fields)
    read = sparse_faults(source.kind, fields) if sparse else row_of(source.kind, fields)
    if isinstance(read, tuple) and read:
        tally.refuse(number, read)
        return None
    tally.note(number, fields, sparse=sparse)
    row = None if isinstance(read, tuple) else read
    code = code_of(source.kind, fields) if row is None else row.code
    return Record(number, code, ChangeClass(fields[0]), row, line)


def _master_file(source: _Source, records: tuple[Record, ...], tally: _Tally) -> MasterFile:
    return MasterFile(
        name=source.name,
        csv=source.file.csv,
        kind=source.kind,
        published_on=source.published_on,
        full=source.full,
        records=records,
        beyond=dict(tally.beyond),
        later=dict(tally.later),
        silent=tuple(tally.silent),
    )
