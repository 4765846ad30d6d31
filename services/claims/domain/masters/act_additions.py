"""Columns of an act that tie an addition to what it may be added to, and other closed sets that only edits look at.

In most of these columns a code means "may be billed with it" on a base act (告示等識別区分（１） 1, 3, 5) and "is that
addition" on an addition (7, 9). Source: マスターファイル仕様説明書, April 2022, chapter 3 (7). Members whose name
begins with SEEN are not in that specification: official files use the code, what it means is not known here, each use
is reported.
"""

from enum import Enum


class ImageSupport(Enum):
    """画像等手術支援加算 (item 20)."""

    NONE = "0"
    NAVIGATION = "1"
    """ナビゲーションによる支援加算."""
    MODEL = "2"
    """実物大臓器立体モデルによる支援加算."""
    NAVIGATION_OR_MODEL = "3"
    GUIDE = "4"
    """患者適合型手術支援ガイドによる支援加算."""
    NAVIGATION_OR_GUIDE = "5"
    MODEL_OR_GUIDE = "6"
    SEEN_7 = "7"
    """Seen in s_20250602."""


class ForensicScope(Enum):
    """医療観察法対象区分 (item 21)."""

    NONE = "0"
    INPATIENT = "1"
    OUTPATIENT = "2"
    BOTH = "3"
    OWN_SCHEDULE = "4"
    """医療観察診療報酬点数表に規定する診療行為."""


class Anaesthesia(Enum):
    """麻酔識別区分 (item 23)."""

    NONE = "0"
    CLOSED_CIRCUIT_1 = "1"
    """マスク又は気管内挿管による閉鎖循環式全身麻酔１."""
    CLOSED_CIRCUIT_2 = "2"
    CLOSED_CIRCUIT_3 = "3"
    CLOSED_CIRCUIT_4 = "4"
    CLOSED_CIRCUIT_5 = "5"
    NERVE_BLOCK_NAMED_PATIENTS = "6"
    """神経ブロック併施加算（厚生労働大臣が定める患者）."""
    TRANSPLANT_OR_MONITORING = "7"
    """臓器移植術加算・神経ブロック併施加算（イ以外）・モニタリング加算."""
    OESOPHAGEAL_ECHO = "8"
    """術中経食道心エコー連続監視加算."""
    EPIDURAL = "9"
    """硬膜外麻酔併施加算."""


class DrugLink(Enum):
    """医薬品関連区分 (item 29): the kind of drug that the act demands."""

    NONE = "0"
    CONTROLLED = "1"
    """麻薬、毒薬、覚醒剤、向精神薬加算、麻薬注射加算."""
    NERVE_BLOCK = "3"
    """神経ブロック（神経破壊剤使用）."""
    BIOLOGICAL = "4"
    """生物学的製剤加算."""


class AgeRule(Enum):
    """通則年齢 (item 40)."""

    NONE = "0"
    GENERAL = "1"
    """年齢に関する通則加算."""
    NOTE = "2"
    """年齢に関する注加算（Ｅ００２の注２）."""


class TimeAddition(Enum):
    """時間加算区分 (item 43)."""

    NONE = "0"
    AFTER_HOURS = "1"
    """時間外加算等を算定可能 on a base act, 時間外加算 on an addition."""
    HOLIDAY = "2"
    """休日加算."""
    HOLIDAY_FIRST_VISIT = "3"
    """初診料の休日加算."""
    LATE_NIGHT = "4"
    """深夜加算."""
    SPECIAL_AFTER_HOURS = "5"
    """時間外特例加算."""
    EARLY_MORNING_OR_EVENING = "6"
    """夜間・早朝加算."""
    NIGHT = "7"
    """夜間加算."""
    SURGERY_AFTER_HOURS = "8"
    """時間外、深夜、時間外特例加算（手術又は１，０００点以上の処置）."""
    SURGERY_HOLIDAY = "9"
    """休日加算（手術又は１，０００点以上の処置）."""


class StandardLack(Enum):
    """基準適合識別 適合区分 (item 44): fewer points where a standard is not met."""

    NONE = "0"
    REDUCTION = "1"
    """逓減コード自体."""
    REDUCIBLE = "2"
    """基準を満たさない場合、逓減した点数を算定する."""


class InfantTreatment(Enum):
    """処置乳幼児加算区分 (item 46), by age and points of the addition."""

    NONE = "0"
    UNDER_3_OF_110 = "1"
    UNDER_3_OF_55 = "2"
    UNDER_6_OF_110 = "3"
    UNDER_6_OF_83 = "4"
    UNDER_6_OF_55 = "5"


class BedFeeReduction(Enum):
    """入院基本料等減算対象識別 (item 48)."""

    NONE = "0"
    BED_FEE = "1"
    """選定療養、他医療機関受診、標欠、定数超過及び外泊による減算の対象."""
    STAY_ADDITION = "2"
    """標欠及び定数超過による減算の対象となる入院期間加算."""
    CHOSEN_CARE = "3"
    """選定療養の減算コード."""
    OTHER_INSTITUTION_OR_LEAVE = "4"
    """他医療機関受診又は外泊の減算コード."""
    OVERCROWDING_OR_SHORT_STAFF = "5"
    """定数超過又は標欠の減算コード."""


