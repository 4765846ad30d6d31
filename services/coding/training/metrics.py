"""The figures of the coder's quality, each a share with its 95 % interval from a seeded bootstrap."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from services.coding.training.splits import SEED

RESAMPLES: Final = 400
CALIBRATION_BINS: Final = 10
AUTO_PRECISION: Final = 0.95
_CATEGORY: Final = 3
"""Characters of an ICD-10 code that name its category."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What the coder answered to one mention: codes and their ICD-10 best first, and how probable the first is.

    `gold_code` and `gold_icd10` are empty for a mention that cannot be coded.
    """

    gold_code: str
    gold_icd10: str
    codes: tuple[str, ...]
    icd10: tuple[str, ...]
    p: float
    sure: float = 0.0

    def has_code(self, within: int) -> bool:
        """Whether the gold code stands among the first."""
        return self.gold_code in self.codes[:within]

    def has_icd10(self, within: int) -> bool:
        """Whether the gold ICD-10 stands among the ICD-10 codes of the first."""
        return bool(self.gold_icd10) and self.gold_icd10 in self.icd10[:within]

    def has_category(self) -> bool:
        """Whether the first has the gold's ICD-10 category."""
        gold = self.gold_icd10[:_CATEGORY]
        return bool(gold and self.icd10) and self.icd10[0][:_CATEGORY] == gold


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of 1 with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def share(answers: Sequence[Ranked], question: Callable[[Ranked], bool], seed: int = SEED) -> Share:
    """Of how many answers the question is true. Raises ValueError without answers."""
    hits = [question(each) for each in answers]
    return _interval(hits, lambda drawn: sum(drawn) / len(drawn), seed)


def automatic(answers: Sequence[Ranked], precision: float = AUTO_PRECISION) -> tuple[float, float]:
    """Threshold and coverage: the least p above which the ICD-10 of the first is right as often as asked for.

    (inf, 0.0) where no threshold is precise enough. Answers of equal p stand or fall together.
    """
    ordered = sorted(((each.p, each.has_icd10(1)) for each in answers), reverse=True)
    right = 0
    found = (float("inf"), 0.0)
    for count, (p, is_right) in enumerate(ordered, 1):
        right += is_right
        if count < len(ordered) and ordered[count][0] == p:
            continue
        if right >= precision * count:
            found = (p, count / len(ordered))
    return found


def coverage(answers: Sequence[Ranked], seed: int = SEED) -> Share:
    """The share that is coded automatically at the asked precision, the threshold taken anew in each resample."""
    return _interval(list(answers), lambda drawn: automatic(drawn)[1], seed, resamples=RESAMPLES // 4)


def calibration_error(answers: Sequence[Ranked], told: Callable[[Ranked], float]) -> float:
    """Expected calibration error of what is told, as the probability that the first's ICD-10 is right; ten bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(CALIBRATION_BINS)]
    for each in answers:
        probability = told(each)
        bins[min(int(probability * CALIBRATION_BINS), CALIBRATION_BINS - 1)].append((probability, each.has_icd10(1)))
    return sum(abs(sum(p for p, _ in held) - sum(right for _, right in held)) for held in bins) / len(answers)


def _interval(values: list[T], figure: Callable[[list[T]], float], seed: int, *, resamples: int = RESAMPLES) -> Share:
    if not values:
        raise ValueError("there is nothing to measure")
    chance = random.Random(seed)  # noqa: S311 - a seeded bootstrap, no secret
    drawn = sorted(figure(chance.choices(values, k=len(values))) for _ in range(resamples))
    return Share(value=figure(values), low=drawn[resamples * 25 // 1000], high=drawn[resamples * 975 // 1000])
