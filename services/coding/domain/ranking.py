"""Ranks the candidates of mentions by a trained model, and says how probable it is that the first is right.

Three learned parts: weights for what mention and name differ in, a forest that orders the candidates by them and by the
figures of ranking_features, and two forests that judge the list: is its first right, and does the mention name a
disease at all? One score joins both judgements. Two curves over it, measured on mentions that no part had seen, tell
how often the first is right: of mentions that name a disease (`p`), and of all (`sure`). Without a model: the most
alike name, and how often that was measured to be right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.candidates import Candidate
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.pool import Found
from services.coding.domain.ranking_features import Pairs, pairs_of
from services.coding.domain.ranking_judging import Curve, firsts, joined, list_figures, text_figures
from services.coding.domain.retrieval import BATCH_MENTIONS, Floats, SpellingIndex
from services.shared.kernel.months import Month

if TYPE_CHECKING:
    import lightgbm

MOST_CANDIDATES: Final = 20
MONTHS_KEPT: Final = 36
LISTED_AS_THEY_ARE: Final = 10
"""The first of a list; behind them a disease of an ICD-10 that is there already gives way to one of another."""
NEVER: Final = 1.01
"""A threshold that no probability reaches: nothing is automatic."""
UNTRAINED: Final = Curve(
    scores=(0.29, 0.43, 0.51, 0.61, 0.72, 0.80, 0.89, 0.98), values=(0.10, 0.33, 0.42, 0.55, 0.65, 0.79, 0.91, 0.98)
)
"""How often the ICD-10 of the most alike name was right, by its cosine: 8,089 mentions of the train part."""
UNTRAINED_SURE: Final = Curve(
    scores=(0.27, 0.37, 0.45, 0.55, 0.63, 0.72, 0.79, 0.84, 0.93, 0.96),
    values=(0.02, 0.08, 0.16, 0.31, 0.46, 0.55, 0.68, 0.82, 0.94, 0.95),
)
"""The same of these and 3,909 that name no disease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingModel:
    """Everything that was learned. Forests are texts of LightGBM's own form."""

    synonyms: Mapping[str, str]
    differences: Floats
    """A weight for each kind of difference."""
    grams: Mapping[str, float]
    """A weight for each gram of a mention: does it name a disease?"""
    order: str
    right: str
    codable: str
    p: Curve
    """From the joined score to how often the first's ICD-10 is right where the mention names a disease."""
    sure: Curve
    """The same of all mentions."""
    threshold: float
    """The least `p` that is automatic: there 95 of 100 mentions of a disease were right, and few others passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Pairs with their figures, the weighed differences among them, and a score for each; higher is better."""

    pairs: Pairs
    figures: Floats
    scores: NDArray[np.float64]


class Scorer:
    """Orders lists of candidates, and tells of them what is judged. Used by training too, before there is a model."""

    def __init__(self, *, differences: Floats, grams: Mapping[str, float], order: "lightgbm.Booster") -> None:
        """The weights and the forest that orders."""
        self._differences = differences
        self._grams = grams
        self._order = order

    def ordered(self, pairs: Pairs) -> Ordered:
        """The pairs with their scores."""
        figures = with_differences(pairs, self._differences)
        scores = np.asarray(self._order.predict(figures, num_threads=1)) if len(figures) else np.zeros(0)
        return Ordered(pairs=pairs, figures=figures, scores=scores)

    def judged(self, texts: Sequence[str], ordered: Ordered, index: SpellingIndex) -> Floats:
        """One row for each mention that has candidates: what the judges of the whole list see."""
        sizes = ordered.pairs.sizes
        of_texts = [text_figures(text, self._grams) for text, size in zip(texts, sizes, strict=True) if size]
        return judged_rows(np.array(of_texts), ordered, index)


def judged_rows(of_texts: NDArray[np.float64], ordered: Ordered, index: SpellingIndex) -> Floats:
    """The figures of the list, of the text and of the first, side by side; none without any candidate."""
    if not len(ordered.scores):
        return np.zeros((0, 0), dtype=np.float32)
    own = list_figures(ordered.scores, ordered.pairs, index)
    return np.column_stack([own, of_texts, ordered.figures[firsts(ordered.scores, ordered.pairs)]]).astype(np.float32)


def with_differences(pairs: Pairs, weights: Floats) -> Floats:
    """The figures, with the weighed differences as two more columns: the sum, and how far below the list's best."""
    return with_weighed(pairs, np.asarray(pairs.differences @ weights, dtype=np.float32).ravel())


def with_weighed(pairs: Pairs, weighed: Floats) -> Floats:
    """The same, where the differences are weighed already."""
    held = pairs.sizes[pairs.sizes > 0]
    best = np.maximum.reduceat(weighed, pairs.starts) if len(weighed) else weighed
    return np.column_stack([pairs.figures, weighed, weighed - np.repeat(best, held)]).astype(np.float32)


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores of one list as shares of 1 (softmax)."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How probable it is that the first is right: of mentions that name a disease, and of all."""

    p: float
    sure: float


