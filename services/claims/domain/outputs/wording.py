"""Reasons of decisions in Japanese, by their stable ids; what they mean is said where they are made."""

from collections.abc import Mapping
from typing import Final

from services.claims.domain.outputs.edit_wording import BY_NAME

REASONS: Final[Mapping[str, str]] = {
    "UNKNOWN_MEMBER": "該当する被保険者・受給者が確認できません",
    "BRANCH_WRONG": "枝番が相違しています",
    "BIRTH_DATE_DIFFERS": "生年月日が相違しています",
    "SEX_DIFFERS": "男女区分が相違しています",
    "ANOTHER_PAYER_SINCE": "他の保険者等へ異動しています",
    "NOT_YET": "診療年月は資格取得前です",
    "ENDED": "診療年月は資格喪失後です",
    "NOT_COVERED": "保険者等の資格が確認できません",
    "COVER_UNANSWERED": "資格の確認結果が得られていません",
    "THIRD_PARTY": "第三者行為による傷病です（特記事項１０）",
    "PAYER_REPEATED": "同一の保険者等が重複して記録されています",
    "SHARES_CONTRADICT": "負担区分と保険者・公費の記録が整合しません",
    "DECLARED_BELOW_LINES": "合計点数が明細の合計を下回っています",
    "DECLARED_ABOVE_LINES": "縦計誤り：合計点数が明細の合計を上回っています",
    "WITHDRAWN_BY_HOSPITAL": "医療機関からの取下げです",
    "ERROR_REPORTED": "保険者と医療機関の合意による過誤返戻です",
    "RETURNED_IN_REVIEW": "再審査により返戻します",
    "RETURNED_BY_PERSON": "審査委員等の判断により返戻します",
    "RECEIPT_UNREADABLE": "受付後に改められた記録条件に適合しないため、審査委員等が判断します",
    "REDUCED_BY_PERSON": "審査委員等の判断により査定します",
    "REDUCED_IN_REVIEW": "再審査により査定します",
}
"""By the code of a decision's reason."""

RETURN_REASONS: Final[Mapping[str, str]] = {
    "ENTITLEMENT": "資格の確認",
    "RECORD": "記載不備",
    "DOCUMENTS": "症状詳記・資料の不足",
    "TREATMENT": "診療内容の照会",
    "CONDITIONS": "算定要件の照会",
    "LIABLE_PARTY": "第三者行為・労災等の確認",
    "DUPLICATE": "重複請求",
    "OTHER": "その他",
}
"""Why a person returned a claim, by the name of the reason in the contract."""


def in_japanese(reason: str) -> str:
    """The words for a reason's code, an edit's name included; empty where there are none yet."""
    return REASONS.get(reason) or BY_NAME.get(reason, "")
