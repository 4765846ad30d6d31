"""How alike a mention and the labelled ones are as wholes: by all their grams, and by how they begin and end.

The search leaves grams out that many spellings have, and knows no edges: enough to find, too little to tell which of
the found are the nearest (docs/coding-quality.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.gram_counts import KnownGrams
from services.coding.domain.letters import letters_of
from services.coding.domain.lists import lists_of, ordered
from services.coding.domain.pool import Nearest

NEAREST: Final = 30
"""Labelled mentions that are told of."""
LOOKED_AT: Final = 60
"""Of those that the search found."""
_BEGIN, _END = "\x02", "\x03"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Labelled mentions that a search found for some mentions, mention after mention."""

    sizes: NDArray[np.int32]
    """How many for each."""
    places: NDArray[np.int32]
    """Which of the labelled ones."""
    owners: NDArray[np.int32]


class Neighbours:
    """The labelled mentions. Never changes after it was built."""

    def __init__(self, texts: Sequence[str]) -> None:
        """`texts` are normalised."""
        self._grams = KnownGrams(letters_of([_edged(text) for text in texts]))
        counts = self._grams.counts
        self._idf = _rarity(np.bincount(counts.indices, minlength=counts.shape[1]), len(texts))
        self._unknown = float(_rarity(np.ones(1), len(texts))[0])
        self._rows = self._weighted(counts, np.zeros(len(texts)))

    def nearest(self, texts: Sequence[str], near: Near) -> Nearest:
        """Of each mention those that are most alike, best first; equal ones as they were found."""
        counts, different = self._grams.counted(letters_of([_edged(text) for text in texts]))
        asked = self._weighted(counts, different - np.diff(counts.indptr))
        both = asked[lists_of(near.sizes)].multiply(self._rows[near.places])
        alike = np.asarray(both.sum(axis=1), dtype=np.float32).ravel()
        kept = ordered(near.sizes, -alike, NEAREST)
        return Nearest(sizes=np.minimum(near.sizes, NEAREST), owners=near.owners[kept], scores=alike[kept])

    def _weighted(self, counts: Any, unknown: NDArray[Any]) -> Any:  # noqa: ANN401 - scipy has no types
        """Rows of unit length by rarity; a gram that no labelled mention has counts as one that a single one has."""
        rows = counts.copy()
        rows.data = self._idf[rows.indices]
        places = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        squares = np.bincount(places, weights=rows.data.astype(np.float64) ** 2, minlength=rows.shape[0])
        lengths = np.sqrt(squares + unknown * self._unknown**2)
        rows.data = (rows.data / np.maximum(lengths, 1e-9)[places]).astype(np.float32)
        return rows


def _edged(text: str) -> str:
    return f"{_BEGIN}{text}{_END}"


def _rarity(held: NDArray[Any], count: int) -> Floats:
    return np.asarray(np.log((1 + count) / (1 + held)) + 1, dtype=np.float32)
