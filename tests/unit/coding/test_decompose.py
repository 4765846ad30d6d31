from dataclasses import replace
from datetime import date

import pytest

from services.coding.domain.decompose import MOST_MODIFIERS, Decomposed, decompose
from services.coding.domain.master import DiseaseMaster, ModifierClass
from services.coding.domain.normalise import normalised
from services.shared.kernel.months import Month
from tests.unit.coding.builders import MASTER, MODIFIERS, ROWS, disease, modifier

OCTOBER = Month(2024, 10)


def read(text: str, master: DiseaseMaster = MASTER) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.base.code, each.modifier_codes) for each in decompose(normalised(text), OCTOBER, master)]


@pytest.mark.parametrize(
    ("text", "code", "modifiers"),
    [
        ("左白内障", "3669004", ("2049",)),
        ("両側白内障の疑い", "3669004", ("2058", "8002")),
        ("白内障疑い", "3669004", ("8002",)),
        ("白内障　疑", "3669004", ("8002",)),
        ("白内障（疑）", "3669004", ("8002",)),
        ("左大腿疼痛", "7245001", ("2049", "1076")),
        ("左・膝関節の疼痛", "7245001", ("2049", "1640")),
        ("白内障（左）", "3669004", ("2049",)),
        ("胃癌の再発の疑い", "1519003", ("8065", "8002")),
        ("胃癌の既往", "1519003", ("8142",)),
        ("胃がん疑い", "1519003", ("8002",)),
        ("白内障", "3669004", ()),
        ("左左白内障", "3669004", ("2049",)),
        ("左白内障の疑いの疑い", "3669004", ("2049", "8002")),
    ],
)
def test_a_text_is_one_disease_with_the_modifiers_around_it_as_written(
    text: str, code: str, modifiers: tuple[str, ...]
) -> None:
    assert read(text) == [(code, modifiers)]


def test_the_longest_disease_comes_before_a_modifier_and_a_shorter_one() -> None:
    assert read("急性胃炎") == [("5350004", ())]
    assert read("慢性胃炎") == [("5359011", ("4043",))]


def test_of_two_ways_to_say_a_suffix_the_one_that_is_written_is_taken() -> None:
    assert read("胃炎の急性増悪") == [("5359011", ("8061",))]
    assert read("胃炎急性増悪") == [("5359011", ("8007",))]


@pytest.mark.parametrize(
    "text", ["", "左", "の疑い", "謎の白内障", "白内障あり", "疑い白内障", "ハクナイショウ左", "白" * 65]
)
def test_a_text_of_which_a_part_stays_unsaid_is_not_read(text: str) -> None:
    assert read(text) == []


def test_a_name_of_two_codes_is_read_twice() -> None:
    twice = DiseaseMaster("test", (*ROWS, disease("9999999", "白内障")), MODIFIERS)

    assert read("左白内障", twice) == [("3669004", ("2049",)), ("9999999", ("2049",))]


def test_neither_a_disease_nor_a_modifier_outside_its_days_is_read() -> None:
    over = replace(ROWS[0], valid_to=date(2024, 9, 30))
    to_come = modifier("2049", "左", ModifierClass.POSITION, valid_from=date(2024, 11, 1))

    assert read("左白内障", DiseaseMaster("test", [over], MODIFIERS)) == []
    assert read("左白内障", DiseaseMaster("test", ROWS, [to_come])) == []


def test_more_than_twenty_modifiers_are_none() -> None:
    marks = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌"
    positions = [replace(MODIFIERS[0], code=f"{2_500 + place}", name=mark) for place, mark in enumerate(marks)]
    master = DiseaseMaster("test", ROWS, positions)

    assert len(read(f"{marks[1:]}白内障", master)[0][1]) == MOST_MODIFIERS
    assert read(f"{marks}白内障", master) == []
    with pytest.raises(ValueError, match="20"):
        Decomposed(base=ROWS[0], modifiers=MODIFIERS[:7] * 3)
