"""The closed code tables of the record specification (別表1 to 31), each code with its official meaning.

Source: オンライン又は光ディスク等による請求に係る記録条件仕様（医科用）, April 2022 edition, updated 2023-03-13.
別表4 (era codes) was deleted from the specification. Disease, act, drug, material and comment codes are masters, not
tables: they are refused or accepted elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One 別表: its number, its Japanese name and the meaning of each code, all codes being of one width."""

    number: int
    japanese: str
    meanings: Mapping[str, str]

    @property
    def codes(self) -> frozenset[str]:
        """Every code of the table."""
        return frozenset(self.meanings)

    @property
    def width(self) -> int:
        """Characters in each code."""
        return len(next(iter(self.meanings)))


def _table(number: int, japanese: str, rows: str) -> CodeTable:
    pairs = [(code, meaning) for code, _, meaning in (row.partition(":") for row in rows.split())]
    return CodeTable(number, japanese, MappingProxyType(dict(pairs)))


class Scheme(Enum):
    """Whose receipt it is: the second digit of レセプト種別 (別表5)."""

    INSURANCE = "1"
    PROGRAMMES_ONLY = "2"
    LATE_ELDERLY = "3"
    RETIREE = "4"


class PatientClass(Enum):
    """The patient's class, from the last digit of レセプト種別 (別表5); one digit for in- and one for outpatients."""

    INSURED = "12"
    PRESCHOOL = "34"
    FAMILY = "56"
    ELDERLY_GENERAL = "78"
    ELDERLY_SEVENTY_PERCENT = "90"


_CLASSES_OF = {
    Scheme.INSURANCE: "1234567890",
    Scheme.PROGRAMMES_ONLY: "12",
    Scheme.LATE_ELDERLY: "7890",
    Scheme.RETIREE: "123456",
}
_MOST_PROGRAMMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptKind:
    """レセプト種別 taken apart: scheme, number of public programmes, patient class, inpatient or not.

    `patient_class` is None on a receipt of programmes only, whose last digit tells inpatient from outpatient alone.
    """

    code: str
    scheme: Scheme
    programmes: int
    patient_class: PatientClass | None
    inpatient: bool

    @property
    def has_insurer(self) -> bool:
        """Whether the receipt carries an insurer record (HO)."""
        return self.scheme is not Scheme.PROGRAMMES_ONLY


def _kind(scheme: Scheme, payers: int, last: str) -> ReceiptKind:
    only = scheme is Scheme.PROGRAMMES_ONLY
    return ReceiptKind(
        code=f"1{scheme.value}{payers}{last}",
        scheme=scheme,
        programmes=payers if only else payers - 1,
        patient_class=None if only else next(kind for kind in PatientClass if last in kind.value),
        inpatient=last in "13579",
    )


def _kinds() -> Mapping[str, ReceiptKind]:
    kinds = (
        _kind(scheme, payers, last)
        for scheme, lasts in _CLASSES_OF.items()
        for payers in range(1, _MOST_PROGRAMMES + (scheme is not Scheme.PROGRAMMES_ONLY) + 1)
        for last in lasts
    )
    return MappingProxyType({kind.code: kind for kind in kinds})


RECEIPT_KINDS = _kinds()


@lru_cache(maxsize=256)
def receipt_kind(code: str) -> ReceiptKind | None:
    """The kind that a レセプト種別 code stands for, or None where 別表5 does not know it."""
    return RECEIPT_KINDS.get(code)


# 別表21. Position 0 is the insurer, 1 to 4 the first to fourth public programme.
_SHARES = (
    "1:0 5:1 6:2 B:3 C:4 2:01 3:02 E:03 G:04 7:12 H:13 I:14 J:23 K:24 L:34 4:012 M:013 N:014 O:023 P:024 Q:034 "
    "R:123 S:124 T:134 U:234 V:0123 W:0124 X:0134 Y:0234 Z:1234 9:01234"
)
BENEFIT_SHARES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {code: tuple(map(int, payers)) for code, _, payers in (pair.partition(":") for pair in _SHARES.split())}
)

