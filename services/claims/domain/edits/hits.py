"""What an edit says of a receipt before it is weighed: where, why, and what would be cut."""

from collections.abc import Iterator
from typing import NamedTuple

WHOLE_RECEIPT = 0
"""The line of a hit that concerns the receipt and none of its lines."""


class Time(NamedTuple):
    """One of the times that a unit was done: its day (0 where none is stated) and which time of that day, from 0."""

    day: int
    nth: int


class Cut(NamedTuple):
    """What a reduction (査定) takes from one unit, by its place in the treatment.

    `line` is the number of a line and `refused` the times on which it is not paid, `points` the most points for one
    time, `reducing` the code of a line that is missing and takes points off all times but the first `full` ones; each
    is None (or "") where it is not touched. A cut that touches nothing is one that a machine cannot work out: a person
    says what is left.
    """

    unit: int
    line: int | None = None
    refused: frozenset[Time] = frozenset()
    points: int | None = None
    reducing: str = ""
    full: int = 0


class Hit(NamedTuple):
    """One place at which an edit speaks: the line's number, the reason in words without personal data, what to cut."""

    line: int
    detail: str
    cut: Cut | None = None


Hits = Iterator[Hit]
