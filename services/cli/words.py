"""The words of the claim view in Japanese. English is what programs say; what has no translation stays as it is."""

from collections.abc import Callable, Mapping
from typing import Final

Say = Callable[[str], str]
"""From the English text to the text that is shown."""

JAPANESE: Final[Mapping[str, str]] = {
    # What a claim is.
    "Claim": "レセプト",
    "no.": "番号",
    "claim": "レセプトID",
    "kind": "種別",
    "state": "結果",
    "points": "点数",
    "payers yen": "支払者（円）",
    "patient yen": "患者（円）",
    "cut yen": "査定（円）",
    "reason": "事由",
    "approved": "承認",
    "reduced": "査定",
    "returned": "返戻",
    "pended": "審査待ち",
    "received": "受付",
    "checked": "点検済",
    "rejected": "受付不能",
    "withdrawn": "取下げ",
    "under_review": "再審査中",
    "hospital": "医療機関",
    "claimed": "請求年月",
    "treated": "診療年月",
    "ssk": "社会保険診療報酬支払基金",
    "kokuhoren": "国民健康保険団体連合会",
    # Its decision.
    "Reasons": "事由",
    "code": "コード",
    "official": "公式事由",
    "message": "内容",
    "payer": "支払者",
    "Payers": "支払者別",
    "insurer": "保険者",
    "programme": "公費",
    "yen": "円",
    "Notes": "付記",
    "unpriced": "点数表による計算を行っていない明細があります（請求点数のまま）",
    "meals_unsettled": "食事療養・生活療養の費用は含まれていません",
    "insurer_burden_differs": "保険の負担金額欄の記録が計算額と異なります",
    "as_known_on": "次の日に判明していたマスターによる：",
    "discount_unapplied": "割引点数単価は適用していません（１点１０円）",
    # How it came about.
    "Lines": "明細",
    "line": "行",
    "section": "診療識別",
    "item": "診療行為等コード",
    "times": "回数",
    "declared": "請求",
    "priced": "計算",
    "total": "計",
    "allowed": "認容",
    "how": "計算根拠",
    "Findings of the rules": "審査の指摘",
    "Findings": "形式の指摘",
    "field": "項目",
    "rule": "規則",
    "effect": "扱い",
    "return": "返戻",
    "reduce": "査定",
    "refer": "審査委員へ",
    "note": "付記",
    "source": "根拠",
    "before": "前",
    "after": "後",
    "The shares, step by step": "負担額の計算",
    "step": "段階",
    "assumed": "前提",
    "Fee schedule of": "点数表",
    "as known on": "判明日",
    "explanation_differs": "現在のマスターによる再計算は、決定の点数と一致しません",
    "no fee schedule was loaded": "点数表は読み込まれていません",
    "act": "診療行為",
    "drug": "医薬品",
    "material": "特定器材",
    "comment": "コメント",
    "disease": "傷病名",
    "modifier": "修飾語",
    "set": "全体",
    "receipt": "レセプト",
    # Why a unit has no price.
    "kind-not-loaded": "マスター未読込",
    "no-treatment-day": "算定日の記録なし",
    "code-not-in-master": "マスターに該当コードなし",
    "purchase-price": "購入価格",
    "declared-reduction": "減点（請求値）",
    "quantity-missing": "数量の記録なし",
    "quantity-zero": "数量０",
    "quantity-below-lower": "きざみ下限値未満",
    "unit-price-missing": "単価の記録なし",
    "unit-differs": "単位相違",
    "nothing-to-apply-to": "加算の基となる行なし",
    "bundle-not-known": "包括項目数の点数不明",
    # The rest of the view.
    "Diagnoses written as text": "未コード化傷病名",
    "route": "経路",
    "disease code": "傷病名コード",
    "modifiers": "修飾語",
    "Timeline of": "経過",
    "stage": "段階",
    "time (UTC)": "時刻（UTC）",
    "after ms": "経過（ミリ秒）",
    "eligibility": "資格確認",
    "coding": "傷病名コード化",
    "decided": "決定",
    "redecided": "再決定",
    # What became of it later.
    "Decisions": "決定の履歴",
    "decision": "決定ID",
    "cause": "起因",
    "submitted": "請求",
    "hospital_review": "再審査（医療機関）",
    "payer_review": "再審査（保険者等）",
    "error_reported": "過誤",
    "person_decided": "審査委員等の判断",
    "accepted_by_person": "審査委員等の判断により認容",
    "late_code": "傷病名コードの後着",
    "readjudicated": "再計算",
    "Corrections": "請求後の手続き",
    "what": "手続き",
    "asked by": "申出者",
    "other claim": "関連レセプトID",
    "submits again": "再請求元",
    "resubmitted": "再請求",
    "review_requested": "再審査請求",
    "review_upheld": "原審どおり",
    "review_decided": "審査委員等の決定",
}


def english(text: str) -> str:
    """The text itself."""
    return text


def japanese(text: str) -> str:
    """The text in Japanese, itself where there is no translation."""
    return JAPANESE.get(text, text)


LANGUAGES: Final[Mapping[str, Say]] = {"en": english, "ja": japanese}
