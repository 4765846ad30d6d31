from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.ranking_likeness import (
    DIFFERENCES,
    LIKENESS,
    NO_NAME_INSIDE,
    common_ends,
    common_subsequence,
    differences,
    likeness,
    written,
)

WORDS = st.text(alphabet="右左肺癌炎性", min_size=1, max_size=9)
MODIFIERS = frozenset({"右", "急性", "の疑い"})


def slow_subsequence(one: str, other: str) -> int:
    """By the textbook's table."""
    row = [0] * (len(other) + 1)
    for character in one:
        above = row[:]
        for place, met in enumerate(other, 1):
            row[place] = above[place - 1] + 1 if met == character else max(above[place], row[place - 1])
    return row[-1]


@given(WORDS, WORDS)
def test_the_fast_subsequence_is_the_textbooks(one: str, other: str) -> None:
    assert common_subsequence(written(one), other) == slow_subsequence(one, other)


@given(WORDS, WORDS)
def test_common_ends_never_overlap(one: str, other: str) -> None:
    before, after = common_ends(one, other)

    assert before + after <= min(len(one), len(other))
    assert one[:before] == other[:before]
    assert after == 0 or one[-after:] == other[-after:]


@given(WORDS, WORDS)
def test_every_pair_has_every_figure_and_numbered_differences(one: str, other: str) -> None:
    assert len(likeness(written(one), other, MODIFIERS)) == len(LIKENESS)
    assert all(0 <= number < DIFFERENCES for number in differences(one, other))


def rest(text: str, name: str) -> float:
    return likeness(written(text), name, MODIFIERS)[LIKENESS.index("rest is modifiers")]


def test_what_stands_around_a_name_is_asked_for_modifiers() -> None:
    assert rest("急性右肺炎の疑い", "肺炎") == 1.0
    assert rest("肺炎", "肺炎") == 1.0
    assert rest("大右肺炎", "肺炎") == 0.5
    assert rest("右肺癌", "肺炎") == NO_NAME_INSIDE


def test_a_replaced_ending_is_the_same_difference_in_two_words() -> None:
    shared = set(differences("肺門部腫脹", "肺門部腫大")) & set(differences("足部腫脹", "足部腫大"))

    assert len(shared) >= 4


def test_equal_words_differ_in_nothing_but_having_no_middle() -> None:
    assert differences("肺炎", "肺炎") == differences("癌", "癌")
