"""The labelled mentions that are most like a mention speak for the diseases that they name."""

import numpy as np
import pytest

from services.coding.domain.ranking_features import FEATURES, pairs_of
from services.coding.domain.ranking_votes import VOTES, votes
from services.coding.domain.retrieval import Hidden, SpellingIndex
from tests.unit.coding_training.test_ranking import DISEASES, MASTER, MONTH

STOMACH, HEART = DISEASES[7], DISEASES[30]
LEARNED = {"ストマックガン": STOMACH.code, "ストマック癌": STOMACH.code, "ストマックハート": HEART.code}


def voted(index: SpellingIndex, text: str, code: str, hidden: list[Hidden] | None = None) -> dict[str, float]:
    pairs = pairs_of([text], MONTH, index, hidden or [])
    place = pairs.owners.tolist().index(index.owner_of[code])
    return {name: float(pairs.figures[place, FEATURES.index(name)]) for name in VOTES}


def test_every_neighbour_speaks_for_its_disease_by_how_alike_it_is() -> None:
    index = SpellingIndex(MASTER, LEARNED)

    stomach, heart = (voted(index, "ストマックガンX", gold.code) for gold in (STOMACH, HEART))

    assert (stomach["neighbours of the ICD-10"], heart["neighbours of the ICD-10"]) == (2, 1)
    assert stomach["share of neighbours of the disease"] > 0.5
    shares = [each["share of neighbours of the ICD-10"] for each in (stomach, heart)]
    assert sum(shares) == pytest.approx(1.0)
    assert stomach["nearest neighbour of the disease"] > heart["nearest neighbour of the disease"] > 0


def test_a_mention_that_is_learned_from_does_not_vote_for_itself() -> None:
    index = SpellingIndex(MASTER, LEARNED)
    text = "ストマックガン"

    seen, unseen = (voted(index, text, STOMACH.code, hidden) for hidden in (None, [Hidden(text=text)]))

    assert (seen["neighbours of the ICD-10"], unseen["neighbours of the ICD-10"]) == (2, 1)


def test_nobody_votes_where_nothing_was_learned() -> None:
    index = SpellingIndex(MASTER, {})
    found = index.search(index.queries(["胃癌", "xyz"]))

    assert not votes(found, index).any()


def test_votes_of_a_batch_are_those_of_its_mentions_alone() -> None:
    index = SpellingIndex(MASTER, LEARNED)
    texts = ["ストマックガンX", "xyz", "ストマックハートノ癌", "胃癌"]

    together = votes(index.search(index.queries(texts)), index)
    alone = [votes(index.search(index.queries([text])), index) for text in texts if text != "xyz"]

    assert together.tolist() == np.concatenate(alone).tolist()