class DonorCost(Enum):
    """ドナー分集計区分 (item 49): whose donor's costs the act adds."""

    NONE = "0"
    KIDNEY = "1"
    STEM_CELLS = "2"
    SKIN = "3"
    LIVER = "4"
    LUNG = "5"
    SMALL_INTESTINE = "6"


class Judgement(Enum):
    """検査等実施判断区分 (item 50)."""

    NONE = "0"
    PERFORMED = "1"
    """実施料."""
    JUDGED = "2"
    """判断料, 診断料."""


class JudgementGroup(Enum):
    """検査等実施判断グループ区分 (item 51): tests and images that share one fee for judging them."""

    NONE = "0"
    URINE_AND_FAECES = "1"
    HAEMATOLOGY = "2"
    BIOCHEMISTRY_1 = "3"
    BIOCHEMISTRY_2 = "4"
    IMMUNOLOGY = "5"
    MICROBIOLOGY = "6"
    BASIC_SPECIMEN = "8"
    LUNG_FUNCTION = "11"
    EEG = "13"
    NERVE_AND_MUSCLE = "14"
    RADIOISOTOPE = "15"
    OPHTHALMOLOGY = "16"
    GENETICS = "17"
    NUCLEAR_SECTION_101 = "31"
    """核医学診断（Ｅ１０１－２からＥ１０１－５）."""
    NUCLEAR_OTHER = "32"
    TOMOGRAPHY = "33"
    PATHOLOGY = "40"
    """病理診断: includes 41 and 42."""
    HISTOLOGY = "41"
    CYTOLOGY = "42"


class EvokedPotential(Enum):
    """脊髄誘発電位測定等加算区分 (item 53)."""

    NONE = "0"
    BRAIN_SPINE_AORTA_OESOPHAGUS = "1"
    THYROID = "2"


class AutomaticSuture(Enum):
    """自動縫合器加算区分 (item 55)."""

    NONE = "0"
    SUTURE = "1"
    APPENDAGE_CLIP = "3"
    """左心耳閉鎖用クリップ使用."""
    SUTURE_OR_APPENDAGE_CLIP = "4"


class OutpatientManagement(Enum):
    """外来管理加算区分 (item 56)."""

    UNRELATED = "0"
    EXCLUDES = "1"
    """外来管理加算を算定できない診療行為."""
    IS_IT = "2"
    """外来管理加算自体."""


class BedCount(Enum):
    """病床数区分 (item 71): beds of the institution, licensed (許可病床) or general (一般病床)."""

    UNRELATED = "0"
    LICENSED_1_TO_99 = "1"
    LICENSED_100_TO_199 = "2"
    LICENSED_UNDER_200 = "3"
    LICENSED_FROM_200 = "4"
    GENERAL_UNDER_200 = "5"
    GENERAL_FROM_200 = "6"
    LICENSED_UNDER_400 = "7"
    LICENSED_FROM_400 = "8"


class ShortStaySurgery(Enum):
    """短期滞在手術 (item 83)."""

    NONE = "0"
    FEE_1 = "1"
    """短期滞在手術等基本料１."""
    ALLOWS_FEE_1 = "2"
    SEEN_3 = "3"
    """Seen in s_ALL20220218, s_20240531 and s_20240628."""
    SEEN_4 = "4"
    """Seen in s_ALL20220218."""


class LongAnaesthesia(Enum):
    """長時間麻酔管理加算 (item 116)."""

    NONE = "0"
    MANAGEMENT = "1"
    REQUIRED_SURGERY = "2"
    """８時間を超える麻酔で実施している必要がある手術."""


class Monitoring(Enum):
    """モニタリング加算 (item 118)."""

    NONE = "0"
    HAEMODYNAMIC = "1"
    REQUIRED_SURGERY = "2"
    CEREBRAL_PERFUSION = "3"


class AppendageClosure(Enum):
    """左心耳閉鎖術併施区分 (item 123)."""

    NONE = "0"
    CLOSURE = "1"
    """左心耳閉鎖術（開胸手術）自体."""
    PERFORMED_TOGETHER = "2"
    SEEN_3 = "3"
    """Seen in s_ALL20220218."""
    SEEN_4 = "4"
    """Seen in s_ALL20220218."""


class InfectionControl(Enum):
    """外来感染対策向上加算等 (item 124); on base acts 1 and 2 mean that it may be billed there."""

    NONE = "0"
    MANAGEMENT_FEE = "1"
    """外来感染対策向上加算（医学管理料等）."""
    HOME_CARE = "2"
    """Base act: 在宅医療. Addition: 連携強化加算（医学管理料等）."""
    SURVEILLANCE_MANAGEMENT_FEE = "3"
    ADDITION_HOME_CARE = "4"
    COOPERATION_HOME_CARE = "5"
    SURVEILLANCE_HOME_CARE = "6"
    SEEN_7 = "7"
    """Seen in s_20240531."""
    SEEN_8 = "8"
    """Seen in s_20240531."""
    SEEN_9 = "9"
    """Seen in s_20240531."""
    SEEN_A = "A"
    """Seen in s_20240531."""


class NegativePressure(Enum):
    """切開創局所陰圧閉鎖処置機器加算 (item 127)."""

    NONE = "0"
    ALLOWED = "1"
    ADDITION = "2"
