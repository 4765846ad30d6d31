"""What a decision says, it can say in Japanese."""

import pytest

from services.claims.domain.outcome import ReasonCode
from services.claims.domain.outputs.wording import REASONS, in_japanese
from services.claims.domain.outputs.writing import wide


@pytest.mark.parametrize("code", list(ReasonCode), ids=lambda code: code.name)
def test_every_reason_has_its_words(code: ReasonCode) -> None:
    assert in_japanese(code.name)


def test_a_reason_without_words_yet_says_nothing() -> None:
    assert in_japanese("NO_SUCH_REASON") == ""


@pytest.mark.parametrize("text", list(REASONS.values()))
def test_the_words_can_stand_in_an_official_file(text: str) -> None:
    assert wide(text) == text