_NOTHING: Final = _Told(p=0.0, sure=0.0)


class Ranker:
    """Ranks whole batches against one master. Its answers never change; safe to share between threads."""

    def __init__(self, master: DiseaseMaster, model: RankingModel | None) -> None:
        """Builds the index of all spellings: about two seconds for the official master."""
        self._index = SpellingIndex(master, model.synonyms if model is not None else {})
        self._model = model
        self._trained = _Trained(model) if model is not None else None
        self._live_in: dict[Month, NDArray[np.bool_]] = {}

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention that may be used in the month, best first; at most MOST_CANDIDATES."""
        ranked: list[list[Candidate]] = []
        for begin in range(0, len(mentions), BATCH_MENTIONS):
            texts = [normalised(mention) for mention in mentions[begin : begin + BATCH_MENTIONS]]
            ranked.extend(self._ranked(texts, month))
        return ranked

    def _ranked(self, texts: Sequence[str], month: Month) -> list[list[Candidate]]:
        if self._trained is None:
            return [self._by_cosine(found, month) for found in self._index.search(self._index.queries(texts))]
        pairs = pairs_of(texts, month, self._index)
        scores, told = self._trained.judge(texts, pairs, self._index)
        ranked: list[list[Candidate]] = []
        begin = 0
        for found, each in zip(pairs.found, told, strict=True):
            end = begin + len(found.owners)
            ranked.append(self._listed(found, scores[begin:end], each, month))
            begin = end
        return ranked

    def _by_cosine(self, found: Found, month: Month) -> list[Candidate]:
        if not len(found.owners):
            return []
        cosine = float(found.best[0])
        told = _Told(p=UNTRAINED.at(cosine), sure=UNTRAINED_SURE.at(cosine))
        return self._listed(found, found.best.astype(np.float64), told, month)

    def _listed(self, found: Found, scores: NDArray[np.float64], told: _Told, month: Month) -> list[Candidate]:
        """What is told is of the best of all, also where the month takes it out: those after it share the rest."""
        if not len(scores):
            return []
        order = np.argsort(-scores, kind="stable")
        part = shares(scores)
        rest = max(float(part.sum() - part[order[0]]), 1e-9)
        p = np.minimum(told.p, (1 - told.p) * part / rest)
        p[order[0]] = told.p
        sure = np.minimum(p * told.sure / told.p, 1.0)
        kept = self._kept(order[self._live(month)[found.owners[order]]], found)
        columns = (found.owners[kept], found.spellings[kept], p[kept], sure[kept])
        return [
            Candidate(
                disease=self._index.diseases[owner], p=its, found_by=self._index.texts[spelling], sure=its_certainty
            )
            for owner, spelling, its, its_certainty in zip(*(each.tolist() for each in columns), strict=True)
        ]

    def _live(self, month: Month) -> NDArray[np.bool_]:
        """Which diseases may be used in the month. Kept for the months asked last."""
        if month not in self._live_in:
            if len(self._live_in) >= MONTHS_KEPT:
                self._live_in.clear()
            self._live_in[month] = np.array([disease.is_live(month) for disease in self._index.diseases], dtype=bool)
        return self._live_in[month]

    def _kept(self, order: NDArray[np.intp], found: Found) -> NDArray[np.intp]:
        """The positions that are listed, in the order given: the first ones, and then new ICD-10 codes before known."""
        codes = self._index.icd10_of[found.owners[order]]
        again = np.ones(len(order), dtype=bool)
        again[np.unique(codes, return_index=True)[1]] = False
        late = again & (np.arange(len(order)) >= LISTED_AS_THEY_ARE)
        kept = np.argsort(late, kind="stable")[:MOST_CANDIDATES]
        return np.asarray(order[np.sort(kept)])


class _Trained:
    """The model's forests, read."""

    def __init__(self, model: RankingModel) -> None:
        import lightgbm  # noqa: PLC0415 - a machine without OpenMP codes by the rules and by likeness

        self._model = model
        order = lightgbm.Booster(model_str=model.order)
        self._scorer = Scorer(differences=model.differences, grams=model.grams, order=order)
        self._right = lightgbm.Booster(model_str=model.right)
        self._codable = lightgbm.Booster(model_str=model.codable)

    def judge(
        self, texts: Sequence[str], pairs: Pairs, index: SpellingIndex
    ) -> tuple[NDArray[np.float64], list[_Told]]:
        """The scores of all rows, and what is told of each mention's first: nothing without candidates."""
        ordered = self._scorer.ordered(pairs)
        rows = self._scorer.judged(texts, ordered, index)
        if not len(rows):
            return ordered.scores, [_NOTHING] * len(texts)
        right, codable = (np.asarray(judge.predict(rows, num_threads=1)) for judge in (self._right, self._codable))
        curves = self._model
        told = iter(
            _Told(p=curves.p.at(score), sure=curves.sure.at(score)) for score in joined(right, codable).tolist()
        )
        return ordered.scores, [next(told) if size else _NOTHING for size in pairs.sizes.tolist()]
