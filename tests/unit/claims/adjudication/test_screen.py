"""The identifier screen: whom it finds, and that it lets diagnoses pass."""

from datetime import date

import pytest

from services.claims.domain.screen import person_in_text
from tests.unit.claims.adjudication.builders import patient

_FACTS = patient()


@pytest.mark.parametrize(
    "text",
    [
        "見本太郎の湿疹",
        "見本　太郎",
        "見 本さん 湿疹",
        "太郎くんの湿疹",
        "ミホンタロウ",
        "ﾐﾎﾝ ﾀﾛｳ様",
        "みほん　湿疹",
        "ミホ　湿疹",
        "湿疹（ミホさん）",
        "番号４５６",
        "記号１２３",
        "湿疹 123 456",
        "０１１３００１２",
        "電話０３－１２３４－５６７８",
        "03(1234)5678",
        "ID 1234567",
        "1980年1月5日生",
        "１９８０．０１．０５",
        "1980/1/5",
        "19800105",
        "800105",
        "S55.1.5",
        "昭和５５年１月５日",
        "昭和五十五年一月五日",
        "一九八〇年一月五日",
        "1980年1月",
        "昭和55年1月生まれ",
        "5/1/1980",
    ],
)
def test_a_text_that_names_the_patient_is_found(text: str) -> None:
    assert person_in_text(text, _FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "湿疹",
        "２型糖尿病性腎症第３期",
        "アトピー性皮膚炎の疑い",
        "びまん性大細胞型Ｂ細胞リンパ腫",
        "三叉神経痛",
        "第１２胸椎圧迫骨折",
        "ＣＯＶＩＤ－１９",
        "2024年5月7日からの腰痛",
        "てんかん様発作",
        "高血圧症（180/110）",
        "ＨｂＡ１ｃ １０．５％",
    ],
)
def test_a_diagnosis_passes(text: str) -> None:
    assert not person_in_text(text, _FACTS)


def test_era_years_are_understood_from_their_first_year() -> None:
    facts = patient(birth=date(2019, 5, 8))

    assert person_in_text("令和元年５月８日", facts)
    assert person_in_text("R1.5.8", facts)
    assert not person_in_text("令和３年５月８日", facts)


def test_voiced_marks_written_apart_are_joined() -> None:
    facts = patient(name="山田　一", kana="ヤマダハジメ")

    assert person_in_text("ヤマタ゛さん", facts)
    assert person_in_text("ﾔﾏﾀﾞ", facts)


def test_a_name_of_one_character_is_found_only_as_a_whole() -> None:
    facts = patient(name="林　一", kana="ハヤシハジメ")

    assert person_in_text("林一", facts)
    assert not person_in_text("林間学校での外傷", facts)
