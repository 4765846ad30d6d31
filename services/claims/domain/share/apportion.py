"""How an amount lies on several lots of lines, to the yen."""

from collections.abc import Sequence


def by_largest_remainder(amount_yen: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights, whole yen each: floors, then one yen each by largest remainder.

    Equal remainders go to the earlier weight. No law or notice found prescribes how a limit or a burden lies on lines
    of different benefit shares; this matters only where a later programme shares some of them, and is this platform's
    own choice. The amount must be at most the sum of the weights; then no part exceeds its weight.
    """
    if len(weights) == 1:
        return [amount_yen]
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [amount_yen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount_yen * weights[place] % total))
    for place in by_remainder[: amount_yen - sum(parts)]:
        parts[place] += 1
    return parts
