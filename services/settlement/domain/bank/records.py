"""What a bank's file was read as: its groups of records, and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.settlement.domain.bank.characters import read
from services.settlement.domain.bank.layouts import FileKind, Record

MOST_VIOLATIONS: Final = 1_000
"""That are kept; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule broken at one place. `record` from 1, `offset` in bytes from 0 within the record."""

    record: int
    offset: int
    field: str
    rule: str
    said: str


class NoBankFile(Exception):
    """The file is of none of the kinds that are read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a file: its kind, its bytes, and its number in the file, from 1. Fields are read when asked for."""

    kind: Record
    content: bytes
    place: int

    def __getitem__(self, name: str) -> str:
        """The text of a field, without the spaces that fill it."""
        return read(self.content[self.kind.slices[name]])

    def number(self, name: str) -> int:
        """The number of a field; 0 where it holds none."""
        told = self.content[self.kind.slices[name]]
        return int(told) if told.isdigit() else 0


@dataclass(slots=True, kw_only=True)
class Group:
    """One header with its data records and its trailer; wrong fields are left as they are."""

    header: Row
    data: list[Row] = field(default_factory=list)
    trailer: Row | None = None

    @property
    def total_yen(self) -> int:
        """The sum of the data records' amounts; one that is no number counts as 0."""
        return sum(row.number("amount_yen") for row in self.data)


@dataclass(slots=True, kw_only=True)
class Checked:
    """A file as it was read: its kind, its groups, and what is wrong with it."""

    kind: FileKind
    has_line_ends: bool
    records: int = 0
    groups: list[Group] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    violation_count: int = 0

    def tell(self, violations: Iterator[Violation]) -> None:
        """Keep what is wrong, up to MOST_VIOLATIONS."""
        for each in violations:
            self.violation_count += 1
            if len(self.violations) < MOST_VIOLATIONS:
                self.violations.append(each)


def violation(record: int, where: tuple[int, str], rule: str, said: str) -> Violation:
    """In the order in which it is told; `where`: the byte's offset in the record, and the field's name."""
    return Violation(record=record, offset=where[0], field=where[1], rule=rule, said=said)
