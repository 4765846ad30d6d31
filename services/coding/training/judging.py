"""Learns to judge a list of candidates: is its first right, does the mention name a disease, and what is automatic.

Every figure that a judge, a curve or the threshold is learned from was given by parts that had not seen the mention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.ranking import NEVER, judged_rows
from services.coding.domain.ranking_judging import Curve, joined, text_figures
from services.coding.domain.retrieval import Floats, SpellingIndex, grams
from services.coding.training.evenness import even_curve
from services.coding.training.lessons import Lesson
from services.coding.training.linear import fit_yes_or_no
from services.coding.training.ordering import EVERY_FOREST, Order

OUT_OF_FOLD_PRECISION: Final = 0.94
"""Of the automatic codes, how many have the right ICD-10 where each is told by a part of what all teach.

95 of 100 are asked for. At 0.95 here the development parts had 96.6 and 96.2: the whole is a point better than a part.
"""
AUTO_STRANGERS: Final = 0.025
"""Of the mentions that name no disease, how many may be coded automatically."""
GRAM_PULL: Final = 1.0
LEAST_WEIGHT: Final = 1e-3
_JUDGE: Final[dict[str, Any]] = {
    **EVERY_FOREST,
    "objective": "binary",
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
}
RIGHT: Final[dict[str, Any]] = {**_JUDGE, "num_iterations": 150, "learning_rate": 0.06, "num_leaves": 8}
CODABLE: Final[dict[str, Any]] = {**_JUDGE, "num_iterations": 250, "learning_rate": 0.05, "num_leaves": 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What judges lists, and how its judgements are told."""

    grams: dict[str, float]
    right: str
    codable: str
    p: Curve
    sure: Curve
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """What is seen of each list, first those of mentions of diseases, then those of strangers."""

    rows: Floats
    is_coded: NDArray[np.bool_]
    is_right: NDArray[np.bool_]
    parts: NDArray[np.int32]


def judges_of(lesson: Lesson, strangers: Lesson, order: Order, index: SpellingIndex) -> Judges:
    """The judges of mentions of diseases and of strangers, which are texts that name none."""
    parts = np.concatenate([lesson.parts[lesson.pairs.sizes > 0], strangers.parts[strangers.pairs.sizes > 0]])
    texts = [mention.text for mention in (*lesson.listed, *strangers.listed)]
    is_coded = np.arange(len(texts)) < len(lesson.listed)
    weights, of_texts = _gram_weights(texts, is_coded, parts)
    ordered, strange = order.ordered(lesson), order.ordered(strangers)
    rows = [judged_rows(of_texts[is_coded], ordered, index), judged_rows(of_texts[~is_coded], strange, index)]
    lists = _Lists(
        rows=np.concatenate(rows),
        is_coded=is_coded,
        is_right=np.append(lesson.are_right(ordered.scores), np.zeros(len(rows[1]), dtype=bool)),
        parts=parts,
    )
    return _judges(lists, weights, order.seed)


def _judges(lists: _Lists, weights: dict[str, float], seed: int) -> Judges:
    everyone = np.ones(len(lists.rows), dtype=bool)
    right, is_right = _judge(lists, lists.is_right, lists.is_coded, {**RIGHT, "seed": seed})
    codable, is_codable = _judge(lists, lists.is_coded, everyone, {**CODABLE, "seed": seed})
    scores = joined(is_right, is_codable)
    p = even_curve(scores[lists.is_coded].tolist(), lists.is_right[lists.is_coded].tolist())
    least = least_automatic(scores[lists.is_coded], lists.is_right[lists.is_coded], scores[~lists.is_coded])
    return Judges(
        grams=weights,
        right=right,
        codable=codable,
        p=p,
        sure=even_curve(scores.tolist(), lists.is_right.tolist()),
        threshold=NEVER if least is None else p.at(least),
    )


def least_automatic(
    scores: NDArray[np.float64], is_right: NDArray[np.bool_], strangers: NDArray[np.float64]
) -> float | None:
    """The least score from which on both bounds of automatic codes hold; None where they hold nowhere.

    `scores` of mentions of diseases and whether their first is right; `strangers`: scores of texts that name none.
    """
    order = np.argsort(-scores, kind="stable")
    precise = np.flatnonzero(np.cumsum(is_right[order]) >= OUT_OF_FOLD_PRECISION * np.arange(1, len(order) + 1))
    if not len(precise):
        return None
    falling = np.sort(strangers)[::-1]
    passing = int(AUTO_STRANGERS * len(falling))
    least = float(scores[order][precise[-1]])
    return max(least, float(np.nextafter(falling[passing], np.inf))) if len(falling) else least


def _gram_weights(
    texts: Sequence[str], is_coded: NDArray[np.bool_], parts: NDArray[np.int32]
) -> tuple[dict[str, float], NDArray[np.float64]]:
    """How much each gram speaks for a disease, and the figures of each text by the weights of the other parts."""
    columns: dict[str, int] = {}
    places = [[columns.setdefault(gram, len(columns)) for gram in sorted(set(grams(text)))] for text in texts]
    ends = np.cumsum([0, *(len(place) for place in places)])
    held = np.array([column for place in places for column in place], dtype=np.int32)
    rows = sparse.csr_matrix((np.ones(len(held)), held, ends), shape=(len(places), len(columns)))
    truth = is_coded.astype(np.float64)
    figures = np.array([text_figures(text, {}) for text in texts])
    for part in np.unique(parts):
        weights = fit_yes_or_no(rows[parts != part], truth[parts != part], pull=GRAM_PULL)
        figures[parts == part, 0] = rows[parts == part] @ weights
    weights = fit_yes_or_no(rows, truth, pull=GRAM_PULL)
    kept = {
        gram: round(float(weights[column]), 5)
        for gram, column in columns.items()
        if abs(weights[column]) > LEAST_WEIGHT
    }
    return kept, figures


def _judge(
    lists: _Lists, truths: NDArray[np.bool_], taken: NDArray[np.bool_], settings: dict[str, Any]
) -> tuple[str, NDArray[np.float64]]:
    """A forest that tells the true lists of those taken, and what it says of all, each part by the others."""

    def taught(learned: NDArray[np.bool_]) -> lightgbm.Booster:
        held = lightgbm.Dataset(lists.rows[learned], label=truths[learned].astype(np.float32))
        return lightgbm.train(settings, held)

    told = np.zeros(len(lists.rows))
    for part in np.unique(lists.parts):
        theirs = lists.parts == part
        told[theirs] = taught(taken & ~theirs).predict(lists.rows[theirs], num_threads=1)
    return taught(taken).model_to_string(), told
