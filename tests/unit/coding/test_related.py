import pytest

from services.coding.domain.related import related
from services.coding.domain.words import Words

WORDS = Words(kin={"症": "病", "腫脹": "腫大", "感染": "感染症"}, left_out=frozenset({"軽度", "部", "再発"}))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("軽度肝炎", "肝炎"),
        ("肝腫脹", "肝腫大"),
        ("心臓症", "心臓病"),
        ("肛門部潰瘍", "肛門潰瘍"),
        ("紅斑", "紅斑症"),
        ("肝腫脹ノ疑イ", "肝腫大"),
        ("肝腫脹再発", "肝腫大"),
    ],
)
def test_a_change_or_two_lead_to_a_name(text: str, name: str) -> None:
    assert list(related(text, WORDS, {name})) == [name]


def test_words_before_the_name_are_kept() -> None:
    assert list(related("左肛門部潰瘍", WORDS, {"肛門潰瘍"})) == ["左肛門潰瘍"]


def test_a_name_that_does_not_hold_the_change_counts_for_nothing() -> None:
    assert list(related("軽度左肝炎", WORDS, {"肝炎"})) == []


def test_one_change_comes_before_two_and_none_is_told_twice() -> None:
    assert list(related("軽度肝炎部再発", WORDS, {"肝炎再発", "肝炎部"})) == [
        "軽度肝炎再発",
        "軽度肝炎部",
        "肝炎再発",
        "肝炎部",
    ]


def test_where_the_text_ends_in_a_name_only_longer_ones_are_told() -> None:
    assert list(related("肝腫脹", WORDS, {"腫脹", "腫大"})) == []
    assert list(related("肝腫脹", WORDS, {"腫脹", "肝腫大"})) == ["肝腫大"]
    assert list(related("肝腫脹", WORDS, {"肝腫脹", "肝腫大"})) == []


def test_an_ending_is_told_apart_at_the_end_alone_and_nothing_is_said_twice() -> None:
    assert list(related("症例", WORDS, {"病例"})) == []
    assert list(related("感染症", WORDS, {"感染症症"})) == []


def test_without_names_nothing_is_told() -> None:
    assert list(related("軽度肝腫脹", WORDS, frozenset())) == []
