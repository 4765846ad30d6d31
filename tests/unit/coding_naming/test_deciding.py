"""Expected codes are those of the masters' own rows, written by hand."""

import pytest

from services.coding.domain.naming.deciding import NameCoder, NameCoding, NameRefusal, NameRoute
from services.shared.kernel.months import Month
from tests.unit.coding_naming.builders import ACTS, APRIL, DRUGS, JUNE

DRUG_CODER = NameCoder(DRUGS)
ACT_CODER = NameCoder(ACTS)


def drug(text: str, month: Month = APRIL) -> NameCoding:
    return DRUG_CODER.code([text], month)[0]


def act(text: str, month: Month = JUNE) -> NameCoding:
    return ACT_CODER.code([text], month)[0]


def codes(coding: NameCoding) -> list[str]:
    return [candidate.row.code for candidate in coding.candidates]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("アムロジピンＯＤ錠１０ｍｇ「ＹＤ」", "622269701"),
        ("ﾛﾗﾀｼﾞﾝOD錠10㎎「NP」", "622124601"),
        ("カルタン錠500", "610432025"),
        ("カルタン錠500 500mg", "610432025"),
        ("シンバスタチン5mg錠", "622315400"),
    ],
)
def test_an_official_name_is_coded_without_a_person(text: str, code: str) -> None:
    coding = drug(text)

    assert coding.route is NameRoute.EXACT
    assert codes(coding)[0] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("シンバスタチン錠５ｍｇ", "622315400"),
        ("アムロジピン口腔内崩壊錠10mg「トーワ」", "622415901"),
        ("アムロジピン10mgOD錠 トーワ", "622415901"),
        ("ロラタジンOD「NP」", "622124601"),
        ("カルタン錠500mg", "610432025"),
        ("シンバスタチン5", "622315400"),
        ("シンバスタチン錠5mg 1錠 分1 夕食後 14日分", "622315400"),
        ("ロラタジンOD錠（10）「NP」", "622124601"),
        ("リンデロンVG軟膏", "662640418"),
    ],
)
def test_a_text_whose_parts_one_product_has_is_coded_without_a_person(text: str, code: str) -> None:
    coding = drug(text)

    assert coding.route in {NameRoute.PARTS, NameRoute.EXACT}
    assert codes(coding)[0] == code


def test_a_text_that_two_makers_products_answer_to_is_for_a_person() -> None:
    coding = drug("アムロジピンOD錠10mg")

    assert (coding.route, coding.refusal) == (NameRoute.REVIEW, NameRefusal.SEVERAL)
    assert set(codes(coding)[:2]) == {"622269701", "622415901"}


def test_a_name_that_two_strengths_share_is_for_a_person() -> None:
    coding = drug("プロカイン塩酸塩注射液")

    assert coding.refusal is NameRefusal.SEVERAL
    assert set(codes(coding)[:2]) == {"621233201", "641210032"}


def test_a_strength_tells_which_of_them_is_meant() -> None:
    assert codes(drug("プロカイン塩酸塩注射液1%10mL"))[0] == "641210032"


def test_a_substance_is_never_coded_to_a_product_without_a_person() -> None:
    coding = drug("【般】アムロジピン口腔内崩壊錠10mg")

    assert (coding.route, coding.refusal) == (NameRoute.REVIEW, NameRefusal.GENERIC)


def test_a_substance_that_one_maker_sells_by_this_name_is_for_a_person_without_the_maker() -> None:
    coding = drug("ロラタジンOD錠10mg")

    assert (coding.route, coding.refusal) == (NameRoute.REVIEW, NameRefusal.GENERIC)
    assert codes(coding)[0] == "622124601"


def test_another_strength_than_the_master_has_is_not_coded_to_the_one_it_has() -> None:
    coding = drug("ロラタジンOD錠5mg「NP」")

    assert (coding.route, coding.refusal) == (NameRoute.REVIEW, NameRefusal.UNSURE)


def test_a_name_whose_last_day_is_over_is_for_a_person() -> None:
    assert drug("トリアゾラム錠0.125mg「EMEC」", Month(2024, 9)).route is NameRoute.EXACT

    over = drug("トリアゾラム錠0.125mg「EMEC」", Month(2024, 10))

    assert (over.route, over.refusal) == (NameRoute.REVIEW, NameRefusal.NOT_LIVE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("小腸切除術（その他）", "150181210"),
        ("小腸切除術(その他のもの)", "150181210"),
        ("脳室穿刺（検査）", "160096010"),
        ("造影剤注入手技（気管内注入）", "170013450"),
    ],
)
def test_both_official_names_of_a_procedure_are_coded_without_a_person(text: str, code: str) -> None:
    coding = act(text)

    assert coding.route is NameRoute.EXACT
    assert codes(coding)[0] == code


def test_a_name_that_two_procedures_share_is_for_a_person() -> None:
    coding = act("脳室穿刺")

    assert coding.refusal is NameRefusal.SEVERAL
    assert set(codes(coding)[:2]) == {"140002610", "160096010"}


def test_a_former_name_finds_its_code_for_a_person() -> None:
    coding = act("医療情報取得加算２（初診）")

    assert (coding.route, coding.refusal) == (NameRoute.REVIEW, NameRefusal.FORMER)
    assert codes(coding)[0] == "111703270"


def test_a_text_like_no_name_has_no_code() -> None:
    coding = act("〆")

    assert coding == NameCoding(route=NameRoute.UNRESOLVED, spelling="〆")


def test_candidates_share_no_more_than_one_whole() -> None:
    for text in ("脳室穿刺", "肺拡散能検査", "小腸切除術（その他）"):
        assert sum(candidate.p for candidate in act(text).candidates) <= 1.0 + 1e-9


def test_an_answer_does_not_depend_on_what_it_is_asked_with() -> None:
    texts = ["シンバスタチン錠５ｍｇ", "カルタン錠", "ロラタジン錠"]

    assert DRUG_CODER.code(texts, APRIL) == [drug(text) for text in texts]
