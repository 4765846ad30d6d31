from datetime import date
from itertools import product

import numpy as np
import pytest
from lightgbm import Booster

from services.coding.adapters.model_files import BadModel, Origin, model_bytes, read_model
from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.ranking import (
    LIKELIEST,
    Ranker,
    RankingModel,
    likeliest,
    linear_scores,
    ordering,
    varied,
    with_differences,
)
from services.coding.domain.ranking_features import pairs_of
from services.coding.domain.ranking_judging import Curve
from services.coding.domain.retrieval import Hidden, SpellingIndex
from services.coding.training.evenness import even_curve
from services.coding.training.labelled import Labelled
from services.coding.training.learning import learn
from services.shared.kernel.months import Month

MONTH = Month(2024, 6)
SITES = ("肺", "胃", "肝臓", "腎臓", "食道", "大腸", "前立腺", "子宮", "卵巣", "甲状腺", "膵臓", "胆管")
KINDS = {"炎": "炎症", "癌": "悪性腫瘍", "潰瘍": "かいよう", "出血": "血腫", "結石": "石", "腫大": "腫脹"}


def disease(code: str, name: str, valid_to: date = date.max) -> Disease:
    icd10 = f"A{code[3:6]}"
    return Disease(
        code=code, name=name, abbreviation=name, kana="", icd10=icd10, valid_from=date(2002, 6, 1), valid_to=valid_to
    )


NAMES = [site + kind for site, kind in product(SITES, KINDS)]
DISEASES = [disease(f"{1_000_000 + 10 * number}", name) for number, name in enumerate(NAMES)]
MASTER = DiseaseMaster("test", DISEASES)


def lesson() -> list[Labelled]:
    """Every disease in eight spellings, and as many texts that tell of none."""
    coded = [
        Labelled(text=normalised(before + site + KINDS[kind] + behind), gold=gold)
        for (site, kind), gold in zip(product(SITES, KINDS), DISEASES, strict=True)
        for before, behind in product(("左", "急性", "軽度", "再発"), ("", "疑イ"))
    ]
    uncodable = [
        Labelled(text=f"{before}{site}{word}", gold=None)
        for before, site, word in product(("左", "急性", "軽度", "再発"), SITES, ("正常", "注意", "写真", "検査"))
    ]
    return sorted(coded + uncodable, key=lambda each: each.text)


@pytest.fixture(scope="module")
def model() -> RankingModel:
    return learn(MASTER, lesson())


def test_what_was_learned_ranks_a_mention_that_was_not(model: RankingModel) -> None:
    ranker = Ranker(MASTER, model)

    (listed,) = ranker.rank(["右胃悪性腫瘍"], MONTH)

    assert listed[0].disease.name == "胃癌"
    assert 0.0 < listed[0].p <= 1.0
    assert sum(candidate.p for candidate in listed) <= 1.001


def test_a_text_of_no_disease_is_less_probable_than_a_mention(model: RankingModel) -> None:
    mention, stranger = Ranker(MASTER, model).rank(["左胃悪性腫瘍", "左胃癌検査"], MONTH)

    assert stranger[0].p < mention[0].p


def test_a_batch_answers_as_its_mentions_do_alone(model: RankingModel) -> None:
    ranker = Ranker(MASTER, model)
    texts = ["右胃悪性腫瘍", "xyz", "肺の炎症", "腎臓石"]

    assert ranker.rank(texts, MONTH) == [ranker.rank([text], MONTH)[0] for text in texts]


def test_a_model_is_read_back_as_it_was_written(model: RankingModel) -> None:
    origin = Origin(seed=1, inputs={"b": "0" * 64})

    content = model_bytes(model, origin)
    read = read_model(content)

    assert read.origin == origin
    assert read.version.startswith("ranked-")
    asked = ["右胃悪性腫瘍", "肺の炎症"]
    assert Ranker(MASTER, read.model).rank(asked, MONTH)[0][0].disease.name == "胃癌"


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(BadModel):
        read_model(content)


def test_behind_the_head_of_a_list_each_icd10_comes_before_any_second_of_one() -> None:
    order, codes = np.array([6, 5, 4, 3, 2, 1, 0, 8, 7]), np.array([7, 8, 9, 7, 7, 7, 7, 7, 7])
    lists = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1])

    assert varied(order, lists, codes, 20).tolist() == [6, 5, 4, 2, 1, 3, 0, 8, 7]
    assert varied(order, lists, codes, 5).tolist() == [6, 5, 4, 2, 1, 8, 7]


