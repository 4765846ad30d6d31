"""Finds the spellings most like a mention: TF-IDF over character 1- to 3-grams, one sparse product for a whole batch.

Spellings are the master's names, abbreviations and kana, those of the words that ship, and the synonyms that were
learned. Needs numpy and scipy,
which cost half a second to import: imported by those alone that rank.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.gram_counts import LONGEST_GRAM, KnownGrams
from services.coding.domain.heads import heads
from services.coding.domain.letters import Letters, Marked, letters_of, marked
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.neighbours import LOOKED_AT, Near, Neighbours
from services.coding.domain.normalise import normalised
from services.coding.domain.pool import Found, Met, Names, found_of
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
class _Hits:
    """The spellings that one mention meets, in no order."""

    places: Ints
    scores: Floats
    queries: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """A place for every spelling, used by one mention after the other: the scores are 0 between them."""

    scores: Floats
    queries: Ints


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

    def search(self, queries: Queries, hidden: Sequence[Hidden] = ()) -> list[Found]:
        """The candidates of each mention; none where nothing is shared. `hidden`: empty, or one for each mention."""
        if not queries.texts:
            return []
        scores = (queries.vectors @ self._lookup).tocsr()
        room = _Room(
            scores=np.zeros(len(self.texts), dtype=np.float32), queries=np.zeros(len(self.texts), dtype=np.int32)
        )
        met: list[Met] = []
        near: list[Ints] = []
        for mention, (begin, end) in enumerate(pairwise(queries.begins.tolist())):
            hits = _merged(scores, range(begin, end), room)
            ends = self._ends(queries, range(begin, end))
            seen = self._seen(hits, hidden[mention : mention + 1])
            met.append(self._met(mention, seen, ends, room))
            near.append(self._near(seen))
        mentions = np.repeat(np.arange(len(near)), [len(each) for each in near])
        places = np.concatenate(near)
        found = Near(mentions=mentions, places=places - self._first_learned, owners=self.owners[places])
        nearest = self._neighbours.nearest([queries.texts[begin] for begin in queries.begins[:-1].tolist()], found)
        return found_of(_all_met(met), queries.marked, self._names, nearest)

    def _ends(self, queries: Queries, rows: range) -> _Hits:
        """The names that a mention ends with, in any way it can be said."""
        found: dict[int, int] = {}
        for row in rows:
            for disease in heads(queries.texts[row], self.master):
                found.setdefault(int(self.name_of[self.owner_of[disease.code]]), row)
        places, asked = (np.array(list(each), dtype=np.int32) for each in (found, found.values()))
        return _Hits(places=places, scores=np.zeros(len(found), dtype=np.float32), queries=asked)

    def _seen(self, hits: _Hits, hidden: Sequence[Hidden]) -> _Hits:
        """Without what is hidden of the mention."""
        if not hidden:
            return hits
        seen = ~np.isin(hits.places, self._unseen(hidden[0]))
        return _Hits(places=hits.places[seen], scores=hits.scores[seen], queries=hits.queries[seen])

    def _unseen(self, hidden: Hidden) -> Ints:
        place = self._place_of.get(hidden.text, NOBODY)
        if hidden.owner == NOBODY:
            return np.array([place], dtype=np.int32)
        theirs = np.flatnonzero((self.owners == hidden.owner) & self.learned).astype(np.int32)
        return np.append(theirs, np.int32(place))

    def _near(self, hits: _Hits) -> Ints:
        """The learned spellings that are most alike by what is looked up."""
        learned = np.flatnonzero(hits.places >= self._first_learned)
        return hits.places[learned[_best(hits.scores[learned], LOOKED_AT)]]

    def _met(self, mention: int, hits: _Hits, ends: _Hits, room: _Room) -> Met:
        """The spellings of one mention that are looked at."""
        places, scores = hits.places, hits.scores
        top = _best(scores, SPELLINGS_LOOKED_AT)
        names = np.flatnonzero(~self.learned[places])
        of_names = names[_best(scores[names], NAMES_LOOKED_AT)]
        taken = np.concatenate([top, of_names[scores[of_names] < scores[top[-1]]]]) if len(top) else top
        met = np.concatenate([places[taken], ends.places])
        met_queries = np.concatenate([hits.queries[taken], ends.queries])
        owners = self.owners[met]
        names = self.name_of[owners]
        room.scores[places], room.queries[places] = scores, hits.queries
        alike, met_scores = room.scores[names], room.scores[met]
        name_queries = np.where(alike > 0, room.queries[names], met_queries)
        room.scores[places] = 0
        return Met(
            mentions=np.full(len(met), mention, dtype=np.int32),
            queries=met_queries,
            owners=owners,
            spellings=met,
            scores=met_scores,
            names=alike,
            name_queries=name_queries,
            learned=self.learned[met],
            ends=np.arange(len(met)) >= len(taken),
        )


def _merged(scores: Sparse, rows: range, room: _Room) -> _Hits:
    """What the queries of one mention meet, each place once with its best."""
    first = slice(scores.indptr[rows[0]], scores.indptr[rows[0] + 1])
    places, values = scores.indices[first], scores.data[first]
    if len(rows) == 1:
        return _Hits(places=places, scores=values, queries=np.full(len(places), rows[0], dtype=np.int32))
    room.scores[places], room.queries[places] = values, rows[0]
    met = [places]
    for row in rows[1:]:
        span = slice(scores.indptr[row], scores.indptr[row + 1])
        places, values = scores.indices[span], scores.data[span]
        known = room.scores[places]
        met.append(places[known == 0])
        better = values > known
        room.scores[places[better]], room.queries[places[better]] = values[better], row
    places = np.concatenate(met)
    values = room.scores[places]
    room.scores[places] = 0
    return _Hits(places=places, scores=values, queries=room.queries[places])


def _all_met(met: Sequence[Met]) -> Met:
    columns = {field.name: [getattr(each, field.name) for each in met] for field in fields(Met)}
    return Met(**{name: np.concatenate(arrays) for name, arrays in columns.items()})


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


def _best(scores: Floats, count: int) -> NDArray[np.intp]:
    """Positions of the best scores, best first; equal scores by position, so that the answer is always the same."""
    if len(scores) > count:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        positions = np.flatnonzero(scores >= least)
    else:
        positions = np.arange(len(scores))
    return positions[np.argsort(-scores[positions], kind="stable")][:count]
