"""What the ranker sees of a mention and its candidates: one row of figures for each pair, for a whole batch at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.decompose import decompose
from services.coding.domain.ranking_likeness import DIFFERENCES, LIKENESS, Written, differences, likeness, written
from services.coding.domain.retrieval import Floats, Found, Hidden, Ints, Sparse, SpellingIndex, grams
from services.shared.kernel.months import Month

_CATEGORY: Final = 3
_DECOMPOSED: Final = "disease of a reading"
_FOUND: Final = (
    "best cosine",
    "second cosine",
    "spellings met",
    "best is learned",
    "rank by best",
    "same ICD-10 met",
    "same category met",
    "same ICD-10 weight",
    "same category weight",
    "known share",
)
_OVERLAPS: Final = ("name cosine", "rarity of mention in name", "rarity of name in mention")
_OF_SPELLING: Final = LIKENESS[:6]
_RELATIVE: Final = ("best cosine", *_OVERLAPS, *LIKENESS[:2], *(f"spelling: {name}" for name in LIKENESS[:2]))
FEATURES: Final = (
    *_FOUND,
    _DECOMPOSED,
    *_OVERLAPS,
    *LIKENESS,
    *(f"spelling: {name}" for name in _OF_SPELLING),
    *(f"below the list's best: {name}" for name in _RELATIVE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """All pairs of a batch, mention after mention, in the order in which the candidates were found."""

    found: list[Found]
    sizes: Ints
    """Candidates of each mention; their sum is the number of rows."""
    figures: Floats
    """Rows by FEATURES."""
    differences: Any
    """Rows by ranking_likeness.DIFFERENCES: a sparse matrix of ones."""

    @property
    def owners(self) -> Ints:
        """The candidate of each row."""
        return np.concatenate([each.owners for each in self.found]) if self.found else np.zeros(0, dtype=np.int32)

    @property
    def starts(self) -> NDArray[np.intp]:
        """The first row of each mention that has candidates."""
        ends = np.cumsum(self.sizes)
        return (ends - self.sizes)[self.sizes > 0].astype(np.intp)


def pairs_of(texts: Sequence[str], month: Month, index: SpellingIndex, hidden: Sequence[Hidden] = ()) -> Pairs:
    """The pairs of normalised mentions. `hidden` is for training alone: empty, or one for each mention."""
    vectors = index.vectors(texts, hiding=bool(hidden))
    known = np.diff(vectors.indptr)
    found = index.search(vectors, hidden)
    sizes = np.array([len(each.owners) for each in found], dtype=np.int32)
    rows = np.repeat(np.arange(len(texts)), sizes)
    compared = _compared(texts, found, index)
    decomposed = _decomposed(texts, month, found, index)
    own = np.column_stack(
        [_own(texts, found, known, index), decomposed, *_overlaps(vectors, rows, _names(found, index), index)]
    )
    figures = np.column_stack([own, compared]).astype(np.float32)
    return Pairs(
        found=found,
        sizes=sizes,
        figures=np.column_stack([figures, _relative(figures, sizes)]).astype(np.float32),
        differences=_differences(texts, found, index),
    )


def _own(texts: Sequence[str], found: Sequence[Found], known: NDArray[Any], index: SpellingIndex) -> Floats:
    """The columns of _FOUND."""
    shares = known / np.array([max(len(set(grams(text))), 1) for text in texts])
    blocks = [_block(share, each, index) for share, each in zip(shares, found, strict=True) if len(each.owners)]
    return np.concatenate(blocks) if blocks else np.zeros((0, len(_FOUND)), dtype=np.float32)


def _decomposed(texts: Sequence[str], month: Month, found: Sequence[Found], index: SpellingIndex) -> Floats:
    """For each pair, the share of the text's readings as disease and modifiers whose disease the candidate is."""
    figures: list[float] = []
    for text, each in zip(texts, found, strict=True):
        readings = decompose(text, month, index.master)
        codes = [reading.base.code for reading in readings]
        figures.extend(codes.count(index.diseases[owner].code) / max(len(codes), 1) for owner in each.owners.tolist())
    return np.array(figures, dtype=np.float32)


