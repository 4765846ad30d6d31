"""Rows as text, and what differs between two days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.claims.domain.masters.comments import CommentPattern, Insertion
from services.claims.domain.masters.differences import (
    FieldChange,
    differences,
    kind_of_code,
    name_of,
    row_texts,
    text_of,
)
from services.claims.domain.masters.kinds import MasterKind
from tests.support.published_masters import KIND, NEVER, changes, day, full, told, typed

BASE = full("2020-03-20", ("0", "A", "20200401", NEVER, "one"), ("0", "B", "20200401", NEVER, "b"))
MORE = changes("2020-09-01", ("5", "A", "20201001", "", "two"), ("3", "N", "20201001", NEVER, "n"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("111000110", MasterKind.ACT),
        ("620000001", MasterKind.DRUG),
        ("710010172", MasterKind.MATERIAL),
        ("820100001", MasterKind.COMMENT),
        ("8848176", MasterKind.DISEASE),
        ("2056", MasterKind.MODIFIER),
        ("310000110", None),
    ],
)
def test_a_code_tells_its_master(code: str, kind: MasterKind | None) -> None:
    assert kind_of_code(code) is kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ((), ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (Decimal("291.00"), "291.00"),
        (date(2024, 6, 1), "2024-06-01"),
        (CommentPattern.FIXED_TEXT, "fixed text (20)"),
        ((Insertion(1, 2), Insertion(3, 4)), "column 1, digits 2; column 3, digits 4"),
    ],
)
def test_a_value_is_told_in_words(value: object, text: str) -> None:
    assert text_of(value) == text


def test_a_row_is_told_field_by_field_with_the_items_japanese_names() -> None:
    row = typed(("0", "A", "20200401", NEVER, "one"))
    assert row is not None
    texts = {each.name: each for each in row_texts(KIND, row)}

    assert (texts["change"].japanese, texts["change"].value) == ("変更区分", "unchanged (0)")
    assert name_of(row) == "one"


def test_a_column_behind_the_specifications_is_told_by_its_number() -> None:
    row = typed(("0", "A", "20200401", NEVER, "one"))
    assert row is not None
    later = row_texts(KIND, replace(row, extra=("", "x")))[-1]

    assert (later.name, later.value) == ("column 26", "x")


def test_codes_that_came_went_or_say_something_else_differ_between_two_days() -> None:
    history = told(BASE, MORE, changes("2020-09-10", ("9", "B", "", "20200930", "")))
    found = differences(history, day("2020-09-30"), history, day("2020-10-01"))

    assert found is not None
    assert [(each.code, each.before, each.after, each.changes) for each in found] == [
        ("A", True, True, (FieldChange("text", "one", "two"),)),
        ("B", True, False, ()),
        ("N", False, True, ()),
    ]


def test_one_day_may_differ_by_what_was_known() -> None:
    found = differences(told(BASE), day("2020-10-01"), told(BASE, MORE), day("2020-10-01"))

    assert found is not None
    assert [each.code for each in found] == ["A", "N"]


def test_a_row_that_was_only_published_again_says_the_same() -> None:
    again = full("2022-03-20", *(("3", code, "20220401", NEVER, text) for code, text in (("A", "one"), ("B", "b"))))
    history = told(BASE, again)
    found = differences(history, day("2022-03-31"), history, day("2022-04-01"))

    assert found is not None
    assert list(found) == []


def test_a_kind_that_is_loaded_on_one_day_only_is_not_compared() -> None:
    history = told(BASE)

    assert differences(history, day("2022-03-31"), history, day("2022-04-01")) is None
