"""A fixed part of the evaluation: a change that loses quality fails here. `make eval` measures the whole."""

import random
from dataclasses import dataclass
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

LEARNED = 3_000
ASKED = 1_000
ON = date(2024, 6, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered, and the threshold that the model carries."""

    coded: list[Ranked]
    uncodable: list[Ranked]
    threshold: float


@pytest.fixture(scope="module")
def answered() -> Answered:
    """Codable and uncodable mentions of the development part, by a model of a part of what may be learned."""
    master = load_masters_of(official_data("masters"))
    mentions = read_labelled(official_data("mentions", "manbyo_part_a.csv").read_bytes(), master)
    parts = parted(mentions, Split.RANDOM)
    model = learn(master, drawn(parts.train, LEARNED))
    given = answers(Ranker(master, model), drawn(parts.development, ASKED), ON)
    return Answered(
        coded=[each for each in given if each.gold_code],
        uncodable=[each for each in given if not each.gold_code],
        threshold=model.threshold,
    )


def drawn(mentions: tuple[Labelled, ...], count: int) -> list[Labelled]:
    return sorted(random.Random(SEED).sample(mentions, count), key=lambda each: each.text)


def share(given: list[bool]) -> float:
    return sum(given) / len(given)


def test_the_first_code_is_right_as_often_as_it_was(answered: Answered) -> None:
    coded = answered.coded

    assert share([each.has_icd10(1) for each in coded]) >= 0.79
    assert share([each.has_category() for each in coded]) >= 0.825
    assert share([each.has_code(1) for each in coded]) >= 0.72


def test_the_right_code_stands_among_the_first_as_often_as_it_did(answered: Answered) -> None:
    coded = answered.coded

    assert share([each.has_icd10(5) for each in coded]) >= 0.91
    assert share([each.has_code(5) for each in coded]) >= 0.88
    assert share([each.has_icd10(20) for each in coded]) >= 0.95


def test_what_is_told_to_be_probable_is_right_that_often(answered: Answered) -> None:
    coded, uncodable = answered.coded, answered.uncodable

    assert calibration_error(coded, lambda each: each.p) <= 0.065
    assert calibration_error([*coded, *uncodable], lambda each: each.sure) <= 0.06


def test_sure_answers_are_many_and_strangers_are_not_among_them(answered: Answered) -> None:
    coded, uncodable = answered.coded, answered.uncodable
    threshold, covered = automatic(coded)

    assert covered >= 0.47
    assert share([each.p >= threshold for each in uncodable]) <= 0.07


def test_the_threshold_in_the_model_keeps_what_it_was_chosen_for(answered: Answered) -> None:
    taken = [each for each in answered.coded if each.p >= answered.threshold]

    assert len(taken) >= 0.33 * len(answered.coded)
    assert share([each.has_icd10(1) for each in taken]) >= 0.93
    assert share([each.p >= answered.threshold for each in answered.uncodable]) <= 0.04
