"""What is asked of a whole list of candidates: is its first right, and does the mention name a disease at all?

Figures of the list as ordered, of the mention as text, and of the first candidate. A curve makes a judgement even.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.gate import Gate, gate_of
from services.coding.domain.ranking_features import Pairs
from services.coding.domain.retrieval import Floats, SpellingIndex, grams

FAR_BELOW: Final = 10.0
"""How far below the first the next counts where there is none."""
CODABLE_POWER: Final = 2.5
"""How much more a doubt whether there is a disease at all weighs than one which it is.

Where 95 % of the first are right, it decides how many texts of no disease are taken with them: with 1 four of a hundred
were, with 2 up to three, with 3 less than two, and fewer mentions of diseases (docs/coding-quality.md).
"""
_DIGIT, _LATIN, _KATAKANA, _OTHER = range(4)
_KATAKANA_BOUNDS: Final = ("ァ", "ー")
_BEGIN, _END = "\x02", "\x03"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A rising line from a raw score to a probability: straight between its knots, level outside of them."""

    scores: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.values) or not self.scores:
            raise ValueError("a knot has a score and a value")
        if any(later <= earlier for earlier, later in pairwise(self.scores)):
            raise ValueError("scores rise")
        if any(later < earlier for earlier, later in pairwise(self.values)):
            raise ValueError("values do not fall")
        if not all(0.0 <= value <= 1.0 for value in self.values):
            raise ValueError("a probability lies between 0 and 1")

    def at(self, score: float) -> float:
        """The probability of one score."""
        after = bisect_right(self.scores, score)
        if after in (0, len(self.scores)):
            return self.values[max(after - 1, 0)]
        low, high = self.scores[after - 1], self.scores[after]
        part = (score - low) / (high - low)
        return self.values[after - 1] + part * (self.values[after] - self.values[after - 1])


def firsts(scores: NDArray[np.float64], pairs: Pairs) -> NDArray[np.intp]:
    """The row of the best candidate of each mention that has some; of equal ones the first."""
    lists = _lists(pairs)
    best = np.maximum.reduceat(scores, pairs.starts)[lists]
    rows = np.flatnonzero(scores == best)
    return rows[np.unique(lists[rows], return_index=True)[1]]


def list_figures(scores: NDArray[np.float64], pairs: Pairs, index: SpellingIndex) -> Floats:
    """How each list of candidates stands.

    The best score, how far the next and the next of another ICD-10 lie below, the shares of the best, of its code and
    of its category, how spread the shares are, how many have its code, and how many there are.
    """
    lists, starts, first = _lists(pairs), pairs.starts, firsts(scores, pairs)
    codes, categories = index.icd10_of[pairs.owners], index.category_of[pairs.owners]
    best = scores[first]
    raised = np.exp(scores - best[lists])
    part = raised / np.add.reduceat(raised, starts)[lists]
    same = codes == codes[first][lists]
    others = np.where(np.arange(len(scores)) == first[lists], -np.inf, scores)
    other_codes = np.where(same, -np.inf, scores)
    return np.column_stack(
        [
            best,
            np.minimum(best - np.maximum.reduceat(others, starts), FAR_BELOW),
            np.minimum(best - np.maximum.reduceat(other_codes, starts), FAR_BELOW),
            part[first],
            np.add.reduceat(part * same, starts),
            np.add.reduceat(part * (categories == categories[first][lists]), starts),
            -np.add.reduceat(part * np.log(part + 1e-12), starts),
            np.add.reduceat(same.astype(np.float64), starts),
            pairs.sizes[pairs.sizes > 0],
        ]
    ).astype(np.float32)


def text_figures(text: str) -> tuple[float, ...]:
    """The length of a text, whether it tells of no disease of now, its kinds of letters. `text` is not empty."""
    kinds = [_kind(character) for character in text]
    counted = (kinds.count(kind) / len(text) for kind in (_DIGIT, _LATIN, _KATAKANA))
    return (float(len(text)), float(gate_of(text) is not Gate.NONE), *counted, float(kinds[-1]))


def edged_grams(text: str) -> list[str]:
    """The grams of a text with its ends: what it begins and ends with says more than what stands between."""
    return grams(f"{_BEGIN}{text}{_END}")


def gram_sums(texts: Sequence[str], columns: Mapping[str, int], weights: Floats) -> NDArray[np.float64]:
    """For each text, what its known grams weigh together by each column of the weights.

    `columns`: the row of the weights of each known gram.
    """
    places = [sorted(map(columns.__getitem__, columns.keys() & set(edged_grams(text)))) for text in texts]
    held = np.fromiter(chain.from_iterable(places), dtype=np.intp)
    rows = np.repeat(np.arange(len(places)), [len(theirs) for theirs in places])
    kinds = range(weights.shape[1])
    sums = [np.bincount(rows, weights=weights[held, kind], minlength=len(places)) for kind in kinds]
    return np.column_stack(sums)


def joined(right: NDArray[np.float64], codable: NDArray[np.float64]) -> NDArray[np.float64]:
    """The one score by which answers are told, and by which they become automatic."""
    return np.asarray(right * codable**CODABLE_POWER)


def _kind(character: str) -> int:
    if character.isascii():
        return _DIGIT if character.isdigit() else _LATIN
    return _KATAKANA if _KATAKANA_BOUNDS[0] <= character <= _KATAKANA_BOUNDS[1] else _OTHER


def _lists(pairs: Pairs) -> NDArray[np.intp]:
    """For each row, the place of its mention among those that have candidates."""
    held = pairs.sizes[pairs.sizes > 0]
    return np.repeat(np.arange(len(held)), held)
