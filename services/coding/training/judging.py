"""Learns to judge a list of candidates: is its first right, does the mention name a disease, and what is automatic.

Every figure that a judge, a curve or the threshold is learned from was given by parts that had not seen the mention.
"""

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.ranking import NEVER, judged_rows
from services.coding.domain.ranking_judging import Curve, joined
from services.coding.domain.retrieval import Floats, SpellingIndex
from services.coding.training.evenness import even_curve
from services.coding.training.lessons import Lesson
from services.coding.training.ordering import EVERY_FOREST, Order
from services.coding.training.signs import Signs, Truths, signs_of

OUT_OF_FOLD_PRECISION: Final = 0.945
"""Of the automatic codes, how many have the right ICD-10 where each is told by a part of what all teach.

95 of 100 are asked for, and are reached by those mentions that nothing was hidden of: they are asked as all will be.
"""
AUTO_STRANGERS: Final = 0.025
"""Of the mentions that name no disease, how many may be coded automatically."""
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

    signs: Signs
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
    teaches: NDArray[np.bool_]
    """Whether it teaches what is right: those that were asked as mentions are."""


def judges_of(lesson: Lesson, strangers: Lesson, order: Order, index: SpellingIndex) -> Judges:
    """The judges of mentions of diseases and of strangers, which are texts that name none."""
    parts = np.concatenate([lesson.parts[lesson.pairs.sizes > 0], strangers.parts[strangers.pairs.sizes > 0]])
    texts = [mention.text for mention in (*lesson.listed, *strangers.listed)]
    is_coded = np.arange(len(texts)) < len(lesson.listed)
    ordered, strange = order.ordered(lesson), order.ordered(strangers)
    is_right = np.append(lesson.are_right(ordered.scores), np.zeros(len(strangers.listed), dtype=bool))
    first = sparse.vstack([each.pairs.differences[each.firsts] for each in (ordered, strange)], format="csr")
    signs, spoken = signs_of(texts, first, Truths(is_coded=is_coded, is_right=is_right, parts=parts))
    rows = [
        judged_rows(texts[: len(lesson.listed)], spoken[is_coded], ordered, index),
        judged_rows(texts[len(lesson.listed) :], spoken[~is_coded], strange, index),
    ]
    lists = _Lists(
        rows=np.concatenate(rows),
        is_coded=is_coded,
        is_right=is_right,
        parts=parts,
        teaches=_teaching(lesson, strangers),
    )
    return _judges(lists, signs, order.seed)


def _teaching(lesson: Lesson, strangers: Lesson) -> NDArray[np.bool_]:
    """The lists of mentions that nothing was hidden of; all where it was of all.

    The order is learned from the others too: it has to know of diseases that nobody wrote about. How sure it may be is
    learned from what is asked, where they are few.
    """
    hidden = np.concatenate([each.hidden[each.pairs.sizes > 0] for each in (lesson, strangers)])
    return np.asarray(~hidden | hidden.all())


def _judges(lists: _Lists, signs: Signs, seed: int) -> Judges:
    everyone = np.ones(len(lists.rows), dtype=bool)
    right, is_right = _judge(lists, lists.is_right, lists.is_coded & lists.teaches, {**RIGHT, "seed": seed})
    codable, is_codable = _judge(lists, lists.is_coded, everyone, {**CODABLE, "seed": seed})
    scores = joined(is_right, is_codable)
    p = even_curve(scores[lists.is_coded].tolist(), lists.is_right[lists.is_coded].tolist())
    least = least_automatic(scores[lists.is_coded], lists.is_right[lists.is_coded], scores[~lists.is_coded])
    return Judges(
        signs=signs,
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
