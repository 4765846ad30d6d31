"""What the columns of an act say that price it or limit it: closed sets and the values made of several columns.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (7); 別紙7-1, 7-4, 7-5. Members whose name begins with SEEN
are not in that specification: official files use the code, what it means is not known here, and each use is reported.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from services.claims.domain.masters.ages import AgeRange


class PointsKind(Enum):
    """点数識別 (item 11, 別紙7-1): what 新又は現点数 beside it means."""

    YEN = "1"
    """金額: meals and their standard charges."""
    POINTS = "3"
    """点数（プラス）."""
    PURCHASE_PRICE = "4"
    """購入価格（点数）: no points are fixed, the receipt states them."""
    PERCENT_ADDED = "5"
    """％加算: percent of the points it applies to, added."""
    PERCENT_REDUCED = "6"
    """％減算: percent of the points it applies to, taken off."""
    REDUCTION = "7"
    """減点診療行為: the receipt states the points taken off."""
    POINTS_TAKEN = "8"
    """点数（マイナス）: points taken off."""


class OldPointsKind(Enum):
    """点数識別 of the points before the last revision (item 57)."""

    NEW = "0"
    """診療報酬改定又はそれ以降に新設."""
    YEN = "1"
    POINTS = "3"
    PURCHASE_PRICE = "4"
    PERCENT_ADDED = "5"
    PERCENT_REDUCED = "6"
    REDUCTION = "7"
    POINTS_TAKEN = "8"


class Setting(Enum):
    """入外適用区分 (item 13): on which receipts the act may stand."""

    ANY = "0"
    INPATIENT = "1"
    OUTPATIENT = "2"


class SchemeScope(Enum):
    """後期高齢者医療適用区分 (item 14): under which scheme it may stand."""

    ANY = "0"
    MEDICAL_INSURANCE = "1"
    """医療保険に限り."""
    LATE_ELDERLY = "2"
    """後期高齢者医療に限り."""


class Bundle(Enum):
    """包括対象検査 (item 16): tests whose points depend on how many of the group are done."""

    NONE = "0"
    BLOOD_CHEMISTRY = "1"
    """血液化学検査."""
    ENDOCRINE = "2"
    """内分泌学的検査."""
    HEPATITIS = "3"
    """肝炎ウイルス関連検査."""
    TUMOUR_MARKER = "5"
    """腫瘍マーカー."""
    COAGULATION = "6"
    """出血・凝固検査."""
    AUTOANTIBODY = "7"
    """自己抗体検査."""
    ENDOCRINE_LOAD = "8"
    """内分泌負荷試験."""
    VIRUS_ANTIBODY = "9"
    """ウイルス抗体価（定性・半定量・定量）."""
    GLOBULIN_CLASS_ANTIBODY = "10"
    """グロブリンクラス別ウイルス抗体価."""
    SPECIFIC_IGE = "11"
    """特異的ＩｇＥ半定量・定量."""
    TUMOUR_GENE_SIMPLE = "13"
    """悪性腫瘍遺伝子検査（処理が容易なもの）."""
    TUMOUR_GENE_COMPLEX = "14"
    """悪性腫瘍遺伝子検査（処理が複雑なもの）."""
    TUMOUR_GENE_PLASMA = "15"
    """悪性腫瘍遺伝子検査（血液・血漿）（ＲＯＳ１, ＡＬＫ, ＥＧＦＲ）."""
    TUMOUR_GENE_PLASMA_FUSION = "16"
    """悪性腫瘍遺伝子検査（血液・血漿）（ＭＥＴｅｘ１４, ＮＴＲＫ）."""


class Dpc(Enum):
    """ＤＰＣ適用区分 (item 18)."""

    INCLUDED = "0"
    """包括評価対象."""
    BILLED_APART = "1"
    """出来高部分で算定可能."""
    DPC_ADVANCED_HOSPITAL = "2"
    """ＤＰＣ専用（特定機能病院）."""
    DPC_OTHER = "3"
    """ＤＰＣ専用（その他）."""
    DPC_SPECIALISED_HOSPITAL = "4"
    """ＤＰＣ専用（専門病院）."""
    OUTSIDE = "9"
    """適用外."""


class Institution(Enum):
    """病院・診療所区分 (item 19)."""

    ANY = "0"
    HOSPITAL = "1"
    CLINIC = "2"
    SEEN_3 = "3"
    """Seen in s_ALL20220218."""
    SHORT_STAY_3 = "4"
    """短期滞在手術等基本料３."""


class DiseaseLink(Enum):
    """傷病名関連区分 (item 25): the disease that the act demands, as SpecialDisease and IntractableDisease name it."""

    NONE = "0"
    SKIN_1 = "3"
    """皮膚科特定疾患指導管理料（Ⅰ）."""
    SKIN_2 = "4"
    """皮膚科特定疾患指導管理料（Ⅱ）."""
    SPECIFIED = "5"
    """特定疾患療養管理料, 特定疾患処方管理加算."""
    EPILEPSY = "7"
    """てんかん指導料."""
    INTRACTABLE = "9"
    """難病外来指導管理料."""


class ActualDays(Enum):
    """実日数 (item 27, 別紙7-4): how often the act may stand against 診療実日数."""

    UNRELATED = "0"
    AT_MOST = "1"
    """算定回数が診療実日数以下."""
    VISIT_FEE = "2"
    """初診料、再診料、外来診療料等: together at most 診療実日数, outpatients."""
    BED_FEE = "3"
    """入院基本料、特定入院料: together at most 診療実日数, inpatients."""
    OVERNIGHT_LEAVE = "4"
    """外泊."""


class DayCount(Enum):
    """日数・回数 (item 28, 別紙7-4): what divides item 27."""

    UNRELATED = "0"
    FIRST_VISIT = "1"
    """初診料."""
    REVISIT = "2"
    """再診料、外来診療料."""
    BED_FEE = "3"
    """入院基本料、特定入院料."""


class StepBounds(Enum):
    """上下限エラー処理 (item 35, 別紙7-5): what a quantity outside the limits means.

    Below is at or under lower − width; above is over the upper limit.
    """

    BASE_BELOW_WARN_ABOVE = "0"
    """Below: base points. Above: computed with the quantity, to be looked at."""
    BASE_BELOW_UPPER_ABOVE = "1"
    """Below: base points. Above: computed with the upper limit."""
    RETURN_BELOW_WARN_ABOVE = "2"
    """Below: no points, the receipt is returned. Above: computed with the quantity, to be looked at."""
    RETURN_BELOW_UPPER_ABOVE = "3"
    """Below: no points, the receipt is returned. Above: computed with the upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """きざみ値 (items 31 to 35): base points + ⌈(quantity − lower) / width⌉ × points, half up.

    The base is Act.points. `upper` is None where there is none (99999999). Quantities are in the unit of Act.unit_code.
    """

    lower: int
    upper: int | None
    width: int
    points: Decimal
    bounds: StepBounds


