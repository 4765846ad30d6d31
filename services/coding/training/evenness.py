"""Makes raw scores even: the rising line that fits best how often they were right (isotonic regression)."""

from collections.abc import Sequence
from typing import Final

from services.coding.domain.ranking_judging import Curve

LEAST_IN_LEVEL: Final = 40
"""Scores of one level; fewer would make a probability of chance."""
_PRIOR: Final = 0.5
"""Right and wrong answers added to each level, so that no probability is 0 or 1."""
_Pool = tuple[float, float, int]
"""The sum of the scores, how many were right, and how many there are."""


def even_curve(scores: Sequence[float], truths: Sequence[bool]) -> Curve:
    """The curve through the pools of adjacent violators, each at its mean score. Raises ValueError without scores."""
    pools: list[_Pool] = []
    for level in _levels(scores, truths):
        pools.append(level)
        while len(pools) > 1 and _falls(pools[-2], pools[-1]):
            before, after = pools[-2:]
            pools[-2:] = [(before[0] + after[0], before[1] + after[1], before[2] + after[2])]
    if not pools:
        raise ValueError("there is nothing to make even")
    values = [(right + _PRIOR) / (count + 2 * _PRIOR) for _, right, count in pools]
    for place in range(1, len(values)):
        values[place] = max(values[place], values[place - 1])
    return Curve(scores=tuple(total / count for total, _, count in pools), values=tuple(values))


def _falls(before: _Pool, after: _Pool) -> bool:
    return before[1] * after[2] >= after[1] * before[2] or before[0] / before[2] >= after[0] / after[2]


def _levels(scores: Sequence[float], truths: Sequence[bool]) -> list[_Pool]:
    """Scores in rising order, in levels of at least LEAST_IN_LEVEL; equal scores in one."""
    levels: list[_Pool] = []
    last = float("-inf")
    for score, is_right in sorted(zip(scores, truths, strict=True)):
        if levels and (levels[-1][2] < LEAST_IN_LEVEL or last == score):
            total, right, count = levels[-1]
            levels[-1] = (total + score, right + is_right, count + 1)
        else:
            levels.append((score, float(is_right), 1))
        last = score
    return levels
