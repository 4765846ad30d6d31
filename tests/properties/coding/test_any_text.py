"""Whatever text anybody sends is coded: no text ends the batch that it came in."""

from collections.abc import Sequence
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from services.coding.adapters.master_files import load_master
from services.coding.adapters.ranking import load_ranking
from services.coding.domain.candidates import Candidate
from services.coding.domain.coding import Coding
from services.coding.domain.decompose import MOST_MODIFIERS
from services.coding.domain.normalise import normalised
from services.coding.domain.ranked import Asked, Ranking, code_many
from services.shared.kernel.months import Month

MOST_CHARACTERS = 200
MONTH = Month(2026, 10)
MASTER = load_master(None)
PIECES = sorted(
    {row.name for row in MASTER.rows}
    | {modifier.name for modifier in MASTER.modifiers}
    | set("0123456789LTC左右両急の疑いあり?()（）・、-+/,ー\t\u3000ｶﾞ゛㎎½ß🙂𠮷")
)
"""What texts of claims are made of, and what no claim has."""


class Surest:
    """A ranking that takes the most alike name for certain, so that every modifier of the text is read."""

    version = "surest"
    threshold = 0.0

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        return likeness().rank(mentions, month)


@cache
def likeness() -> Ranking:
    return load_ranking(MASTER, None)


def coded(text: str) -> Coding:
    [coding] = code_many([Asked(text=text, month=MONTH)], MASTER, Surest())
    return coding


@given(st.text(max_size=MOST_CHARACTERS))
def test_any_characters_are_coded(text: str) -> None:
    coding = coded(text)

    assert coding.normalised_text == normalised(text)
    assert len(coding.modifier_codes) <= MOST_MODIFIERS


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.integers(min_value=1, max_value=60))
@example(["左", "右", "両側"], 60)
@example(["1"], 60)
def test_any_words_of_the_masters_are_coded_in_any_order_and_however_often(words: list[str], times: int) -> None:
    text = ("".join(words) * times)[:MOST_CHARACTERS]
    coding = coded(text)

    assert coding.normalised_text == normalised(text)
    assert len(set(coding.modifier_codes)) == len(coding.modifier_codes) <= MOST_MODIFIERS
