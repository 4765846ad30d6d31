"""How a decision compares with what the coder would have taken."""

import pytest

from services.coding.adapters.review_measures import agreement_of
from services.coding.domain.rulings import Ruling, RulingOutcome


@pytest.mark.parametrize(
    ("code", "place", "first", "agreement"),
    [
        ("3669004", 1, "3669004", "first"),
        ("3669004", 2, "3669004", "first"),
        ("5350004", 2, "3669004", "other"),
        ("5350004", 1, "3669004", "other"),
        ("5350004", 0, "3669004", "none"),
        ("", 0, "3669004", "none"),
        ("", 0, "", "none"),
    ],
)
def test_agreement_is_with_the_coders_first_code_wherever_it_was_shown(
    code: str, place: int, first: str, agreement: str
) -> None:
    outcome = RulingOutcome.CODED if code else RulingOutcome.NOT_CODABLE
    ruling = Ruling(outcome=outcome, disease_code=code, modifier_codes=(), candidate=place, why="x")

    assert agreement_of(ruling, first) == agreement
