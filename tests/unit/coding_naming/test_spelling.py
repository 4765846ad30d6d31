import pytest

from services.coding.domain.naming.spelling import spelled


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("ノルバスク錠５ｍｇ", "ﾉﾙﾊﾞｽｸ錠 5㎎"),
        ("ノルバスク錠５ｍｇ", "ノルバスク錠5ミリグラム"),
        ("リン酸コデイン散１％", "リン酸コデイン散1パーセント"),
        ("カルシトリオールカプセル０．２５μｇ", "カルシトリオールカプセル0.25マイクログラム"),
        ("注射用ヒト絨毛性性腺刺激ホルモン３，０００単位", "注射用ヒト絨毛性性腺刺激ホルモン3千単位"),
        ("シンバスタチン錠５ｍｇ", "シンバスタチン錠5mg1錠"),
        ("皮下注「トリイ」カンジダ１：１千　２ｍＬ", "皮下注「トリイ」カンジダ１：１，０００　２ｍＬ"),
        ("タガメット注射液５．０ｍＬ", "タガメット注射液5mL"),
        ("ヘパリンＮａ注５万単位", "ヘパリンナトリウム注50,000ＩＵ"),
    ],
)
def test_two_ways_to_write_one_name_are_one_spelling(written: str, other: str) -> None:
    assert spelled(written) == spelled(other)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("ノルバスク錠５ｍｇ", "ノルバスク錠２．５ｍｇ"),
        ("カルタン錠５００　５００ｍｇ", "カルタン錠５００５００ｍｇ"),
        ("グラム染色", "G染色"),
        ("１万人", "１００００"),
    ],
)
def test_two_names_stay_two_spellings(one: str, another: str) -> None:
    assert spelled(one) != spelled(another)
