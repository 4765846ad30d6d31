"""What a model adds over the embedded coder, measured on labelled mentions of the middle band. Pure.

What confirming is worth is never measured on the mentions that it is then applied to: the cases are halved, and each
half is weighed by what was measured on the other. The agreement that a service may load is measured on both.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.coding.application.advising import (
    Advice,
    Agreement,
    MeasuredBin,
    Standing,
    Thresholds,
    is_asked,
    standing_of,
    weighed,
)
from services.coding.training.metrics import AUTO_PRECISION
from services.coding.training.splits import SEED, share_of

BINS: Final = 5
"""Equal parts of the middle band in which confirming is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A labelled mention that a model was asked about: the ICD-10 codes of what it was offered, best first.

    `gold_icd10` is empty where people found that the mention cannot be coded; `p` is the first candidate's.
    """

    text: str
    gold_icd10: str
    icd10: tuple[str, ...]
    p: float
    advice: Advice | None

    @property
    def standing(self) -> Standing:
        """How the model's view stands to the first candidate."""
        return standing_of(self.advice)

    @property
    def is_right(self) -> bool:
        """Whether the first candidate has the gold ICD-10."""
        return bool(self.gold_icd10) and self.icd10[0] == self.gold_icd10

    @property
    def is_pick_right(self) -> bool:
        """Whether the model's answer is right: the gold ICD-10, or none where it is not among what it was offered."""
        if self.advice is None:
            return False
        if self.advice.index is None:
            return self.gold_icd10 not in self.icd10
        return bool(self.gold_icd10) and self.icd10[self.advice.index] == self.gold_icd10


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCount:
    """How often the model took one stand, how often the first candidate was right then, and how often its own pick."""

    standing: Standing
    count: int
    first_right: int
    pick_right: int


def standings(cases: Sequence[Case]) -> list[StandingCount]:
    """One count for each stand."""
    return [_count(standing, [case for case in cases if case.standing is standing]) for standing in Standing]


def _count(standing: Standing, held: Sequence[Case]) -> StandingCount:
    return StandingCount(
        standing=standing,
        count=len(held),
        first_right=sum(case.is_right for case in held),
        pick_right=sum(case.is_pick_right for case in held),
    )


def agreement_of(
    cases: Iterable[Case], thresholds: Thresholds, *, model: str, prompt_version: str, from_p: float = 0.0
) -> Agreement:
    """What confirming was worth in each part of the middle band that begins at `from_p` or above."""
    confirmed = [case for case in cases if case.standing is Standing.CONFIRMED and is_asked(case.p, thresholds)]
    width = (thresholds.automatic_from - thresholds.asked_from) / BINS
    edges = [thresholds.asked_from + number * width for number in range(BINS)] + [thresholds.automatic_from]
    ranges = [(low, high) for low, high in pairwise(edges) if width > 0 and low >= from_p]
    bins = tuple(_bin(low, high, [case for case in confirmed if low <= case.p < high]) for low, high in ranges)
    return Agreement(model=model, prompt_version=prompt_version, bins=bins)


def _bin(low: float, high: float, held: Sequence[Case]) -> MeasuredBin:
    return MeasuredBin(low=low, high=high, confirmed=len(held), right=sum(case.is_right for case in held))


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What would become automatic: of `of` mentions `automatic`, and of these `right`."""

    automatic: int
    right: int
    of: int


def accepted(
    cases: Sequence[Case], thresholds: Thresholds, *, model: str, prompt_version: str, from_p: float = 0.0
) -> list[Case]:
    """The cases that the model's word would make automatic, each half weighed by what the other measured."""
    halves = [[case for case in cases if _is_in_first(case) is first] for first in (True, False)]
    taken: list[Case] = []
    for own, other in (halves, halves[::-1]):
        measured = agreement_of(other, thresholds, model=model, prompt_version=prompt_version, from_p=from_p)
        taken += [case for case in own if weighed(case.p, case.advice, thresholds, measured).is_automatic]
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the model adds where confirming counts from `from_p` on: the cases taken, and all codable mentions then."""

    from_p: float
    taken: tuple[Case, ...]
    codable: Accepted


def effect(
    cases: Sequence[Case],
    thresholds: Thresholds,
    *,
    model: str,
    prompt_version: str,
    sure: Accepted,
    asked_share: float,
) -> Effect:
    """The most that the model may add so that what is accepted stays as right as it has to be, or as it was.

    A threshold of the ranker is the probability at which all above it are right often enough together; whatever comes
    from below it takes from that. So parts of the band are left out, the lowest first, until the whole is right often
    enough. `sure`: the codable mentions that are automatic without the model.
    """
    least = min(AUTO_PRECISION, sure.right / sure.automatic) if sure.automatic else AUTO_PRECISION
    bins = agreement_of(cases, thresholds, model=model, prompt_version=prompt_version).bins
    for from_p in (each.low for each in bins):
        taken = accepted(cases, thresholds, model=model, prompt_version=prompt_version, from_p=from_p)
        whole = of_whole(sure, taken, asked_share, lambda case: bool(case.gold_icd10))
        if whole.right >= least * whole.automatic:
            return Effect(from_p=from_p, taken=tuple(taken), codable=whole)
    return Effect(from_p=thresholds.automatic_from, taken=(), codable=sure)


def of_whole(sure: Accepted, taken: Sequence[Case], asked_share: float, is_counted: Callable[[Case], bool]) -> Accepted:
    """What is automatic with the model, of all mentions of a kind, where only a share of its band was asked about."""
    counted = [case for case in taken if is_counted(case)]
    return Accepted(
        automatic=sure.automatic + round(len(counted) / asked_share),
        right=sure.right + round(sum(case.is_right for case in counted) / asked_share),
        of=sure.of,
    )


def _is_in_first(case: Case) -> bool:
    return share_of(f"half of cases:{case.text}", SEED) < 1 / 2
