"""Finds the spellings most like a mention: TF-IDF over character 1- to 3-grams, one sparse product for a whole batch.

Spellings are the master's names, abbreviations and kana, and the synonyms that were learned. Needs numpy and scipy,
which cost half a second to import: imported by those alone that rank.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.letters import Letters, letters_of
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised

LONGEST_GRAM: Final = 3
BATCH_MENTIONS: Final = 512
SPELLINGS_LOOKED_AT: Final = 120
BEST_OF_ALL: Final = 28
"""Diseases taken for their best spelling of any kind."""
BEST_OF_NAMES: Final = 16
"""Diseases taken for their name in the master."""
COMMON_SHARE: Final = 0.05
"""Of the spellings: a gram in more of them finds too many and says too little to be looked up."""
NOBODY: Final = -1
CATEGORY: Final = 3
"""Characters of an ICD-10 code that name its category."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Sparse = Any
"""A matrix of scipy, which comes without types: rows of mentions or spellings, columns of grams or differences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What the search must not see for one mention that was learned: itself, and perhaps all that its disease learned.

    A ranker that saw them would learn to trust a likeness that no new mention has.
    """

    text: str
    owner: int = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The candidates of one mention, best spelling first. Arrays run over the candidates."""

    owners: Ints
    """Positions in the index's `diseases`."""
    spellings: Ints
    """The most alike spelling of each."""
    best: Floats
    """Its cosine."""
    second: Floats
    """The cosine of the next spelling of the same disease among those looked at; 0 without."""
    met: Ints
    """How many spellings of the disease were among those looked at."""


class SpellingIndex:
    """All spellings of the diseases. Never changes after it was built."""

    def __init__(self, master: DiseaseMaster, synonyms: Mapping[str, str]) -> None:
        """`synonyms`: learned normalised spelling to code; those of codes that the master has not are left out."""
        self.master: Final[DiseaseMaster] = master
        self.diseases = _one_per_code(master)
        self.icd10_of: Final[Ints] = _numbered(disease.icd10 for disease in self.diseases)
        """A number for each ICD-10 code, of each disease; `category_of` one for its category."""
        self.category_of: Final[Ints] = _numbered(disease.icd10[:CATEGORY] for disease in self.diseases)
        self.modifiers: Final[frozenset[str]] = frozenset((*master.prefixes.rows, *master.suffixes.rows))
        """Normalised spellings of the modifiers."""
        by_code = {disease.code: owner for owner, disease in enumerate(self.diseases)}
        rows = list(_spellings(self.diseases, synonyms, by_code))
        self.texts: Final[list[str]] = [text for text, _, _ in rows]
        self.owners: Final[Ints] = np.array([owner for _, owner, _ in rows], dtype=np.int32)
        self.learned: Final[NDArray[np.bool_]] = np.array([learned for _, _, learned in rows], dtype=bool)
        self.owner_of: Final[dict[str, int]] = by_code
        self.name_of: Final[Ints] = np.unique(self.owners, return_index=True)[1].astype(np.int32)
        """The place of each disease's name, its first spelling."""
        self.letters: Final[Letters] = letters_of(self.texts)
        self._place_of = {text: place for place, (text, _, learned) in enumerate(rows) if learned}
        self._vocabulary: dict[str, int] = {}
        counts = _counted(self.texts, self._vocabulary, grow=True)
        held = np.bincount(counts.indices, minlength=len(self._vocabulary))
        self._held = held
        self.idf: Final[Floats] = (np.log((1 + len(rows)) / (1 + held)) + 1).astype(np.float32)
        self.weights: Final[Any] = _weighted(counts, self.idf)
        rare = held <= max(COMMON_SHARE * len(rows), 8)
        self._lookup = (self.weights @ sparse.diags(rare.astype(np.float32))).T.tocsr()
        self._lookup.eliminate_zeros()

    def vectors(self, texts: Sequence[str], *, hiding: bool = False) -> Sparse:
        """Unit TF-IDF rows of normalised texts, in the columns of `weights`.

        `hiding`: of a text that was learned, the grams that no other spelling has count as unknown.
        """
        counts = _counted(texts, self._vocabulary, grow=False)
        if hiding:
            own = np.array([text in self._place_of for text in texts], dtype=bool)
            is_own = np.repeat(own, np.diff(counts.indptr))
            counts.data[is_own & (self._held[counts.indices] == 1)] = 0
            counts.eliminate_zeros()
        return _weighted(counts, self.idf)

    def search(self, vectors: Sparse, hidden: Sequence[Hidden] = ()) -> list[Found]:
        """The candidates of each row of `vectors`; none where nothing is shared. `hidden`: empty, or one for each."""
        found: list[Found] = []
        for begin in range(0, vectors.shape[0], BATCH_MENTIONS):
            scores = (vectors[begin : begin + BATCH_MENTIONS] @ self._lookup).tocsr()
            for row in range(scores.shape[0]):
                span = slice(scores.indptr[row], scores.indptr[row + 1])
                unseen = self._unseen(hidden[begin + row]) if hidden else None
                found.append(self._found(scores.indices[span], scores.data[span], unseen))
        return found

    def _unseen(self, hidden: Hidden) -> NDArray[np.bool_] | Ints:
        place = self._place_of.get(hidden.text, NOBODY)
        if hidden.owner == NOBODY:
            return np.array([place], dtype=np.int32)
        theirs = np.flatnonzero((self.owners == hidden.owner) & self.learned).astype(np.int32)
        return np.append(theirs, np.int32(place))

    def _found(self, places: Ints, scores: Floats, unseen: NDArray[Any] | None) -> Found:
        if unseen is not None:
            kept = ~np.isin(places, unseen)
            places, scores = places[kept], scores[kept]
        names = np.flatnonzero(~self.learned[places])
        top = _best(scores, SPELLINGS_LOOKED_AT)
        top_names = names[_best(scores[names], 2 * BEST_OF_NAMES)]
        owners = list(dict.fromkeys(self.owners[places[top]].tolist()))[:BEST_OF_ALL]
        more = dict.fromkeys(self.owners[places[top_names]].tolist())
        owners = list(dict.fromkeys([*owners, *list(more)[:BEST_OF_NAMES]]))
        return self._aggregated(owners, places, scores, np.union1d(top, top_names))

    def _aggregated(self, owners: list[int], places: Ints, scores: Floats, looked_at: NDArray[Any]) -> Found:
        position = {owner: index for index, owner in enumerate(owners)}
        best, second = (np.zeros(len(owners), dtype=np.float32) for _ in range(2))
        met, spelling = (np.zeros(len(owners), dtype=np.int32) for _ in range(2))
        order = looked_at[np.argsort(-scores[looked_at], kind="stable")]
        for place, score in zip(places[order].tolist(), scores[order].tolist(), strict=True):
            index = position.get(int(self.owners[place]))
            if index is None:
                continue
            if not met[index]:
                best[index], spelling[index] = score, place
            elif met[index] == 1:
                second[index] = score
            met[index] += 1
        return Found(owners=np.array(owners, dtype=np.int32), spellings=spelling, best=best, second=second, met=met)


