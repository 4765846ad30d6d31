"""Which edits a code can concern at all, as bits: worked out once per code and schedule, so a plain line costs little.

A bit only says that an edit has something to look at; the edit itself looks at the row.
"""

from collections.abc import Callable
from typing import Final

from services.claims.domain.edits.special_additions import is_for_hours, is_tied
from services.claims.domain.edits.tables import one_sex_in
from services.claims.domain.masters.act_additions import (
    BedCount,
    DrugLink,
    ForensicScope,
    Judgement,
    OutpatientManagement,
    StandardLack,
)
from services.claims.domain.masters.act_values import (
    ActualDays,
    Bundle,
    DiseaseLink,
    Dpc,
    Institution,
    LimitMode,
    NoticeKind,
    SchemeScope,
    Setting,
)
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.ages import AgeRange
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug, DrugPriceKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.uke.codes import MEAL_SECTION
from services.claims.domain.uke.facts import Sex
from services.shared.kernel.months import Month

ADDITION_KINDS: Final = frozenset({NoticeKind.ADDITION, NoticeKind.GENERAL_ADDITION})
_DPC_ONLY: Final = frozenset({Dpc.DPC_ADVANCED_HOSPITAL, Dpc.DPC_OTHER, Dpc.DPC_SPECIALISED_HOSPITAL})
_ONE_DIGIT: Final = frozenset("239")
_DAYS_COUNTED: Final = frozenset({ActualDays.AT_MOST, ActualDays.BED_FEE})

INPATIENT_ONLY: Final = 1 << 0
OUTPATIENT_ONLY: Final = 1 << 1
MEDICAL_INSURANCE_ONLY: Final = 1 << 2
LATE_ELDERLY_ONLY: Final = 1 << 3
DPC_ONLY: Final = 1 << 4
FORENSIC: Final = 1 << 5
DENTAL: Final = 1 << 6
AGES: Final = 1 << 7
LIMIT_PAID: Final = 1 << 8
AT_MOST_DAYS: Final = 1 << 9
VISIT_FEE: Final = 1 << 10
BED_FEE: Final = 1 << 11
LEAVE: Final = 1 << 12
ONCE_A_DAY: Final = 1 << 13
ADDITION: Final = 1 << 14
NOTE_ADDITION: Final = 1 << 15
TIED: Final = 1 << 16
JUDGED: Final = 1 << 18
BUNDLED: Final = 1 << 19
HOSPITAL_OR_CLINIC: Final = 1 << 20
BEDS: Final = 1 << 21
STANDARDS: Final = 1 << 22
REDUCIBLE: Final = 1 << 23
DISEASE: Final = 1 << 24
DRUGS: Final = 1 << 25
MANAGEMENT: Final = 1 << 26
FALLING: Final = 1 << 27
SPECIMEN: Final = 1 << 28
NEEDS_MODIFIER: Final = 1 << 30
OUTSIDE_INSURANCE: Final = 1 << 31
ONE_SEX: Final = 1 << 32
UNREAD: Final = 1 << 33
"""The receipt itself: set where a line, a disease or a comment has no row."""
COMMENTS: Final = 1 << 34
"""The receipt itself: set where a comment has a row."""
UNPRICED: Final = 1 << 35
"""The receipt itself: a unit has no price for a reason that some edit looks at."""
DIFFERS: Final = 1 << 36
"""The receipt itself: a unit declares other points than its price."""
REMARKED: Final = 1 << 37
"""The receipt itself: a price has a remark."""
QUANTITIES: Final = 1 << 38
"""The receipt itself: an act states a quantity."""
MATERIALS: Final = 1 << 39
"""The receipt itself: a material has a row."""
MEALS: Final = 1 << 40
"""The receipt itself: a unit of meals."""
MOVED: Final = 1 << 41
"""The receipt itself: a disease whose code is no longer in use."""
TWIN: Final = 1 << 42
"""The receipt itself: another live claim of the same person, month and kind is known."""
OUT_OF_TIME: Final = 1 << 43
"""The receipt itself: it was claimed in another month than the one after the treatment."""
WITHOUT_PART: Final = 1 << 44
"""The receipt itself: it states no patient's part (MF)."""
MODIFIERS: Final = 1 << 45
"""The receipt itself: a diagnosis has modifiers, and their master is loaded."""
FOUND: Final = 1 << 51
"""The receipt itself: coding found a code for a diagnosis that is free text."""
OTHER_AGE: Final = 1 << 52
"""The receipt itself: its kind is not of the patient's age."""
HOURS: Final = 1 << 46
LIMIT_LOOKED_AT: Final = 1 << 48
GENERAL: Final = 1 << 49
PERFORMED: Final = 1 << 50
SECTIONS: Final = 1 << 47
"""The receipt itself: an act stands in another section than its points are added up in."""
FACILITY: Final = STANDARDS | REDUCIBLE | HOSPITAL_OR_CLINIC | BEDS
"""Whatever asks what the hospital is or has registered."""

