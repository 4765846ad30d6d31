"""Makes raw scores even: the rising steps that fit best how often they were right (isotonic regression)."""

from collections.abc import Sequence
from typing import Final

from services.coding.domain.ranking import Steps

LEAST_IN_STEP: Final = 40
"""Scores of one step; fewer would make a probability of chance."""
_PRIOR: Final = 1.0
"""Right and wrong answers added to each step, so that no probability is 0 or 1."""


def even_steps(scores: Sequence[float], truths: Sequence[bool]) -> Steps:
    """The steps, by pooling adjacent violators. Raises ValueError without scores."""
    pools: list[tuple[float, int, int]] = []
    for bound, right, count in _levels(scores, truths):
        pools.append((bound, right, count))
        while len(pools) > 1 and _falls(pools[-2], pools[-1]):
            (low, one, first), (_, other, second) = pools[-2:]
            pools[-2:] = [(low, one + other, first + second)]
    if not pools:
        raise ValueError("there is nothing to make even")
    values = [(right + _PRIOR) / (count + 2 * _PRIOR) for _, right, count in pools]
    return Steps(bounds=tuple(bound for bound, _, _ in pools), values=tuple(values))


def _falls(before: tuple[float, int, int], after: tuple[float, int, int]) -> bool:
    return before[1] * after[2] >= after[1] * before[2]


def _levels(scores: Sequence[float], truths: Sequence[bool]) -> list[tuple[float, int, int]]:
    """Scores in rising order, in levels of at least LEAST_IN_STEP; equal scores in one."""
    levels: list[tuple[float, int, int]] = []
    last = float("-inf")
    for score, is_right in sorted(zip(scores, truths, strict=True)):
        if levels and (levels[-1][2] < LEAST_IN_STEP or last == score):
            bound, right, count = levels[-1]
            levels[-1] = (bound, right + is_right, count + 1)
        else:
            levels.append((score, int(is_right), 1))
        last = score
    return levels
