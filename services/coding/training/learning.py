"""Learns a ranking model from labelled mentions. The same mentions, master and seed give the same model.

No mention is judged by what it taught: while it is learned from, its own spelling is hidden from the search, and for a
share of the diseases all their synonyms are, as for a disease nobody wrote about yet. Weights of differences are given
to the forest from the other half of the mentions. A fifth is kept from both and teaches the judges of the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.ranking import RankingModel, Scorer, with_differences
from services.coding.domain.ranking_features import FEATURES, Pairs, pairs_of
from services.coding.domain.retrieval import NOBODY, Floats, Hidden, SpellingIndex, grams
from services.coding.training.evenness import even_steps
from services.coding.training.labelled import Labelled
from services.coding.training.linear import fit_choice, fit_yes_or_no
from services.coding.training.splits import SEED, share_of
from services.shared.kernel.months import Month

JUDGES_SHARE: Final = 0.2
HIDDEN_SHARE: Final = 0.1
"""Of the diseases whose synonyms are all hidden while their mentions are learned from; 1.0 for a model that is asked
for diseases that nobody wrote about."""
FOLDS: Final = 4
CATEGORY: Final = 3
ORDER_ROUNDS: Final = 120
JUDGE_ROUNDS: Final = 60
PULL: Final = 1.0
GRAM_PULL: Final = 1.0
LEAST_WEIGHT: Final = 1e-3
_EVERY_FOREST: Final[dict[str, Any]] = {
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
ORDER: Final[dict[str, Any]] = {
    **_EVERY_FOREST,
    "objective": "lambdarank",
    "label_gain": [0, 1, 6, 8],
    "lambdarank_truncation_level": 6,
    "learning_rate": 0.07,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
}
JUDGE: Final[dict[str, Any]] = {
    **_EVERY_FOREST,
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 8,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """Mentions with the pairs that they are learned from."""

    mentions: tuple[Labelled, ...]
    pairs: Pairs

    @property
    def texts(self) -> list[str]:
        return [mention.text for mention in self.mentions]


def learn(
    master: DiseaseMaster, mentions: Sequence[Labelled], seed: int = SEED, *, hidden_share: float = HIDDEN_SHARE
) -> RankingModel:
    """The model. Minutes on two cores for twenty thousand mentions."""
    coded = [mention for mention in mentions if mention.gold is not None]
    synonyms = {mention.text: mention.gold.code for mention in coded if mention.gold is not None}
    index = SpellingIndex(master, synonyms)
    ordering = _lesson([m for m in coded if not _for_judges(m, seed)], index, seed, hidden_share)
    weights = _weights(ordering, index, np.ones(len(ordering.mentions), dtype=bool))
    order = _order(ordering, index, seed)
    uncodable = [mention for mention in mentions if mention.gold is None]
    gram_weights = _gram_weights(ordering.texts, [m.text for m in uncodable if not _for_judges(m, seed)])
    scorer = Scorer(differences=weights, grams=gram_weights, order=order)
    judging = _lesson([m for m in coded if _for_judges(m, seed)], index, seed, hidden_share)
    strangers = _lesson([m for m in uncodable if _for_judges(m, seed)], index, seed, hidden_share)
    rows, is_right = _judged(judging, scorer, index)
    strange_rows, _ = _judged(strangers, scorer, index)
    right, right_steps = _judge(rows, is_right, seed)
    all_rows = np.concatenate([rows, strange_rows])
    is_coded = np.arange(len(all_rows)) < len(rows)
    codable, codable_steps = _judge(all_rows, is_coded, seed)
    return RankingModel(
        synonyms=synonyms,
        differences=weights,
        grams=gram_weights,
        order=order.model_to_string(),
        right=right,
        codable=codable,
        right_steps=right_steps,
        codable_steps=codable_steps,
    )


def _for_judges(mention: Labelled, seed: int) -> bool:
    return share_of(f"judges:{mention.text}", seed) < JUDGES_SHARE


def _is_second_half(mention: Labelled, seed: int) -> bool:
    return share_of(f"half:{mention.text}", seed) >= 1 / 2


def _lesson(mentions: Sequence[Labelled], index: SpellingIndex, seed: int, hidden_share: float) -> _Lesson:
    hidden = [_hidden(mention, index, seed, hidden_share) for mention in mentions]
    pairs = pairs_of([mention.text for mention in mentions], _month(index), index, hidden)
    return _Lesson(mentions=tuple(mentions), pairs=pairs)


def _month(index: SpellingIndex) -> Month:
    """The month in which the youngest disease of the master began."""
    return Month.of(max(disease.valid_from for disease in index.diseases))


def _hidden(mention: Labelled, index: SpellingIndex, seed: int, hidden_share: float) -> Hidden:
    if mention.gold is None or share_of(f"hide:{mention.gold.code}", seed) >= hidden_share:
        return Hidden(text=mention.text)
    return Hidden(text=mention.text, owner=index.owner_of.get(mention.gold.code, NOBODY))


def _grades(lesson: _Lesson, index: SpellingIndex) -> NDArray[np.int32]:
    """For each row 3 for the gold code, 2 for its ICD-10, 1 for its category, 0 for all else."""
    golds = [mention.gold for mention in lesson.mentions]
    pairs = zip(golds, lesson.pairs.found, strict=True)
    return np.array(
        [_grade(index.diseases[owner], gold) for gold, found in pairs for owner in found.owners.tolist()],
        dtype=np.int32,
    )


def _grade(disease: Disease, gold: Disease | None) -> int:
    if gold is None or disease.icd10[:CATEGORY] != gold.icd10[:CATEGORY]:
        return 0
    if disease.code == gold.code:
        return 3
    return 2 if disease.icd10 == gold.icd10 else 1


def _weights(lesson: _Lesson, index: SpellingIndex, taken: NDArray[np.bool_]) -> Floats:
    """Weights of the differences from the mentions that are taken and have their gold among the candidates."""
    sizes = lesson.pairs.sizes
    list_of = np.repeat(np.arange(len(sizes)), sizes)
    is_gold = _grades(lesson, index) == 3  # noqa: PLR2004 - the grade of the gold code
    golds = np.bincount(list_of[is_gold], minlength=len(sizes))
    kept_lists = taken & (golds > 0)
    kept = kept_lists[list_of]
    wanted = is_gold[kept] / golds[list_of[kept]]
    figures = lesson.pairs.figures[kept]
    names = ("best cosine", "name cosine", "subsequence of name")
    offset = 4.0 * sum(figures[:, FEATURES.index(name)].astype(np.float64) for name in names)
    return fit_choice(lesson.pairs.differences[kept], sizes[kept_lists], wanted, np.asarray(offset), pull=PULL)


def _order(lesson: _Lesson, index: SpellingIndex, seed: int) -> lightgbm.Booster:
    """The forest that orders, taught with weights from the other half of the mentions."""
    second = np.array([_is_second_half(mention, seed) for mention in lesson.mentions])
    from_second = with_differences(lesson.pairs, _weights(lesson, index, second))
    from_first = with_differences(lesson.pairs, _weights(lesson, index, ~second))
    is_second = np.repeat(second, lesson.pairs.sizes)
    figures = np.where(is_second[:, None], from_first, from_second)
    sizes = lesson.pairs.sizes
    taught = lightgbm.Dataset(figures, label=_grades(lesson, index), group=sizes[sizes > 0], free_raw_data=False)
    return lightgbm.train({**ORDER, "seed": seed}, taught, num_boost_round=ORDER_ROUNDS)


def _gram_weights(coded: Sequence[str], uncodable: Sequence[str]) -> dict[str, float]:
    """How much each gram of a mention speaks for its being codable. Both sides weigh the same."""
    columns: dict[str, int] = {}
    places = [[columns.setdefault(gram, len(columns)) for gram in sorted(set(grams(t)))] for t in (*coded, *uncodable)]
    ends = np.cumsum([0, *(len(place) for place in places)])
    held = np.array([column for place in places for column in place], dtype=np.int32)
    rows = sparse.csr_matrix((np.ones(len(held)), held, ends), shape=(len(places), len(columns)))
    truth = np.array([1.0] * len(coded) + [0.0] * len(uncodable))
    weights = fit_yes_or_no(rows, truth, pull=GRAM_PULL)
    return {
        gram: round(float(weights[column]), 5)
        for gram, column in columns.items()
        if abs(weights[column]) > LEAST_WEIGHT
    }


def _judged(lesson: _Lesson, scorer: Scorer, index: SpellingIndex) -> tuple[Floats, NDArray[np.bool_]]:
    """What the judges see of each mention that has candidates, and whether the first's ICD-10 is the gold's."""
    scores = scorer.scores(lesson.pairs)
    rows = scorer.judged(lesson.texts, lesson.pairs, scores, index)
    truths = []
    begin = 0
    for mention, found in zip(lesson.mentions, lesson.pairs.found, strict=True):
        end = begin + len(found.owners)
        if end > begin:
            first = index.diseases[found.owners[int(np.argmax(scores[begin:end]))]]
            truths.append(mention.gold is not None and first.icd10 == mention.gold.icd10)
        begin = end
    return rows, np.array(truths, dtype=bool)


def _judge(rows: Floats, truths: NDArray[np.bool_], seed: int) -> tuple[str, Any]:
    """A forest that tells the true rows, and the steps that make it even, found on rows it had not seen."""
    fold_of = np.random.default_rng(seed).integers(0, FOLDS, len(rows))
    raw = np.zeros(len(rows))
    for fold in range(FOLDS):
        raw[fold_of == fold] = _forest(rows[fold_of != fold], truths[fold_of != fold], seed).predict(
            rows[fold_of == fold]
        )
    return _forest(rows, truths, seed).model_to_string(), even_steps(raw.tolist(), truths.tolist())


def _forest(rows: Floats, truths: NDArray[np.bool_], seed: int) -> lightgbm.Booster:
    taught = lightgbm.Dataset(rows, label=truths.astype(np.float32))
    return lightgbm.train({**JUDGE, "seed": seed}, taught, num_boost_round=JUDGE_ROUNDS)
