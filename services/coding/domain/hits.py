"""The spellings that one mention meets among all, and which of them are looked at: arrays of some thousand rows.

What costs most of a search, and so it sorts as little as can be: a hit's key is a number that is less the more alike
the spelling is, and of equally alike ones the less the earlier it was met.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint64]
Positions = NDArray[np.intp]
Flags = NDArray[np.bool_]

_BITS: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The spellings that one mention meets, each once with its best score, in the order in which they were met."""

    places: Ints
    scores: Floats
    """None is negative."""
    queries: Ints
    """The text that is most like each."""

    def keys(self) -> Keys:
        """A key for each hit."""
        keys = np.left_shift(~self.scores.view(np.uint32), _BITS, dtype=np.uint64)
        keys |= np.arange(len(keys), dtype=np.uint64)
        return keys


def best(keys: Keys, count: int) -> Positions:
    """Positions of the hits with the least keys, best first."""
    least = np.partition(keys, count - 1)[:count] if len(keys) > count else keys.copy()
    least.sort()
    return np.asarray((least & _LOW).astype(np.intp))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How alike some spellings are to a mention, 0 where it does not meet them, and the text that is most like each."""

    scores: Floats
    queries: Ints


class Room:
    """A place for every spelling, used by one mention after the other; what the last one left is never read."""

    def __init__(self, counted: Ints) -> None:
        """`counted`: the places of all spellings, from 0; whoever asks often keeps them."""
        self._positions = np.zeros(len(counted), dtype=np.int32)
        self._counted = counted

    def take(self, places: Ints, begin: int = 0) -> None:
        """Hold that these places stand one behind the other from `begin` on."""
        self._positions[places] = self._counted[begin : begin + len(places)]

    def positions(self, wanted: Ints, places: Ints) -> tuple[Ints, Flags]:
        """Where each wanted place stands among those that were taken, of which there are some; and whether it does."""
        positions = np.minimum(self._positions[wanted], len(places) - 1)
        return positions, places[positions] == wanted


def told_of(places: Ints, hits: Hits, room: Room) -> Told:
    """What the hits, which the room has taken, say of spellings."""
    if not len(hits.places):
        return Told(scores=np.zeros(len(places), dtype=np.float32), queries=np.zeros(len(places), dtype=np.int32))
    positions, is_met = room.positions(places, hits.places)
    return Told(scores=hits.scores[positions] * is_met, queries=hits.queries[positions])


def merged(scores: Any, rows: range, room: Room) -> Hits:  # noqa: ANN401 - a matrix of scipy, which comes without types
    """What the texts of one mention meet, given as rows of a matrix. The room has taken it."""
    hits = _of_row(scores, rows[0])
    room.take(hits.places)
    for row in rows[1:]:
        hits = _with(hits, _of_row(scores, row), room)
    return hits


def _of_row(scores: Any, row: int) -> Hits:  # noqa: ANN401 - as above
    span = slice(scores.indptr[row], scores.indptr[row + 1])
    places = scores.indices[span]
    return Hits(places=places, scores=scores.data[span], queries=np.full(len(places), row, dtype=np.int32))


def _with(hits: Hits, others: Hits, room: Room) -> Hits:
    """The hits with those of one more text: of what both have the better stays, of equally good ones the first."""
    if not len(hits.places):
        room.take(others.places)
        return others
    positions, is_known = room.positions(others.places, hits.places)
    known = np.flatnonzero(is_known)
    better = known[others.scores[known] > hits.scores[positions[known]]]
    scores, queries = hits.scores.copy(), hits.queries.copy()
    scores[positions[better]], queries[positions[better]] = others.scores[better], others.queries[better]
    new = np.flatnonzero(~is_known)
    room.take(others.places[new], len(hits.places))
    return Hits(
        places=np.concatenate([hits.places, others.places[new]]),
        scores=np.concatenate([scores, others.scores[new]]),
        queries=np.concatenate([queries, others.queries[new]]),
    )
