"""How alike a mention and a name are, character by character, and in what they differ, for a whole batch of pairs."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.letters import Codes, Common, Counts, Places, Side

DIFFERENCES: Final = 1 << 18
"""How many kinds of difference are told apart; others share a number."""
LIKENESS: Final = (
    "subsequence of mention",
    "subsequence of name",
    "common prefix",
    "common suffix",
    "name inside mention",
    "mention inside name",
)
"""Asked of the name and of the most alike spelling."""
NAME_LIKENESS: Final = (
    "same last character",
    "same first character",
    "length of name",
    "lengthening",
    "rest is modifiers",
)
"""Asked of the name alone."""
NO_NAME_INSIDE: Final = -1.0
_MOST_PAIRED: Final = 5
"""Characters of either side that are paired with the other's."""
_LONGEST_MIDDLE: Final = 8
_ENDING: Final = 2
"""Characters of an ending."""
_ONLY_MENTION, _ONLY_NAME, _PAIR, _MIDDLES, _ENDS, _TWO_ONLY_MENTION, _TWO_ONLY_NAME, _BEFORE = range(1, 9)
_SPELLED: Final = 0x01000193
"""A part's number is its characters as digits to this base."""
_DIGITS: Final = np.array(
    [pow(_SPELLED, _LONGEST_MIDDLE - 1 - place, 1 << 32) for place in range(_LONGEST_MIDDLE)], dtype=np.uint32
)

Floats = NDArray[np.float32]
Numbers = NDArray[np.uint32]


def likeness(common: Common, mentions: Sequence[str], names: Sequence[str]) -> Floats:
    """The figures of LIKENESS, in its order; a row for each pair, as in `common` and the two lists."""
    text, name, shorter = common.mentions.lengths, common.names.lengths, common.shorter
    around = np.zeros(len(mentions), dtype=bool)
    for row in np.flatnonzero(common.subsequence == text).tolist():
        around[row] = mentions[row] in names[row]
    return np.column_stack(
        [
            common.subsequence / text,
            common.subsequence / name,
            common.before / shorter,
            common.after / shorter,
            np.where(common.inside >= 0, name / text, 0.0),
            np.where(around, text / name, 0.0),
        ]
    ).astype(np.float32)


def name_likeness(common: Common, mentions: Sequence[str], modifiers: frozenset[str]) -> Floats:
    """The figures of NAME_LIKENESS, in its order."""
    text, name = common.mentions.lengths, common.names.lengths
    return np.column_stack(
        [
            common.same_last,
            common.before > 0,
            name,
            text - name,
            _rests(common, mentions, modifiers),
        ]
    ).astype(np.float32)


def _rests(common: Common, mentions: Sequence[str], modifiers: frozenset[str]) -> Floats:
    rests = np.full(len(mentions), NO_NAME_INSIDE, dtype=np.float32)
    for row in np.flatnonzero(common.inside >= 0).tolist():
        text, begin = mentions[row], int(common.inside[row])
        rests[row] = _modified(text[:begin], text[begin + int(common.names.lengths[row]) :], modifiers)
    return rests


def _modified(before: str, after: str, modifiers: frozenset[str]) -> float:
    """The share of what stands around a name that is made of whole modifiers; 1.0 where nothing does."""
    if not before and not after:
        return 1.0
    return (_covered(before, modifiers) + _covered(after, modifiers)) / (len(before) + len(after))


def _covered(rest: str, modifiers: frozenset[str]) -> int:
    """The most characters that modifiers, one beside the other, can cover."""
    best = [0] * (len(rest) + 1)
    for end in range(1, len(rest) + 1):
        best[end] = best[end - 1]
        for begin in range(end):
            if rest[begin:end] in modifiers:
                best[end] = max(best[end], best[begin] + end - begin)
    return best[-1]


def differences(common: Common) -> Any:  # noqa: ANN401 - a matrix of scipy, which comes without types
    """A sparse row for each pair: how often it has each numbered difference, in DIFFERENCES columns.

    Characters and pairs of neighbours that only one of the two has, characters of the one for those of the other,
    what stands between the common ends, and the two endings.
    """
    kinds = list(_kinds(common))
    rows = np.concatenate([rows for rows, _ in kinds])
    columns = np.concatenate([numbers for _, numbers in kinds]) % np.uint32(DIFFERENCES)
    places = (rows.astype(np.int32), columns.astype(np.int32))
    found = sparse.coo_matrix((np.ones(len(rows), dtype=np.float32), places), (len(common.inside), DIFFERENCES))
    found.has_canonical_format = True  # a difference that stands twice may be held twice
    return found.tocsr()


