"""Many short texts as arrays of their characters, and what pairs of them have in common: whole batches at once.

The positions of a mention are the bits of one 64-bit number, so that a pair is compared in as many steps as the name
has characters, and all pairs of a batch in the same steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_COMPARED: Final = 64
"""Characters of a text that are compared: the bits of a word. Longer texts are no names."""
_BEYOND: Final = 0xFFFF
"""Stands for all characters outside the first plane; names have none."""
_NONE: Final = 0

Bits = NDArray[np.uint64]
Codes = NDArray[np.uint16]
Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
_Sides = tuple[Codes, Codes]
"""The characters of the mentions and of the names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The characters of many texts, one text after the other."""

    codes: Codes
    starts: Counts
    lengths: Counts

    def from_first(self, places: NDArray[Any]) -> Codes:
        """One row of characters for each place, the first character in the first column; 0 behind the last."""
        return self._matrix(self.starts[places], self.lengths[places], 1)

    def from_last(self, places: NDArray[Any]) -> Codes:
        """The same from the last character backwards."""
        return self._matrix(self.starts[places] + self.lengths[places] - 1, self.lengths[places], -1)

    def _matrix(self, begins: Counts, lengths: Counts, step: int) -> Codes:
        along = np.arange(lengths.max(initial=0), dtype=np.int32)
        held = along < lengths[:, None]
        at = np.where(held, begins[:, None] + step * along, 0)
        return np.where(held, self.codes[at], np.uint16(_NONE)) if len(self.codes) else np.zeros(at.shape, np.uint16)


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

    mentions: Codes
    names: Codes
    """Their characters, from the first."""
    mention_lengths: Counts
    name_lengths: Counts
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
        return np.minimum(self.mention_lengths, self.name_lengths)


def subsequence_of(mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Counts:
    """Length of the longest common subsequence of the mention of each row and the name at its place (Hyyrö 2004)."""
    other, lengths = names.from_first(places), names.lengths[places]
    order, still = _longest_first(lengths, other.shape[1])
    unmet = np.full(len(rows), ~np.uint64(0))
    other, rows = other[order], rows[order]
    for place, size in enumerate(still):
        mask = mentions.masks[rows[:size], mentions.column_of[other[:size, place]]]
        _step(unmet[:size], mask)
    common = np.empty(len(rows), dtype=np.int32)
    common[order] = np.bitwise_count(~unmet & _full(mentions.letters.lengths[rows]))
    return common


def common_of(marked_mentions: Marked, rows: NDArray[Any], names: Letters, places: NDArray[Any]) -> Common:
    """Compares the mention of each row with the name at its place."""
    mentions = marked_mentions.letters
    first, other = mentions.from_first(rows), names.from_first(places)
    lengths, other_lengths = mentions.lengths[rows], names.lengths[places]
    last, other_last = mentions.from_last(rows), names.from_last(places)
    before, after = _common_ends((first, other), (last, other_last), np.minimum(lengths, other_lengths))
    walked = _walked(marked_mentions, rows, other, other_lengths)
    own = np.arange(first.shape[1], dtype=np.uint64)
    is_mention = own < lengths[:, None].astype(np.uint64)
    is_first = own + np.uint64(1) < lengths[:, None].astype(np.uint64)
    return Common(
        mentions=first,
        names=other,
        mention_lengths=lengths,
        name_lengths=other_lengths,
        subsequence=np.bitwise_count(~walked.unmet & _full(lengths)).astype(np.int32),
        before=before,
        after=after,
        same_last=last[:, :1].ravel() == other_last[:, :1].ravel(),
        inside=_first_place(walked.run, other_lengths),
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


def _walked(mentions: Marked, rows: NDArray[Any], names: Codes, lengths: Counts) -> _Walked:
    """What is known at the end of every name."""
    order, still = _longest_first(lengths, names.shape[1])
    count = len(rows)
    unmet, run = np.full(count, ~np.uint64(0)), np.full(count, ~np.uint64(0))
    seen, twos, last = (np.zeros(count, dtype=np.uint64) for _ in range(3))
    unknown, unknown_twos = (np.zeros(names.shape, dtype=bool) for _ in range(2))
    one = np.uint64(1)
    for place, size in enumerate(still):
        pairs = order[:size]
        mask = mentions.masks[rows[pairs], mentions.column_of[names[pairs, place]]]
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


def _longest_first(lengths: Counts, width: int) -> tuple[NDArray[np.intp], list[int]]:
    """The order in which names are walked along, and how many of them have a character at each place."""
    order = np.argsort(-lengths, kind="stable")
    return order, np.searchsorted(-lengths[order], -np.arange(width), side="left").tolist()


def _step(unmet: Bits, mask: Bits) -> None:
    """One character of Hyyrö's longest common subsequence, in place."""
    met = unmet & mask
    unmet[:] = (unmet + met) | (unmet - met)


def _common_ends(first: _Sides, last: _Sides, shorter: Counts) -> tuple[Counts, Counts]:
    before: Counts = np.minimum(_alike(*first), shorter)
    after: Counts = np.minimum(_alike(*last), shorter - before)
    return before, after


def _alike(one: Codes, other: Codes) -> Counts:
    """How many first columns are equal in each row."""
    width = min(one.shape[1], other.shape[1])
    differs = one[:, :width] != other[:, :width]
    closed = np.column_stack([differs, np.ones(len(one), dtype=bool)])
    return np.asarray(np.argmax(closed, axis=1), dtype=np.int32)


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
