import pytest

from services.coding.domain.normalise import normalised
from services.coding.domain.written_forms import KANJI


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("ｶﾞﾝ", "ガン"),
        ("２型 糖尿病", "2型糖尿病"),
        ("２型\u3000糖尿病", "2型糖尿病"),
        ("アレルギ－性鼻炎", "アレルギ-性鼻炎"),
        ("ドケ―ルバン病", "ドケールバン病"),
        ("コレステロ-ル", "コレステロール"),
        ("コレステロ〜ル", "コレステロール"),
        ("エ‐テル", "エーテル"),
        ("アレルギ-", "アレルギー"),
        ("covid－１９", "COVID-19"),
        ("dry eye", "DRYEYE"),
    ],
)
def test_two_spellings_of_one_name_become_one(written: str, known: str) -> None:
    assert normalised(written) == known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("腦梗塞", "脳梗塞"),
        ("頸部痛", "頚部痛"),
        ("靭帯損傷", "靱帯損傷"),
        ("胃癌", "胃がん"),
        ("胆囊炎", "胆のう炎"),
        ("蕁麻疹", "じんま疹"),
        ("皮膚掻痒症", "皮膚そう痒症"),
        ("眩暈", "めまい"),
        ("へルペス", "ヘルペス"),
        ("シェーグレン症候群", "ｼｪｰｸﾞﾚﾝ症候群"),
        ("ウイルス性肝炎", "ウィルス性肝炎"),
        ("ヴィールス", "ビールス"),
        ("スティーブンス", "スチーブンス"),
        ("こうけつあつしょう", "コウケツアツショウ"),
        ("ジンマシン", "ヂンマシン"),
        ("Ⅱ型糖尿病", "２型糖尿病"),
        ("第III度熱傷", "第３度熱傷"),
        ("胃\u200b潰瘍", "胃潰瘍"),
        ("鼠径ヘルニア", "鼡径ヘルニア"),
        ("COVID−19", "COVID-19"),
        ("パーキンソン症侯群", "パーキンソン症候群"),
        ("尋常性座瘡", "尋常性ざ瘡"),
        ("瀰漫性肺炎", "びまん性肺炎"),
        ("繊維腫", "線維腫"),
    ],
)
def test_old_and_new_kanji_kana_for_kanji_and_readings_become_one(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("胃炎", "胃癌"), ("XII型", "X2型"), ("左", "右"), ("胃癌疑い", "胃癌")])
def test_two_diagnoses_stay_two(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_a_hyphen_outside_katakana_stays_a_hyphen() -> None:
    assert normalised("11β-水酸化酵素") == normalised("１１Β－水酸化酵素")


def test_no_form_that_is_kept_is_itself_replaced() -> None:
    assert not set(KANJI.values()) & set(KANJI)
