"""What is asked of a list of candidates, and what a model holds automatic."""

import numpy as np
import pytest

from services.coding.domain.ranking import RankingModel
from services.coding.domain.ranking_features import FEATURES, pairs_of
from services.coding.domain.ranking_judging import firsts, gram_sums, joined, list_figures, text_figures
from services.coding.domain.retrieval import SpellingIndex
from services.coding.training.judging import least_automatic
from services.coding.training.labelled import Labelled
from services.coding.training.learning import learn
from services.coding.training.lessons import Teaching, blinded, lesson_of
from tests.unit.coding_training.test_ranking import DISEASES, MASTER, MONTH, lesson


@pytest.fixture(scope="module")
def model() -> RankingModel:
    return learn(MASTER, lesson())


def test_the_first_of_each_list_is_its_best_and_of_equal_ones_the_earlier() -> None:
    pairs = pairs_of(["胃癌", "xyz", "肺炎"], MONTH, SpellingIndex(MASTER, {}))
    scores = np.zeros(len(pairs.figures))
    scores[2] = 1.0

    assert firsts(scores, pairs).tolist() == [2, int(pairs.sizes[0])]


def test_a_list_of_one_is_far_above_its_next() -> None:
    index = SpellingIndex(MASTER, {"ストマック": DISEASES[7].code})
    pairs = pairs_of(["ストマック"], MONTH, index)

    (figures,) = list_figures(np.array([0.5]), pairs, index)

    assert figures.tolist() == pytest.approx([0.5, 10.0, 10.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0], abs=1e-6)


def test_a_text_is_known_by_its_length_gate_and_letters() -> None:
    assert text_figures("CT1ガン") == pytest.approx((5, 0, 0.2, 0.4, 0.4, 2.0))
    assert text_figures("肺炎ナシ")[1] == 1.0


def test_each_known_gram_of_a_text_weighs_once() -> None:
    weights = np.array([[0.5, 1.0], [-1.0, 0.25]], dtype=np.float32)

    sums = gram_sums(["CT1ガンガン", "xyz", "CT"], {"ガン": 0, "CT": 1}, weights)

    assert sums.tolist() == [[-0.5, 1.25], [0.0, 0.0], [-1.0, 0.25]]


def test_a_doubt_of_there_being_a_disease_weighs_more_than_one_which_it_is() -> None:
    assert joined(np.array([0.8]), np.array([0.25])).tolist() == pytest.approx([0.8 / 32])


def test_mentions_of_a_hidden_disease_are_kept_in_one_part() -> None:
    hiding = Teaching(seed=1, hidden_share=1.0, parts=4)
    mentions = [Labelled(text=text, gold=DISEASES[0]) for text in "abcdefghijklmnop"]

    assert len({hiding.part_of(mention) for mention in mentions}) == 1
    showing = Teaching(seed=1, hidden_share=0.0, parts=4)
    assert len({showing.part_of(mention) for mention in mentions}) > 1


def test_a_mention_of_a_hidden_disease_is_searched_for_without_what_its_disease_learned() -> None:
    stomach, heart = DISEASES[7], DISEASES[30]
    index = SpellingIndex(MASTER, {"ストマックガン": stomach.code, "ストマック癌": stomach.code, "ハート": heart.code})
    mentions = [Labelled(text="ストマックガン", gold=stomach), Labelled(text="肺ノ写真", gold=None)]

    showing, hiding = (Teaching(seed=1, hidden_share=share, parts=1) for share in (0.0, 1.0))

    seen = lesson_of(mentions, index, showing, blinded(mentions, index, showing))
    unseen = lesson_of(mentions, index, hiding, blinded(mentions, index, hiding))

    assert [m.text for m in unseen.mentions] == ["ストマックガン", "肺ノ写真"]
    assert index.owner_of[stomach.code] in seen.pairs.owners[: seen.pairs.sizes[0]]
    assert unseen.pairs.owners[: unseen.pairs.sizes[0]].tolist() == [index.owner_of[heart.code]]
    assert unseen.pairs.figures[0, FEATURES.index("known share")] < 0.3


def test_grades_tell_gold_code_icd10_and_category_apart() -> None:
    index = SpellingIndex(MASTER, {})
    mention = Labelled(text="肺ノ炎症", gold=DISEASES[0])
    taught = lesson_of([mention], index, Teaching(seed=1, hidden_share=0.0, parts=2), {})

    by_name = dict(zip([index.diseases[owner].name for owner in taught.pairs.owners], taught.grades, strict=True))

    assert by_name["肺炎"] == 3
    assert set(by_name.values()) <= {0, 1, 3}
    assert taught.are_right(taught.grades.astype(np.float64)).tolist() == [True]


def test_automatic_is_what_is_precise_enough_and_takes_few_strangers() -> None:
    scores = np.linspace(1.0, 0.01, 100)
    is_right = np.arange(100) < 57

    assert least_automatic(scores, is_right, np.zeros(40)) == pytest.approx(scores[59])
    assert least_automatic(scores, is_right, np.array([0.9] * 2 + [0.0] * 38)) == pytest.approx(0.9)
    assert least_automatic(scores, is_right, np.array([0.9] + [0.0] * 39)) == pytest.approx(scores[59])


def test_where_no_answer_is_right_often_enough_nothing_is_automatic() -> None:
    assert least_automatic(np.linspace(1.0, 0.0, 50), np.zeros(50, dtype=bool), np.zeros(5)) is None


def test_the_threshold_is_a_probability_that_the_model_carries(model: RankingModel) -> None:
    assert 0.0 < model.threshold <= 1.0
