"""The columns of the act master: item (項番), Japanese name, field of `Act` and form.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (7). Items 4, 6 and 9 count the characters of names and are
checked against them; 17, 24, 26 and 65 are reserves; 128 to 150 are reserves at the end, kept raw (`Act.extra`). 124 to
127 came with the fee schedule of April 2022: records of an earlier day leave them blank.
"""

from typing import Final

from services.claims.domain.masters.act_additions import (
    AgeRule,
    Anaesthesia,
    AppendageClosure,
    AutomaticSuture,
    BedCount,
    BedFeeReduction,
    DonorCost,
    DrugLink,
    EvokedPotential,
    ForensicScope,
    ImageSupport,
    InfantTreatment,
    InfectionControl,
    Judgement,
    JudgementGroup,
    LongAnaesthesia,
    Monitoring,
    NegativePressure,
    OutpatientManagement,
    ShortStaySurgery,
    StandardLack,
    TimeAddition,
)
from services.claims.domain.masters.act_tables import FALLING_GROUPS, NURSING_ADDITIONS, RECEIPT_COLUMNS
from services.claims.domain.masters.act_values import (
    ActualDays,
    Bundle,
    DayCount,
    DiseaseLink,
    Dpc,
    Institution,
    LimitMode,
    NoticeKind,
    OldPointsKind,
    PointsKind,
    ScheduleKind,
    SchemeScope,
    Setting,
    StepBounds,
)
from services.claims.domain.masters.fields import (
    Column,
    age,
    amount,
    choice,
    code,
    day,
    digits,
    flag,
    key_of,
    kind_letter,
    last_day,
    length,
    number,
    one_of,
    optional_flag,
    pattern,
    reference,
    reserve,
    short_reference,
    text,
)
from services.claims.domain.masters.kinds import CHANGES_BUT_REVIVAL
from services.claims.domain.masters.units import UNITS

_ADDITION_AGES = ("AA", "B3", "BF", "BK")
_STANDARDS_GROUPS = ((72, 6), (78, 3), (81, 1))
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"


def _facility_standards() -> tuple[Column, ...]:
    """Items 72 to 81: three groups of six, three and one."""
    form = short_reference(4)
    places = [(group, first + place) for group, (first, many) in enumerate(_STANDARDS_GROUPS) for place in range(many)]
    return tuple(
        Column(item, f"施設基準{_CIRCLED[item - 72]}", f"facility_standards.{group}", form) for group, item in places
    )


def _age_additions() -> tuple[Column, ...]:
    """Items 100 to 111: four times lower age, upper age and the addition's code."""
    lower, upper, addition = age(special=_ADDITION_AGES), age({"AE"}, _ADDITION_AGES), reference(9)
    return tuple(
        Column(100 + 3 * place + offset, f"年齢加算{_CIRCLED[place]} {name}", f"age_additions.{place}.{field}", form)
        for place in range(4)
        for offset, (name, field, form) in enumerate(
            (
                ("下限年齢", "ages.lower", lower),
                ("上限年齢", "ages.upper", upper),
                ("注加算診療行為コード", "code", addition),
            )
        )
    )


_NUMBERS = (("章", "chapter", 1, 1), ("部", "part", 2, 2), ("区分番号", "section", 3, 3), ("枝番", "branch", 2, 2))


def _table_number(first: int, name: str, field: str) -> tuple[Column, ...]:
    """Five items; the last has two digits in the specification and three in files of 2024."""
    places = (*_NUMBERS, ("項番", "item", 2, 3))
    return tuple(
        Column(first + offset, f"{name} {japanese}", f"{field}.{part}", digits(least, most))
        for offset, (japanese, part, least, most) in enumerate(places)
    )


_POINTS = amount(7)
_QUANTITY = number(8)
_LETTER = pattern("a capital letter, - or *, or blank", r"[A-Z*-]?")

