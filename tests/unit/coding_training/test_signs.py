"""What the words of a mention, and what it differs in from its first, are learned to speak for."""

import numpy as np
from scipy import sparse

from services.coding.domain.ranking import GRAM_SIGNS, SIGNS
from services.coding.domain.ranking_judging import gram_sums
from services.coding.training.signs import Truths, signs_of

TEXTS = [
    f"{site}{word}"
    for site in ("肺", "胃", "肝", "腎", "骨", "膵", "腸", "皮")
    for word in ("炎", "癌", "検査", "正常")
]
IS_CODED = np.array([text.endswith(("炎", "癌")) for text in TEXTS])
IS_RIGHT = np.array([text.endswith("炎") for text in TEXTS])
DIFFERENCES = sparse.csr_matrix(np.column_stack([~IS_RIGHT, np.ones(len(TEXTS))]).astype(np.float64))
TRUTHS = Truths(is_coded=IS_CODED, is_right=IS_RIGHT, parts=(np.arange(len(TEXTS)) // 4 % 2).astype(np.int32))


def test_each_sign_tells_what_it_was_learned_for_from_what_the_other_parts_taught() -> None:
    _, spoken = signs_of(TEXTS, DIFFERENCES, TRUTHS)
    disease, beside_differences, right = spoken.T

    assert spoken.shape == (len(TEXTS), len(GRAM_SIGNS))
    for told in (disease, beside_differences):
        assert told[IS_CODED].min() > told[~IS_CODED].max()
    assert right[IS_RIGHT].min() > right[IS_CODED & ~IS_RIGHT].max()


def test_the_signs_that_are_kept_tell_the_same_of_a_new_text() -> None:
    signs, _ = signs_of(TEXTS, DIFFERENCES, TRUTHS)
    columns = {gram: column for column, gram in enumerate(signs.grams)}

    mention, stranger = gram_sums(["脳炎", "脳検査"], columns, signs.gram_weights)

    assert mention[0] > 0 > stranger[0]
    assert signs.differences.shape == (2, len(SIGNS))
    assert signs.differences[0, SIGNS.index("first is right")] < 0
