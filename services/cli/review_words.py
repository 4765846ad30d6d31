"""The words of a reviewer's view in Japanese. What has no translation stays as it is."""

from collections.abc import Mapping
from typing import Final

from services.cli.words import Say, english

JAPANESE: Final[Mapping[str, str]] = {
    "Review queue": "確認待ちの傷病名",
    "item": "確認案件ID",
    "text": "記載（正規化後）",
    "patient": "性別・年齢階級",
    "treated": "診療年月",
    "first candidate": "第１候補",
    "p": "確率",
    "state": "状態",
    "due": "期限",
    "open": "未着手",
    "assigned": "担当中",
    "escalated": "上申中",
    "resolved": "確認済",
    "until {}": "（{}まで）",
    "in {}": "あと{}",
    "{} late": "{}超過",
    "{} d": "{}日",
    "{} h": "{}時間",
    "{} min": "{}分",
    "hospital": "医療機関",
    "line": "行",
    "claim": "レセプトID",
    "the coder reads": "自動コード化の読み",
    "against it": "使用できない理由",
    "not-live": "収載前又は廃止後",
    "moved": "移行先コードあり",
    "not-claimable": "保険請求外",
    "not-alone": "単独使用禁止",
    "sex": "性別",
    "age": "年齢",
    "the model says": "言語モデルの意見",
    "escalated by": "上申した確認者",
    "a second look at what was coded automatically; the candidates stand by code": (
        "自動コード化の抜取確認です。候補はコード順に示します"
    ),
    "no candidates: name a code yourself": "候補はありません。コードを指定してください",
    "Candidates": "候補",
    "no.": "番号",
    "code": "コード",
    "name in the master": "傷病名基本名称",
    "found by": "一致した表記",
    "Other texts of the claim": "同じレセプトのほかの記載",
    "What was decided": "確認結果",
    "decision": "結果",
    "candidate": "候補",
    "none of them": "候補以外",
    "why": "理由",
    "reviewer": "確認者",
    "time (Tokyo)": "日時",
    "cannot be coded": "該当コードなし",
    "no diagnosis": "傷病名でない記載",
    "What was done": "経過",
    "step": "操作",
    "taken": "着手",
    "released": "返却",
    "skipped": "見送り",
    "recoded": "再コード化",
    "note": "申送り",
    "nothing waits": "確認待ちの案件はありません",
    "{} is {}": "{} {}",
}


def japanese(text: str) -> str:
    """The text in Japanese, itself where there is no translation."""
    return JAPANESE.get(text, text)


LANGUAGES: Final[Mapping[str, Say]] = {"en": english, "ja": japanese}
