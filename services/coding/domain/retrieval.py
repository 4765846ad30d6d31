"""Finds the spellings most like a mention: TF-IDF over character 1- to 3-grams, one sparse product for a whole batch.

Spellings are the master's names, abbreviations and kana, those of the words that ship, and the synonyms that were
learned. Needs numpy and scipy,
which cost half a second to import: imported by those alone that rank.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.gram_counts import KnownGrams
from services.coding.domain.heads import heads
from services.coding.domain.hits import Hits, Keys, Positions, Room, best, merged, told_of
from services.coding.domain.letters import Letters, Marked, letters_of, marked
from services.coding.domain.lists import ranks_of
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.neighbours import LOOKED_AT, Near, Neighbours
from services.coding.domain.normalise import normalised
from services.coding.domain.pool import Found, Met, Names, Nearest, found_of
from services.coding.domain.rewriting import rewritten
from services.coding.domain.words import Words, spellings_of

BATCH_MENTIONS: Final = 512
SPELLINGS_LOOKED_AT: Final = 200
NAMES_LOOKED_AT: Final = 80
"""Of the master's own spellings."""
COMMON_SHARE: Final = 0.02
"""Of the spellings: a gram in more of them finds too many and says too little to be looked up."""
LEAST_COMMON: Final = 8
"""Spellings that a gram may be in whatever their share: a small master has no common grams."""
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
class _Row:
    """One spelling of one disease."""

    text: str
    owner: int
    written: float = 0.0
    is_learned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """What is searched for: of each mention itself, and behind it how else it can be said."""

    texts: list[str]
    begins: Ints
    """The first query of each mention, and the end of the last."""
    vectors: Sparse
    """Unit TF-IDF rows of the queries, in the columns of the index's `weights`."""
    known: NDArray[np.float64]
    """The share of each query's grams that the index has."""
    marked: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What is looked at of the hits of one mention."""

    spellings: Ints
    """Their places, the most alike first, then the names that the mention ends with."""
    queries: Ints
    scores: Floats
    names: Floats
    name_queries: Ints
    ends: int
    near: Ints
    """The learned spellings that are most alike."""


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
        rows = [*_named(self.diseases), *_written(self.diseases, master.words), *_learned(synonyms, by_code)]
        self.texts: Final[list[str]] = [row.text for row in rows]
        self.owners: Final[Ints] = np.array([row.owner for row in rows], dtype=np.int32)
        self.learned: Final[NDArray[np.bool_]] = np.array([row.is_learned for row in rows], dtype=bool)
        self.written: Final[Floats] = np.array([row.written for row in rows], dtype=np.float32)
        """How sure a spelling of the words is: 1 shared by the diseases that it may stand for. 0 for all others."""
        self.owner_of: Final[dict[str, int]] = by_code
        self.name_of: Final[Ints] = np.unique(self.owners, return_index=True)[1].astype(np.int32)
        """The place of each disease's name, its first spelling."""
        self._counted: Final[Ints] = np.arange(len(rows), dtype=np.int32)
        self._name_of_spelling: Final[Ints] = self.name_of[self.owners]
        self.letters: Final[Letters] = letters_of(self.texts)
        self._names = Names(letters=self.letters, name_of=self.name_of, icd10_of=self.icd10_of)
        self._first_learned = len(rows) - int(self.learned.sum())
        self._neighbours = Neighbours(self.texts[self._first_learned :])
        self._place_of = {row.text: place for place, row in enumerate(rows) if row.is_learned}
        self._grams = KnownGrams(self.letters)
        counts = self._grams.counts
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        self._held = held
        self.idf: Final[Floats] = (np.log((1 + len(rows)) / (1 + held)) + 1).astype(np.float32)
        self.weights: Final[Any] = _weighted(counts, self.idf)
        self.rarity: Final[Floats] = sums_of_rows(counts, self.idf[counts.indices])
        """What the grams of each spelling weigh by their rarity alone."""
        rare = held <= max(COMMON_SHARE * len(rows), LEAST_COMMON)
        self._lookup = (self.weights @ sparse.diags(rare.astype(np.float32))).T.tocsr()
        self._lookup.eliminate_zeros()

    def queries(self, texts: Sequence[str], *, hiding: bool = False) -> Queries:
        """The queries of normalised mentions, as long as they can be held at once: a batch.

        `hiding`: of a text that was learned, the grams that no other spelling has count as unknown.
        """
        asked = [(text, *rewritten(text, self.master.words, self.master.named.rows)) for text in texts]
        flat = [each for every in asked for each in every]
        begins = np.cumsum([0, *map(len, asked)], dtype=np.int32)
        ready = marked(flat)
        counts, different = self._grams.counted(ready.letters)
        if hiding:
            own = np.array([text in self._place_of for text in flat], dtype=bool)
            is_own = np.repeat(own, np.diff(counts.indptr))
            counts.data[is_own & (self._held[counts.indices] == 1)] = 0
            counts.eliminate_zeros()
        known = np.diff(counts.indptr) / np.maximum(different, 1)
        return Queries(texts=flat, begins=begins, vectors=_weighted(counts, self.idf), known=known, marked=ready)

    def search(self, queries: Queries, hidden: Sequence[Hidden] = ()) -> Found:
        """The candidates of each mention; none where nothing is shared. `hidden`: empty, or one for each mention."""
        scores = queries.vectors @ self._lookup
        room = Room(self._counted)
        looked: list[_Looked] = []
        for mention, (begin, end) in enumerate(pairwise(queries.begins.tolist())):
            hits = self._seen(merged(scores, range(begin, end), room), hidden[mention : mention + 1], room)
            looked.append(self._looked(hits, self._ends(queries, range(begin, end)), room))
        return found_of(self._met(looked), queries.marked, self._names, self._nearest(queries, looked))

    def _ends(self, queries: Queries, rows: range) -> dict[int, int]:
        """The names that a mention ends with, in any way it can be said, and the text that does."""
        found: dict[int, int] = {}
        for row in rows:
            for disease in heads(queries.texts[row], self.master):
                found.setdefault(int(self.name_of[self.owner_of[disease.code]]), row)
        return found

    def _seen(self, hits: Hits, hidden: Sequence[Hidden], room: Room) -> Hits:
        """Without what is hidden of the mention."""
        if not hidden:
            return hits
        seen = ~np.isin(hits.places, self._unseen(hidden[0]))
        room.take(hits.places[seen])
        return Hits(places=hits.places[seen], scores=hits.scores[seen], queries=hits.queries[seen])

    def _unseen(self, hidden: Hidden) -> Ints:
        place = self._place_of.get(hidden.text, NOBODY)
        if hidden.owner == NOBODY:
            return np.array([place], dtype=np.int32)
        theirs = np.flatnonzero((self.owners == hidden.owner) & self.learned).astype(np.int32)
        return np.append(theirs, np.int32(place))

    def _looked(self, hits: Hits, ends: Mapping[int, int], room: Room) -> _Looked:
        """The spellings of one mention that are looked at, beside the names of their owners."""
        keys = hits.keys()
        top = best(keys, SPELLINGS_LOOKED_AT)
        is_learned = hits.places[top] >= self._first_learned
        taken = np.append(top, self._names_behind(hits, keys, top, int(is_learned.sum())))
        spellings, queries, scores = hits.places[taken], hits.queries[taken], hits.scores[taken]
        if ends:
            end_places = np.array(list(ends), dtype=np.int32)
            spellings = np.concatenate([spellings, end_places])
            queries = np.concatenate([queries, np.array(list(ends.values()), dtype=np.int32)])
            scores = np.concatenate([scores, told_of(end_places, hits, room).scores])
        names = told_of(self._name_of_spelling[spellings], hits, room)
        return _Looked(
            spellings=spellings,
            queries=queries,
            scores=scores,
            names=names.scores,
            name_queries=np.where(names.scores > 0, names.queries, queries),
            ends=len(ends),
            near=self._near(hits, keys, top[is_learned]),
        )

    def _names_behind(self, hits: Hits, keys: Keys, top: Positions, learned: int) -> Positions:
        """Of the NAMES_LOOKED_AT most alike of the master's own, those less alike than the top, which has so many."""
        if len(top) - learned >= NAMES_LOOKED_AT or len(top) == len(keys):
            return top[:0]
        of_names = best(keys[hits.places < self._first_learned], NAMES_LOOKED_AT)
        return np.asarray(of_names[hits.scores[of_names] < hits.scores[top[-1]]])

    def _near(self, hits: Hits, keys: Keys, learned: Positions) -> Ints:
        """The learned spellings that are most alike by what is looked up; `learned`: those that are looked at."""
        if len(learned) < LOOKED_AT and len(keys) > SPELLINGS_LOOKED_AT:
            learned = best(keys[hits.places >= self._first_learned], LOOKED_AT)
        return hits.places[learned[:LOOKED_AT]]

    def _nearest(self, queries: Queries, looked: Sequence[_Looked]) -> Nearest:
        places = joined([each.near for each in looked])
        near = Near(
            sizes=np.array([len(each.near) for each in looked], dtype=np.int32),
            places=places - self._first_learned,
            owners=self.owners[places],
        )
        return self._neighbours.nearest([queries.texts[begin] for begin in queries.begins[:-1].tolist()], near)

    def _met(self, looked: Sequence[_Looked]) -> Met:
        sizes = np.array([len(each.spellings) for each in looked], dtype=np.int32)
        ends = np.repeat(np.array([each.ends for each in looked], dtype=np.int32), sizes)
        spellings = joined([each.spellings for each in looked])
        return Met(
            sizes=sizes,
            queries=joined([each.queries for each in looked]),
            owners=self.owners[spellings],
            spellings=spellings,
            scores=joined([each.scores for each in looked], np.float32),
            names=joined([each.names for each in looked], np.float32),
            name_queries=joined([each.name_queries for each in looked]),
            learned=spellings >= self._first_learned,
            ends=ranks_of(sizes) >= np.repeat(sizes, sizes) - ends,
        )


