"""Ranks the candidates of mentions by a trained model, and says how probable it is that the first is right.

Three learned parts: weights for what mention and name differ in, a forest that orders the candidates by them and by the
figures of ranking_features, and two small forests that judge the list: is its first right, and is the mention a
diagnosis that can be coded at all? Both judgements were made even (isotonic) on mentions that neither forest had seen;
`p` is their product. Without a model: the most alike spelling, and how often that was measured to be right.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from services.coding.domain.candidates import Candidate
from services.coding.domain.gate import Gate, gate_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.ranking_features import Pairs, pairs_of
from services.coding.domain.retrieval import BATCH_MENTIONS, Floats, Found, SpellingIndex, grams
from services.shared.kernel.months import Month

MOST_CANDIDATES: Final = 20
UNTRAINED: Final = ((0.0, 0.05), (0.5, 0.3), (0.7, 0.6), (0.85, 0.75))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A rising step function from a raw score to a probability: from each bound on, its value."""

    bounds: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.bounds) != len(self.values) or not self.bounds:
            raise ValueError("a step has a bound and a value")
        if any(later <= earlier for earlier, later in pairwise(self.bounds)):
            raise ValueError("bounds rise")

    def at(self, score: float) -> float:
        """The value of the step in which the score lies; of the first for all below."""
        return self.values[max(bisect_right(self.bounds, score) - 1, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingModel:
    """Everything that was learned. Forests are texts of LightGBM's own form."""

    synonyms: Mapping[str, str]
    differences: Floats
    """A weight for each kind of difference."""
    grams: Mapping[str, float]
    """A weight for each gram of a mention: is it codable?"""
    order: str
    right: str
    codable: str
    right_steps: Steps
    codable_steps: Steps


class Scorer:
    """Orders and judges lists of candidates. Used by training too, before there is a whole model."""

    def __init__(self, *, differences: Floats, grams: Mapping[str, float], order: lightgbm.Booster) -> None:
        """The weights and the forest that orders."""
        self._differences = differences
        self._grams = grams
        self._order = order

    def scores(self, pairs: Pairs) -> NDArray[np.float64]:
        """One score for each row; higher is better."""
        if not len(pairs.figures):
            return np.zeros(0)
        return np.asarray(self._order.predict(with_differences(pairs, self._differences), num_threads=1))

    def judged(self, texts: Sequence[str], pairs: Pairs, scores: NDArray[np.float64], index: SpellingIndex) -> Floats:
        """One row for each mention that has candidates: what the judges of the whole list see."""
        figures = with_differences(pairs, self._differences)
        rows = []
        begin = 0
        for text, found in zip(texts, pairs.found, strict=True):
            end = begin + len(found.owners)
            if end > begin:
                codes = [index.diseases[owner].icd10 for owner in found.owners.tolist()]
                own = _list_figures(scores[begin:end], codes)
                first = begin + int(np.argmax(scores[begin:end]))
                rows.append([*own, *self._of_text(text), *figures[first].tolist()])
            begin = end
        return np.array(rows, dtype=np.float32)

    def _of_text(self, text: str) -> tuple[float, ...]:
        """How codable the text's grams are in sum, its length, whether it tells of no disease of now."""
        codable = sum(self._grams.get(gram, 0.0) for gram in sorted(set(grams(text))))
        return (codable, float(len(text)), float(gate_of(text) is not Gate.NONE))


def with_differences(pairs: Pairs, weights: Floats) -> Floats:
    """The figures, with the weighed differences as two more columns: the sum, and how far below the list's best."""
    weighed = np.asarray(pairs.differences @ weights, dtype=np.float32).ravel()
    held = pairs.sizes[pairs.sizes > 0]
    best = np.maximum.reduceat(weighed, pairs.starts) if len(weighed) else weighed
    return np.column_stack([pairs.figures, weighed, weighed - np.repeat(best, held)]).astype(np.float32)


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores of one list as shares of 1 (softmax)."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _list_figures(scores: NDArray[np.float64], codes: Sequence[str]) -> tuple[float, ...]:
    """Best score, how far the next and the next of another ICD-10 lie below, the shares of the best and of its code."""
    best = int(np.argmax(scores))
    below = np.sort(scores)[::-1]
    others = [score for score, code in zip(scores.tolist(), codes, strict=True) if code != codes[best]]
    part = shares(scores)
    same = sum(share for share, code in zip(part.tolist(), codes, strict=True) if code == codes[best])
    next_best = float(below[1]) if len(below) > 1 else float(below[0]) - 10
    other = max(others) if others else float(below[0]) - 10
    return (float(below[0]), float(below[0]) - next_best, float(below[0]) - other, float(part[best]), same)


class Ranker:
    """Ranks whole batches against one master. Never changes after it was built; safe to share between threads."""

    def __init__(self, master: DiseaseMaster, model: RankingModel | None) -> None:
        """Builds the index of all spellings: about two seconds for the official master."""
        self._index = SpellingIndex(master, model.synonyms if model is not None else {})
        self._model = model
        self._trained = _Trained(model) if model is not None else None

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention that may be used in the month, best first; at most MOST_CANDIDATES."""
        ranked: list[list[Candidate]] = []
        for begin in range(0, len(mentions), BATCH_MENTIONS):
            texts = [normalised(mention) for mention in mentions[begin : begin + BATCH_MENTIONS]]
            ranked.extend(self._ranked(texts, month))
        return ranked

    def _ranked(self, texts: Sequence[str], month: Month) -> list[list[Candidate]]:
        if self._trained is None:
            return [self._by_cosine(found, month) for found in self._index.search(self._index.vectors(texts))]
        pairs = pairs_of(texts, month, self._index)
        scores, probabilities = self._trained.judge(texts, pairs, self._index)
        ranked: list[list[Candidate]] = []
        begin = 0
        for found, p in zip(pairs.found, probabilities, strict=True):
            end = begin + len(found.owners)
            ranked.append(self._listed(found, scores[begin:end], p, month))
            begin = end
        return ranked

    def _by_cosine(self, found: Found, month: Month) -> list[Candidate]:
        if not len(found.owners):
            return []
        p = _UNTRAINED_STEPS.at(float(found.best[0]))
        return self._listed(found, found.best.astype(np.float64), p, month)

    def _listed(self, found: Found, scores: NDArray[np.float64], p: float, month: Month) -> list[Candidate]:
        """`p` is of the best of all, even where the month takes it out: those after it share the rest, none more."""
        if not len(scores):
            return []
        order = np.argsort(-scores, kind="stable")
        part = shares(scores)
        rest = max(float(part.sum() - part[order[0]]), 1e-9)
        listed: list[Candidate] = []
        for rank, position in enumerate(order.tolist()):
            disease = self._index.diseases[found.owners[position]]
            its = p if rank == 0 else min(p, (1 - p) * float(part[position]) / rest)
            if disease.is_live(month):
                spelling = self._index.texts[found.spellings[position]]
                listed.append(Candidate(disease=disease, p=its, found_by=spelling))
        return listed[:MOST_CANDIDATES]


class _Trained:
    """The model's forests, read."""

    def __init__(self, model: RankingModel) -> None:
        self._model = model
        order = lightgbm.Booster(model_str=model.order)
        self._scorer = Scorer(differences=model.differences, grams=model.grams, order=order)
        self._right = lightgbm.Booster(model_str=model.right)
        self._codable = lightgbm.Booster(model_str=model.codable)

    def judge(
        self, texts: Sequence[str], pairs: Pairs, index: SpellingIndex
    ) -> tuple[NDArray[np.float64], list[float]]:
        """The scores of all rows, and the probability for each mention: 0 without candidates."""
        scores = self._scorer.scores(pairs)
        rows = self._scorer.judged(texts, pairs, scores, index)
        if not len(rows):
            return scores, [0.0] * len(texts)
        right = self._right.predict(rows, num_threads=1)
        codable = self._codable.predict(rows, num_threads=1)
        steps, codable_steps = self._model.right_steps, self._model.codable_steps
        judged = iter(
            [steps.at(float(one)) * codable_steps.at(float(other)) for one, other in zip(right, codable, strict=True)]
        )
        return scores, [next(judged) if size else 0.0 for size in pairs.sizes.tolist()]


_UNTRAINED_STEPS: Final = Steps(
    bounds=tuple(bound for bound, _ in UNTRAINED), values=tuple(value for _, value in UNTRAINED)
)
