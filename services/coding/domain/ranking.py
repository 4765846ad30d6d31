"""Ranks the candidates of mentions by a trained model, and says how probable it is that the first is right.

Three learned parts: weights for what mention and name differ in, a forest that orders the candidates by them and by the
figures of ranking_features, and two forests that judge the list: is its first right, and does the mention name a
disease at all? One score joins both judgements. Two curves over it, measured on mentions that no part had seen, tell
how often the first is right: of mentions that name a disease (`p`), and of all (`sure`). Without a model: the most
alike name (ranking_unlearned).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.candidates import Candidate
from services.coding.domain.lists import grouped, lists_of, ordered, ranks_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.ranking_features import FEATURES, Pairs, pairs_of
from services.coding.domain.ranking_judging import Curve, firsts, gram_sums, joined, list_figures, text_figures
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
SIGNS: Final = ("names a disease", "first is right")
"""What the differences between a mention and its first speak for, together with its grams."""
GRAM_SIGNS: Final = ("names a disease, by grams alone", *SIGNS)
KNOWN: Final = ("best cosine", "name cosine", "subsequence of name")
"""Figures that the weights of differences are learned beside."""
KNOWN_WEIGHT: Final = 4.0
LIKELIEST: Final = 16
"""Candidates that the forest orders. Those behind them stand as the differences do: rarely is the right one there."""
BESIDE_FOREST: Final = 0.1
"""The share of the differences and what they stand beside in a score: it orders what the forest finds equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingModel:
    """Everything that was learned. Forests are texts of LightGBM's own form."""

    synonyms: Mapping[str, str]
    differences: Floats
    """A weight for each kind of difference."""
    grams: tuple[str, ...]
    gram_weights: Floats
    """Of each gram of a mention, by GRAM_SIGNS."""
    signs: Floats
    """For each kind of difference between a mention and its first, by SIGNS."""
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

    @property
    def firsts(self) -> NDArray[np.intp]:
        """The row of the best candidate of each mention that has some."""
        return firsts(self.scores, self.pairs)


class Scorer:
    """Orders lists of candidates, and tells of them what is judged."""

    def __init__(self, model: RankingModel, order: "lightgbm.Booster") -> None:
        """The weights of the model, and its forest that orders, read."""
        self._differences = model.differences
        self._columns = {gram: column for column, gram in enumerate(model.grams)}
        self._gram_weights = model.gram_weights
        self._signs = model.signs
        self._order = order

    def ordered(self, pairs: Pairs) -> Ordered:
        """The pairs with their scores."""
        figures = with_differences(pairs, self._differences)
        return Ordered(pairs=pairs, figures=figures, scores=ordering(self._order, figures, pairs.sizes))

    def judged(self, texts: Sequence[str], ordered: Ordered, index: SpellingIndex) -> Floats:
        """One row for each mention that has candidates: what the judges of the whole list see."""
        if not len(ordered.scores):
            return np.zeros((0, 0), dtype=np.float32)
        listed = [text for text, size in zip(texts, ordered.pairs.sizes.tolist(), strict=True) if size]
        spoken = gram_sums(listed, self._columns, self._gram_weights)
        spoken[:, -len(SIGNS) :] += ordered.pairs.differences[ordered.firsts] @ self._signs
        return judged_rows(listed, spoken, ordered, index)


def judged_rows(texts: Sequence[str], spoken: NDArray[np.float64], ordered: Ordered, index: SpellingIndex) -> Floats:
    """The figures of the list, of the text and of the first, side by side; `texts` have candidates.

    `spoken`: for each text its sums by GRAM_SIGNS, with the weights of what it differs in from the first.
    """
    own = list_figures(ordered.scores, ordered.pairs, index)
    of_texts = np.array([text_figures(text) for text in texts])
    return np.column_stack([own, spoken, of_texts, ordered.figures[ordered.firsts]]).astype(np.float32)


def ordering(forest: "lightgbm.Booster", figures: Floats, sizes: Ints) -> NDArray[np.float64]:
    """The score of each row of figures that has its weighed differences: those behind the likeliest below them."""
    if not len(figures):
        return np.zeros(0)
    linear = linear_scores(figures)
    likely = likeliest(linear, sizes)
    held = np.minimum(sizes[sizes > 0], LIKELIEST)
    scores = np.asarray(BESIDE_FOREST * linear)
    scores[likely] += forest.predict(figures[likely], num_threads=1)
    starts = (np.cumsum(held) - held).astype(np.intp)
    least = np.minimum.reduceat(scores[likely], starts) - BESIDE_FOREST * np.minimum.reduceat(linear[likely], starts)
    behind = ~likely
    scores[behind] += np.repeat(least, sizes[sizes > 0])[behind]
    return scores


def linear_scores(figures: Floats) -> NDArray[np.float64]:
    """What speaks for each row without the forest: the differences and what they stand beside."""
    return np.asarray(known(figures) + figures[:, len(FEATURES)])


