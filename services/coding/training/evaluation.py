"""Measures a coder on labelled mentions: the answers of a ranker, and the rows of the table of quality."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.coding.domain.candidates import Candidate
from services.coding.domain.ranking import Ranker
from services.coding.training.labelled import Labelled
from services.coding.training.metrics import (
    Ranked,
    Share,
    automatic,
    calibration_error,
    coverage,
    share,
)
from services.shared.kernel.months import Month

FEW: Final = 5
MORE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table; shares of 1. `aim` and `floor` are met from above, or from below where `is_most`."""

    name: str
    floor: float
    aim: float
    measured: Share
    is_most: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the floor holds."""
        return self.measured.value <= self.floor if self.is_most else self.measured.value >= self.floor


def answers(ranker: Ranker, mentions: Sequence[Labelled], on: date) -> list[Ranked]:
    """What the ranker says of each mention in the month of the day."""
    ranked = ranker.rank([mention.text for mention in mentions], Month(on.year, on.month))
    return [_answer(mention, listed) for mention, listed in zip(mentions, ranked, strict=True)]


def _answer(mention: Labelled, listed: Sequence[Candidate]) -> Ranked:
    return Ranked(
        gold_code=mention.gold.code if mention.gold is not None else "",
        gold_icd10=mention.gold.icd10 if mention.gold is not None else "",
        codes=tuple(candidate.disease.code for candidate in listed),
        icd10=tuple(candidate.disease.icd10 for candidate in listed),
        p=listed[0].p if listed else 0.0,
        sure=listed[0].sure if listed else 0.0,
    )


def rows(coded: Sequence[Ranked], uncodable: Sequence[Ranked], *, top_floor: float, top_aim: float) -> list[Row]:
    """The table's rows for the mentions of one split. `top_floor`, `top_aim`: those of the split's ICD-10 top-1."""

    def row(name: str, floor: float, aim: float, question: Callable[[Ranked], bool]) -> Row:
        return Row(name=name, floor=floor, aim=aim, measured=share(coded, question))

    threshold, _ = automatic(coded)
    accepted = share(uncodable, lambda each: each.p >= threshold)
    return [
        row("ICD-10 top-1", top_floor, top_aim, lambda each: each.has_icd10(1)),
        row("ICD-10 first 3 characters top-1", 0.85, 0.89, lambda each: each.has_category()),
        row("ICD-10 top-5", 0.94, 0.96, lambda each: each.has_icd10(FEW)),
        row("ICD-10 among the first 20", 0.96, 0.98, lambda each: each.has_icd10(MORE)),
        row("7-digit top-1", 0.76, 0.81, lambda each: each.has_code(1)),
        row("7-digit top-5", 0.91, 0.94, lambda each: each.has_code(FEW)),
        Row(name="coverage at precision >= 95 % (ICD-10)", floor=0.55, aim=0.70, measured=coverage(coded)),
        most("uncodable mentions accepted at that threshold", 0.025, 0.01, accepted),
        most("calibration error of `p`, codable", 0.03, 0.02, _plain(calibration_error(coded, lambda each: each.p))),
        most(
            "calibration error of `sure`, all mentions",
            0.03,
            0.02,
            _plain(calibration_error([*coded, *uncodable], lambda each: each.sure)),
        ),
    ]


def stored_rows(coded: Sequence[Ranked], uncodable: Sequence[Ranked], threshold: float) -> list[Row]:
    """What is automatic at the threshold that the model carries, which was chosen without these mentions."""
    taken = [each for each in coded if each.p >= threshold]
    precision = share(taken, lambda each: each.has_icd10(1)) if taken else _plain(0.0)
    covered = share(coded, lambda each: each.p >= threshold)
    accepted = share(uncodable, lambda each: each.p >= threshold)
    return [
        Row(name="automatic at the model's own threshold: precision", floor=0.95, aim=0.95, measured=precision),
        Row(name="automatic at the model's own threshold: coverage", floor=0.55, aim=0.70, measured=covered),
        most("automatic at the model's own threshold: uncodable", 0.025, 0.01, accepted),
    ]


def most(name: str, floor: float, aim: float, measured: Share) -> Row:
    """A row that is met from below."""
    return Row(name=name, floor=floor, aim=aim, measured=measured, is_most=True)


def _plain(value: float) -> Share:
    return Share(value=value, low=value, high=value)