ACT_COLUMNS: Final = (
    Column(1, "変更区分", "change", choice(CHANGES_BUT_REVIVAL)),
    Column(2, "マスター種別", "", kind_letter("S")),
    Column(3, "診療行為コード", "code", code(r"1[0-9]{8}", "9 digits, the first 1")),
    Column(4, "診療行為省略名称 省略漢字有効桁数", "", length()),
    Column(5, "診療行為省略名称 省略漢字名称", "name", text(32)),
    Column(6, "診療行為省略名称 省略カナ有効桁数", "", length()),
    Column(7, "診療行為省略名称 省略カナ名称", "kana", text(20)),
    Column(8, "データ規格コード", "unit_code", key_of(UNITS)),
    Column(9, "データ規格名 漢字有効桁数", "", length()),
    Column(10, "データ規格名 漢字名称", "unit_name", text(6)),
    Column(11, "新又は現点数 点数識別", "points_kind", one_of(PointsKind)),
    Column(12, "新又は現点数", "points", _POINTS),
    Column(13, "入外適用区分", "setting", one_of(Setting)),
    Column(14, "後期高齢者医療適用区分", "late_elderly", one_of(SchemeScope)),
    Column(15, "点数欄集計先識別（入院外）", "outpatient_column", key_of(RECEIPT_COLUMNS)),
    Column(16, "包括対象検査", "bundle", one_of(Bundle)),
    Column(17, "予備", "", reserve()),
    Column(18, "ＤＰＣ適用区分", "dpc", one_of(Dpc)),
    Column(19, "病院・診療所区分", "institution", one_of(Institution, {"3"})),
    Column(20, "画像等手術支援加算", "image_support", one_of(ImageSupport, {"7"})),
    Column(21, "医療観察法対象区分", "forensic", one_of(ForensicScope)),
    Column(22, "看護加算", "nursing_addition", key_of(NURSING_ADDITIONS, {"72"})),
    Column(23, "麻酔識別区分", "anaesthesia", one_of(Anaesthesia)),
    Column(24, "予備", "", reserve()),
    Column(25, "傷病名関連区分", "disease_link", one_of(DiseaseLink)),
    Column(26, "予備", "", reserve()),
    Column(27, "実日数", "actual_days", one_of(ActualDays)),
    Column(28, "日数・回数", "day_count", one_of(DayCount)),
    Column(29, "医薬品関連区分", "drug_link", one_of(DrugLink)),
    Column(30, "きざみ値計算識別", "step.used", flag()),
    Column(31, "きざみ値 下限値", "step.lower", _QUANTITY),
    Column(32, "きざみ値 上限値", "step.upper", _QUANTITY),
    Column(33, "きざみ値", "step.width", _QUANTITY),
    Column(34, "きざみ点数", "step.points", _POINTS),
    Column(35, "きざみ値 上下限エラー処理", "step.bounds", one_of(StepBounds)),
    Column(36, "上限回数", "limit.times", number(3)),
    Column(37, "上限回数エラー処理", "limit.mode", one_of(LimitMode)),
    Column(38, "注加算コード", "note_group", short_reference(4)),
    Column(39, "注加算通番", "note_sequence", pattern("a digit or a capital letter", r"[0-9A-Z]")),
    Column(40, "通則年齢", "age_rule", one_of(AgeRule)),
    Column(41, "上下限年齢 下限年齢", "ages.lower", age(special=("AA", "B3", "B6", "BF", "BK"))),
    Column(42, "上下限年齢 上限年齢", "ages.upper", age()),
    Column(43, "時間加算区分", "time_addition", one_of(TimeAddition)),
    Column(44, "基準適合識別 適合区分", "standard_lack", one_of(StandardLack)),
    Column(45, "基準適合識別 対象施設基準", "drops_without", short_reference(4)),
    Column(46, "処置乳幼児加算区分", "infant_treatment", one_of(InfantTreatment)),
    Column(47, "極低出生体重児加算区分", "low_birth_weight", flag()),
    Column(48, "入院基本料等減算対象識別", "bed_fee_reduction", one_of(BedFeeReduction)),
    Column(49, "ドナー分集計区分", "donor_cost", one_of(DonorCost)),
    Column(50, "検査等実施判断区分", "judgement", one_of(Judgement)),
    Column(51, "検査等実施判断グループ区分", "judgement_group", one_of(JudgementGroup)),
    Column(52, "逓減対象区分", "falling", flag()),
    Column(53, "脊髄誘発電位測定等加算区分", "evoked_potential", one_of(EvokedPotential)),
    Column(54, "頸部郭清術併施加算区分", "neck_dissection", flag()),
    Column(55, "自動縫合器加算区分", "automatic_suture", one_of(AutomaticSuture)),
    Column(56, "外来管理加算区分", "outpatient_management", one_of(OutpatientManagement)),
    Column(57, "旧点数 点数識別", "old_points_kind", one_of(OldPointsKind)),
    Column(58, "旧点数", "old_points", _POINTS),
    Column(59, "漢字名称変更区分", "name_changed", flag()),
    Column(60, "カナ名称変更区分", "kana_changed", flag()),
    Column(61, "検体検査コメント", "specimen_comment", flag()),
    Column(62, "通則加算所定点数対象区分", "outside_general_additions", flag()),
    Column(63, "包括逓減区分", "falling_group", key_of(FALLING_GROUPS, {"115"})),
    Column(64, "超音波内視鏡加算区分", "endoscopic_ultrasound", flag()),
    Column(65, "予備", "", reserve()),
    Column(66, "点数欄集計先識別（入院）", "inpatient_column", key_of(RECEIPT_COLUMNS)),
    Column(67, "自動吻合器加算区分", "automatic_anastomosis", flag("2")),
    Column(68, "告示等識別区分（１）", "notice_kind", one_of(NoticeKind)),
    Column(69, "告示等識別区分（２）", "schedule_kind", one_of(ScheduleKind)),
    Column(70, "地域加算", "regional_class", choice({str(grade): grade for grade in range(8)})),
    Column(71, "病床数区分", "bed_count", one_of(BedCount)),
    *_facility_standards(),
    Column(82, "超音波凝固切開装置等加算区分", "ultrasonic_coagulation", flag()),
    Column(83, "短期滞在手術", "short_stay_surgery", one_of(ShortStaySurgery, {"3", "4"})),
    Column(84, "歯科適用区分", "dental", flag()),
    Column(85, "コード表用番号（アルファベット部）", "table_number.letter", _LETTER),
    Column(86, "告示・通知関連番号（アルファベット部）", "cited_number.letter", _LETTER),
    Column(87, "変更年月日", "valid_from", day()),
    Column(88, "廃止年月日", "valid_to", last_day()),
    Column(89, "公表順序番号", "publication_order", digits(1, 9)),
    *_table_number(90, "コード表用番号", "table_number"),
    *_table_number(95, "告示・通知関連番号", "cited_number"),
    *_age_additions(),
    Column(112, "異動関連", "moved_from", reference(9)),
    Column(113, "基本漢字名称", "base_name", text(64)),
    Column(114, "副鼻腔手術用内視鏡加算", "sinus_endoscope", flag()),
    Column(115, "副鼻腔手術用骨軟部組織切除機器加算", "sinus_tissue_device", flag()),
    Column(116, "長時間麻酔管理加算", "long_anaesthesia", one_of(LongAnaesthesia)),
    Column(117, "点数表区分番号", "table_sections", text(30)),
    Column(118, "モニタリング加算", "monitoring", one_of(Monitoring)),
    Column(119, "凍結保存同種組織加算", "frozen_tissue", flag()),
    Column(120, "悪性腫瘍病理組織標本加算", "tumour_specimen", flag()),
    Column(121, "創外固定器加算", "external_fixator", flag()),
    Column(122, "超音波切削機器加算", "ultrasonic_cutting", flag()),
    Column(123, "左心耳閉鎖術併施区分", "appendage_closure", one_of(AppendageClosure, {"3", "4"})),
    Column(
        124, "外来感染対策向上加算等", "infection_control", one_of(InfectionControl, set("789A"), InfectionControl.NONE)
    ),
    Column(125, "耳鼻咽喉科乳幼児処置加算", "ent_infant_treatment", optional_flag()),
    Column(126, "耳鼻咽喉科小児抗菌薬適正使用支援加算", "ent_antimicrobial", optional_flag()),
    Column(
        127, "切開創局所陰圧閉鎖処置機器加算", "negative_pressure", one_of(NegativePressure, (), NegativePressure.NONE)
    ),
)
