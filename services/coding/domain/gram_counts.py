"""Runs of one to three characters of whole batches of texts, each run as one number, counted all at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.letters import Letters

LONGEST_GRAM: Final = 3
_BITS: Final = np.uint64(16)
"""Of a character: a gram of more characters is a greater number than any of fewer."""

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
        """How often each text has each known gram, a sparse row for each; and how many different grams it has."""
        rows, numbers = _grams(letters)
        columns = np.minimum(np.searchsorted(self._numbers, numbers), max(len(self._numbers) - 1, 0))
        known = self._numbers[columns] == numbers if len(self._numbers) else np.zeros(len(numbers), dtype=bool)
        order = np.lexsort((numbers, rows))
        of_order, next_numbers = rows[order], numbers[order]
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = (of_order[1:] != of_order[:-1]) | (next_numbers[1:] != next_numbers[:-1])
        different = np.bincount(of_order[is_new], minlength=len(letters.lengths)).astype(np.int32)
        return self._rows(rows[known], columns[known], len(letters.lengths)), different

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
