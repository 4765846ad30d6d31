"""What the ranker sees of a mention and its candidates: one row of figures for each pair, for a whole batch at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.decompose import Decomposed, decompose
from services.coding.domain.letters import Common, common_of
from services.coding.domain.lists import lists_of, ranks_of
from services.coding.domain.pool import Found
from services.coding.domain.ranking_likeness import (
    DIFFERENCES,
    LIKENESS,
    NAME_LIKENESS,
    differences,
    likeness,
    name_likeness,
)
from services.coding.domain.ranking_votes import VOTES, votes
from services.coding.domain.retrieval import (
    BATCH_MENTIONS,
    Floats,
    Hidden,
    Ints,
    Queries,
    Sparse,
    SpellingIndex,
    sums_of_rows,
)
from services.shared.kernel.months import Month

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
    "which rewriting",
    "which rewriting is like the name",
    "best cosine of the master's own",
    "best is written",
)
_OVERLAPS: Final = ("name cosine", "rarity of mention in name", "rarity of name in mention")
_RELATIVE: Final = ("best cosine", *_OVERLAPS, *LIKENESS[:2], *(f"spelling: {name}" for name in LIKENESS[:2]))
FEATURES: Final = (
    *_FOUND,
    _DECOMPOSED,
    *_OVERLAPS,
    *LIKENESS,
    *NAME_LIKENESS,
    *(f"spelling: {name}" for name in LIKENESS),
    *VOTES,
    *(f"below the list's best: {name}" for name in _RELATIVE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """All pairs of a batch, mention after mention, in the order in which the candidates were found."""

    sizes: Ints
    """Candidates of each mention; their sum is the number of rows."""
    owners: Ints
    """The candidate of each row."""
    spellings: Ints
    """Its spelling that is most alike."""
    figures: Floats
    """Rows by FEATURES."""
    differences: Any
    """Rows by ranking_likeness.DIFFERENCES: a sparse matrix of ones."""

    @property
    def starts(self) -> NDArray[np.intp]:
        """The first row of each mention that has candidates."""
        ends = np.cumsum(self.sizes)
        return (ends - self.sizes)[self.sizes > 0].astype(np.intp)


def pairs_of(texts: Sequence[str], month: Month, index: SpellingIndex, hidden: Sequence[Hidden] = ()) -> Pairs:
    """The pairs of normalised mentions. `hidden` is for training alone: empty, or one for each mention."""
    batches = [
        _batch(texts[begin : begin + BATCH_MENTIONS], month, index, hidden[begin : begin + BATCH_MENTIONS])
        for begin in range(0, len(texts), BATCH_MENTIONS)
    ]
    return together(batches)


def together(held: Sequence[Pairs]) -> Pairs:
    """The pairs one behind the other."""
    if len(held) == 1:
        return held[0]
    return Pairs(
        sizes=np.concatenate([pairs.sizes for pairs in held]),
        owners=np.concatenate([pairs.owners for pairs in held]),
        spellings=np.concatenate([pairs.spellings for pairs in held]),
        figures=np.concatenate([pairs.figures for pairs in held]),
        differences=sparse.vstack([pairs.differences for pairs in held], format="csr"),
    )


def _batch(texts: Sequence[str], month: Month, index: SpellingIndex, hidden: Sequence[Hidden]) -> Pairs:
    queries = index.queries(texts, hiding=bool(hidden))
    found = index.search(queries, hidden)
    if not len(found.owners):
        return _no_pairs(found)
    names = index.name_of[found.owners]
    to_names = common_of(queries.marked, found.name_queries, index.letters, names)
    own = np.column_stack(
        [
            _own(queries, found, index),
            _decomposed(queries, month, found, index),
            *_overlaps(queries.vectors, found.name_queries, names, index),
            _compared(queries, found, to_names, index),
            votes(found, index),
        ]
    ).astype(np.float32)
    return Pairs(
        sizes=found.sizes,
        owners=found.owners,
        spellings=found.spellings,
        figures=np.column_stack([own, _relative(own, found.sizes)]).astype(np.float32),
        differences=differences(to_names),
    )


def _no_pairs(found: Found) -> Pairs:
    return Pairs(
        sizes=found.sizes,
        owners=found.owners,
        spellings=found.spellings,
        figures=np.zeros((0, len(FEATURES)), dtype=np.float32),
        differences=sparse.csr_matrix((0, DIFFERENCES)),
    )


def _own(queries: Queries, found: Found, index: SpellingIndex) -> Floats:
    """The columns of _FOUND."""
    lists, begins = lists_of(found.sizes), np.repeat(queries.begins[:-1], found.sizes)
    same, weight = _shared(lists, index.icd10_of[found.owners], found.best)
    same_category, category_weight = _shared(lists, index.category_of[found.owners], found.best)
    return np.column_stack(
        [
            found.best,
            found.second,
            found.met,
            index.learned[found.spellings],
            ranks_of(found.sizes),
            same,
            same_category,
            weight,
            category_weight,
            queries.known[found.queries],
            found.queries - begins,
            found.name_queries - begins,
            found.own,
            index.written[found.spellings],
        ]
    ).astype(np.float32)


def _shared(lists: NDArray[Any], codes: Ints, best: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each candidate: how many candidates of its list have its code, and the sum of their cosines."""
    _, kind = np.unique(lists * (int(codes.max()) + 1) + codes, return_inverse=True)
    return np.bincount(kind)[kind], np.bincount(kind, weights=best)[kind]


