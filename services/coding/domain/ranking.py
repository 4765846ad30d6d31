"""Ranks the candidates of mentions by a trained model, and says how probable it is that the first is right.

Three learned parts: weights for what mention and name differ in, a forest that orders the candidates by them and by the
figures of ranking_features, and two forests that judge the list: is its first right, and does the mention name a
disease at all? One score joins both judgements. Two curves over it, measured on mentions that no part had seen, tell
how often the first is right: of mentions that name a disease (`p`), and of all (`sure`). Without a model: the most
alike name (ranking_unlearned).
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
from services.coding.domain.ranking_features import FEATURES, Pairs, pairs_of
from services.coding.domain.ranking_judging import Curve, firsts, joined, list_figures, text_figures
from services.coding.domain.ranking_unlearned import SURE, P, unlearned_scores
from services.coding.domain.retrieval import BATCH_MENTIONS, Floats, Ints, SpellingIndex
from services.shared.kernel.months import Month

if TYPE_CHECKING:
    import lightgbm

MOST_CANDIDATES: Final = 20
MONTHS_KEPT: Final = 36
"""Of which it is held what may be used in them."""
NEVER: Final = 1.01
"""A threshold that no probability reaches: nothing is automatic."""
AS_SCORED: Final = 3
"""Candidates that stand as their scores tell; behind them comes the best of each other ICD-10 before any second."""
KNOWN: Final = ("best cosine", "name cosine", "subsequence of name")
"""Figures that the weights of differences are learned beside."""
KNOWN_WEIGHT: Final = 4.0
BESIDE_FOREST: Final = 0.1
"""The share of the differences and what they stand beside in a score: it orders what the forest finds equal."""


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
    """The least `p` that is automatic, chosen on mentions that had not taught what judged them (training/judging)."""


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
        return Ordered(pairs=pairs, figures=figures, scores=ordering(self._order, figures))

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


def ordering(forest: "lightgbm.Booster", figures: Floats) -> NDArray[np.float64]:
    """The score of each row of figures that has its weighed differences."""
    if not len(figures):
        return np.zeros(0)
    linear = known(figures) + figures[:, len(FEATURES)]
    return np.asarray(forest.predict(figures, num_threads=1) + BESIDE_FOREST * linear)


def known(figures: Floats) -> NDArray[np.float64]:
    """What speaks for each row beside its differences."""
    columns = figures[:, [FEATURES.index(name) for name in KNOWN]]
    return np.asarray(KNOWN_WEIGHT * columns.astype(np.float64).sum(axis=1))


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
        self._live_in: dict[Month, NDArray[np.bool_]] = {}
        self._judge = _Trained(model).judge if model is not None else _unlearned

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention that may be used in the month, best first; at most MOST_CANDIDATES."""
        ranked: list[list[Candidate]] = []
        for begin in range(0, len(mentions), BATCH_MENTIONS):
            texts = [normalised(mention) for mention in mentions[begin : begin + BATCH_MENTIONS]]
            ranked.extend(self._ranked(texts, month))
        return ranked

    def _ranked(self, texts: Sequence[str], month: Month) -> list[list[Candidate]]:
        pairs = pairs_of(texts, month, self._index)
        scores, told = self._judge(texts, pairs, self._index)
        ranked: list[list[Candidate]] = []
        begin = 0
        for found, each in zip(pairs.found, told, strict=True):
            end = begin + len(found.owners)
            ranked.append(self._listed(found, scores[begin:end], each, month))
            begin = end
        return ranked

    def _listed(self, found: Found, scores: NDArray[np.float64], told: _Told, month: Month) -> list[Candidate]:
        """What is told is of the best of all, also where the month takes it out: those after it share the rest."""
        if not len(scores):
            return []
        order = np.argsort(-scores, kind="stable")
        live = order[self._live(month)[found.owners[order]]]
        part = shares(scores)
        rest = max(float(part.sum() - part[order[0]]), 1e-9)
        p = np.minimum(told.p, (1 - told.p) * part / rest)
        p[order[0]] = told.p
        sure = np.minimum(p * told.sure / told.p, 1.0)
        kept = varied(live, self._index.icd10_of[found.owners])[:MOST_CANDIDATES]
        columns = (found.owners[kept], found.spellings[kept], p[kept], sure[kept])
        diseases, texts = self._index.diseases, self._index.texts
        return [
            Candidate(disease=diseases[owner], p=its, found_by=texts[spelling], sure=certain)
            for owner, spelling, its, certain in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def _live(self, month: Month) -> NDArray[np.bool_]:
        """Which diseases may be used in the month. Kept for the months asked last."""
        live = self._live_in.get(month)
        if live is None:
            live = np.array([disease.is_live(month) for disease in self._index.diseases], dtype=bool)
            if len(self._live_in) >= MONTHS_KEPT:
                self._live_in.clear()
            self._live_in[month] = live
        return live


def varied(order: NDArray[np.intp], codes: Ints) -> NDArray[np.intp]:
    """The order, behind its head with every ICD-10 that is not named yet before those that are."""
    firsts_of_codes = np.unique(codes[order], return_index=True)[1]
    is_early = np.arange(len(order)) < AS_SCORED
    is_early[firsts_of_codes] = True
    return order[np.argsort(~is_early, kind="stable")]


def _unlearned(texts: Sequence[str], pairs: Pairs, _: SpellingIndex) -> tuple[NDArray[np.float64], list[_Told]]:
    """What a judge tells where nothing was learned."""
    scores = unlearned_scores(pairs)
    if not len(scores):
        return scores, [_NOTHING] * len(texts)
    told = iter(_Told(p=P.at(score), sure=SURE.at(score)) for score in scores[firsts(scores, pairs)].tolist())
    return scores, [next(told) if size else _NOTHING for size in pairs.sizes.tolist()]


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