_ACT_BITS: Final[tuple[tuple[int, Callable[[Act], bool]], ...]] = (
    (INPATIENT_ONLY, lambda act: act.setting is Setting.INPATIENT),
    (OUTPATIENT_ONLY, lambda act: act.setting is Setting.OUTPATIENT),
    (MEDICAL_INSURANCE_ONLY, lambda act: act.late_elderly is SchemeScope.MEDICAL_INSURANCE),
    (LATE_ELDERLY_ONLY, lambda act: act.late_elderly is SchemeScope.LATE_ELDERLY),
    (DPC_ONLY, lambda act: act.dpc in _DPC_ONLY),
    (FORENSIC, lambda act: act.forensic is ForensicScope.OWN_SCHEDULE),
    (AGES, lambda act: limits_age(act.ages)),
    (LIMIT_PAID, lambda act: act.limit is not None and act.limit.mode is LimitMode.ALLOW_LIMIT),
    (LIMIT_LOOKED_AT, lambda act: act.limit is not None and act.limit.mode is LimitMode.CHECK),
    (GENERAL, lambda act: act.notice_kind is NoticeKind.GENERAL_ADDITION),
    (PERFORMED, lambda act: act.judgement is Judgement.PERFORMED),
    (AT_MOST_DAYS, lambda act: act.actual_days is ActualDays.AT_MOST),
    (VISIT_FEE, lambda act: act.actual_days is ActualDays.VISIT_FEE),
    (BED_FEE, lambda act: act.actual_days is ActualDays.BED_FEE),
    (LEAVE, lambda act: act.actual_days is ActualDays.OVERNIGHT_LEAVE),
    (ONCE_A_DAY, lambda act: act.actual_days in _DAYS_COUNTED),
    (ADDITION, lambda act: act.notice_kind in ADDITION_KINDS),
    (NOTE_ADDITION, lambda act: act.notice_kind in ADDITION_KINDS and bool(act.note_group)),
    (TIED, is_tied),
    (HOURS, is_for_hours),
    (JUDGED, lambda act: act.judgement is Judgement.JUDGED),
    (BUNDLED, lambda act: act.bundle is not Bundle.NONE),
    (HOSPITAL_OR_CLINIC, lambda act: act.institution in {Institution.HOSPITAL, Institution.CLINIC}),
    (BEDS, lambda act: act.bed_count is not BedCount.UNRELATED),
    (STANDARDS, lambda act: bool(act.facility_standards)),
    (REDUCIBLE, lambda act: act.standard_lack is StandardLack.REDUCIBLE),
    (DISEASE, lambda act: act.disease_link is not DiseaseLink.NONE),
    (DRUGS, lambda act: act.drug_link is not DrugLink.NONE),
    (MANAGEMENT, lambda act: act.outpatient_management is OutpatientManagement.IS_IT),
    (FALLING, lambda act: act.falling),
    (SPECIMEN, lambda act: act.specimen_comment),
)


def act_marks(act: Act) -> int:
    """The bits of an act."""
    return sum(bit for bit, holds in _ACT_BITS if holds(act))


def family(section: str) -> str:
    """What a section (診療識別) and a column of the receipt (点数欄集計先, 別紙7-2) have in common: their first digits.

    Within 投薬, 注射 and 入院 one digit, since a unit's section says more there than the column of one of its acts.
    """
    return section[:1] if section[:1] in _ONE_DIGIT and section[:2] != MEAL_SECTION else section[:2]


def families(act: Act) -> tuple[str, str]:
    """The families of an act's columns on receipts of out- and inpatients; "" for an addition and for no column."""
    if act.notice_kind in ADDITION_KINDS:
        return "", ""
    return family(act.outpatient_column), family(act.inpatient_column)


def drug_marks(drug: Drug) -> int:
    """The bits of a drug."""
    return DENTAL if drug.price_kind is DrugPriceKind.DENTAL_USUAL_AMOUNT else 0


def material_marks(material: Material) -> int:
    """The bits of a material."""
    return AGES if limits_age(material.ages) else 0


def disease_marks(disease: Disease, month: Month) -> int:
    """The bits of a disease in a treatment month."""
    return (
        (NEEDS_MODIFIER if disease.needs_modifier else 0)
        | (OUTSIDE_INSURANCE if disease.outside_insurance else 0)
        | (ONE_SEX if only_sex(disease, month) is not None else 0)
    )


def only_sex(disease: Disease, month: Month) -> Sex | None:
    """The one sex in which the disease occurs, by its ICD-10 numbers; None where it occurs in both or nothing tells."""
    categories = one_sex_in(month)
    return None if categories is None else categories.of(disease.icd10) or categories.of(disease.icd10_second)


def limits_age(ages: AgeRange) -> bool:
    """Whether an age range refuses anybody."""
    return ages.lower is not None or ages.upper is not None
