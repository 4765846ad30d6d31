"""From the spellings that a search met to the candidates that are worth a full comparison: cheap, and wide first.

The most alike spellings of a mention name about a hundred diseases. They are thinned by how alike the disease's name
is too, and then by how much of the name stands in the mention in its order: the right one is rarely the most alike
spelling, but nearly always among the best thirty of the three likenesses together.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.letters import Letters, Marked, subsequence_of
from services.coding.domain.lists import Rows, grouped, lists_of, ordered, ranks_of

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
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Spellings that a search met, mention after mention, of each the most alike first."""

    sizes: Ints
    """How many of each mention."""
    queries: Ints
    """The text of the mention that met it: itself or one of its rewritings."""
    owners: Ints
    spellings: Ints
    scores: Floats
    names: Floats
    """How alike the name of the owner is."""
    name_queries: Ints
    """The text of the mention that its name is most like."""
    learned: Flags
    """Whether the spelling was learned."""
    ends: Flags
    """Whether it is here because the mention ends with it, be it alike or not. These stand last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The learned spellings most like each mention, best first: whose they are and how alike."""

    sizes: Ints
    """How many of each mention."""
    owners: Ints
    scores: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The candidates of some mentions, mention after mention, of each the best spelling first."""

    sizes: Ints
    """Candidates of each mention; the arrays below run over all of them."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known of every disease: its name among all spellings, and a number for its ICD-10."""

    letters: Letters
    name_of: Ints
    icd10_of: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    """The diseases of each mention, by positions among the spellings that were met."""

    sizes: Ints
    """How many of each mention."""
    firsts: Rows
    """The best spelling of each."""
    seconds: Rows
    """The next one; -1 without."""
    met: Ints
    """How many were met by likeness."""
    own: Floats
    """The best score of a spelling that was not learned; 0 without."""
    ends: Flags
    """Whether the mention ends with its name: kept at all events."""

    def taken(self, positions: Rows, sizes: Ints) -> "_Owned":
        """These diseases alone, in this order, so many of each mention."""
        return _Owned(
            sizes=sizes,
            firsts=self.firsts[positions],
            seconds=self.seconds[positions],
            met=self.met[positions],
            own=self.own[positions],
            ends=self.ends[positions],
        )


def found_of(met: Met, marked: Marked, names: Names, nearest: Nearest) -> Found:
    """The candidates of each mention; `nearest` tells of the same mentions."""
    owned = _by_owner(met)
    likely = SPELLING_WEIGHT * met.scores[owned.firsts] + met.names[owned.firsts] + SURELY * owned.ends
    wide = ordered(owned.sizes, -likely, WIDE)
    owned, likely = owned.taken(wide, np.minimum(owned.sizes, WIDE)), likely[wide]
    owners = met.owners[owned.firsts]
    places = names.name_of[owners]
    common = subsequence_of(marked, met.name_queries[owned.firsts], names.letters, places)
    likely = likely + SUBSEQUENCE_WEIGHT * common / names.letters.lengths[places]
    kept = _varied(owned.sizes, likely, names.icd10_of[owners])
    sizes = np.minimum(owned.sizes, KEPT)
    best = kept[ordered(sizes, -met.scores[owned.firsts[kept]])]
    return _found(met, owned.taken(best, sizes), nearest)


def _varied(sizes: Ints, likely: NDArray[Any], icd10: Ints) -> Rows:
    """Positions of the KEPT that are likeliest; behind the first of them, new ICD-10 codes come before known ones."""
    order = ordered(sizes, -likely)
    kinds = lists_of(sizes) * (int(icd10.max(initial=0)) + 1) + icd10[order]
    rows, begins = grouped(kinds)
    is_again = np.ones(len(order), dtype=bool)
    is_again[rows[begins]] = False
    is_late = is_again & (ranks_of(sizes) >= AS_THEY_ARE)
    return np.asarray(order[ordered(sizes, is_late, KEPT)])


def _by_owner(met: Met) -> _Owned:
    width = int(met.owners.max(initial=0)) + 1
    lists = lists_of(met.sizes)
    order, begins = grouped(lists * width + met.owners)
    counts = np.diff(begins, append=len(order))
    ends = met.ends[order[begins + counts - 1]]
    by_likeness = (counts - ends).astype(np.int32)
    seconds = np.where(by_likeness > 1, np.append(order, -1)[begins + 1], -1)
    scores = np.where(met.learned, np.float32(0), met.scores)[order]
    return _Owned(
        sizes=np.bincount(lists[order[begins]], minlength=len(met.sizes)).astype(np.int32),
        firsts=order[begins],
        seconds=seconds,
        met=by_likeness,
        own=np.maximum.reduceat(scores, begins) if len(begins) else scores,
        ends=ends,
    )


def _found(met: Met, owned: _Owned, nearest: Nearest) -> Found:
    firsts = owned.firsts
    return Found(
        sizes=owned.sizes,
        owners=met.owners[firsts],
        spellings=met.spellings[firsts],
        queries=met.queries[firsts],
        name_queries=met.name_queries[firsts],
        best=met.scores[firsts],
        own=owned.own,
        second=np.where(owned.seconds >= 0, np.append(met.scores, np.float32(0))[owned.seconds], np.float32(0)),
        met=owned.met,
        nearest=nearest,
    )