def _block(known_share: float, found: Found, index: SpellingIndex) -> Floats:
    codes = [index.diseases[owner].icd10 for owner in found.owners.tolist()]
    same = _shared(codes, found)
    same_category = _shared([code[:_CATEGORY] for code in codes], found)
    count = len(codes)
    return np.column_stack(
        [
            found.best,
            found.second,
            found.met,
            index.learned[found.spellings],
            np.arange(count),
            same[0],
            same_category[0],
            same[1],
            same_category[1],
            np.full(count, known_share),
        ]
    ).astype(np.float32)


def _shared(codes: Sequence[str], found: Found) -> tuple[list[int], list[float]]:
    """For each candidate: how many candidates have its code, and the sum of their cosines."""
    counts: dict[str, int] = {}
    weights: dict[str, float] = {}
    for code, weight in zip(codes, found.best.tolist(), strict=True):
        counts[code] = counts.get(code, 0) + 1
        weights[code] = weights.get(code, 0.0) + weight
    return [counts[code] for code in codes], [weights[code] for code in codes]


def _names(found: Sequence[Found], index: SpellingIndex) -> Ints:
    owners = [each.owners for each in found]
    return index.name_of[np.concatenate(owners)] if owners else np.zeros(0, dtype=np.int32)


def _overlaps(vectors: Sparse, rows: NDArray[Any], names: Ints, index: SpellingIndex) -> list[Floats]:
    """The columns of _OVERLAPS: cosine, and of either side's grams the share by rarity that the other has."""
    rare, rare_names = _by_rarity(vectors, index), index.weights[names]
    cosine = _sum(vectors[rows].multiply(rare_names))
    has = _ones(rare_names)
    shared = _sum(rare[rows].multiply(has))
    of_mentions = _sum(rare)[rows]
    of_names = _sum(_by_rarity(rare_names, index))
    return [cosine, shared / np.maximum(of_mentions, 1e-6), shared / np.maximum(of_names, 1e-6)]


def _by_rarity(matrix: Sparse, index: SpellingIndex) -> Sparse:
    rare = matrix.copy()
    rare.data = index.idf[rare.indices]
    return rare


def _ones(matrix: Sparse) -> Sparse:
    ones = matrix.copy()
    ones.data = np.ones_like(ones.data)
    return ones


def _sum(matrix: Sparse) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()


def _compared(texts: Sequence[str], found: Sequence[Found], index: SpellingIndex) -> Floats:
    """The columns of LIKENESS to the name, then those of _OF_SPELLING to the most alike spelling."""
    width = len(LIKENESS) + len(_OF_SPELLING)
    figures = list(chain.from_iterable(_likenesses(texts, found, index)))
    return np.array(figures, dtype=np.float32).reshape(-1, width)


def _likenesses(texts: Sequence[str], found: Sequence[Found], index: SpellingIndex) -> Iterator[tuple[float, ...]]:
    for text, each in zip(texts, found, strict=True):
        mention = written(text)
        names = index.name_of[each.owners].tolist()
        for name, spelling in zip(names, each.spellings.tolist(), strict=True):
            yield _both(mention, index.texts[name], index.texts[spelling], index.modifiers)


def _both(mention: Written, name: str, spelling: str, modifiers: frozenset[str]) -> tuple[float, ...]:
    to_name = likeness(mention, name, modifiers)
    to_spelling = to_name if spelling == name else likeness(mention, spelling, modifiers)
    return (*to_name, *to_spelling[: len(_OF_SPELLING)])


def _relative(figures: Floats, sizes: Ints) -> Floats:
    """How far below the best of its list each pair stands."""
    columns = figures[:, [FEATURES.index(name) for name in _RELATIVE]]
    if not len(columns):
        return columns
    held = sizes[sizes > 0]
    starts = (np.cumsum(held) - held).astype(np.intp)
    best = np.maximum.reduceat(columns, starts, axis=0)
    return np.asarray(columns - np.repeat(best, held, axis=0), dtype=np.float32)


def _differences(texts: Sequence[str], found: Sequence[Found], index: SpellingIndex) -> Sparse:
    columns: list[int] = []
    ends = [0]
    for text, each in zip(texts, found, strict=True):
        for name in index.name_of[each.owners].tolist():
            columns.extend(differences(text, index.texts[name]))
            ends.append(len(columns))
    shape = (len(ends) - 1, DIFFERENCES)
    ones = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((ones, np.array(columns, dtype=np.int32), np.array(ends)), shape=shape)
