"""How the labelled mentions that are most like a mention were coded: each speaks for the disease that it names.

A likeness alone knows the one most alike spelling of each disease. Many alike mentions of one say more.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.lists import grouped, lists_of
from services.coding.domain.pool import Found
from services.coding.domain.retrieval import Floats, Ints, SpellingIndex

VOTES: Final = (
    "share of neighbours of the ICD-10",
    "share of neighbours of the category",
    "share of neighbours of the disease",
    "nearest neighbour of the ICD-10",
    "nearest neighbour of the disease",
    "neighbours of the ICD-10",
    "weight of neighbours of the ICD-10",
    "weight of neighbours of the disease",
)
SHARPNESS: Final = 3
"""A neighbour weighs by this power of how alike it is: one that is half as much counts an eighth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Diseases of mentions, by some number of them."""

    lists: NDArray[np.intp]
    numbers: Ints


def votes(found: Found, index: SpellingIndex) -> Floats:
    """The columns of VOTES, a row for each candidate of each mention; all 0 where nothing was learned."""
    asked = _Named(lists=lists_of(found.sizes), numbers=found.owners)
    voters = _Named(lists=lists_of(found.nearest.sizes), numbers=found.nearest.owners)
    alike = found.nearest.scores
    if not len(alike):
        return np.zeros((len(asked.numbers), len(VOTES)), dtype=np.float32)
    weights = alike.astype(np.float64) ** SHARPNESS
    total = np.maximum(np.bincount(voters.lists, weights=weights, minlength=len(found.sizes)), 1e-9)[asked.lists]
    code, code_best, code_count = _spoken(_by(index.icd10_of, asked), _by(index.icd10_of, voters), alike)
    category, _, _ = _spoken(_by(index.category_of, asked), _by(index.category_of, voters), alike)
    own, own_best, _ = _spoken(asked, voters, alike)
    shares = [code / total, category / total, own / total]
    return np.column_stack([*shares, code_best, own_best, code_count, code, own]).astype(np.float32)


def _by(numbers: Ints, named: _Named) -> _Named:
    return _Named(lists=named.lists, numbers=numbers[named.numbers])


def _spoken(asked: _Named, voters: _Named, alike: Floats) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Of each number that is asked for: the weight of those of its list who name it, the most alike, how many."""
    width = int(max(asked.numbers.max(initial=0), voters.numbers.max(initial=0))) + 1
    keys = voters.lists * width + voters.numbers
    order, begins = grouped(keys)
    known, counts = keys[order[begins]], np.diff(begins, append=len(order))
    weights = np.add.reduceat(alike[order].astype(np.float64) ** SHARPNESS, begins)
    best = np.maximum.reduceat(alike[order], begins)
    wanted = asked.lists * width + asked.numbers
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    is_named = known[places] == wanted
    return weights[places] * is_named, best[places] * is_named, counts[places] * is_named