def _kinds(common: Common) -> Iterator[tuple[NDArray[np.intp], Numbers]]:
    """Rows and numbers of each kind of difference."""
    yield from _characters(common)
    yield _twos(common.mentions, common.twos_only_mention, _TWO_ONLY_MENTION)
    yield _twos(common.names, common.twos_only_name, _TWO_ONLY_NAME)
    yield from _middles(common)
    yield _endings(common)


def _characters(common: Common) -> Iterator[tuple[NDArray[np.intp], Numbers]]:
    sides = []
    for side, only, kind in (
        (common.mentions, common.only_mention, _ONLY_MENTION),
        (common.names, common.only_name, _ONLY_NAME),
    ):
        characters = side.at(only.rows, only.places)
        yield only.rows, _number(kind, characters, np.uint32(0))
        sides.append(_first_few(only.rows, characters, len(common.inside)))
    one, other = sides
    rows, mine, theirs = np.nonzero((one > 0)[:, :, None] & (other > 0)[:, None, :])
    yield rows, _number(_PAIR, one[rows, mine], other[rows, theirs])


def _first_few(rows: NDArray[np.intp], characters: Codes, count: int) -> Codes:
    """The first _MOST_PAIRED characters of each row, in columns; 0 where there are fewer."""
    begins = np.searchsorted(rows, np.arange(count))
    rank = np.arange(len(rows)) - begins[rows]
    few = rank < _MOST_PAIRED
    kept = np.zeros((count, _MOST_PAIRED), dtype=np.uint16)
    kept[rows[few], rank[few]] = characters[few]
    return kept


def _twos(side: Side, only: Places, kind: int) -> tuple[NDArray[np.intp], Numbers]:
    one, other = side.at(only.rows, only.places), side.at(only.rows, only.places + 1)
    return only.rows, _number(kind, one, other)


def _middles(common: Common) -> Iterator[tuple[NDArray[np.intp], Numbers]]:
    lengths = common.mentions.lengths - common.before - common.after
    other_lengths = common.names.lengths - common.before - common.after
    rows = np.flatnonzero((lengths <= _LONGEST_MIDDLE) & (other_lengths <= _LONGEST_MIDDLE))
    middle = _spelled(common.mentions, rows, common.before[rows], lengths[rows])
    other = _spelled(common.names, rows, common.before[rows], other_lengths[rows])
    yield rows, _number(_MIDDLES, middle, other)
    yield rows, _number(_BEFORE, middle, (common.before[rows] == 0).astype(np.uint32))


def _endings(common: Common) -> tuple[NDArray[np.intp], Numbers]:
    rows = np.flatnonzero(common.after < _ENDING)
    ends, others = (
        _spelled(side, rows, np.maximum(side.lengths[rows] - _ENDING, 0), np.minimum(side.lengths[rows], _ENDING))
        for side in (common.mentions, common.names)
    )
    differ = ends != others
    return rows[differ], _number(_ENDS, ends[differ], others[differ])


def _spelled(side: Side, rows: NDArray[np.intp], begins: Counts, lengths: Counts) -> Numbers:
    """One number for a part of at most _LONGEST_MIDDLE characters of each row."""
    places = np.arange(_LONGEST_MIDDLE)
    is_held = places < lengths[:, None]
    at = np.where(is_held, (side.begins[rows] + begins)[:, None] + places, 0)
    return np.asarray((side.codes[at] * is_held * _DIGITS).sum(axis=1, dtype=np.uint32))


def _number(kind: int, one: NDArray[Any], other: NDArray[Any] | np.uint32) -> Numbers:
    """A well mixed number of the kind and its two parts."""
    mixed = (
        np.uint32(kind * 0x9E3779B1 & 0xFFFFFFFF)
        + one.astype(np.uint32) * np.uint32(0x85EBCA6B)
        + other.astype(np.uint32) * np.uint32(0xC2B2AE35)
    )
    mixed = (mixed ^ mixed >> np.uint32(15)) * np.uint32(0x27D4EB2F)
    return np.asarray(mixed ^ mixed >> np.uint32(13))
