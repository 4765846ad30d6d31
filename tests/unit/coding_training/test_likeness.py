import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.letters import MOST_COMPARED, Common, Places, common_of, letters_of, marked, subsequence_of
from services.coding.domain.ranking_likeness import (
    DIFFERENCES,
    LIKENESS,
    NAME_LIKENESS,
    NO_NAME_INSIDE,
    differences,
    likeness,
    name_likeness,
)

WORDS = st.text(alphabet="右左肺癌炎性𠮷", min_size=1, max_size=9)
PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6)
MODIFIERS = frozenset({"右", "急性", "の疑い"})


def common(*pairs: tuple[str, str]) -> Common:
    """The pairs compared in one batch."""
    rows = np.arange(len(pairs))
    return common_of(marked([one for one, _ in pairs]), rows, letters_of([other for _, other in pairs]), rows)


def figures(*pairs: tuple[str, str]) -> list[dict[str, float]]:
    ones, others, compared = [one for one, _ in pairs], [other for _, other in pairs], common(*pairs)
    rows = np.column_stack([likeness(compared, ones, others), name_likeness(compared, ones, MODIFIERS)])
    return [dict(zip((*LIKENESS, *NAME_LIKENESS), row, strict=True)) for row in rows.tolist()]


def numbers(one: str, other: str) -> set[int]:
    return set(differences(common((one, other))).indices.tolist())


def slow_subsequence(one: str, other: str) -> int:
    """By the textbook's table."""
    row = [0] * (len(other) + 1)
    for character in one:
        above = row[:]
        for place, met in enumerate(other, 1):
            row[place] = above[place - 1] + 1 if met == character else max(above[place], row[place - 1])
    return row[-1]


@given(PAIRS)
def test_the_fast_subsequence_is_the_textbooks(pairs: list[tuple[str, str]]) -> None:
    rows = np.arange(len(pairs))
    alone = subsequence_of(marked([one for one, _ in pairs]), rows, letters_of([other for _, other in pairs]), rows)

    assert common(*pairs).subsequence.tolist() == [slow_subsequence(one, other) for one, other in pairs]
    assert alone.tolist() == common(*pairs).subsequence.tolist()


@given(PAIRS)
def test_common_ends_are_the_longest_and_never_overlap(pairs: list[tuple[str, str]]) -> None:
    found = common(*pairs)

    for (one, other), before, after in zip(pairs, found.before.tolist(), found.after.tolist(), strict=True):
        shorter = min(len(one), len(other))
        assert before + after <= shorter
        assert one[:before] == other[:before]
        assert before == shorter or one[before] != other[before]
        assert after == 0 or one[-after:] == other[-after:]
        assert before + after == shorter or one[-after - 1] != other[-after - 1]


@given(PAIRS)
def test_a_name_is_found_where_it_first_stands(pairs: list[tuple[str, str]]) -> None:
    assert common(*pairs).inside.tolist() == [one.find(other) for one, other in pairs]


@given(PAIRS)
def test_what_only_one_side_has_is_what_the_other_lacks(pairs: list[tuple[str, str]]) -> None:
    found = common(*pairs)

    for row, (one, other) in enumerate(pairs):
        assert of_row(found.only_mention, row) == [i for i, c in enumerate(one) if c not in other]
        assert of_row(found.only_name, row) == [i for i, c in enumerate(other) if c not in one]
        assert of_row(found.twos_only_mention, row) == neighbours_missing(one, other)
        assert of_row(found.twos_only_name, row) == neighbours_missing(other, one)


def of_row(found: Places, row: int) -> list[int]:
    return [place for theirs, place in zip(found.rows.tolist(), found.places.tolist(), strict=True) if theirs == row]


def neighbours_missing(one: str, other: str) -> list[int]:
    return [place for place in range(len(one) - 1) if one[place : place + 2] not in other]


@given(PAIRS)
def test_a_pair_compares_in_a_batch_as_it_does_alone(pairs: list[tuple[str, str]]) -> None:
    assert figures(*pairs) == [figures(pair)[0] for pair in pairs]
    together = differences(common(*pairs))
    assert [set(row.indices.tolist()) for row in together] == [numbers(*pair) for pair in pairs]


def test_texts_longer_than_any_name_are_compared_by_their_beginning() -> None:
    (long,) = figures(("肺" * 100, "肺"))

    assert long["subsequence of mention"] == 1 / MOST_COMPARED


def rest(text: str, name: str) -> float:
    return figures((text, name))[0]["rest is modifiers"]


def test_what_stands_around_a_name_is_asked_for_modifiers() -> None:
    assert rest("急性右肺炎の疑い", "肺炎") == 1.0
    assert rest("肺炎", "肺炎") == 1.0
    assert rest("大右肺炎", "肺炎") == 0.5
    assert rest("右肺癌", "肺炎") == NO_NAME_INSIDE


def test_a_replaced_ending_is_the_same_difference_in_two_words() -> None:
    shared = numbers("肺門部腫脹", "肺門部腫大") & numbers("足部腫脹", "足部腫大")

    assert len(shared) >= 4
    assert all(0 <= number < DIFFERENCES for number in shared)


def test_equal_words_differ_in_nothing_but_having_no_middle() -> None:
    assert numbers("肺炎", "肺炎") == numbers("癌", "癌")
