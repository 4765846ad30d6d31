"""What an edit says of a receipt before it is weighed: where, why, and what would be cut."""

from collections.abc import Iterator
from typing import NamedTuple

WHOLE_RECEIPT = 0
"""The line of a hit that concerns the receipt and none of its lines."""


class Cut(NamedTuple):
    """What a reduction (査定) leaves of one unit, by its place in the treatment.

    `without` is the number of a line that is not paid, `times` the most times the unit is paid, `points` the most
    points for one time, `reducing` the code of a line that is missing and takes points off all times but the first
    `full` ones; each is None (or "") where it is not touched. A cut that touches nothing is one that a machine cannot
    work out: a person says what is left.
    """

    unit: int
    without: int | None = None
    times: int | None = None
    points: int | None = None
    reducing: str = ""
    full: int = 0


class Hit(NamedTuple):
    """One place at which an edit speaks: the line's number, the reason in words without personal data, what to cut."""

    line: int
    detail: str
    cut: Cut | None = None


Hits = Iterator[Hit]