def likeliest(linear: NDArray[np.float64], sizes: Ints) -> NDArray[np.bool_]:
    """Which rows the forest orders: of each list the LIKELIEST by their linear scores."""
    likely = np.zeros(len(linear), dtype=bool)
    likely[ordered(sizes, -linear, LIKELIEST)] = True
    return likely


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Of each mention that has candidates, how probable it is that the first is right."""

    p: NDArray[np.float64]
    """Where the mention names a disease."""
    sure: NDArray[np.float64]
    """For any text."""


class Ranker:
    """Ranks whole batches against one master. Its answers never change; safe to share between threads."""

    def __init__(self, master: DiseaseMaster, model: RankingModel | None) -> None:
        """Builds the index of all spellings: about two seconds for the official master."""
        self._index = SpellingIndex(master, model.synonyms if model is not None else {})
        self._live_in: dict[Month, NDArray[np.bool_]] = {}
        self._judge = _Trained(model).judge if model is not None else _unlearned

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention that may be used in the month, best first; at most MOST_CANDIDATES.

        What is written several times is ranked once: what stands beside it has no part in it.
        """
        texts = [normalised(mention) for mention in mentions]
        distinct = list(dict.fromkeys(texts))
        ranked: list[list[Candidate]] = []
        for begin in range(0, len(distinct), BATCH_MENTIONS):
            ranked.extend(self._ranked(distinct[begin : begin + BATCH_MENTIONS], month))
        if len(distinct) == len(texts):
            return ranked
        by_text = dict(zip(distinct, ranked, strict=True))
        return [list(by_text[text]) for text in texts]

    def _ranked(self, texts: Sequence[str], month: Month) -> list[list[Candidate]]:
        """What is told is of the best of all, also where the month takes it out: those after it share the rest."""
        pairs = pairs_of(texts, month, self._index)
        scores, told = self._judge(texts, pairs, self._index)
        lists, owners = lists_of(pairs.sizes), pairs.owners
        order = ordered(pairs.sizes, -scores)
        live = order[self._live(month)[owners[order]]]
        kept = varied(live, lists, self._index.icd10_of[owners], MOST_CANDIDATES)
        p, sure = _spread(scores, told, pairs)
        sizes = np.bincount(lists[kept], minlength=len(texts))
        return self._listed(sizes, (owners[kept], pairs.spellings[kept], p[kept], sure[kept]))

    def _listed(self, sizes: NDArray[np.intp], columns: tuple[NDArray[Any], ...]) -> list[list[Candidate]]:
        """Candidates of each list, of columns of owners, spellings, `p` and `sure`."""
        owners, spellings, p, sure = (column.tolist() for column in columns)
        diseases = map(self._index.diseases.__getitem__, owners)
        found_by = map(self._index.texts.__getitem__, spellings)
        made = map(Candidate, diseases, p, found_by, sure)
        return [list(islice(made, size)) for size in sizes.tolist()]

    def _live(self, month: Month) -> NDArray[np.bool_]:
        """Which diseases may be used in the month. Kept for the months asked last."""
        live = self._live_in.get(month)
        if live is None:
            live = np.array([disease.is_live(month) for disease in self._index.diseases], dtype=bool)
            if len(self._live_in) >= MONTHS_KEPT:
                self._live_in.clear()
            self._live_in[month] = live
        return live


def varied(order: NDArray[np.intp], lists: NDArray[np.intp], codes: Ints, most: int) -> NDArray[np.intp]:
    """Of each list the first `most` rows: behind its head every ICD-10 comes once before any twice.

    `order`: rows list after list, best first; `lists` and `codes`: the list and the ICD-10 of every row.
    """
    held = lists[order]
    sizes = np.bincount(held)
    rows, begins = grouped(held * (int(codes.max(initial=0)) + 1) + codes[order])
    is_early = ranks_of(sizes) < AS_SCORED
    is_early[rows[begins]] = True
    return np.asarray(order[ordered(sizes, ~is_early, most)])


def _spread(scores: NDArray[np.float64], told: _Told, pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each row `p` and `sure`: what is told is the first's, and the others share what is left by their scores."""
    if not len(scores):
        return np.zeros(0), np.zeros(0)
    held, first = pairs.sizes[pairs.sizes > 0], firsts(scores, pairs)
    part = np.exp(scores - np.repeat(scores[first], held))
    rest = np.repeat(np.maximum(np.add.reduceat(part, pairs.starts) - 1, 1e-9), held)
    of_first = np.repeat(told.p, held)
    p = np.minimum(of_first, (1 - of_first) * part / rest)
    p[first] = told.p
    return p, np.minimum(p * np.repeat(told.sure / told.p, held), 1.0)


def _unlearned(_texts: Sequence[str], pairs: Pairs, _: SpellingIndex) -> tuple[NDArray[np.float64], _Told]:
    """What a judge tells where nothing was learned."""
    scores = unlearned_scores(pairs)
    best = scores[firsts(scores, pairs)].tolist() if len(scores) else []
    return scores, _told(best, P, SURE)


def _told(scores: Sequence[float], p: Curve, sure: Curve) -> _Told:
    return _Told(p=np.array([p.at(score) for score in scores]), sure=np.array([sure.at(score) for score in scores]))


class _Trained:
    """The model's forests, read."""

    def __init__(self, model: RankingModel) -> None:
        import lightgbm  # noqa: PLC0415 - a machine without OpenMP codes by the rules and by likeness

        self._model = model
        order = lightgbm.Booster(model_str=model.order)
        self._scorer = Scorer(model, order)
        self._right = lightgbm.Booster(model_str=model.right)
        self._codable = lightgbm.Booster(model_str=model.codable)

    def judge(self, texts: Sequence[str], pairs: Pairs, index: SpellingIndex) -> tuple[NDArray[np.float64], _Told]:
        """The scores of all rows, and what is told of the first of each mention that has candidates."""
        ordered = self._scorer.ordered(pairs)
        rows = self._scorer.judged(texts, ordered, index)
        if not len(rows):
            return ordered.scores, _Told(p=np.zeros(0), sure=np.zeros(0))
        right, codable = (np.asarray(judge.predict(rows, num_threads=1)) for judge in (self._right, self._codable))
        return ordered.scores, _told(joined(right, codable).tolist(), self._model.p, self._model.sure)