AGENCY = _table(1, "審査支払機関", "1:社会保険診療報酬支払基金 2:国民健康保険団体連合会")
PREFECTURE = _table(
    2,
    "都道府県",
    "01:北海道 02:青森 03:岩手 04:宮城 05:秋田 06:山形 07:福島 08:茨城 09:栃木 10:群馬 11:埼玉 12:千葉 13:東京 "
    "14:神奈川 15:新潟 16:富山 17:石川 18:福井 19:山梨 20:長野 21:岐阜 22:静岡 23:愛知 24:三重 25:滋賀 26:京都 "
    "27:大阪 28:兵庫 29:奈良 30:和歌山 31:鳥取 32:島根 33:岡山 34:広島 35:山口 36:徳島 37:香川 38:愛媛 39:高知 "
    "40:福岡 41:佐賀 42:長崎 43:熊本 44:大分 45:宮崎 46:鹿児島 47:沖縄",
)
SCORE_TABLE = _table(3, "点数表", "1:医科")
KIND = CodeTable(5, "レセプト種別", MappingProxyType(dict.fromkeys(RECEIPT_KINDS, "医科")))
BURDEN = _table(8, "一部負担金等区分", "1:低所得（90日以下） 2:低所得（90日超） 3:低所得Ⅰ 4:老齢福祉年金")
SHARE = CodeTable(
    21, "負担区分", MappingProxyType({code: "".join("保①②③④"[i] for i in who) for code, who in BENEFIT_SHARES.items()})
)
SEX = _table(6, "男女区分", "1:男 2:女")
WARD = _table(7, "病棟区分", "01:精神（精神病棟） 02:結核（結核病棟） 07:療養（療養病棟）")
SPECIAL_MARK = _table(
    9,
    "レセプト特記事項",
    "01:公 02:長 03:長処 04:後保 07:老併 08:老健 09:施 10:第三 11:薬治 12:器治 13:先進 14:制超 16:長２ 17:上位 "
    "18:一般 19:低所 20:二割 21:高半 22:多上 25:出産 26:区ア 27:区イ 28:区ウ 29:区エ 30:区オ 31:多ア 32:多イ "
    "33:多ウ 34:多エ 35:多オ 36:加治 37:申出 38:医併 39:医療 41:区カ 42:区キ 43:多カ 44:多キ",
)
DEPARTMENT = _table(
    10,
    "診療科名",
    "01:内科 02:精神科 03:神経科 04:神経内科 05:呼吸器科 06:消化器科 07:胃腸科 08:循環器科 09:小児科 10:外科 "
    "11:整形外科 12:形成外科 13:美容外科 14:脳神経外科 15:呼吸器外科 16:心臓血管外科 17:小児外科 "
    "18:皮膚ひ尿器科 19:皮膚科 20:ひ尿器科 21:性病科 22:こう門科 23:産婦人科（産科又は婦人科） 24:産科 "
    "25:婦人科 26:眼科 27:耳鼻いんこう科 28:気管食道科 30:放射線科（放射線診断科又は放射線治療科） 31:麻酔科 "
    "33:心療内科 34:アレルギー科 35:リウマチ科 36:リハビリテーション科 37:病理診断科 38:臨床検査科 39:救急科",
)
BODY_PART = _table(
    11,
    "人体の部位等",
    "001:頭頸部 002:胸部 003:腹部 004:呼吸器 005:消化器 006:循環器 007:気管食道 008:肛門 009:血管 010:心臓血管 "
    "011:腎臓 012:脳神経 013:神経 014:血液 015:乳腺 016:内分泌 017:代謝 018:頭部 019:頸部 020:気管 021:気管支 "
    "022:肺 023:食道 024:胃腸 025:十二指腸 026:小腸 027:大腸 028:肝臓 029:胆のう 030:膵臓 031:心臓 032:脳 "
    "033:脂質代謝",
)
PATIENT_GROUP = _table(
    12, "性別等", "001:男性 002:女性 003:小児 004:老人 005:周産期 006:新生児 007:児童 008:思春期 009:老年 010:高齢者"
)
PROCEDURE = _table(
    13,
    "医学的処置",
    "001:整形 002:形成 003:美容 004:心療 005:薬物療法 006:透析 007:移植 008:光学医療 009:生殖医療 010:疼痛緩和 "
    "011:漢方 012:化学療法 013:人工透析 014:臓器移植 015:骨髄移植 016:内視鏡 017:不妊治療 018:緩和ケア "
    "019:ペインクリニック",
)
DISEASE_GROUP = _table(14, "特定疾病", "001:感染症 002:腫瘍 003:糖尿病 004:アレルギー疾患 005:性感染症 006:がん")
DUTY_REASON = _table(15, "職務上の事由", "1:職上（職務上） 2:下３（下船後３月以内） 3:通災（通勤災害）")
RELIEF = _table(16, "減免区分", "1:減額 2:免除 3:支払猶予")
NON_DPC_REASON = _table(
    17,
    "医科点数表算定理由",
    "01:入院後２４時間以内に死亡したため 02:生後１週間以内に死亡したため "
    "03:評価療養又は患者申出療養を受ける患者であるため 04:臓器移植を受ける患者であるため "
    "05:包括評価の対象とならない入院料を算定する患者であるため "
    "06:厚生労働大臣が別に定める者（特定の手術等）の患者であるため "
    "08:厚生労働大臣が別に定める者（告示別表一に掲げる薬剤）の患者であるため "
    "09:医科点数表算定コードに該当するため 10:入院期間３を超えて入院しているため "
    "11:地域包括ケア病棟入院料を届け出る病棟に転棟したため",
)
OUTCOME = _table(18, "転帰区分", "1:治ゆ、死亡、中止以外 2:治ゆ 3:死亡 4:中止（転医）")
MAIN_DISEASE = _table(19, "主傷病", "01:（主）")
SECTION = _table(
    20,
    "診療識別",
    "01:全体に係る識別コード 11:初診 12:再診 13:医学管理 14:在宅 21:内服 22:屯服 23:外用 24:調剤 25:処方 "
    "26:麻毒 27:調基 28:その他投薬 31:皮下筋肉内 32:静脈内 33:その他注射 39:薬剤料減点 40:処置 50:手術 54:麻酔 "
    "60:検査・病理 70:画像診断 80:その他 90:入院基本料 92:特定入院料・その他 97:食事療養・生活療養・標準負担額 "
    "99:全体に係る識別コード",
)
MATERIAL_UNIT = _table(
    22,
    "特定器材単位",
    "001:分 002:回 003:種 004:箱 005:巻 006:枚 007:本 008:組 009:セット 010:個 011:裂 012:方向 013:トローチ "
    "014:アンプル 015:カプセル 016:錠 017:丸 018:包 019:瓶 020:袋 021:瓶（袋） 022:管 023:シリンジ 024:回分 "
    "025:テスト分 026:ガラス筒 027:桿錠 028:単位 029:万単位 030:フィート 031:滴 032:ｍｇ 033:ｇ 034:ｋｇ "
    "035:ｃｃ 036:ｍＬ 037:Ｌ 038:ｍＬＶ 039:バイアル 040:ｃｍ 041:ｃｍ２ 042:ｍ 043:μＣｉ 044:ｍＣｉ 045:μｇ "
    "046:管（瓶） 047:筒 048:ＧＢｑ 049:ＭＢｑ 050:ＫＢｑ 051:キット 052:国際単位 053:患者当り 054:気圧 055:缶 "
    "056:手術当り 057:容器 058:ｍＬ（ｇ） 059:ブリスター 060:シート 061:カセット",
)
NARRATIVE = _table(
    23,
    "症状詳記区分",
    "01:患者の主たる疾患（合併症を含む。）の診断根拠となった臨床症状 "
    "02:患者の主たる疾患（合併症を含む。）の診断根拠となった臨床症状の診察・検査所見 "
    "03:主な治療行為（手術、処置、薬物治療等）の必要性 04:主な治療行為（手術、処置、薬物治療等）の経過 "
    "05:診療報酬明細書の合計点数が１００万点以上の場合における薬剤に係る症状等 "
    "06:診療報酬明細書の合計点数が１００万点以上の場合における処置に係る症状等 07:その他 "
    "50:医薬品医療機器等法に規定する治験に係る治験概要 51:疾患別リハビリテーションに係る治療継続の理由等 "
    "52:廃用症候群リハビリテーション料を算定する場合の、廃用をもたらすに至った要因等の記載 "
    "90:上記以外の診療報酬明細書の症状詳記",
)
ORGAN = _table(24, "臓器提供区分", "1:腎提供者 2:造血幹細胞提供者 3:皮膚提供者 4:肝提供者 5:肺提供者 6:小腸提供者")
DONOR_SITE = _table(25, "臓器提供医療機関区分", "1:添付先レセプトと同一の医療機関 2:添付先レセプトと異なる医療機関")
DONOR_KIND = _table(
    26,
    "臓器提供者レセプト種別",
    "1991:臓器提供者の入院（一般） 1992:臓器提供者の入院外（一般） 1997:臓器提供者の入院（後期高齢者） "
    "1998:臓器提供者の入院外（後期高齢者）",
)
PATIENT_STATE = _table(27, "患者の状態", "001:妊婦")
BEARER = _table(
    28,
    "負担者種別",
    "1:医療保険、国民健康保険、退職者医療又は後期高齢者医療 2:第１公費負担医療 3:第２公費負担医療 "
    "4:第３公費負担医療 5:第４公費負担医療",
)
CONFIRMATION = _table(
    29,
    "確認区分",
    "01:保険医療機関・薬局窓口等 02:請求後・変更なし 03:確認不能 04:振替 05:分割 "
    "06:資格喪失（レセプト記載の保険者への請求） 07:資格喪失（証回収後） 08:資格喪失（死亡） 09:枝番特定 "
    "11:保険者等に請求後・振替 12:分割 13:変更不能 14:枝番特定",
)
VISIT = _table(
    30,
    "受診等区分",
    "1:診療実日数に計上する受診及び入院 2:診療実日数に計上しない受診（初診又は再診に付随する一連の行為等） "
    "9:請求データの各レコードに記録された算定日情報と不一致",
)
WINDOW_PAYMENT = _table(
    31,
    "窓口負担額区分",
    "00:高額療養費の現物給付なし 01:高額療養費現物給付あり（多数回該当を除く） "
    "02:高額療養費現物給付あり（多数回該当） 03:食事療養費及び生活療養費の標準負担額 04:特別の費用の額",
)