def _decomposed(queries: Queries, month: Month, found: Found, index: SpellingIndex) -> Floats:
    """For each pair, the share of the text's readings as disease and modifiers whose disease the candidate is."""
    shares = np.zeros(len(found.owners), dtype=np.float32)
    ends = np.cumsum(found.sizes).tolist()
    for span, begin, end in zip(pairwise(queries.begins.tolist()), [0, *ends], ends, strict=False):
        readings = _readings(queries.texts[slice(*span)], month, index)
        for reading in readings:
            is_read = found.owners[begin:end] == index.owner_of[reading.base.code]
            shares[begin:end][is_read] += 1 / len(readings)
    return shares


def _readings(texts: Sequence[str], month: Month, index: SpellingIndex) -> tuple[Decomposed, ...]:
    """Those of the first text that has any: the mention before how else it can be said."""
    return next((found for text in texts if (found := decompose(text, month, index.master))), ())


def _overlaps(vectors: Sparse, rows: NDArray[Any], names: Ints, index: SpellingIndex) -> list[Floats]:
    """The columns of _OVERLAPS: cosine, and of either side's grams the share by rarity that the other has."""
    both = vectors[rows].multiply(index.weights[names]).tocsr()
    cosine = sums_of_rows(both, both.data)
    shared = sums_of_rows(both, index.idf[both.indices])
    of_mentions = sums_of_rows(vectors, index.idf[vectors.indices])[rows]
    return [cosine, shared / np.maximum(of_mentions, 1e-6), shared / np.maximum(index.rarity[names], 1e-6)]


def _compared(queries: Queries, found: Found, to_names: Common, index: SpellingIndex) -> Floats:
    """The columns of LIKENESS and NAME_LIKENESS to the name, then those of LIKENESS to the most alike spelling."""
    places = index.name_of[found.owners]
    texts = [queries.texts[row] for row in found.name_queries.tolist()]
    names = [index.texts[place] for place in places.tolist()]
    to_name = likeness(to_names, texts, names)
    to_spelling = to_name.copy()
    others = np.flatnonzero((found.spellings != places) | (found.queries != found.name_queries))
    to_spelling[others] = _to_spellings(queries, found.queries[others], found.spellings[others], index)
    return np.column_stack([to_name, name_likeness(to_names, texts, index.modifiers), to_spelling])


def _to_spellings(queries: Queries, rows: Ints, spellings: Ints, index: SpellingIndex) -> Floats:
    """The columns of LIKENESS: the text of each row beside a spelling."""
    common = common_of(queries.marked, rows, index.letters, spellings)
    names = [index.texts[spelling] for spelling in spellings.tolist()]
    return likeness(common, [queries.texts[row] for row in rows.tolist()], names)


def _relative(figures: Floats, sizes: Ints) -> Floats:
    """How far below the best of its list each pair stands."""
    columns = figures[:, [FEATURES.index(name) for name in _RELATIVE]]
    if not len(columns):
        return columns
    held = sizes[sizes > 0]
    starts = (np.cumsum(held) - held).astype(np.intp)
    best = np.maximum.reduceat(columns, starts, axis=0)
    return np.asarray(columns - np.repeat(best, held, axis=0), dtype=np.float32)