def joined(arrays: Sequence[NDArray[Any]], kind: type = np.int32) -> NDArray[Any]:
    """The arrays in one; where there is none an empty one of the kind."""
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)


def grams(text: str) -> list[str]:
    """All runs of one to three characters, the short ones first."""
    twos = list(map(add, text, text[1:]))
    return [*text, *twos, *map(add, twos, text[2:])]


def _numbered(codes: Iterable[str]) -> Ints:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(code, len(numbers)) for code in codes], dtype=np.int32)


def _one_per_code(master: DiseaseMaster) -> tuple[Disease, ...]:
    by_code = {row.code: row for row in sorted(master.rows, key=lambda row: (row.code, row.valid_from))}
    return tuple(by_code.values())


def _named(diseases: Sequence[Disease]) -> Iterator[_Row]:
    for owner, disease in enumerate(diseases):
        names = dict.fromkeys(normalised(name) for name in (disease.name, disease.abbreviation, disease.kana))
        yield from (_Row(text=name, owner=owner) for name in names if name)


def _written(diseases: Sequence[Disease], words: Words) -> Iterator[_Row]:
    owner_of = {normalised(disease.name): owner for owner, disease in enumerate(diseases)}
    for spelling in spellings_of(words):
        owner = owner_of.get(normalised(spelling.disease))
        if owner is not None:
            yield _Row(text=spelling.text, owner=owner, written=1 / (1 + spelling.rank + spelling.is_ambiguous))


def _learned(synonyms: Mapping[str, str], by_code: Mapping[str, int]) -> Iterator[_Row]:
    for text, code in sorted(synonyms.items()):
        if code in by_code:
            yield _Row(text=text, owner=by_code[code], is_learned=True)


def _weighted(counts: Sparse, idf: Floats) -> Sparse:
    """Rows of unit length: sublinear counts times the grams' rarity."""
    weights = counts.copy()
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    lengths = np.sqrt(sums_of_rows(weights, weights.data**2))
    weights.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(weights.indptr))
    return weights


def sums_of_rows(matrix: Sparse, values: Floats) -> Floats:
    """The sum of the values in each row, given for what the matrix holds in its order."""
    count = matrix.shape[0]
    rows = np.repeat(np.arange(count), np.diff(matrix.indptr))
    return np.bincount(rows, weights=values, minlength=count).astype(np.float32)