def test_without_a_model_the_most_alike_name_stands_first_with_a_modest_probability() -> None:
    (listed,) = Ranker(MASTER, None).rank(["胃癌の一種"], MONTH)

    assert listed[0].disease.name == "胃癌"
    assert listed[0].found_by == normalised("胃癌")
    assert listed[0].p < 0.9


def test_a_text_that_shares_no_character_has_no_candidates(model: RankingModel) -> None:
    assert Ranker(MASTER, None).rank(["xyz", ""], MONTH) == [[], []]
    assert Ranker(MASTER, model).rank(["xyz", ""], MONTH) == [[], []]


def test_a_disease_that_may_not_be_used_in_the_month_is_no_candidate() -> None:
    ended = disease("2000010", "胃癌腫", valid_to=date(2020, 3, 31))
    master = DiseaseMaster("test", [*DISEASES, ended])

    (listed,) = Ranker(master, None).rank(["胃癌腫"], MONTH)

    assert listed[0].disease.name == "胃癌"


def test_a_mention_never_finds_itself_while_it_is_learned_from() -> None:
    index = SpellingIndex(MASTER, {"ストマックキャンサー": DISEASES[7].code, "ストマック癌": DISEASES[7].code})
    texts = ["ストマックキャンサー"]

    seen = index.search(index.queries(texts))
    unseen = index.search(index.queries(texts, hiding=True), [Hidden(text=texts[0])])
    alone = index.search(index.queries(texts, hiding=True), [Hidden(text=texts[0], owner=7)])

    assert seen.best[0] > unseen.best[0]
    assert index.texts[unseen.spellings[0]] == "ストマック癌"
    assert not len(alone.owners)


def test_even_curve_rise_and_never_say_never() -> None:
    scores = [number / 1000 for number in range(1000)]
    truths = [number % 10 < number / 100 for number in range(1000)]

    curve = even_curve(scores, truths)

    assert list(curve.values) == sorted(curve.values)
    assert 0.0 < curve.at(-5.0) < 0.2
    assert curve.at(0.55) == pytest.approx(0.55, abs=0.1)
    assert 0.8 < curve.at(9.0) < 1.0


def test_a_curve_is_straight_between_its_knots_and_level_outside() -> None:
    curve = Curve(scores=(0.0, 1.0), values=(0.2, 0.6))

    assert [curve.at(score) for score in (-1.0, 0.0, 1.0, 2.0)] == [0.2, 0.2, 0.6, 0.6]
    assert curve.at(0.25) == pytest.approx(0.3)


def test_a_curve_without_a_knot_or_that_falls_cannot_be_built() -> None:
    with pytest.raises(ValueError):
        Curve(scores=(), values=())
    with pytest.raises(ValueError):
        Curve(scores=(0.5, 0.5), values=(0.1, 0.2))
    with pytest.raises(ValueError):
        Curve(scores=(0.1, 0.5), values=(0.2, 0.1))


@pytest.mark.parametrize("values", [(0.2, 1.1), (-0.1, 0.5), (0.2, float("nan"))])
def test_a_curve_of_what_is_no_probability_cannot_be_built(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError):
        Curve(scores=(0.1, 0.5), values=values)


def test_the_forest_orders_the_likeliest_of_each_list_by_what_speaks_without_it() -> None:
    linear = np.arange(2 * LIKELIEST + 3, dtype=np.float64)
    sizes = np.array([LIKELIEST + 2, 0, LIKELIEST + 1], dtype=np.int32)

    likely = likeliest(linear, sizes)

    assert np.flatnonzero(~likely).tolist() == [0, 1, LIKELIEST + 2]


def test_what_the_forest_does_not_see_stands_behind_what_it_orders(model: RankingModel) -> None:
    pairs = pairs_of(["右胃悪性腫瘍癌炎潰瘍", "肺ノ炎症癌出血"], MONTH, SpellingIndex(MASTER, model.synonyms))
    figures = with_differences(pairs, model.differences)

    scores = ordering(Booster(model_str=model.order), figures, pairs.sizes)

    likely = likeliest(linear_scores(figures), pairs.sizes)
    assert not likely.all()
    for begin, size in zip(pairs.starts.tolist(), pairs.sizes.tolist(), strict=True):
        of_list = slice(begin, begin + size)
        assert scores[of_list][likely[of_list]].min() >= scores[of_list][~likely[of_list]].max()
