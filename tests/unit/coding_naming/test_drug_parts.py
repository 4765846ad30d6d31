from decimal import Decimal

import pytest

from services.coding.adapters.name_master_files import load_name_master
from services.coding.domain.naming.drug_parts import DrugParts, parts_of, without_usage
from services.coding.domain.naming.listed import NameKind
from services.coding.domain.naming.spelling import spelled
from tests.support.official_data import official_data


def parts(name: str, *makers: str) -> DrugParts:
    return parts_of(spelled(name), makers)


MILLIGRAMS_10 = frozenset({("G", Decimal("0.01"))})


def test_a_generics_name_has_stem_form_amount_and_maker() -> None:
    found = parts("アムロジピンＯＤ錠１０ｍｇ「ＹＤ」")

    assert found == DrugParts(stem="アムロジピン", form="口腔内崩壊錠", amounts=MILLIGRAMS_10, maker="YD")


@pytest.mark.parametrize(
    "written",
    [
        "アムロジピン口腔内崩壊錠10mg「YD」",
        "アムロジピン10mgOD錠「ＹＤ」",
        "アムロジピンＯＤ１０ｍｇ「ＹＤ」",
        "「ＹＤ」アムロジピンＯＤ錠０．０１ｇ",
    ],
)
def test_order_and_writing_of_the_parts_do_not_matter(written: str) -> None:
    assert parts(written) == parts("アムロジピンＯＤ錠１０ｍｇ「ＹＤ」")


def test_a_maker_without_brackets_is_known_from_the_master_alone() -> None:
    assert parts("アムロジピンOD錠10mg YD", "YD").maker == "YD"
    assert parts("アムロジピンOD錠10mg YD").maker == ""


def test_a_company_in_brackets_is_a_maker_and_other_brackets_are_not() -> None:
    assert parts("白色ワセリン（日興製薬）").maker == "日興製薬"
    assert parts("ラシックス錠２０ｍｇ（選）").maker == ""


def test_every_amount_of_an_injection_counts() -> None:
    found = parts("プロカイン塩酸塩注射液　１％１０ｍＬ")

    assert found.amounts == {("%", Decimal(1)), ("L", Decimal("0.01"))}
    assert found.form == "注"


def test_a_substance_is_marked() -> None:
    assert parts("【般】シンバスタチン錠５ｍｇ").is_generic
    assert parts("【般】シンバスタチン錠５ｍｇ").stem == "シンバスタチン"


def test_a_form_alone_is_a_name_and_no_form() -> None:
    assert parts("散") == DrugParts(stem="散")


def test_a_text_agrees_with_a_product_that_has_all_it_says() -> None:
    product = parts("アムロジピンＯＤ錠１０ｍｇ「ＹＤ」")

    assert parts("アムロジピン10mg").agrees_with(product)
    assert not parts("アムロジピン5mg").agrees_with(product)
    assert not parts("アムロジピン錠10mg").agrees_with(product)
    assert not parts("アムロジピンOD錠10mg「トーワ」").agrees_with(product)
    assert not parts("ノルバスクOD錠10mg").agrees_with(product)


def test_a_wider_word_for_a_form_may_mean_a_narrower_one_and_never_another() -> None:
    into_a_vein, into_a_muscle = parts("ベストコール静注用０．５ｇ"), parts("ベストコール筋注用０．５ｇ")

    assert parts("ベストコール注射用0.5g").agrees_with(into_a_vein)
    assert not parts("ベストコール静注用0.5g").agrees_with(into_a_muscle)
    assert not into_a_vein.agrees_with(parts("ベストコール注射用0.5g"))


def test_what_is_stated_differently_speaks_against() -> None:
    product = parts("アムロジピンＯＤ錠１０ｍｇ「ＹＤ」")

    assert parts("アムロジピンOD錠10mg").against(product) == 0
    assert parts("アムロジピンOD錠5mg").against(product) == 1
    assert parts("アムロジピン錠5mg「トーワ」").against(product) == 3
    assert parts("アムロジピン10mL").against(product) == 0


@pytest.mark.parametrize(
    "written",
    [
        "ロキソニン錠60mg 3錠 分3 毎食後 7日分",
        "ロキソニン錠60mg3T分3",
        "ロキソニン錠60mg 頓服",
        "ロキソニン錠６０ｍｇ　１日３回",
    ],
)
def test_how_much_and_when_to_take_it_is_no_part_of_a_name(written: str) -> None:
    assert without_usage(spelled(written)) == spelled("ロキソニン錠60mg")


def test_no_official_name_of_a_drug_tells_how_to_take_it() -> None:
    rows = load_name_master(NameKind.DRUG, official_data("masters")).rows
    names = {spelled(name) for row in rows for name in (*row.names, row.generic_name)}

    assert {name for name in names if without_usage(name) != name} == set()
