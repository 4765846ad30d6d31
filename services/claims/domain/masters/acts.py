"""医科診療行為マスター: one medical act, its points and what limits it.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (7) and 別紙7-1 to 7-13. `act_columns` gives the item of each
field; closed sets are in `act_values` and `act_additions`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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
from services.claims.domain.masters.act_values import (
    ActualDays,
    AgeAddition,
    Bundle,
    CountLimit,
    DayCount,
    DiseaseLink,
    Dpc,
    Institution,
    NoticeKind,
    OldPointsKind,
    PointsKind,
    ScheduleKind,
    SchemeScope,
    Setting,
    Step,
    TableNumber,
)
from services.claims.domain.masters.ages import AgeRange
from services.claims.domain.masters.kinds import ChangeClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of the act master.

    `points` are points, yen or percent as `points_kind` tells. `unit_code` is "" where no quantity is written.
    `*_column` are 点数欄集計先. `note_group` ties base acts and the additions by note that they allow, "" for none; of
    one group, acts with equal `note_sequence` exclude each other, and "0" is the base. `facility_standards` are groups
    of codes: of each group the hospital needs one; no group means that none is needed. `drops_without` is the standard
    that item 44 speaks of, "" for none. Flags on an addition say that it is that addition, on a base act that it may be
    billed with it. `outside_general_additions` tells 所定点数の対象とならない. `moved_from` is the code before a merger
    or split (異動関連). `table_sections` is 点数表区分番号. `extra` are the reserves from item 128 on, blank ones at
    the end left out, and what later layouts put there.
    """

    change: ChangeClass
    code: str
    name: str
    kana: str
    unit_code: str
    unit_name: str
    points_kind: PointsKind
    points: Decimal
    setting: Setting
    late_elderly: SchemeScope
    outpatient_column: str
    bundle: Bundle
    dpc: Dpc
    institution: Institution
    image_support: ImageSupport
    forensic: ForensicScope
    nursing_addition: str
    anaesthesia: Anaesthesia
    disease_link: DiseaseLink
    actual_days: ActualDays
    day_count: DayCount
    drug_link: DrugLink
    step: Step | None
    limit: CountLimit | None
    note_group: str
    note_sequence: str
    age_rule: AgeRule
    ages: AgeRange
    time_addition: TimeAddition
    standard_lack: StandardLack
    drops_without: str
    infant_treatment: InfantTreatment
    low_birth_weight: bool
    bed_fee_reduction: BedFeeReduction
    donor_cost: DonorCost
    judgement: Judgement
    judgement_group: JudgementGroup
    falling: bool
    evoked_potential: EvokedPotential
    neck_dissection: bool
    automatic_suture: AutomaticSuture
    outpatient_management: OutpatientManagement
    old_points_kind: OldPointsKind
    old_points: Decimal
    name_changed: bool
    kana_changed: bool
    specimen_comment: bool
    outside_general_additions: bool
    falling_group: str
    endoscopic_ultrasound: bool
    inpatient_column: str
    automatic_anastomosis: bool
    notice_kind: NoticeKind
    schedule_kind: ScheduleKind
    regional_class: int
    bed_count: BedCount
    facility_standards: tuple[tuple[str, ...], ...]
    ultrasonic_coagulation: bool
    short_stay_surgery: ShortStaySurgery
    dental: bool
    table_number: TableNumber
    cited_number: TableNumber
    valid_from: date
    valid_to: date | None
    publication_order: str
    age_additions: tuple[AgeAddition, ...]
    moved_from: str
    base_name: str
    sinus_endoscope: bool
    sinus_tissue_device: bool
    long_anaesthesia: LongAnaesthesia
    table_sections: str
    monitoring: Monitoring
    frozen_tissue: bool
    tumour_specimen: bool
    external_fixator: bool
    ultrasonic_cutting: bool
    appendage_closure: AppendageClosure
    infection_control: InfectionControl
    ent_infant_treatment: bool
    ent_antimicrobial: bool
    negative_pressure: NegativePressure
    extra: tuple[str, ...] = ()
