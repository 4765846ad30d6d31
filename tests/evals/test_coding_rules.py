"""Floors for the coder's rules on mentions of real records (`tests.evals.coding_rules` prints the figures)."""

import pytest

from services.coding.domain.coding import Route
from tests.evals.coding_rules import Judged, judged, official_master


@pytest.fixture(scope="module")
def rows() -> list[Judged]:
    return judged(official_master())


def test_codes_that_are_used_without_a_person_are_right_in_ninety_five_of_a_hundred(rows: list[Judged]) -> None:
    used = [each for each in rows if each.coding.route is Route.DECOMPOSED]

    assert len(used) > 2_000
    assert sum(each.is_icd10_right for each in used) / len(used) >= 0.95


def test_mentions_that_cannot_be_coded_are_hardly_ever_coded_without_a_person(rows: list[Judged]) -> None:
    uncodable = [each for each in rows if each.gold is None]

    assert sum(each.coding.route in (Route.EXACT, Route.DECOMPOSED) for each in uncodable) / len(uncodable) <= 0.01
