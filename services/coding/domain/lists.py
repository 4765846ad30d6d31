"""Rows of many lists in one array, list after list: their order, their places, and which of a kind come first.

Each answer is that of a stable sort by list and key. A sort of all rows at once would not know that the lists stand
together already, and takes several times as long.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def ordered(sizes: NDArray[Any], keys: NDArray[Any], most: int | None = None) -> Rows:
    """Rows list after list, in each by rising key and equal keys as they are, of each list at most `most`.

    `sizes` sum to the number of keys, which are finite.
    """
    width = int(sizes.max(initial=0))
    is_held = np.arange(width) < sizes[:, None]
    padded = np.full(is_held.shape, np.inf)
    padded[is_held] = keys
    rows = padded.argsort(axis=1, kind="stable")
    rows += starts_of(sizes)[:, None]
    return np.asarray(rows[:, :most][is_held[:, :most]])


def starts_of(sizes: NDArray[Any]) -> Rows:
    """The first row of each list."""
    return np.asarray(np.cumsum(sizes, dtype=np.intp) - sizes)


def lists_of(sizes: NDArray[Any]) -> Rows:
    """The list of each row."""
    return np.repeat(np.arange(len(sizes)), sizes)


def ranks_of(sizes: NDArray[Any]) -> Rows:
    """The place of each row in its list, from 0."""
    return np.arange(int(sizes.sum())) - np.repeat(starts_of(sizes), sizes)


def grouped(kinds: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Rows by rising kind, those of a kind as they are; and where each kind begins among them.

    `kinds` times their number must be less than 2 ** 63. Each key is a number of its own, so that any sort will do.
    """
    bits = np.int64(len(kinds).bit_length())
    keys = np.sort(kinds << bits | np.arange(len(kinds)))
    sorted_kinds = keys >> bits
    begins = np.ones(len(kinds), dtype=bool)
    begins[1:] = sorted_kinds[1:] != sorted_kinds[:-1]
    return np.asarray(keys & ((1 << int(bits)) - 1)), np.flatnonzero(begins)
