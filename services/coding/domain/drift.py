"""Whether the coder still meets what it was measured on: how the spread of its probabilities moved. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import log
from typing import Final

BINS: Final = 10
"""Of equal width over probabilities from 0 to 1."""
SHIFTING_FROM: Final = 0.1
SHIFTED_FROM: Final = 0.25
"""The bounds in common use for the population stability index (Siddiqi, Credit Risk Scorecards, 2006)."""
LEAST_COUNTED: Final = 200
"""Mentions on either side; an index of fewer tells of chance."""
_PRIOR: Final = 0.5
"""Added to each bin, so that an empty one has a logarithm."""


class Shift(Enum):
    """What the index says (分布の変化)."""

    UNKNOWN = "unknown"
    """Too few mentions on one of the two sides."""
    STABLE = "stable"
    SHIFTING = "shifting"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many mentions have a probability in each of BINS bins, the lowest first."""

    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.counts) != BINS or min(self.counts) < 0:
            raise ValueError(f"a spread has {BINS} counts, none below 0")

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


def stability_index(before: Spread, now: Spread) -> float:
    """The population stability index: 0 where both are spread alike, above SHIFTED_FROM where they are not."""
    expected, actual = _shares(before.counts), _shares(now.counts)
    return sum((new - old) * log(new / old) for old, new in zip(expected, actual, strict=True))


def shift_between(before: Spread, now: Spread) -> Shift:
    """What the index says, where there are enough mentions on both sides."""
    if min(before.total, now.total) < LEAST_COUNTED:
        return Shift.UNKNOWN
    index = stability_index(before, now)
    if index < SHIFTING_FROM:
        return Shift.STABLE
    return Shift.SHIFTING if index < SHIFTED_FROM else Shift.SHIFTED


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + _PRIOR * len(counts)
    return [(count + _PRIOR) / total for count in counts]
