"""Learns to order candidates: weights of the differences between mention and name, and the forest that uses them."""

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from services.coding.domain.ranking import Ordered, known, ordering, with_weighed
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
class Order:
    """What orders, and what it said of the mentions it was learned from, each by what the other parts taught."""

    differences: Floats
    forest: lightgbm.Booster
    figures: Floats
    """The rows of the lesson with their weighed differences."""
    scores: NDArray[np.float64]
    seed: int

    def ordered(self, lesson: Lesson) -> Ordered:
        """The lesson's pairs as the other parts see them."""
        return Ordered(pairs=lesson.pairs, figures=self.figures, scores=self.scores)


def order_of(lesson: Lesson, seed: int) -> Order:
    """The weights and the forest of all mentions, and the scores of each part by those of the others."""
    weighed = np.zeros(len(lesson.grades), dtype=np.float32)
    for part in np.unique(lesson.parts):
        theirs = lesson.parts[lesson.lists] == part
        weights = _weights(lesson, lesson.parts != part)
        weighed[theirs] = np.asarray(lesson.pairs.differences[theirs] @ weights, dtype=np.float32).ravel()
    figures = with_weighed(lesson.pairs, weighed)
    return Order(
        differences=_weights(lesson, np.ones(len(lesson.mentions), dtype=bool)),
        forest=_forest(lesson, figures, np.ones(len(lesson.mentions), dtype=bool), seed),
        figures=figures,
        scores=_scores_by_others(lesson, figures, seed),
        seed=seed,
    )


def _scores_by_others(lesson: Lesson, figures: Floats, seed: int) -> NDArray[np.float64]:
    scores = np.zeros(len(figures))
    for part in np.unique(lesson.parts):
        theirs = lesson.parts[lesson.lists] == part
        forest = _forest(lesson, figures, lesson.parts != part, seed)
        scores[theirs] = ordering(forest, figures[theirs])
    return scores


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
    rows = taken[lesson.lists]
    sizes = lesson.pairs.sizes[taken]
    taught = lightgbm.Dataset(figures[rows], label=lesson.grades[rows], group=sizes[sizes > 0])
    return lightgbm.train({**ORDER, "seed": seed}, taught)