class LimitMode(Enum):
    """上限回数エラー処理 (item 37): what to do beyond the limit."""

    CHECK = "0"
    """上限回数を確認する: looked at."""
    ALLOW_LIMIT = "1"
    """上限回数を算定する: the limit is allowed, no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLimit:
    """上限回数 (items 36 and 37): at most so often on one receipt; the specification names no other period."""

    times: int
    mode: LimitMode


class NoticeKind(Enum):
    """告示等識別区分（１） (item 68): how the act is written in a receipt (別紙7-11)."""

    BASE = "1"
    """基本項目（告示）."""
    COMPOSED = "3"
    """合成項目: base and additions in one."""
    APPLIED = "5"
    """準用項目（通知）."""
    ADDITION = "7"
    """加算項目: an addition by a note (注加算)."""
    GENERAL_ADDITION = "9"
    """通則加算項目."""


class ScheduleKind(Enum):
    """告示等識別区分（２） (item 69): what the fee schedule calls it."""

    BASE = "1"
    """基本項目."""
    COMPOSED = "3"
    """合成項目."""
    ADDITION = "7"
    """加算項目."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAddition:
    """年齢加算 (items 100 to 111): the addition's code for patients of those ages."""

    ages: AgeRange
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNumber:
    """コード表用番号, 告示・通知関連番号: the place in the fee schedule as written; "" and zeros where unused."""

    letter: str
    chapter: str
    part: str
    section: str
    branch: str
    item: str
