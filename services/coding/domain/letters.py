"""Many short texts as arrays of their characters, and what pairs of them have in common: whole batches at once.

The positions of a mention are the bits of one 64-bit number, so that a pair is compared in as many steps as the name
has characters, and all pairs of a batch in the same steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.lists import Rows, lists_of, ranks_of, starts_of

MOST_COMPARED: Final = 64
"""Characters of a text that are compared: the bits of a word. Longer texts are no names."""
_BEYOND: Final = 0xFFFF
"""Stands for all characters outside the first plane; names have none."""

_ONE: Final = np.uint64(1)

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
class Places:
    """Some characters of the texts of one side, row after row: the row of each, and its place in the text."""

    rows: Rows
    places: Rows

    def taken(self, kept: Flags) -> "Places":
        """Those that are kept alone."""
        return Places(rows=self.rows[kept], places=self.places[kept])


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
    only_mention: Places
    only_name: Places
    """Which characters of either the other has not."""
    twos_only_mention: Places
    twos_only_name: Places
    """Which pairs of neighbours of either the other has not, by the first of the two."""

    @property
    def shorter(self) -> Counts:
        """The length of the shorter of the two."""
        return np.minimum(self.mentions.lengths, self.names.lengths)


def subsequence_of(mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Counts:
    """Length of the longest common subsequence of the mention of each row and the name at its place (Hyyrö 2004)."""
    side = names.of(places)
    return _subsequence(_masks(mentions, rows, side, _all_places(side)), side.lengths, mentions.letters.lengths[rows])


def common_of(mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Common:
    """Compares the mention of each row with the name at its place."""
    side, other = mentions.letters.of(rows), names.of(places)
    shorter = np.minimum(side.lengths, other.lengths)
    before = _alike(side.at, other.at, shorter)
    own, others = _all_places(side), _all_places(other)
    masks = _masks(mentions, rows, other, others)
    twos = _twos(masks, others)
    starts = starts_of(other.lengths)
    seen = np.bitwise_or.reduceat(masks, starts)
    seen_twos = np.bitwise_or.reduceat(twos, starts)
    is_second = others.places > 0
    unknown_twos = others.taken(is_second & (twos == 0))
    return Common(
        mentions=side,
        names=other,
        subsequence=_subsequence(masks, other.lengths, side.lengths),
        before=before,
        after=_alike(side.from_end, other.from_end, shorter - before),
        same_last=side.from_end(slice(None), 0) == other.from_end(slice(None), 0),
        inside=_first_place(_whole(masks, others, other.lengths), other.lengths),
        only_mention=own.taken(~_bits(seen, own.rows, own.places)),
        only_name=others.taken(masks == 0),
        twos_only_mention=_without(own, seen_twos, side.lengths),
        twos_only_name=Places(rows=unknown_twos.rows, places=unknown_twos.places - 1),
    )


def _all_places(side: Side) -> Places:
    """Every character of every text."""
    return Places(rows=lists_of(side.lengths), places=ranks_of(side.lengths))


def _masks(mentions: Marked, rows: NDArray[Any], names: Side, characters: Places) -> Bits:
    """For each character of the names, the positions of the mention of its row that have it."""
    columns = mentions.column_of[names.at(characters.rows, characters.places)]
    return np.asarray(mentions.masks[rows[characters.rows], columns])


def _twos(masks: Bits, characters: Places) -> Bits:
    """For each character, where the mention has it behind the one before; no position for the first of a name."""
    twos = np.zeros(len(masks), dtype=np.uint64)
    twos[1:] = masks[:-1] << _ONE & masks[1:]
    twos[characters.places == 0] = 0
    return twos


def _without(characters: Places, twos: Bits, lengths: Counts) -> Places:
    """The characters that have one behind them with which they are none of the pairs that end at the bits."""
    is_first = characters.places + 1 < lengths[characters.rows]
    firsts = characters.taken(is_first)
    return firsts.taken(~_bits(twos, firsts.rows, firsts.places + 1))


def _whole(masks: Bits, characters: Places, lengths: Counts) -> Bits:
    """For each name the positions of the mention where all of it ends."""
    behind = lengths[characters.rows] - 1 - characters.places
    return np.asarray(np.bitwise_and.reduceat(masks << behind.astype(np.uint64), starts_of(lengths)))


def _subsequence(masks: Bits, names: Counts, mentions: Counts) -> Counts:
    """Length of the longest common subsequence of each pair, for the masks of the names' characters.

    One step for each character of the longest name, of all the names that have so many.
    """
    order, still = _longest_first(names)
    begins = starts_of(names)[order]
    unmet = np.full(len(order), ~np.uint64(0))
    for place, size in enumerate(still):
        _step(unmet[:size], masks[begins[:size] + place])
    common = np.empty(len(order), dtype=np.int32)
    common[order] = np.bitwise_count(~unmet & _full(mentions[order]))
    return common


def _longest_first(lengths: Counts) -> tuple[NDArray[np.intp], list[int]]:
    """The order in which names are walked along, and how many of them have a character at each place."""
    order = np.argsort(-lengths.astype(np.int16), kind="stable")
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


def _bits(words: Bits, rows: Rows, places: Rows) -> Flags:
    """The bit at each place of its row's word."""
    return np.asarray(words[rows] >> places.astype(np.uint64) & _ONE, dtype=bool)


def _first_place(run: Bits, lengths: Counts) -> Counts:
    """The first place where a name that ends at the bits of `run` begins; -1 without a bit."""
    lowest = np.bitwise_count((run & (~run + np.uint64(1))) - np.uint64(1)).astype(np.int32)
    return np.where(run == 0, -1, lowest - lengths + 1).astype(np.int32)
