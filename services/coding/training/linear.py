"""Linear models over many sparse columns, fitted by L-BFGS from zero: the same columns give the same weights."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from services.coding.domain.retrieval import Floats, Sparse

Doubles = NDArray[np.float64]
STEPS: Final = 40


def fit_choice(rows: Sparse, sizes: NDArray[Any], wanted: Doubles, offset: Doubles, *, pull: float) -> Floats:
    """Weights that make the wanted row of each list the likely one (conditional logit).

    `sizes`: rows of each list, none empty; `wanted` sums to 1 in each list; `offset` is what is known of a row already;
    `pull` draws every weight to zero.
    """
    starts = (np.cumsum(sizes) - sizes).astype(np.intp)
    used = np.unique(rows.indices)
    held = rows[:, used].tocsr()
    columns = held.T.tocsr()

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        scores = held @ weights + offset
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        raised = np.exp(scores)
        sums = np.add.reduceat(raised, starts)
        surprise = float(np.log(sums).sum() - wanted @ scores)
        slope = columns @ (raised / np.repeat(sums, sizes) - wanted)
        return surprise + pull * float(weights @ weights) / 2, slope + pull * weights

    weights = np.zeros(rows.shape[1], dtype=np.float32)
    weights[used] = _least(loss, len(used))
    return weights


def fit_yes_or_no(rows: Sparse, truth: Doubles, *, pull: float) -> Floats:
    """Weights whose sum over a row is the log odds of its truth (logistic regression without a constant)."""
    used = np.unique(rows.indices)
    held = rows[:, used].tocsr()
    columns = held.T.tocsr()

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        scores = held @ weights
        surprise = float(np.logaddexp(0.0, scores).sum() - truth @ scores)
        slope = columns @ (1 / (1 + np.exp(-scores)) - truth)
        return surprise + pull * float(weights @ weights) / 2, slope + pull * weights

    weights = np.zeros(rows.shape[1], dtype=np.float32)
    weights[used] = _least(loss, len(used))
    return weights


def _least(loss: Callable[[Doubles], tuple[float, Doubles]], width: int) -> Floats:
    found = optimize.minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x, dtype=np.float32)
