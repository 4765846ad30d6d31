"""Learns what the words of a mention, and what it differs in from its first candidate, speak for.

Three linear judgements, figures for the forests that judge: does the text name a disease, by its grams alone; the same,
by its grams and its differences from the first; and is the first right, by both. Each mention gets those that the other
parts taught.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.coding.domain.ranking import GRAM_SIGNS, SIGNS
from services.coding.domain.ranking_judging import edged_grams
from services.coding.domain.retrieval import Floats, Sparse
from services.coding.training.linear import fit_yes_or_no

DISEASE_PULL: Final = 1.0
RIGHT_PULL: Final = 2.0
LEAST_WEIGHT: Final = 0.01
"""Grams that speak less for anything are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of grams and of differences: rows of weights by GRAM_SIGNS and by SIGNS."""

    grams: tuple[str, ...]
    gram_weights: Floats
    differences: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Truths:
    """Of each text whether it names a disease, whether its first is right, and its part."""

    is_coded: NDArray[np.bool_]
    is_right: NDArray[np.bool_]
    parts: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is learned from which rows, with a mask of those that teach it."""

    rows: Sparse
    truth: NDArray[np.bool_]
    taken: NDArray[np.bool_]
    pull: float

    def weights(self, learned: NDArray[np.bool_]) -> Floats:
        """The weights by those learned from."""
        held = learned & self.taken
        return fit_yes_or_no(self.rows[held], self.truth[held].astype(np.float64), pull=self.pull)


def signs_of(texts: Sequence[str], differences: Sparse, truths: Truths) -> tuple[Signs, NDArray[np.float64]]:
    """The signs that all texts taught, and for each text its sums by GRAM_SIGNS as the other parts taught them.

    `differences`: a row for each text, of what it differs in from its first.
    """
    known, counts = _counted(texts)
    both = sparse.hstack([counts, differences], format="csr")
    everyone = np.ones(len(texts), dtype=bool)
    questions = (
        _Question(rows=counts, truth=truths.is_coded, taken=everyone, pull=DISEASE_PULL),
        _Question(rows=both, truth=truths.is_coded, taken=everyone, pull=DISEASE_PULL),
        _Question(rows=both, truth=truths.is_right, taken=truths.is_coded, pull=RIGHT_PULL),
    )
    spoken = np.zeros((len(texts), len(GRAM_SIGNS)))
    for part in np.unique(truths.parts):
        theirs = truths.parts == part
        for column, question in enumerate(questions):
            spoken[theirs, column] = question.rows[theirs] @ question.weights(~theirs)
    weights = [question.weights(everyone) for question in questions]
    return _kept(known, weights), spoken


def _kept(known: Sequence[str], weights: Sequence[Floats]) -> Signs:
    """The grams that speak for anything, and all differences."""
    of_grams = np.column_stack([each[: len(known)] for each in weights])
    places = np.flatnonzero(np.abs(of_grams).max(axis=1) >= LEAST_WEIGHT)
    return Signs(
        grams=tuple(known[place] for place in places.tolist()),
        gram_weights=of_grams[places],
        differences=np.column_stack([each[len(known) :] for each in weights[-len(SIGNS) :]]),
    )


def _counted(texts: Sequence[str]) -> tuple[list[str], Sparse]:
    """The grams in rising order, and a row of ones for the grams of each text."""
    held = [sorted(set(edged_grams(text))) for text in texts]
    known = sorted({gram for theirs in held for gram in theirs})
    columns = {gram: column for column, gram in enumerate(known)}
    places = np.array([columns[gram] for theirs in held for gram in theirs], dtype=np.int32)
    ends = np.cumsum([0, *(len(theirs) for theirs in held)])
    return known, sparse.csr_matrix((np.ones(len(places)), places, ends), shape=(len(texts), len(known)))