# 公費レコード 任意給付区分: the specification writes the only code into the field's own text.
VOLUNTARY = _table(0, "任意給付区分", "1:任意給付あり")
# 別表20: these sections exist on inpatient receipts only; 97 holds meals, whose "points" are yen.
INPATIENT_SECTIONS = frozenset({"90", "92", "97"})
MEAL_SECTION = "97"
# 別表29 and 別表30: shaded codes are the agency's own and never stand on a first claim.
FIRST_CLAIM_CONFIRMATIONS = frozenset({"01"})
FIRST_CLAIM_VISITS = frozenset({"1", "2"})
# 別表31: for the time being only the classes of the patient's part are recorded (spec 1-3-(3)-ア-(オ) 注5).
PATIENT_PART_CLASSES = frozenset({"00", "01", "02"})
# 別表9, notes 2 and 3.
MARKS_UNTIL_2018_07 = frozenset({"17", "18", "19", "22"})
MARKS_FROM_2022_10 = frozenset({"41", "42", "43", "44"})
# 傷病名コード of a diagnosis written as free text (未コード化傷病名); the spec's 傷病名レコード.
UNCODED_DISEASE = "0000999"
# 別表28: the insurer; programmes follow as 2 to 5.
INSURER_BEARER = "1"
# SN, JD and MF count from treatment in this month on (第1章 3 (4) ウ, notes).
RECORDS_SINCE = "202109"
# 減点: codes whose recorded points are taken off. From the masters: 医薬品 (金額種別 7, 2024-03-21) and 医科診療行為
# (点数識別 7, 2024-05-31); マスターファイル仕様説明書: "当該医薬品コードと併せて減点する点数を記録する".
REDUCTION_CODES = frozenset(
    {
        *("630010001", "630010002", "630010004", "630010005", "630010006", "630010007"),
        *("199000210", "199000410"),
    }
)
