"""Many short texts as arrays of their characters, and what pairs of them have in common: whole batches at once.

The positions of a mention are the bits of one 64-bit number, so that a pair is compared in as many steps as the name
has characters, and all pairs of a batch in the same steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_COMPARED: Final = 64
"""Characters of a text that are compared: the bits of a word. Longer texts are no names."""
_BEYOND: Final = 0xFFFF
"""Stands for all characters outside the first plane; names have none."""

Bits = NDArray[np.uint64]
Codes = NDArray[np.uint16]
Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
_At = Callable[[NDArray[Any], int], Codes]
"""The characters of some rows at a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The characters of many texts, one text after the other."""

    codes: Codes
    starts: Counts
    lengths: Counts

    def of(self, places: NDArray[Any]) -> "Side":
        """The texts at the places, one for each pair."""
        return Side(codes=self.codes, begins=self.starts[places], lengths=self.lengths[places])


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two texts of each pair."""

    codes: Codes
    begins: Counts
    """Where each text begins among the codes."""
    lengths: Counts

    def at(self, rows: NDArray[Any] | slice, places: NDArray[Any] | int) -> Codes:
        """The characters of the rows at the places, which they have."""
        return np.asarray(self.codes[self.begins[rows] + places])

    def from_end(self, rows: NDArray[Any] | slice, places: int) -> Codes:
        """The characters of the rows that many places before their last."""
        return np.asarray(self.codes[self.begins[rows] + self.lengths[rows] - 1 - places])


