"""Of the labelled mentions that a search found, which are nearest to a mention as a whole."""

import numpy as np
import pytest

from services.coding.domain.neighbours import NEAREST, Near, Neighbours


def near(count: int, *, of: int = 1) -> Near:
    """Each of `of` mentions found all `count` labelled ones, whose owners are their places."""
    return Near(
        mentions=np.repeat(np.arange(of), count),
        places=np.tile(np.arange(count), of),
        owners=np.tile(np.arange(count, dtype=np.int32), of),
    )


def test_the_nearest_begins_and_ends_as_the_mention_does() -> None:
    labelled = Neighbours(["肺炎注意", "注意肺炎", "注意報"])

    (nearest,) = labelled.nearest(["胃炎注意"], near(3))

    assert nearest.owners.tolist()[0] == 0
    assert sorted(nearest.scores.tolist(), reverse=True) == nearest.scores.tolist()


def test_the_same_text_is_wholly_alike_and_one_with_more_that_is_unknown_is_less() -> None:
    labelled = Neighbours(["胃潰瘍", "肺炎"])

    same, longer, other = labelled.nearest(["胃潰瘍", "胃潰瘍xyz", "骨折"], near(2, of=3))

    assert same.scores.tolist()[0] == pytest.approx(1.0, abs=1e-6)
    assert 0.1 < longer.scores.tolist()[0] < 0.8
    assert other.scores.max() < 0.2 < longer.scores.max()


def test_no_more_are_told_of_than_the_nearest() -> None:
    labelled = Neighbours([f"肺炎{number}" for number in range(NEAREST + 5)])

    found, nothing = labelled.nearest(["肺炎", "胃炎"], near(NEAREST + 5))

    assert len(found.owners) == NEAREST
    assert len(nothing.owners) == 0
