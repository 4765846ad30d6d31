"""What each edit says when it speaks, in Japanese. A finding's detail stays in English: it names codes and figures."""

from collections.abc import Mapping
from typing import Final

from services.claims.domain.edits.edit import Edit

EDITS: Final[Mapping[Edit, str]] = {
    Edit.DUPLICATE: "同一患者・同一診療年月・同一種別のレセプトが請求されています",
    Edit.TOO_EARLY: "診療年月の末日前の請求です",
    Edit.TIME_BARRED: "請求権の消滅時効の期間を経過しています",
    Edit.ACT_UNKNOWN: "診療行為コードがマスターにありません",
    Edit.DRUG_UNKNOWN: "医薬品コードがマスターにありません",
    Edit.MATERIAL_UNKNOWN: "特定器材コードがマスターにありません",
    Edit.ACT_NOT_LIVE: "診療行為コードが算定日に有効ではありません",
    Edit.DRUG_NOT_LIVE: "医薬品コードが使用日に有効ではありません",
    Edit.MATERIAL_NOT_LIVE: "特定器材コードが使用日に有効ではありません",
    Edit.DISEASE_UNKNOWN: "傷病名コードがマスターにありません",
    Edit.MODIFIER_UNKNOWN: "修飾語コードがマスターにありません",
    Edit.COMMENT_UNKNOWN: "コメントコードがマスターにありません",
    Edit.NEEDS_MODIFIER: "単独では使用できない傷病名に修飾語がありません",
    Edit.NOT_INSURED: "保険請求外の傷病名のみが記録されています",
    Edit.INPATIENT_ONLY: "入院に限る診療行為が外来レセプトに記録されています",
    Edit.OUTPATIENT_ONLY: "入院外に限る診療行為が入院レセプトに記録されています",
    Edit.DPC_ONLY: "ＤＰＣに限る診療行為が出来高レセプトに記録されています",
    Edit.FORENSIC: "医科点数表に属さない診療行為が記録されています",
    Edit.DENTAL: "歯科に限る医薬品コードが記録されています",
    Edit.QUANTITY_MISSING: "数量データが必要な診療行為に数量がありません",
    Edit.QUANTITY_ZERO: "きざみの診療行為の数量が０です",
    Edit.QUANTITY_BELOW: "きざみの診療行為の数量が下限値に達していません",
    Edit.DRUG_QUANTITY_MISSING: "医薬品の使用量がありません",
    Edit.MATERIAL_PRICE_MISSING: "購入価格の特定器材に単価がありません",
    Edit.MATERIAL_UNIT: "特定器材の単位が相違しています",
    Edit.VISITS_OVER_DAYS: "初診料・再診料等の回数が診療実日数を超えています",
    Edit.STAYS_OVER_DAYS: "入院料の日数が診療実日数を超えています",
    Edit.ACT_OVER_DAYS: "診療行為の回数が診療実日数を超えています",
    Edit.LEAVE_ALONE: "外泊が入院料の直後に記録されていません",
    Edit.LIMIT_LOOKED_AT: "上限回数を超えています（確認が必要です）",
    Edit.TWICE_A_DAY: "１日１回に限る診療行為が同日に複数回あります",
    Edit.OTHER_SEX: "傷病名と男女区分が整合しません",
    Edit.DISEASE_PERHAPS: "算定に必要な傷病名が未コード化傷病名にあるか確認が必要です",
    Edit.FOUND_NOT_INSURED: "未コード化傷病名から得たコードを含め、保険請求外の傷病名のみです（確認が必要です）",
    Edit.FOUND_OTHER_SEX: "未コード化傷病名から得たコードと男女区分が整合しません（確認が必要です）",
    Edit.QUANTITY_ABOVE: "きざみの診療行為の数量が上限値を超えています",
    Edit.JUDGED_ALONE: "判断料に対応する検査がありません",
    Edit.NOTES_TOGETHER: "同時に算定できない注加算が記録されています",
    Edit.BUNDLE_TORN: "包括対象検査が分けて記録されています",
    Edit.INSURANCE_ONLY: "後期高齢者に算定できない診療行為です",
    Edit.LATE_ELDERLY_ONLY: "後期高齢者に限る診療行為です",
    Edit.AGE_LOW: "算定日の年齢が下限年齢に達していません",
    Edit.AGE_HIGH: "算定日の年齢が上限年齢を超えています",
    Edit.AGE_OF_BASE: "年齢加算の対象となる年齢ではありません",
    Edit.MATERIAL_AGE_LOW: "使用日の年齢が特定器材の下限年齢に達していません",
    Edit.MATERIAL_AGE_HIGH: "使用日の年齢が特定器材の上限年齢を超えています",
    Edit.HOSPITAL_ONLY: "病院に限る診療行為です",
    Edit.CLINIC_ONLY: "診療所に限る診療行為です",
    Edit.BEDS: "病床数が算定要件に合いません",
    Edit.STANDARD_MISSING: "必要な施設基準の届出がありません",
    Edit.DISEASE_ASKED_FOR: "算定に必要な傷病名がありません",
    Edit.DRUG_ASKED_FOR: "算定に必要な医薬品がありません",
    Edit.NOTE_ALONE: "注加算の基となる診療行為がありません",
    Edit.RULE_ALONE: "通則加算の基となる診療行為がありません",
    Edit.TIED: "加算の対象となる診療行為がありません",
    Edit.TIME: "時間加算の対象となる診療行為がありません",
    Edit.COMPANION: "併せて行うべき診療行為がありません",
    Edit.MANAGEMENT: "外来管理加算は同日の診療行為により算定できません",
    Edit.JUDGED_TWICE: "判断料が同一月に重複しています",
    Edit.LIMIT: "上限回数を超えています",
    Edit.TAPER_MISSING: "２回目以降の逓減の記録がありません",
    Edit.STANDARD_AT_FULL: "施設基準不適合の減算がありません",
    Edit.ABOVE_PRICE: "固定点数が相違しています",
    Edit.ABOVE_SUM: "集計点数が相違しています",
    Edit.BELOW_PRICE: "請求点数が点数表の点数を下回っています",
    Edit.LATE: "月遅れの請求です",
    Edit.NOT_DIVISIBLE: "窓口負担額の記録がなく、振替・分割ができません",
    Edit.UNTOLD: "読み込まれたマスターでは有効性を確認できないコードです",
    Edit.ABOLISHED: "廃止された傷病名コードです",
    Edit.FOUND_NAMES_DISEASE: "算定に必要な傷病名が未コード化傷病名から得たコードで確認されました",
    Edit.FOUND_NOT_USED: "未コード化傷病名から得たコードは当月に記録できないため、点検に用いていません",
    Edit.STANDARDS_UNKNOWN: "施設基準の届出状況が登録されていません",
    Edit.OTHER_SECTION: "診療行為が集計先と異なる診療識別に記録されています",
    Edit.QUANTITY_UNASKED: "数量データを要しない診療行為に数量があります",
    Edit.MATERIAL_PRICE: "特定器材の単価が基準の金額を超えています",
    Edit.MEALS: "食事療養・生活療養の金額が相違しています",
    Edit.TAPER_ALONE: "逓減の対象となる診療行為がありません",
    Edit.SPECIMEN: "検体の名称に対応する検査がありません",
    Edit.COMMENT_TEXT_MISSING: "コメントの文字データがありません",
    Edit.COMMENT_FORM: "コメントの文字データの形式が相違しています",
}


def edit_in_japanese(edit: Edit, detail: str) -> str:
    """What the edit says, with the finding's detail; empty where it has no words yet."""
    says = EDITS.get(edit, "")
    return f"{says}（{detail}）" if says else ""


BY_NAME: Final[Mapping[str, str]] = {edit.name: says for edit, says in EDITS.items()}
"""By the name that a decision's reason carries."""
