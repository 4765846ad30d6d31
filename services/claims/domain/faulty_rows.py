"""What is wrong with a file of rows that an operator writes: rules that lines break. Such a file means nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

MOST_ERRORS: Final = 100
"""Errors of a file that are kept; all are counted."""


class RowError(NamedTuple):
    """A rule that a line of the file breaks; `column` is a name of its header, or empty for the line as a whole."""

    line: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyRows:
    """A file that means nothing: its first errors, and how many there are."""

    errors: tuple[RowError, ...]
    error_count: int


def faulty(errors: Sequence[RowError]) -> FaultyRows:
    """The file with these errors, of which there is at least one."""
    return FaultyRows(errors=tuple(errors[:MOST_ERRORS]), error_count=len(errors))
