from datetime import date

import pytest

from services.coding.domain.coding import Coding, Route, code_of, coder_version
from services.coding.domain.master import Disease, DiseaseMaster
from services.shared.kernel.months import Month

OCTOBER = Month(2024, 10)


def disease(
    code: str,
    name: str,
    kana: str = "",
    abbreviation: str = "",
    *,
    valid_from: date = date.min,
    valid_to: date = date.max,
) -> Disease:
    return Disease(
        code=code,
        name=name,
        abbreviation=abbreviation,
        kana=kana,
        icd10="X000",
        valid_from=valid_from,
        valid_to=valid_to,
    )


def coded(text: str, *rows: Disease, month: Month = OCTOBER) -> str:
    coding = code_of(text, month, DiseaseMaster("test", rows))
    return coding.disease.code if coding.disease is not None else ""


def test_a_name_an_abbreviation_or_kana_of_one_code_is_that_code() -> None:
    row = disease("8833421", "高血圧症", "コウケツアツショウ", "高血圧")

    assert [coded(text, row) for text in ("高血圧症", "高血圧", "ｺｳｹﾂｱﾂｼｮｳ")] == ["8833421"] * 3


def test_a_text_that_means_two_codes_is_left_unresolved() -> None:
    assert coded("ハイエン", disease("4860030", "肺炎", "ハイエン"), disease("0000001", "胚炎", "ハイエン")) == ""


def test_a_text_near_a_name_is_left_unresolved() -> None:
    assert coded("高血圧症の疑い", disease("8833421", "高血圧症")) == ""


@pytest.mark.parametrize(
    ("month", "code"),
    [(Month(2024, 3), ""), (Month(2024, 4), "1234567"), (Month(2024, 6), "1234567"), (Month(2024, 7), "")],
)
def test_a_code_is_found_only_in_the_months_it_lives_in(month: Month, code: str) -> None:
    row = disease("1234567", "病", valid_from=date(2024, 4, 30), valid_to=date(2024, 6, 1))

    assert coded("病", row, month=month) == code


def test_a_name_that_moved_to_another_code_follows_the_month() -> None:
    old = disease("1111111", "病", valid_to=date(2024, 5, 31))
    new = disease("2222222", "病", valid_from=date(2024, 6, 1))

    assert coded("病", old, new, month=Month(2024, 5)) == "1111111"
    assert coded("病", old, new, month=Month(2024, 6)) == "2222222"


def test_the_uncoded_code_is_never_an_answer() -> None:
    assert coded("未コード化傷病名", disease("0000999", "未コード化傷病名")) == ""


def test_an_answer_names_the_coder_and_the_edition_of_the_master() -> None:
    assert coder_version(DiseaseMaster("b_20240601", [])) == "exact-1/b_20240601"


def test_an_exact_coding_without_a_disease_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="exactly"):
        Coding(route=Route.EXACT, normalised_text="病", disease=None)


@pytest.mark.parametrize("code", ["", "123456", "12345678", "１２３４５６７"])
def test_a_disease_code_has_seven_digits(code: str) -> None:
    with pytest.raises(ValueError, match="7 digits"):
        disease(code, "病")
