"""Control totals: whether what was adjudicated is posted and what is posted is announced, to the part, point and yen.

All three books only grow. What settlement has posted therefore lies between what was adjudicated long enough ago to be
posted, and what is adjudicated by the time its answer is there: claims on their way are no difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PayerMonth = tuple[str, str]
"""Payer number and claim month (YYYYMM)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Number of payers' parts, their points, and their yen."""

    parts: int = 0
    points: int = 0
    yen: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(parts=self.parts + other.parts, points=self.points + other.points, yen=self.yen + other.yen)


NONE = Totals()
Book = Mapping[PayerMonth, Totals]


def posted_difference(*, due: Book, adjudicated: Book, posted: Book) -> Totals:
    """How much is missing of what is due to be posted, plus how much is posted beyond what is adjudicated at all.

    `due` are the parts adjudicated long enough ago, `adjudicated` all of them, read after `posted`. Summed over payers
    and months without their differences making up for one another; NONE where the books agree.
    """
    total = NONE
    for key in due.keys() | adjudicated.keys() | posted.keys():
        there = posted.get(key, NONE)
        total += _beyond(due.get(key, NONE), there) + _beyond(there, adjudicated.get(key, NONE))
    return total


def announced_difference(*, posted: Book, announced: Book) -> Totals:
    """By how much posted and announced parts differ in either direction; both are read at one instant."""
    return posted_difference(due=posted, adjudicated=posted, posted=announced)


def _beyond(more: Totals, less: Totals) -> Totals:
    return Totals(
        parts=max(0, more.parts - less.parts),
        points=max(0, more.points - less.points),
        yen=max(0, more.yen - less.yen),
    )