def letters_of(texts: Sequence[str]) -> Letters:
    """The characters of the texts, of each at most MOST_COMPARED."""
    cut = [text[:MOST_COMPARED] for text in texts]
    lengths = np.fromiter(map(len, cut), dtype=np.int32, count=len(cut))
    points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.minimum(points, _BEYOND).astype(np.uint16)
    return Letters(codes=codes, starts=(np.cumsum(lengths) - lengths).astype(np.int32), lengths=lengths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Mentions made ready for comparisons."""

    letters: Letters
    masks: Bits
    """For each mention and column the bits of the positions of the column's character; column 0 has none."""
    column_of: Counts
    """The column of each character; 0 for those of no mention."""


def marked(texts: Sequence[str]) -> Marked:
    """The texts made ready."""
    letters = letters_of(texts)
    known, columns = np.unique(letters.codes, return_inverse=True)
    column_of = np.zeros(_BEYOND + 1, dtype=np.int32)
    column_of[known] = np.arange(1, len(known) + 1)
    masks = np.zeros((len(letters.lengths), len(known) + 1), dtype=np.uint64)
    rows = np.repeat(np.arange(len(letters.lengths)), letters.lengths)
    places = np.arange(len(letters.codes)) - np.repeat(letters.starts, letters.lengths)
    np.bitwise_or.at(masks, (rows, columns + 1), np.uint64(1) << places.astype(np.uint64))
    return Marked(letters=letters, masks=masks, column_of=column_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What each pair of a mention and a name has in common; one row for each pair."""

    mentions: Side
    names: Side
    subsequence: Counts
    """Length of the longest common subsequence."""
    before: Counts
    after: Counts
    """Lengths of the common prefix, and of the common suffix of what the prefix leaves."""
    same_last: Flags
    inside: Counts
    """Where the name begins inside the mention; -1 where it does not stand in it."""
    only_mention: Flags
    only_name: Flags
    """Which characters of either the other has not."""
    twos_only_mention: Flags
    twos_only_name: Flags
    """Which pairs of neighbours of either the other has not, by the first of the two."""

    @property
    def shorter(self) -> Counts:
        """The length of the shorter of the two."""
        return np.minimum(self.mentions.lengths, self.names.lengths)


def subsequence_of(mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Counts:
    """Length of the longest common subsequence of the mention of each row and the name at its place (Hyyrö 2004)."""
    order, still = _longest_first(names.lengths[places])
    side, sorted_rows = names.of(places[order]), rows[order]
    unmet = np.full(len(rows), ~np.uint64(0))
    for place, size in enumerate(still):
        _step(unmet[:size], mentions.masks[sorted_rows[:size], mentions.column_of[side.at(slice(size), place)]])
    common = np.empty(len(rows), dtype=np.int32)
    common[order] = np.bitwise_count(~unmet & _full(mentions.letters.lengths[sorted_rows]))
    return common


def common_of(mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Common:
    """Compares the mention of each row with the name at its place."""
    side, other = mentions.letters.of(rows), names.of(places)
    shorter = np.minimum(side.lengths, other.lengths)
    before = _alike(side.at, other.at, shorter)
    walked = _walked(mentions, rows, other)
    own = np.arange(side.lengths.max(initial=0), dtype=np.uint64)
    is_mention = own < side.lengths[:, None].astype(np.uint64)
    is_first = own + np.uint64(1) < side.lengths[:, None].astype(np.uint64)
    return Common(
        mentions=side,
        names=other,
        subsequence=np.bitwise_count(~walked.unmet & _full(side.lengths)).astype(np.int32),
        before=before,
        after=_alike(side.from_end, other.from_end, shorter - before),
        same_last=side.from_end(slice(None), 0) == other.from_end(slice(None), 0),
        inside=_first_place(walked.run, other.lengths),
        only_mention=is_mention & ~_bits(walked.seen, own),
        only_name=walked.unknown,
        twos_only_mention=is_first & ~_bits(walked.twos, own + np.uint64(1)),
        twos_only_name=walked.unknown_twos,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walked:
    """What is known of every pair after its name was walked along, character by character."""

    unmet: Bits
    """A 0 for each position of the mention that a longest common subsequence ends a step at."""
    seen: Bits
    """Positions of the mention whose character the name has."""
    twos: Bits
    """Positions of the mention that with the one before them are two neighbours of the name."""
    run: Bits
    """Positions of the mention where the whole name ends."""
    unknown: Flags
    unknown_twos: Flags


def _walked(mentions: Marked, rows: NDArray[Any], names: Side) -> _Walked:
    """What is known at the end of every name."""
    order, still = _longest_first(names.lengths)
    count = len(rows)
    unmet, run = np.full(count, ~np.uint64(0)), np.full(count, ~np.uint64(0))
    seen, twos, last = (np.zeros(count, dtype=np.uint64) for _ in range(3))
    unknown, unknown_twos = (np.zeros((count, len(still)), dtype=bool) for _ in range(2))
    one = np.uint64(1)
    for place, size in enumerate(still):
        pairs = order[:size]
        mask = mentions.masks[rows[pairs], mentions.column_of[names.at(pairs, place)]]
        _step(unmet[:size], mask)
        two = (last[:size] << one) & mask
        seen[:size] |= mask
        twos[:size] |= two
        run[:size] = ((run[:size] << one) if place else run[:size]) & mask
        unknown[pairs, place] = mask == 0
        if place:
            unknown_twos[pairs, place - 1] = two == 0
        last[:size] = mask
    back = np.argsort(order, kind="stable")
    return _Walked(
        unmet=unmet[back],
        seen=seen[back],
        twos=twos[back],
        run=run[back],
        unknown=unknown,
        unknown_twos=unknown_twos,
    )


def _longest_first(lengths: Counts) -> tuple[NDArray[np.intp], list[int]]:
    """The order in which names are walked along, and how many of them have a character at each place."""
    order = np.argsort(-lengths, kind="stable")
    places = np.arange(lengths.max(initial=0))
    return order, np.searchsorted(-lengths[order], -places, side="left").tolist()


def _step(unmet: Bits, mask: Bits) -> None:
    """One character of Hyyrö's longest common subsequence, in place."""
    met = unmet & mask
    unmet[:] = (unmet + met) | (unmet - met)


def _alike(one: _At, other: _At, most: Counts) -> Counts:
    """How many characters of each pair are the same, one after the other, and at most so many."""
    alike = np.zeros(len(most), dtype=np.int32)
    rows = np.flatnonzero(most > 0)
    place = 0
    while len(rows):
        rows = rows[one(rows, place) == other(rows, place)]
        place += 1
        alike[rows] = place
        rows = rows[most[rows] > place]
    return alike


def _full(lengths: Counts) -> Bits:
    """As many low bits as a mention has positions."""
    return np.asarray(~np.uint64(0) >> (MOST_COMPARED - lengths).astype(np.uint64))


def _bits(words: Bits, places: NDArray[np.uint64]) -> Flags:
    """The bits of each word at the places; 0 beyond its last."""
    return np.asarray((words[:, None] >> np.minimum(places, np.uint64(63))) & np.uint64(1), dtype=bool)


def _first_place(run: Bits, lengths: Counts) -> Counts:
    """The first place where a name that ends at the bits of `run` begins; -1 without a bit."""
    lowest = np.bitwise_count((run & (~run + np.uint64(1))) - np.uint64(1)).astype(np.int32)
    return np.where(run == 0, -1, lowest - lengths + 1).astype(np.int32)