def grams(text: str) -> Iterator[str]:
    """All runs of one to three characters."""
    for length in range(1, LONGEST_GRAM + 1):
        for begin in range(len(text) - length + 1):
            yield text[begin : begin + length]


def _numbered(codes: Iterable[str]) -> Ints:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(code, len(numbers)) for code in codes], dtype=np.int32)


def _one_per_code(master: DiseaseMaster) -> tuple[Disease, ...]:
    by_code = {row.code: row for row in sorted(master.rows, key=lambda row: (row.code, row.valid_from))}
    return tuple(by_code.values())


def _spellings(
    diseases: Sequence[Disease], synonyms: Mapping[str, str], by_code: Mapping[str, int]
) -> Iterator[tuple[str, int, bool]]:
    for owner, disease in enumerate(diseases):
        names = dict.fromkeys(normalised(name) for name in (disease.name, disease.abbreviation, disease.kana))
        yield from ((name, owner, False) for name in names if name)
    for text, code in sorted(synonyms.items()):
        if code in by_code:
            yield text, by_code[code], True


def _counted(texts: Iterable[str], vocabulary: dict[str, int], *, grow: bool) -> Sparse:
    columns: list[int] = []
    ends = [0]
    for text in texts:
        for gram in grams(text):
            column = vocabulary.setdefault(gram, len(vocabulary)) if grow else vocabulary.get(gram, NOBODY)
            if column != NOBODY:
                columns.append(column)
        ends.append(len(columns))
    shape = (len(ends) - 1, len(vocabulary))
    counts = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), np.array(ends)), shape=shape
    )
    counts.sum_duplicates()
    return counts


def _weighted(counts: Sparse, idf: Floats) -> Sparse:
    """Rows of unit length: sublinear counts times the grams' rarity."""
    weights = counts.copy()
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    scale = sparse.diags((1 / np.maximum(lengths, 1e-9)).astype(np.float32))
    return (scale @ weights).tocsr()


def _best(scores: Floats, count: int) -> NDArray[np.intp]:
    """Positions of the best scores, best first; equal scores by position, so that the answer is always the same."""
    if len(scores) > count:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        positions = np.flatnonzero(scores >= least)
    else:
        positions = np.arange(len(scores))
    return positions[np.argsort(-scores[positions], kind="stable")][:count]
