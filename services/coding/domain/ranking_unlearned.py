"""The order without a model: how alike mention and name are by three measures, and whether modifiers are all between.

Nothing of it was learned; a dozen fitted weights were no better (docs/coding-quality.md). How often the first is right,
by its score, was measured once on 6,040 mentions of the train part and 2,960 that name no disease, with the words of
coders and the official master, and holds for such.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.ranking_features import FEATURES, Pairs
from services.coding.domain.ranking_judging import Curve

_WEIGHTS: Final = {"best cosine": 2, "name cosine": 2, "subsequence of name": 2, "rest is modifiers": 1}
P: Final = Curve(
    scores=(0.20, 0.33, 0.43, 0.53, 0.62, 0.68, 0.73, 0.77, 0.82, 0.90, 0.98, 1.00),
    values=(0.25, 0.41, 0.52, 0.61, 0.68, 0.71, 0.75, 0.80, 0.81, 0.87, 0.90, 0.94),
)
"""Where the mention names a disease."""
SURE: Final = Curve(
    scores=(0.11, 0.17, 0.25, 0.30, 0.35, 0.39, 0.44, 0.50, 0.57, 0.63, 0.71, 0.77, 0.82, 0.90, 0.98, 1.00),
    values=(0.02, 0.03, 0.07, 0.11, 0.15, 0.24, 0.29, 0.37, 0.55, 0.62, 0.67, 0.74, 0.76, 0.83, 0.86, 0.87),
)
"""Where one mention in three names none."""


def unlearned_scores(pairs: Pairs) -> NDArray[np.float64]:
    """One score of at most 1 for each row; higher is better."""
    columns = pairs.figures[:, [FEATURES.index(name) for name in _WEIGHTS]].astype(np.float64)
    weights = np.array(list(_WEIGHTS.values()), dtype=np.float64)
    return np.asarray(columns @ (weights / weights.sum()))
