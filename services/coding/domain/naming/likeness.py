"""How alike a text and a name are: few figures with plain meanings, weighed by few weights.

The weights are those of a conditional logit that chooses among names: the exponential of a score is a name's share
against the others and against NONE, the score of "none of these". They were fitted on wordings of earlier masters
(docs/naming-quality.md) and rounded; none was fitted on what is measured there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.naming.index import Floats, Ints

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each figure of likeness weighs. All but the cosine count against a name."""

    cosine: float
    number: float
    """Each number of the text that the name has not: another number is another thing."""
    missing: float
    """The share of the text's characters that the name has not."""
    more: float
    """The share of the name's characters that the text has not."""
    against: float
    """Each part of a drug (amount, form, maker) that text and name state differently."""
    none: float
    """The score of no name at all."""


class Bags:
    """The characters, or the numbers, of all names as multisets, to be compared with one text's at once."""

    def __init__(self, items: NDArray[np.int64], sizes: Sequence[int]) -> None:
        """`items` of all names one after another; `sizes`: how many are each name's."""
        self._items = items
        self._ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def sizes(self, places: Ints) -> Ints:
        """How many items each name has."""
        return np.asarray(self._ends[places + 1] - self._ends[places])

    def shared(self, bag: NDArray[np.int64], places: Ints) -> Ints:
        """How many items each name shares with the bag, each as often as both have it."""
        kinds, counts = np.unique(bag, return_counts=True)
        if not len(kinds) or not len(places):
            return np.zeros(len(places), dtype=np.int64)
        sizes = self.sizes(places)
        begins = np.repeat(self._ends[places] - np.cumsum(sizes) + sizes, sizes)
        items = self._items[begins + np.arange(int(sizes.sum()))]
        kind = np.minimum(np.searchsorted(kinds, items), len(kinds) - 1)
        is_known = kinds[kind] == items
        cells = np.repeat(np.arange(len(places)), sizes)[is_known] * len(kinds) + kind[is_known]
        held = np.bincount(cells, minlength=len(places) * len(kinds)).reshape(len(places), len(kinds))
        return np.asarray(np.minimum(held, counts).sum(axis=1))


def numbers_in(spelling: str) -> list[str]:
    """The numbers of a spelled text, as written."""
    return _NUMBER.findall(spelling)


def _characters(text: str) -> NDArray[np.int64]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)


class Likeness:
    """Scores names of one index against texts. Never changes after it was built."""

    def __init__(self, names: Sequence[str], weights: Weights) -> None:
        """`names`: spelled, by place."""
        self._characters = Bags(_characters("".join(names)), [len(name) for name in names])
        written = [numbers_in(name) for name in names]
        self._number_of: dict[str, int] = {}
        numbers = [self._number_of.setdefault(number, len(self._number_of)) for number in chain.from_iterable(written)]
        self._numbers = Bags(np.array(numbers, dtype=np.int64), [len(each) for each in written])
        self.weights: Final = weights

    def scores(self, text: str, places: Ints, cosines: Floats, against: Sequence[int]) -> NDArray[np.float64]:
        """One score for each place; `against`: how many parts of a drug speak against it, 0 for all else."""
        figures = self.figures(text, places, cosines, against)
        weights = self.weights
        weighed = [weights.cosine, -weights.number, -weights.missing, -weights.more, -weights.against]
        return np.asarray(figures @ np.array(weighed))

    def figures(self, text: str, places: Ints, cosines: Floats, against: Sequence[int]) -> NDArray[np.float64]:
        """Columns: cosine, numbers missing, characters missing, characters more, parts against."""
        numbers = np.array([self._number_of.get(number, _UNKNOWN) for number in numbers_in(text)], dtype=np.int64)
        shared = self._characters.shared(_characters(text), places)
        return np.column_stack(
            [
                cosines,
                len(numbers) - self._numbers.shared(numbers, places),
                1 - shared / max(len(text), 1),
                1 - shared / np.maximum(self._characters.sizes(places), 1),
                np.array(against, dtype=np.float64),
            ]
        )
