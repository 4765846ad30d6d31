"""Finds the names most like a text among all names of a master: TF-IDF over runs of one to three characters.

The same measure as the disease index's (services.coding.domain.retrieval), for any master of names: nothing learned,
nothing hidden, one row per name. Runs are numbers instead of strings, so that 60,000 names are indexed within a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

LONGEST_GRAM: Final = 3
BATCH_TEXTS: Final = 256
COMMON_SHARE: Final = 0.05
"""Of the names: a run in more of them finds too many and says too little to be looked up."""
COMMON_LEAST: Final = 8
"""Names that may share a run however few there are."""
_BITS: Final = 21
"""A character's number fits in them; three fit in 63."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Sparse = Any
"""A matrix of scipy, which comes without types: rows of texts or names, columns of runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The names most like one text, the most alike first, by their places."""

    places: Ints
    cosines: Floats


class NameIndex:
    """All names of a master, by place. Never changes after it was built."""

    def __init__(self, names: Sequence[str]) -> None:
        """`names`: spelled as texts will be."""
        rows, runs = _runs(names)
        self._vocabulary, columns = np.unique(runs, return_inverse=True)
        counts = _counted(rows, columns, (len(names), len(self._vocabulary)))
        held = np.bincount(counts.indices, minlength=len(self._vocabulary))
        self._rarity: Floats = (np.log((1 + len(names)) / (1 + held)) + 1).astype(np.float32)
        weights = _weighted(counts, self._rarity)
        rare = held <= max(COMMON_SHARE * len(names), COMMON_LEAST)
        self._lookup = (weights @ sparse.diags(rare.astype(np.float32))).T.tocsr()
        self._lookup.eliminate_zeros()

    def search(self, texts: Sequence[str], most: int) -> list[Alike]:
        """The most alike names of each spelled text, at most `most`; none where nothing is shared."""
        found: list[Alike] = []
        for begin in range(0, len(texts), BATCH_TEXTS):
            scores = (self._vectors(texts[begin : begin + BATCH_TEXTS]) @ self._lookup).tocsr()
            for row in range(scores.shape[0]):
                span = slice(scores.indptr[row], scores.indptr[row + 1])
                found.append(_most_alike(scores.indices[span], scores.data[span], most))
        return found

    def _vectors(self, texts: Sequence[str]) -> Sparse:
        rows, runs = _runs(texts)
        if not len(self._vocabulary):
            return sparse.csr_matrix((len(texts), 0), dtype=np.float32)
        columns = np.minimum(np.searchsorted(self._vocabulary, runs), len(self._vocabulary) - 1)
        known = self._vocabulary[columns] == runs
        return _weighted(_counted(rows[known], columns[known], (len(texts), len(self._vocabulary))), self._rarity)


def _most_alike(places: NDArray[np.int32], scores: Floats, most: int) -> Alike:
    """Equal cosines by place, so that the answer is always the same."""
    if len(scores) > most:
        least = np.partition(scores, len(scores) - most)[len(scores) - most]
        kept = np.flatnonzero(scores >= least)
        places, scores = places[kept], scores[kept]
    order = np.lexsort((places, -scores))[:most]
    return Alike(places=places[order].astype(np.int64), cosines=scores[order])


def _runs(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """All runs of one to three characters: the text that each stands in, and its number."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    characters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    rows = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(rows))
    runs = np.zeros_like(characters)
    all_rows, all_runs = [], []
    for length in range(1, LONGEST_GRAM + 1):
        following = np.roll(characters, 1 - length)
        runs = (runs << _BITS) | following
        fits = left >= length
        all_rows.append(rows[fits])
        all_runs.append(runs[fits])
    return np.concatenate(all_rows), np.concatenate(all_runs)


def _counted(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Sparse:
    counts = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    counts.sum_duplicates()
    return counts


def _weighted(counts: Sparse, rarity: Floats) -> Sparse:
    """Rows of unit length: sublinear counts times the runs' rarity."""
    weights = counts.copy()
    weights.data = ((1 + np.log(weights.data)) * rarity[weights.indices]).astype(np.float32)
    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    scale = sparse.diags((1 / np.maximum(lengths, 1e-9)).astype(np.float32))
    return (scale @ weights).tocsr()
