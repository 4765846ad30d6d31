"""Of the labelled mentions that a search found, which are nearest to a mention as a whole."""

import numpy as np
import pytest

from services.coding.domain.neighbours import NEAREST, Near, Neighbours


def near(count: int, *, of: int = 1) -> Near:
    """Each of `of` mentions found all `count` labelled ones, whose owners are their places."""
    return Near(
        sizes=np.full(of, count, dtype=np.int32),
        places=np.tile(np.arange(count), of),
        owners=np.tile(np.arange(count, dtype=np.int32), of),
    )


def test_the_nearest_begins_and_ends_as_the_mention_does() -> None:
    labelled = Neighbours(["肺炎注意", "注意肺炎", "注意報"])

    nearest = labelled.nearest(["胃炎注意"], near(3))

    assert nearest.owners.tolist()[0] == 0
    assert sorted(nearest.scores.tolist(), reverse=True) == nearest.scores.tolist()


def test_the_same_text_is_wholly_alike_and_one_with_more_that_is_unknown_is_less() -> None:
    labelled = Neighbours(["胃潰瘍", "肺炎"])

    nearest = labelled.nearest(["胃潰瘍", "胃潰瘍xyz", "骨折"], near(2, of=3))

    same, longer, other = nearest.scores.reshape(3, 2).max(axis=1).tolist()
    assert same == pytest.approx(1.0, abs=1e-6)
    assert other < 0.2 < longer < 0.8


def test_no_more_are_told_of_than_the_nearest() -> None:
    labelled = Neighbours([f"肺炎{number}" for number in range(NEAREST + 5)])

    asked = Near(
        sizes=np.array([NEAREST + 5, 0, 2], dtype=np.int32),
        places=np.arange(NEAREST + 7, dtype=np.int32) % np.int32(NEAREST + 5),
        owners=np.arange(NEAREST + 7, dtype=np.int32),
    )

    found = labelled.nearest(["肺炎", "胃炎", "肺炎"], asked)

    assert found.sizes.tolist() == [NEAREST, 0, 2]
    assert len(found.owners) == len(found.scores) == NEAREST + 2
