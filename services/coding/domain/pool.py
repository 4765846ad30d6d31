"""From the spellings that a search met to the candidates that are worth a full comparison: cheap, and wide first.

The most alike spellings of a mention name about a hundred diseases. They are thinned by how alike the disease's name
is too, and then by how much of the name stands in the mention in its order: the right one is rarely the most alike
spelling, but nearly always among the best thirty of the three likenesses together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.letters import Letters, Marked, subsequence_of

WIDE: Final = 100
"""Diseases of a mention whose names are walked along."""
KEPT: Final = 40
"""Diseases of a mention that are compared in full."""
AS_THEY_ARE: Final = 16
"""The likeliest of a mention are kept even where they share an ICD-10; behind them each new one is worth more."""
SPELLING_WEIGHT: Final = 4.0
"""Of the most alike spelling's likeness where the name's is 1; chosen on the development part."""
SUBSEQUENCE_WEIGHT: Final = 3.0
"""Of the share of the name that stands in the mention in its order."""
SURELY: Final = 100.0
"""More than all likeness can be."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Spellings that a search met, mention after mention, of each the most alike first."""

    mentions: Ints
    queries: Ints
    """The text of the mention that met it: itself or one of its rewritings."""
    owners: Ints
    spellings: Ints
    scores: Floats
    names: Floats
    """How alike the name of the owner is."""
    name_queries: Ints
    """The text of the mention that its name is most like."""
    learned: NDArray[np.bool_]
    """Whether the spelling was learned."""
    ends: NDArray[np.bool_]
    """Whether it is here because the mention ends with it, be it alike or not. These stand last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The learned spellings most like one mention, best first: whose they are and how alike."""

    owners: Ints
    scores: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The candidates of one mention, best spelling first. Arrays run over the candidates."""

    owners: Ints
    """Positions in the index's `diseases`."""
    spellings: Ints
    """The most alike spelling of each."""
    queries: Ints
    """The text that met it, as a row of the batch's queries."""
    name_queries: Ints
    """The text that is most like the disease's name."""
    best: Floats
    """The best spelling's cosine."""
    own: Floats
    """That of the best spelling among those looked at that was not learned; 0 without."""
    second: Floats
    """The cosine of the next spelling of the same disease among those looked at; 0 without."""
    met: Ints
    """How many spellings of the disease were among those looked at."""
    nearest: Nearest
    """Of the mention, not of a candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known of every disease: its name among all spellings, and a number for its ICD-10."""

    letters: Letters
    name_of: Ints
    icd10_of: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    """The diseases of each mention, by positions among the spellings that were met."""

    firsts: NDArray[np.intp]
    """The best spelling of each."""
    seconds: NDArray[np.intp]
    """The next one; -1 without."""
    sizes: Ints
    """How many were met by likeness."""
    own: Floats
    """The best score of a spelling that was not learned; 0 without."""
    ends: NDArray[np.bool_]
    """Whether the mention ends with its name: kept at all events."""

    def taken(self, positions: NDArray[np.intp]) -> "_Owned":
        """These diseases alone, in this order."""
        return _Owned(
            firsts=self.firsts[positions],
            seconds=self.seconds[positions],
            sizes=self.sizes[positions],
            own=self.own[positions],
            ends=self.ends[positions],
        )


def found_of(met: Met, marked: Marked, names: Names, nearest: Sequence[Nearest]) -> list[Found]:
    """The candidates of each mention; `nearest` has one for each."""
    owned = _by_owner(met)
    likely = SPELLING_WEIGHT * met.scores[owned.firsts] + met.names[owned.firsts] + SURELY * owned.ends
    wide = _ordered(met.mentions[owned.firsts], -likely, WIDE)
    owned, likely = owned.taken(wide), likely[wide]
    mentions, owners = met.mentions[owned.firsts], met.owners[owned.firsts]
    places = names.name_of[owners]
    common = subsequence_of(marked, met.name_queries[owned.firsts], names.letters, places)
    likely = likely + SUBSEQUENCE_WEIGHT * common / names.letters.lengths[places]
    kept = _varied(mentions, likely, names.icd10_of[owners])
    best = kept[np.lexsort((-met.scores[owned.firsts[kept]], mentions[kept]))]
    return _split(met, owned.taken(best), nearest)


def _varied(mentions: Ints, likely: NDArray[Any], icd10: Ints) -> NDArray[np.intp]:
    """Positions of the KEPT that are likeliest; behind the first of them, new ICD-10 codes come before known ones."""
    order = _ordered(mentions, -likely, WIDE)
    key = mentions[order].astype(np.int64) * (int(icd10.max(initial=0)) + 1) + icd10[order]
    again = np.ones(len(key), dtype=bool)
    again[np.unique(key, return_index=True)[1]] = False
    late = again & (_ranks(mentions[order]) >= AS_THEY_ARE)
    return np.asarray(order[_ordered(mentions[order], late, KEPT)])


def _by_owner(met: Met) -> _Owned:
    key = met.mentions.astype(np.int64) * (int(met.owners.max(initial=0)) + 1) + met.owners
    order = np.argsort(key, kind="stable")
    _, begins, counts = np.unique(key[order], return_index=True, return_counts=True)
    ends = met.ends[order[begins + counts - 1]]
    sizes = (counts - ends).astype(np.int32)
    seconds = np.where(sizes > 1, np.append(order, -1)[begins + 1], -1)
    scores = np.where(met.learned, np.float32(0), met.scores)[order]
    own = np.maximum.reduceat(scores, begins) if len(begins) else scores
    return _Owned(firsts=order[begins], seconds=seconds, sizes=sizes, own=own, ends=ends)


def _ordered(mentions: Ints, keys: NDArray[Any], count: int) -> NDArray[np.intp]:
    """Positions mention after mention, by rising key and then as they are, of each mention at most `count`."""
    order = np.lexsort((keys, mentions))
    return np.asarray(order[_ranks(mentions[order]) < count])


def _ranks(mentions: Ints) -> NDArray[np.intp]:
    """The place of each among those of its mention, which stand together."""
    return np.arange(len(mentions)) - np.searchsorted(mentions, mentions)


def _split(met: Met, owned: _Owned, nearest: Sequence[Nearest]) -> list[Found]:
    firsts = owned.firsts
    ends = np.searchsorted(met.mentions[firsts], np.arange(len(nearest) + 1)).tolist()
    second = np.where(owned.seconds >= 0, np.append(met.scores, np.float32(0))[owned.seconds], np.float32(0))
    columns: dict[str, NDArray[Any]] = {
        "owners": met.owners[firsts],
        "spellings": met.spellings[firsts],
        "queries": met.queries[firsts],
        "name_queries": met.name_queries[firsts],
        "best": met.scores[firsts],
        "own": owned.own,
        "second": second,
        "met": owned.sizes,
    }
    return [
        Found(**{name: column[begin:end] for name, column in columns.items()}, nearest=theirs)
        for (begin, end), theirs in zip(pairwise(ends), nearest, strict=True)
    ]
