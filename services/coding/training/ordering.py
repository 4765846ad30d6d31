"""Learns to order candidates: weights of the differences between mention and name, and the forest that uses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from services.coding.domain.ranking import (
    LIKELIEST,
    Ordered,
    known,
    likeliest,
    linear_scores,
    ordering,
    with_weighed,
)
from services.coding.domain.retrieval import Floats
from services.coding.training.lessons import GOLD, Lesson
from services.coding.training.linear import fit_choice

PULL: Final = 1.0
EVERY_FOREST: Final[dict[str, Any]] = {
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
ORDER: Final[dict[str, Any]] = {
    **EVERY_FOREST,
    "objective": "lambdarank",
    "num_iterations": 150,
    "label_gain": [0, 1, 6, 8],
    "lambdarank_truncation_level": 6,
    "lambdarank_norm": False,
    "learning_rate": 0.07,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What orders: weights of the differences, and the forest that uses them."""

    differences: Floats
    forest: lightgbm.Booster


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What all mentions taught, and for each part what the others did."""

    whole: Taught
    others: Mapping[int, Taught]
    seed: int

    def ordered(self, lesson: Lesson) -> Ordered:
        """The lesson's pairs, each part as the others order it: so too what taught nothing, to be comparable."""
        weights = {part: taught.differences for part, taught in self.others.items()}
        figures = _figures(lesson, weights)
        scores = np.zeros(len(figures))
        for part, taught in self.others.items():
            theirs = lesson.parts[lesson.lists] == part
            scores[theirs] = ordering(taught.forest, figures[theirs], lesson.pairs.sizes[lesson.parts == part])
        return Ordered(pairs=lesson.pairs, figures=figures, scores=scores)


def order_of(lesson: Lesson, seed: int) -> Order:
    """The weights and the forest of all mentions, and for each part those of the others."""
    everyone = np.ones(len(lesson.mentions), dtype=bool)
    parts = [int(part) for part in np.unique(lesson.parts)]
    weights = {part: _weights(lesson, lesson.parts != part) for part in parts}
    figures = _figures(lesson, weights)
    forests = {part: _forest(lesson, figures, lesson.parts != part, seed) for part in parts}
    return Order(
        whole=Taught(differences=_weights(lesson, everyone), forest=_forest(lesson, figures, everyone, seed)),
        others={part: Taught(differences=weights[part], forest=forests[part]) for part in parts},
        seed=seed,
    )


def _figures(lesson: Lesson, weights: Mapping[int, Floats]) -> Floats:
    """The figures with the differences of each part as the others weigh them."""
    weighed = np.zeros(len(lesson.pairs.figures), dtype=np.float32)
    for part, theirs in weights.items():
        rows = lesson.parts[lesson.lists] == part
        weighed[rows] = np.asarray(lesson.pairs.differences[rows] @ theirs, dtype=np.float32).ravel()
    return with_weighed(lesson.pairs, weighed)


def _weights(lesson: Lesson, taken: NDArray[np.bool_]) -> Floats:
    """Weights of the differences from the mentions that are taken and have their gold among the candidates."""
    sizes, lists = lesson.pairs.sizes, lesson.lists
    is_gold = lesson.grades == GOLD
    golds = np.bincount(lists[is_gold], minlength=len(sizes))
    kept_lists = taken & (golds > 0)
    kept = kept_lists[lists]
    wanted = is_gold[kept] / golds[lists[kept]]
    offset = known(lesson.pairs.figures[kept])
    return fit_choice(lesson.pairs.differences[kept], sizes[kept_lists], wanted, offset, pull=PULL)


def _forest(lesson: Lesson, figures: Floats, taken: NDArray[np.bool_], seed: int) -> lightgbm.Booster:
    rows = taken[lesson.lists] & likeliest(linear_scores(figures), lesson.pairs.sizes)
    sizes = np.minimum(lesson.pairs.sizes[taken], LIKELIEST)
    taught = lightgbm.Dataset(figures[rows], label=lesson.grades[rows], group=sizes[sizes > 0])
    return lightgbm.train({**ORDER, "seed": seed}, taught)
