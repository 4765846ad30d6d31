"""A fixed part of the evaluation: a change that loses quality fails here. `make eval` measures the whole."""

import random
from datetime import date

import pytest

from services.coding.adapters.master_files import load_masters_of
from services.coding.domain.ranking import Ranker
from services.coding.training.evaluation import answers
from services.coding.training.labelled import Labelled, read_labelled
from services.coding.training.learning import learn
from services.coding.training.metrics import Ranked, automatic, calibration_error
from services.coding.training.splits import SEED, Split, parted
from tests.support.official_data import official_data

LEARNED = 5_000
ASKED = 1_000
ON = date(2024, 6, 1)


@pytest.fixture(scope="module")
def answered() -> tuple[list[Ranked], list[Ranked]]:
    """Codable and uncodable mentions of the development part, by a model of a part of what may be learned."""
    master = load_masters_of(official_data("masters"))
    mentions = read_labelled(official_data("mentions", "manbyo_part_a.csv").read_bytes(), master)
    parts = parted(mentions, Split.RANDOM)
    ranker = Ranker(master, learn(master, drawn(parts.train, LEARNED)))
    asked = drawn(parts.development, ASKED)
    given = answers(ranker, asked, ON)
    return [each for each in given if each.gold_code], [each for each in given if not each.gold_code]


def drawn(mentions: tuple[Labelled, ...], count: int) -> list[Labelled]:
    return sorted(random.Random(SEED).sample(mentions, count), key=lambda each: each.text)


def share(given: list[bool]) -> float:
    return sum(given) / len(given)


def test_the_first_code_is_right_as_often_as_it_was(answered: tuple[list[Ranked], list[Ranked]]) -> None:
    coded, _ = answered

    assert share([each.has_icd10(1) for each in coded]) >= 0.77
    assert share([each.has_category() for each in coded]) >= 0.82
    assert share([each.has_code(1) for each in coded]) >= 0.73


def test_the_right_code_stands_among_the_first_as_often_as_it_did(answered: tuple[list[Ranked], list[Ranked]]) -> None:
    coded, _ = answered

    assert share([each.has_icd10(5) for each in coded]) >= 0.885
    assert share([each.has_code(5) for each in coded]) >= 0.875
    assert share([each.has_icd10(20) for each in coded]) >= 0.92


def test_what_is_told_to_be_probable_is_right_that_often(answered: tuple[list[Ranked], list[Ranked]]) -> None:
    coded, uncodable = answered

    assert calibration_error(coded, lambda each: each.p) <= 0.06
    assert calibration_error([*coded, *uncodable], lambda each: each.sure) <= 0.06


def test_sure_answers_are_many_and_strangers_are_not_among_them(answered: tuple[list[Ranked], list[Ranked]]) -> None:
    coded, uncodable = answered
    threshold, covered = automatic(coded)

    assert covered >= 0.45
    assert share([each.p >= threshold for each in uncodable]) <= 0.08
