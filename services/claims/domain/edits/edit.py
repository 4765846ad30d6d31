"""Every edit, as one closed enum in order of precedence: the first that speaks of a receipt decides its outcome.

First what returns a receipt (返戻), then what a person must look at, then what cuts points (査定), then notes. What may
not be recorded on such a receipt at all (記録) returns it; what may not be billed (算定) is cut. Where a machine knows
that something is wrong but not what is right, a person looks at it.

Official codes are 増減点事由 as far as ../shared/reference names them: D 告示・通知の算定要件不合致, F 固定点数誤り,
G 集計誤り. A to C are medical judgement, and no edit here makes one. Codes of 返戻 (L and four digits) are not known to
us: no verified table of them is at hand.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from services.claims.domain.edits import (
    addition_edits,
    code_edits,
    comment_edits,
    count_edits,
    disease_edits,
    facility_edits,
    free_text_edits,
    marks,
    money_edits,
    person_edits,
    receipt_edits,
    recording_edits,
)
from services.claims.domain.edits.hits import Hits
from services.claims.domain.edits.places import Places
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.uke.codes import RECORDS_SINCE
from services.shared.kernel.months import Month


class Severity(Enum):
    """What a finding does to the receipt, gravest first."""

    RETURN = "return"
    """返戻: the whole receipt goes back."""
    REFER = "refer"
    """A person looks at it."""
    REDUCE = "reduce"
    """査定: points are cut; where a machine cannot say how many, a person does."""
    NOTE = "note"
    """Said beside the decision, which it does not change."""


_ACT = "医科診療行為マスター 項番"
_DRUG = "医薬品マスター 項番"
_MATERIAL = "特定器材マスター 項番"
_DISEASE = "傷病名マスター 項番"
_COMMENT = "コメントマスター 項番"
_RECORD = "記録条件仕様 第1章 3 (4) "
NOT_MET: Final = "D"
"""増減点事由 D: 告示・通知の算定要件に合致していない."""
FIXED_POINTS: Final = "F"
"""増減点事由 F: 固定点数誤り."""
ADDED_UP: Final = "G"
"""増減点事由 G: 集計誤り."""

_R, _P, _C, _N = Severity.RETURN, Severity.REFER, Severity.REDUCE, Severity.NOTE
_MF_SINCE = Month.parse(RECORDS_SINCE)


class Edit(Enum):
    """An edit: id, question, source, official code ("" not known to us), severity, since, bits, function.

    `since` is the treatment month from which its rule holds; None where it holds for every month whose masters are
    loaded. `bits` are those of `marks` without which there is nothing to look at.
    """

    id: str
    question: str
    source: str
    official_code: str
    severity: Severity
    since: Month | None
    bits: int
    find: Callable[[Places], Hits]

    def __init__(  # noqa: PLR0917 - one line of the table below is one call
        self,
        edit_id: str,
        question: str,
        source: str,
        official_code: str,
        severity: Severity,
        since: Month | None,
        bits: int,
        find: Callable[[Places], Hits],
    ) -> None:
        self.id = edit_id
        self.question = question
        self.source = source
        self.official_code = official_code
        self.severity = severity
        self.since = since
        self.bits = bits
        self.find = find

    # fmt: off
    # A table: the question, then source, official code, severity, since, bits and function.
    DUPLICATE = (
        "claim.duplicate", "Is this the only live receipt of the person's month and kind?",
        "docs/architecture.md: a differing receipt of one person, month and kind", "",
        _R, None, marks.TWIN, receipt_edits.twin)
    TOO_EARLY = (
        "claim.too-early", "Had the treatment month ended when it was claimed?",
        _RECORD + "ア 請求年月, イ 診療年月", "", _R, None, marks.OUT_OF_TIME, receipt_edits.before_month_end)
    TIME_BARRED = (
        "claim.time-barred", "Could it still be claimed (時効)?",
        "民法 第166条第1項第1号; before 2020-04 第170条第1号", "",
        _R, None, marks.OUT_OF_TIME, receipt_edits.extinguished)
    KIND_AGE = (
        "receipt.kind-age", "Does the receipt's kind (レセプト種別) fit the patient's age in the month?",
        _RECORD + "イ レセプト種別, 別表5; 健康保険法 第74条, 高齢者の医療の確保に関する法律 第50条", "",
        _R, None, marks.OTHER_AGE, receipt_edits.kind_of_another_age)
    ACT_UNKNOWN = (
        "act.unknown", "Does the master know the act's code in this month?",
        _ACT + "3, 87, 88", "", _R, None, marks.UNREAD, code_edits.unknown(MasterKind.ACT))
    DRUG_UNKNOWN = (
        "drug.unknown", "Does the master know the drug's code in this month?",
        _DRUG + "3, 30, 31, 34", "", _R, None, marks.UNREAD, code_edits.unknown(MasterKind.DRUG))
    MATERIAL_UNKNOWN = (
        "material.unknown", "Does the master know the material's code in this month?",
        _MATERIAL + "3, 28, 30", "", _R, None, marks.UNREAD, code_edits.unknown(MasterKind.MATERIAL))
    ACT_NOT_LIVE = (
        "act.not-live", "Is the act's code in force on the treatment day?",
        _ACT + "1, 87, 88", "", _R, None, marks.UNREAD, code_edits.not_live(MasterKind.ACT))
    DRUG_NOT_LIVE = (
        "drug.not-live", "Is the drug's code in force on the treatment day?",
        _DRUG + "1, 30, 31, 34", "", _R, None, marks.UNREAD, code_edits.not_live(MasterKind.DRUG))
    MATERIAL_NOT_LIVE = (
        "material.not-live", "Is the material's code in force on the treatment day?",
        _MATERIAL + "1, 28, 30", "", _R, None, marks.UNREAD, code_edits.not_live(MasterKind.MATERIAL))
    DISEASE_UNKNOWN = (
        "disease.unknown", "Does the master know the disease's code in this month?",
        _DISEASE + "1, 3, 22 to 24", "", _R, None, marks.UNREAD, code_edits.unknown(MasterKind.DISEASE))
    MODIFIER_UNKNOWN = (
        "modifier.unknown", "Does the master know every modifier of the diagnosis?",
        "修飾語マスター 項番1, 3, 14 to 16", "", _R, None, marks.MODIFIERS, disease_edits.unknown_modifier)
    COMMENT_UNKNOWN = (
        "comment.unknown", "Does the master know the comment's code in this month?",
        _COMMENT + "1, 21 to 23", "", _R, None, marks.UNREAD, code_edits.unknown(MasterKind.COMMENT))
    NEEDS_MODIFIER = (
        "disease.needs-modifier", "Does a disease that must not stand alone have its modifier?",
        _DISEASE + "19; 別紙1-1 4 ①", "", _R, None, marks.NEEDS_MODIFIER, disease_edits.needs_modifier)
    NOT_INSURED = (
        "disease.not-insured", "Does an uninsured disease stand beside an insured one?",
        _DISEASE + "20; 別紙1-1 4 ②", "", _R, None, marks.OUTSIDE_INSURANCE, disease_edits.outside_insurance)
    INPATIENT_ONLY = (
        "act.inpatient-only", "May the act be recorded for an outpatient?",
        _ACT + "13", "", _R, None, marks.INPATIENT_ONLY, recording_edits.inpatient_only)
    OUTPATIENT_ONLY = (
        "act.outpatient-only", "May the act be recorded for an inpatient?",
        _ACT + "13", "", _R, None, marks.OUTPATIENT_ONLY, recording_edits.outpatient_only)
    DPC_ONLY = (
        "act.dpc-only", "May the act be recorded on a receipt by acts, and not by DPC alone?",
        _ACT + "18", "", _R, None, marks.DPC_ONLY, recording_edits.dpc_only)
    FORENSIC = (
        "act.forensic", "Is the act of the fee schedule that the insurer pays?",
        _ACT + "21", "", _R, None, marks.FORENSIC, recording_edits.forensic)
    DENTAL = (
        "drug.dental", "May the drug's code be recorded on a medical receipt?",
        _DRUG + "11; 別紙4-2 1 ⑵", "", _R, None, marks.DENTAL, recording_edits.dental_drug)
    QUANTITY_MISSING = (
        "quantity.missing", "Does an act counted by a quantity state a whole one?",
        _ACT + "8; " + _RECORD + "オ (ア)", "", _R, None, marks.UNPRICED, recording_edits.quantity_missing)
    QUANTITY_ZERO = (
        "quantity.zero", "Is the quantity of a stepped act more than 0?",
        _ACT + "35; 別紙7-5 1", "", _R, None, marks.UNPRICED, recording_edits.quantity_zero)
    QUANTITY_BELOW = (
        "quantity.below-lower", "Does the quantity of a stepped act reach what counts?",
        _ACT + "31, 33, 35; 別紙7-5 1", "", _R, None, marks.UNPRICED, recording_edits.quantity_below)
    DRUG_QUANTITY_MISSING = (
        "drug.quantity-missing", "Does the drug state how much was used?",
        _DRUG + "8, 12; " + _RECORD + "オ (イ)", "", _R, None, marks.UNPRICED, recording_edits.drug_quantity_missing)
    MATERIAL_PRICE_MISSING = (
        "material.price-missing", "Does a material at its purchase price state the price?",
        _MATERIAL + "11; 別紙5-1 1 ⑵", "", _R, None, marks.UNPRICED, recording_edits.material_price_missing)
    MATERIAL_UNIT = (
        "material.unit-wrong", "Is the material counted in the unit that is priced?",
        _MATERIAL + "8; " + _RECORD + "オ (ウ)", "", _R, None, marks.UNPRICED, recording_edits.material_unit_wrong)
    VISITS_OVER_DAYS = (
        "days.consultations", "Are there no more visit fees than days of treatment?",
        _ACT + "27, 28; 別紙7-4 3, 4", "", _R, None, marks.VISIT_FEE, count_edits.visits_over_days)
    STAYS_OVER_DAYS = (
        "days.stay", "Are there no more bed fees than days of treatment?",
        _ACT + "27, 28; 別紙7-4 5", "", _R, None, marks.BED_FEE, count_edits.stays_over_days)
    ACT_OVER_DAYS = (
        "days.act", "Is the act done no more often than there are days of treatment?",
        _ACT + "27; 別紙7-4 2", "", _R, None, marks.AT_MOST_DAYS, count_edits.act_over_days)
    LEAVE_ALONE = (
        "stay.outside-without-stay", "Does a night's leave (外泊) stand right behind a bed fee?",
        _ACT + "27; 別紙7-4 6", "", _R, None, marks.LEAVE, count_edits.leave_without_bed)

    LIMIT_LOOKED_AT = (
        "limit.refused", "Is an act whose limit is to be confirmed done no more often than the limit?",
        _ACT + "36, 37 (0)", "", _P, None, marks.LIMIT_LOOKED_AT, count_edits.over_limit_looked_at)
    TWICE_A_DAY = (
        "days.twice", "Is what counts at most once for each day counted once a day?",
        _ACT + "27; 別紙7-4 2, 5", "", _P, None, marks.ONCE_A_DAY, count_edits.twice_a_day)
    OTHER_SEX = (
        "disease.other-sex", "Does the disease occur in the patient's sex?",
        _DISEASE + "16, 17 (ICD-10 categories of one sex)", "", _P, None, marks.ONE_SEX, person_edits.wrong_sex)
    DISEASE_PERHAPS = (
        "disease.asked-for-uncoded", "Is the disease that the act demands among those written as free text?",
        _ACT + "25; " + _DISEASE + "21, 43", "", _P, None, marks.DISEASE, free_text_edits.perhaps_not_named)
    FOUND_NOT_INSURED = (
        "coding.not-insured", "Where free text was coded, does an uninsured disease stand beside an insured one?",
        _DISEASE + "20; 別紙1-1 4 ②; docs/adr/0016", "", _P, None, marks.FOUND, free_text_edits.found_uninsured)
    FOUND_OTHER_SEX = (
        "coding.other-sex", "Does the disease that coding found in free text occur in the patient's sex?",
        _DISEASE + "16, 17 (ICD-10 categories of one sex); docs/adr/0016", "",
        _P, None, marks.FOUND, free_text_edits.found_of_other_sex)
    QUANTITY_ABOVE = (
        "quantity.above-upper", "Does the quantity of a stepped act keep to its upper limit?",
        _ACT + "32, 35 (0, 2); 別紙7-5 2", "", _P, None, marks.REMARKED, recording_edits.quantity_above)
    JUDGED_ALONE = (
        "judgement.without-test", "Does a judgement fee stand beside a test of its group?",
        _ACT + "50, 51", "", _P, None, marks.JUDGED, count_edits.judged_without_test)
    NOTES_TOGETHER = (
        "note.together", "May both additions of the group stand together?",
        _ACT + "38, 39; 別紙7-7 2 ⑵", "", _P, None, marks.NOTE_ADDITION, addition_edits.exclusive)
    BUNDLE_TORN = (
        "bundle.torn", "Are tests that count together counted together?",
        _ACT + "16", "", _P, None, marks.BUNDLED, addition_edits.split_bundle)

    INSURANCE_ONLY = (
        "act.insurance-only", "May the act be billed for a late elderly patient?",
        _ACT + "14", NOT_MET, _C, None, marks.MEDICAL_INSURANCE_ONLY, person_edits.insurance_only)
    LATE_ELDERLY_ONLY = (
        "act.late-elderly-only", "May the act be billed for a patient who is not late elderly?",
        _ACT + "14", NOT_MET, _C, None, marks.LATE_ELDERLY_ONLY, person_edits.late_elderly_only)
    AGE_LOW = (
        "act.age-low", "Is the patient old enough for the act on its day?",
        _ACT + "41", NOT_MET, _C, None, marks.AGES, person_edits.too_young)
    AGE_HIGH = (
        "act.age-high", "Is the patient young enough for the act on its day?",
        _ACT + "42", NOT_MET, _C, None, marks.AGES, person_edits.too_old)
    AGE_OF_BASE = (
        "addition.age", "Is the patient of an age at which the act takes the addition for age?",
        _ACT + "100 to 111", NOT_MET, _C, None, marks.AGES, person_edits.outside_age_of_base)
    MATERIAL_AGE_LOW = (
        "material.age-low", "Is the patient old enough for the material on its day?",
        _MATERIAL + "15", NOT_MET, _C, None, marks.AGES, person_edits.too_young_for_material)
    MATERIAL_AGE_HIGH = (
        "material.age-high", "Is the patient young enough for the material on its day?",
        _MATERIAL + "16", NOT_MET, _C, None, marks.AGES, person_edits.too_old_for_material)
    HOSPITAL_ONLY = (
        "act.hospital-only", "May a clinic bill the act?",
        _ACT + "19 (1)", NOT_MET, _C, None, marks.HOSPITAL_OR_CLINIC, facility_edits.hospital_only)
    CLINIC_ONLY = (
        "act.clinic-only", "May a hospital bill the act?",
        _ACT + "19 (2)", NOT_MET, _C, None, marks.HOSPITAL_OR_CLINIC, facility_edits.clinic_only)
    BEDS = (
        "act.beds", "Has the hospital as many beds as the act is for?",
        _ACT + "71", NOT_MET, _C, None, marks.BEDS, facility_edits.wrong_beds)
    STANDARD_MISSING = (
        "act.standard-missing", "Has the hospital registered a standard that the act demands?",
        _ACT + "72 to 81; 別紙7-8 2, 3", NOT_MET, _C, None, marks.STANDARDS, facility_edits.not_registered)
    DISEASE_ASKED_FOR = (
        "disease.asked-for", "Does the receipt name a disease that the act demands?",
        _ACT + "25; " + _DISEASE + "21, 43", NOT_MET, _C, None, marks.DISEASE, disease_edits.not_named)
    DRUG_ASKED_FOR = (
        "drug.asked-for", "Does the receipt hold a drug of the kind that the act demands?",
        _ACT + "29; " + _DRUG + "14 to 16", NOT_MET, _C, None, marks.DRUGS, addition_edits.without_drug)
    NOTE_ALONE = (
        "note.without-base", "Does an addition by note stand beside an act that allows it?",
        _ACT + "38, 39, 68; 別紙7-7 1", NOT_MET, _C, None, marks.NOTE_ADDITION, addition_edits.without_base)
    RULE_ALONE = (
        "rule.without-act", "Does a general addition stand beside an act?",
        _ACT + "68 (9)", NOT_MET, _C, None, marks.GENERAL, addition_edits.general_without_act)
    TIED = (
        "addition.tied", "Does the addition stand beside an act whose column allows it?",
        _ACT + "20 to 127 (a column for each); 別紙7-6", NOT_MET, _C, None, marks.TIED, addition_edits.not_of_act)
    TIME = (
        "addition.time", "Does an addition for hours stand beside an act that allows one?",
        _ACT + "43", NOT_MET, _C, None, marks.HOURS, addition_edits.not_of_hours)
    COMPANION = (
        "surgery.companion-missing", "Does the act stand beside the one that must be done with it?",
        _ACT + "83, 116 (2), 118 (2), 123", NOT_MET, _C, None, marks.TIED, addition_edits.without_companion)
    MANAGEMENT = (
        "management.excluded", "Is 外来管理加算 on days without an act that excludes it?",
        _ACT + "56", NOT_MET, _C, None, marks.MANAGEMENT, money_edits.excluded_management)
    JUDGED_TWICE = (
        "judgement.twice", "Is a judgement fee billed once for its group and month?",
        _ACT + "50, 51; Ｎ００７ 注2", NOT_MET, _C, None, marks.JUDGED, count_edits.judged_twice)
    MONTH_LIMIT = (
        "bundle.month-limit", "Do tests with a limit of points in the month keep to it?",
        _ACT + "16; docs/pricing.md", NOT_MET, _C, None, marks.BUNDLED, count_edits.over_month_limit)
    LIMIT = (
        "limit.capped", "Is an act whose limit is paid done no more often than the limit?",
        _ACT + "36, 37 (1)", NOT_MET, _C, None, marks.LIMIT_PAID, count_edits.over_limit)
    TAPER_MISSING = (
        "taper.missing", "Are the second and later times of a group in the month billed at less?",
        _ACT + "52, 63; 別紙7-1 2 ⑹, 別紙7-10", NOT_MET, _C, None, marks.FALLING, money_edits.not_falling)
    STANDARD_AT_FULL = (
        "act.standard-at-full", "Does a hospital without the standard bill the act at less?",
        _ACT + "44, 45", NOT_MET, _C, None, marks.REDUCIBLE, money_edits.lacking_at_full)
    ABOVE_PRICE = (
        "points.above-price", "Does a single act declare no more than its fixed points?",
        _ACT + "11, 12; 別紙7-1", FIXED_POINTS, _C, None, marks.DIFFERS, money_edits.above_fixed)
    ABOVE_SUM = (
        "points.above-sum", "Does a computed unit declare no more than its price?",
        "docs/pricing.md", ADDED_UP, _C, None, marks.DIFFERS, money_edits.above_sum)

    BELOW_PRICE = (
        "points.below-price", "Does the unit declare no less than its price? What is not asked for is not paid.",
        "docs/pricing.md", "", _N, None, marks.DIFFERS, money_edits.below)
    LATE = (
        "claim.late", "Was it claimed in the month after the treatment, and not later (月遅れ)?",
        _RECORD + "ア 請求年月; " + _COMMENT + "23 (820000023)", "", _N, None, marks.OUT_OF_TIME, receipt_edits.late)
    NOT_DIVISIBLE = (
        "payment.not-divisible", "Could the receipt be passed to another insurer (振替・分割)?",
        _RECORD + "ウ (オ) 注1; claimed before 2023-03: at any points", "",
        _N, _MF_SINCE, marks.WITHOUT_PART, receipt_edits.not_transferable)
    UNTOLD = (
        "code.untold", "Does the loaded master tell of every code of its month?",
        "マスターファイル仕様説明書 第3章, 変更区分 9", "", _N, None, marks.UNREAD, code_edits.untold)
    ABOLISHED = (
        "disease.abolished", "Is the disease's code still in use, or has it moved to another?",
        _DISEASE + "4, 24; 別紙1-2 2", "", _N, None, marks.MOVED, disease_edits.abolished)
    FOUND_NAMES_DISEASE = (
        "coding.names-disease", "Is the disease that the act demands a recorded code, and not one found in free text?",
        _ACT + "25; " + _DISEASE + "21, 43; docs/adr/0016", "", _N, None, marks.FOUND, free_text_edits.named_by_found)
    FOUND_NOT_USED = (
        "coding.not-used", "Could the code that coding found in free text be recorded in this month?",
        _DISEASE + "3, 19, 22 to 24; 修飾語マスター 項番3, 14 to 16; docs/adr/0016", "",
        _N, None, marks.FOUND, free_text_edits.doubted)
    STANDARDS_UNKNOWN = (
        "hospital.not-known", "Do we know what the hospital is and has registered?",
        _ACT + "19, 44, 71 to 81", "", _N, None, marks.FACILITY, facility_edits.not_known)
    QUANTITY_UNASKED = (
        "quantity.unasked", "Does an act state a quantity only where one is counted?",
        _ACT + "8; " + _RECORD + "オ (ア)", "", _N, None, marks.QUANTITIES, recording_edits.quantity_unasked)
    OTHER_SECTION = (
        "line.section", "Does the act stand in the section that its points are added up in?",
        _ACT + "15, 66; 別紙7-2", "", _N, None, marks.SECTIONS, recording_edits.other_section)
    MATERIAL_PRICE = (
        "material.price-above", "Does the material state no price above the official one?",
        _MATERIAL + "12", "", _N, None, marks.MATERIALS, money_edits.material_price_above)
    MEALS = (
        "meals.yen", "Do meals declare the yen of the master?",
        _ACT + "11 (1), 12", "", _N, None, marks.MEALS, money_edits.meal_yen)
    TAPER_ALONE = (
        "taper.without-act", "Does a falling code stand beside an act that falls?",
        _ACT + "52", "", _N, None, marks.FALLING, money_edits.fallen_alone)
    SPECIMEN = (
        "specimen.without-test", "Does the name of a specimen stand beside a test?",
        _ACT + "61; 別紙7-9", "", _N, None, marks.SPECIMEN, addition_edits.specimen_alone)
    COMMENT_TEXT_MISSING = (
        "comment.text-missing", "Does the comment hold the text that its pattern demands?",
        _COMMENT + "4; 別紙6-1", "", _N, None, marks.COMMENTS, comment_edits.text_missing)
    COMMENT_FORM = (
        "comment.text-form", "Has the comment's text the form of its pattern?",
        _COMMENT + "4, 10 to 17; 別紙6-1, 6-2", "", _N, None, marks.COMMENTS, comment_edits.wrong_form)
    # fmt: on
