import pytest

from services.coding.domain.asides import without_asides
from services.coding.domain.normalise import normalised


@pytest.mark.parametrize(
    "text",
    [
        "頭痛あり",
        "時々頭痛",
        "頭痛の訴えあり",
        "昨日から頭痛",
        "頭痛(+)",
        "最近やや頭痛増強",
        "頭痛が持続",
        "強い頭痛を認める",
    ],
)
def test_words_that_tell_when_how_much_or_that_it_is_there_are_left_out(text: str) -> None:
    assert without_asides(normalised(text)) == "頭痛"


@pytest.mark.parametrize(
    "text", ["頭痛なし", "頭痛様症状", "頭痛消失", "以前頭痛", "持続頭痛", "労作時頭痛", "頭痛の疑い"]
)
def test_what_makes_a_diagnosis_doubtful_past_gone_or_another_is_kept(text: str) -> None:
    assert without_asides(normalised(text)) == normalised(text)


def test_a_text_of_asides_alone_becomes_empty() -> None:
    assert without_asides(normalised("時々あり")) == ""
