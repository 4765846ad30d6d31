"""Runs of one to three characters of whole batches of texts, each run as one number, counted all at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.letters import Letters

LONGEST_GRAM: Final = 3
_BITS: Final = np.uint64(16)
"""Of a character: a gram of more characters is a greater number than any of fewer."""
_NUMBER: Final = np.uint64(LONGEST_GRAM * 16)
"""Bits of a gram's number; in the others of 64 is the row of its text."""
_ALL: Final = (np.uint64(1) << _NUMBER) - np.uint64(1)

Ints = NDArray[np.int32]
Numbers = NDArray[np.uint64]


class KnownGrams:
    """The grams of some texts, each with a column. Never changes after it was built."""

    def __init__(self, letters: Letters) -> None:
        """Knows every gram of these texts; `counts` has a row for each."""
        rows, numbers = _grams(letters)
        self._numbers, columns = np.unique(numbers, return_inverse=True)
        self.counts: Final[Any] = self._rows(rows, columns, len(letters.lengths))

    def counted(self, letters: Letters) -> tuple[Any, Ints]:
        """How often each text has each known gram, a sparse row for each; and how many different grams it has.

        At most 65,536 texts.
        """
        count = len(letters.lengths)
        rows, numbers = _grams(letters)
        kinds = np.sort(rows.astype(np.uint64) << _NUMBER | numbers)
        begins = np.flatnonzero(np.append(True, kinds[1:] != kinds[:-1])[: len(kinds)])
        texts = (kinds[begins] >> _NUMBER).astype(np.int32)
        columns, known = self._columns(kinds[begins] & _ALL)
        often = np.diff(begins, append=len(kinds)).astype(np.float32)
        ends = np.cumsum(np.bincount(texts[known], minlength=count), dtype=np.int32)
        held = (often[known], columns[known], np.append(np.int32(0), ends))
        counts = sparse.csr_matrix(held, (count, len(self._numbers)))
        counts.has_canonical_format = True
        return counts, np.bincount(texts, minlength=count).astype(np.int32)

    def _columns(self, numbers: Numbers) -> tuple[Ints, NDArray[np.bool_]]:
        """The column of each gram, and whether it has one."""
        if not len(self._numbers):
            return np.zeros(len(numbers), dtype=np.int32), np.zeros(len(numbers), dtype=bool)
        columns = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1).astype(np.int32)
        return columns, self._numbers[columns] == numbers

    def _rows(self, rows: NDArray[Any], columns: NDArray[Any], count: int) -> Any:  # noqa: ANN401 - scipy has no types
        ones = np.ones(len(rows), dtype=np.float32)
        places = (rows.astype(np.int32), columns.astype(np.int32))
        return sparse.csr_matrix(sparse.coo_array((ones, places), (count, len(self._numbers))).tocsr())


def _grams(letters: Letters) -> tuple[Ints, Numbers]:
    """The text and the number of every gram of every text."""
    codes = letters.codes.astype(np.uint64)
    texts = np.repeat(np.arange(len(letters.lengths), dtype=np.int32), letters.lengths)
    left = np.repeat(letters.starts + letters.lengths, letters.lengths) - np.arange(len(codes))
    rows, numbers = [texts], [codes]
    for length in range(2, LONGEST_GRAM + 1):
        begins = np.flatnonzero(left >= length)
        number = codes[begins]
        for place in range(1, length):
            number = number << _BITS | codes[begins + place]
        rows.append(texts[begins])
        numbers.append(number)
    return np.concatenate(rows), np.concatenate(numbers)
