import pytest

from services.coding.domain.normalise import normalised


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("ｶﾞﾝ", "ガン"),
        ("２型 糖尿病", "2型糖尿病"),
        ("２型\u3000糖尿病", "2型糖尿病"),
        ("アレルギ－性鼻炎", "アレルギ-性鼻炎"),
        ("ドケ―ルバン病", "ドケールバン病"),
        ("コレステロ-ル", "コレステロール"),
        ("エ‐テル", "エーテル"),
        ("アレルギ-", "アレルギー"),
        ("covid－１９", "COVID-19"),
    ],
)
def test_two_spellings_of_one_name_become_one(written: str, known: str) -> None:
    assert normalised(written) == known


@pytest.mark.parametrize("text", ["ｺﾚｽﾃﾛ-ﾙ", "１１β－水酸化酵素欠損症", "  ", ""])
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def test_a_hyphen_outside_katakana_stays_a_hyphen() -> None:
    assert normalised("11β-水酸化酵素") == normalised("１１Β－水酸化酵素")
