"""Every record type of the specification, field by field (第1章 3 (4)), but the lines of treatment (see `lines`).

Attribute names are the English of this project; the Japanese name stands beside each. Fields of 数字 mode that hold a
code or an identifier keep their zeros; quantities do not. 英数 fields hold only identifiers, whose zeros count too:
the telephone number shows that the specification's example of a dropped zero is meant for quantities.
"""

from services.claims.domain.uke import codes as tables
from services.claims.domain.uke.columns import (
    Record,
    a_day,
    a_month,
    code,
    code_per_day,
    codes,
    digits,
    fixed_text,
    number,
    reserved,
    reserved_run,
    text,
)
from services.claims.domain.uke.layout import Mode, Need

_ALNUM, _WIDE, _EITHER, _DIGITS = Mode.ALNUM, Mode.WIDE, Mode.EITHER, Mode.DIGITS
_REQUIRED = Need.REQUIRED


class InstitutionRecord(Record, record="IR", japanese="医療機関情報レコード", section="ア(ア)"):
    """The head of a volume: who claims, from which agency, for which month."""

    __slots__ = ()
    agency = code("審査支払機関", tables.AGENCY, _REQUIRED)
    prefecture = code("都道府県", tables.PREFECTURE, _REQUIRED)
    score_table = code("点数表", tables.SCORE_TABLE, _REQUIRED)
    institution_code = digits("医療機関コード", 7, _REQUIRED)
    reserved_1 = reserved(_DIGITS, 2)
    name = text("医療機関名称", _WIDE, 40, _REQUIRED)
    claim_month = a_month("請求年月")
    volume = digits("マルチボリューム識別情報", 2, _REQUIRED)
    telephone = text("電話番号", _ALNUM, 15)


class ReceiptRecord(Record, record="RE", japanese="レセプト共通レコード", section="イ"):
    """The head of a receipt: kind, month, patient, marks."""

    __slots__ = ()
    receipt_number = number("レセプト番号", 6, _REQUIRED)
    kind = code("レセプト種別", tables.KIND, _REQUIRED)
    treatment_month = a_month("診療年月")
    name = text("氏名", _EITHER, 40, _REQUIRED)
    sex = code("男女区分", tables.SEX, _REQUIRED)
    birth_date = a_day("生年月日", _REQUIRED)
    benefit_percent = number("給付割合", 3)
    admission_date = a_day("入院年月日")
    wards = codes("病棟区分", 8, table=tables.WARD)
    burden_class = code("一部負担金・食事療養費・生活療養費標準負担額区分", tables.BURDEN)
    special_marks = codes("レセプト特記事項", 10, table=tables.SPECIAL_MARK)
    beds = number("病床数", 4)
    chart_number = text("カルテ番号等", _ALNUM, 20)
    discount_unit_yen = number("割引点数単価", 2)
    reserved_1 = reserved(_DIGITS, 1)
    reserved_2 = reserved(_DIGITS, 1)
    reserved_3 = reserved(_DIGITS, 2)
    search_number = digits("検索番号", 30, fewest=17)
    reserved_4 = reserved(_DIGITS, 5)
    institution_note = text("請求情報", _EITHER, 40)
    department_1 = code("診療科名", tables.DEPARTMENT)
    body_part_1 = code("人体の部位等", tables.BODY_PART)
    patient_group_1 = code("性別等", tables.PATIENT_GROUP)
    procedure_1 = code("医学的処置", tables.PROCEDURE)
    disease_group_1 = code("特定疾病", tables.DISEASE_GROUP)
    department_2 = code("診療科名", tables.DEPARTMENT)
    body_part_2 = code("人体の部位等", tables.BODY_PART)
    patient_group_2 = code("性別等", tables.PATIENT_GROUP)
    procedure_2 = code("医学的処置", tables.PROCEDURE)
    disease_group_2 = code("特定疾病", tables.DISEASE_GROUP)
    department_3 = code("診療科名", tables.DEPARTMENT)
    body_part_3 = code("人体の部位等", tables.BODY_PART)
    patient_group_3 = code("性別等", tables.PATIENT_GROUP)
    procedure_3 = code("医学的処置", tables.PROCEDURE)
    disease_group_3 = code("特定疾病", tables.DISEASE_GROUP)
    kana = text("カタカナ（氏名）", _WIDE, 80)
    patient_states = codes("患者の状態", 60, table=tables.PATIENT_STATE)


class InsurerRecord(Record, record="HO", japanese="保険者レコード", section="ウ(ア)"):
    """The insurer, the insured person, days, declared points and meals."""

    __slots__ = ()
    insurer_number = fixed_text("保険者番号", 8)
    symbol = text("被保険者証（手帳）等の記号", _EITHER, 38)
    member_number = text("被保険者証（手帳）等の番号", _EITHER, 38, _REQUIRED)
    days = number("診療実日数", 2, _REQUIRED)
    points = number("合計点数", 8, _REQUIRED)
    reserved_1 = reserved(_DIGITS, 5)
    meals = number("食事療養・生活療養 回数", 2)
    meals_yen = number("食事療養・生活療養 合計金額", 8)
    duty_reason = code("職務上の事由", tables.DUTY_REASON)
    certificate_number = digits("証明書番号", 3, fewest=1)
    burden_yen = number("負担金額 医療保険", 9)
    relief = code("減免区分", tables.RELIEF)
    relief_percent = number("減額割合", 3)
    relief_yen = number("減額金額", 6)


class ProgrammeRecord(Record, record="KO", japanese="公費レコード", section="ウ(イ)"):
    """A public programme, its recipient, days, declared points, the patient's declared burden and meals."""

    __slots__ = ()
    programme_number = digits("負担者番号", 8, _REQUIRED)
    recipient_number = digits("受給者番号", 7)
    voluntary = code("任意給付区分", tables.VOLUNTARY)
    days = number("診療実日数", 2, _REQUIRED)
    points = number("合計点数", 8, _REQUIRED)
    burden_yen = number("負担金額 公費", 8)
    outpatient_copay_yen = number("公費給付対象外来一部負担金", 6)
    inpatient_copay_yen = number("公費給付対象入院一部負担金", 6)
    reserved_1 = reserved(_DIGITS, 5)
    meals = number("食事療養・生活療養 回数", 2)
    meals_yen = number("食事療養・生活療養 合計金額", 8)


class EligibilityRecord(Record, record="SN", japanese="資格確認レコード", section="ウ(ウ)"):
    """How eligibility was confirmed, and the insured person's branch number (枝番)."""

    __slots__ = ()
    bearer = code("負担者種別", tables.BEARER, _REQUIRED)
    confirmation = code("確認区分", tables.CONFIRMATION, _REQUIRED)
    confirmed_insurer = text("保険者番号等（資格確認）", _ALNUM, 8)
    confirmed_symbol = text("被保険者証（手帳）等の記号（資格確認）", _EITHER, 38)
    confirmed_number = text("被保険者証（手帳）等の番号（資格確認）", _EITHER, 38)
    branch = digits("枝番", 2)
    recipient_number = digits("受給者番号", 7)
    reserved_1 = reserved(_DIGITS, 1)


class VisitsRecord(Record, record="JD", japanese="受診日等レコード", section="ウ(エ)"):
    """On which days of the month the patient came, for one payer."""

    __slots__ = ()
    bearer = code("負担者種別", tables.BEARER, _REQUIRED)
    visits = code_per_day(tables.VISIT)


class WindowPaymentRecord(Record, record="MF", japanese="窓口負担額レコード", section="ウ(オ)"):
    """Which kind of payment the patient made at the window."""

    __slots__ = ()
    payment_class = code("窓口負担額区分", tables.WINDOW_PAYMENT, _REQUIRED)
    reserved_days = reserved_run(_DIGITS, 9)


class NonDpcRecord(Record, record="GR", japanese="包括評価対象外理由レコード", section="ウ(カ)"):
    """Why an inpatient stay is not paid by diagnosis group."""

    __slots__ = ()
    reason = code("医科点数表算定理由", tables.NON_DPC_REASON, _REQUIRED)
    dpc_code = text("ＤＰＣコード", _ALNUM, 14)


class DiseaseRecord(Record, record="SY", japanese="傷病名レコード", section="エ"):
    """A diagnosis: coded, or as free text under code 0000999."""

    __slots__ = ()
    disease_code = digits("傷病名コード", 7, _REQUIRED)
    start_date = a_day("診療開始日", _REQUIRED)
    outcome = code("転帰区分", tables.OUTCOME, _REQUIRED)
    modifiers = codes("修飾語コード", 80, width=4)
    name = text("傷病名称", _WIDE, 40)
    main = code("主傷病", tables.MAIN_DISEASE)
    comment = text("補足コメント", _WIDE, 40)


class NarrativeRecord(Record, record="SJ", japanese="症状詳記レコード", section="カ"):
    """A paragraph of the description of symptoms."""

    __slots__ = ()
    narrative_class = code("症状詳記区分", tables.NARRATIVE)
    narrative = text("症状詳記データ", _WIDE, 2400)


class DonorInstitutionRecord(Record, record="TI", japanese="臓器提供医療機関情報レコード", section="キ(ア)"):
    """Which organ was given, and where it was taken."""

    __slots__ = ()
    organ = code("臓器提供区分", tables.ORGAN, _REQUIRED)
    site = code("臓器提供医療機関区分", tables.DONOR_SITE, _REQUIRED)
    prefecture = code("都道府県", tables.PREFECTURE)
    score_table = code("点数表", tables.SCORE_TABLE)
    institution_code = digits("医療機関コード", 7)
    reserved_1 = reserved(_DIGITS, 2)
    name = text("医療機関名称", _WIDE, 40)
    address = text("医療機関所在地", _WIDE, 80)
    telephone = text("電話番号", _ALNUM, 15)


class DonorReceiptRecord(Record, record="TR", japanese="臓器提供者レセプト情報レコード", section="キ(イ)"):
    """The head of a donor's receipt; the donor's name is not recorded."""

    __slots__ = ()
    receipt_number = number("レセプト番号", 6, _REQUIRED)
    kind = code("臓器提供者レセプト種別", tables.DONOR_KIND, _REQUIRED)
    treatment_month = a_month("診療年月")
    reserved_1 = reserved(_EITHER, 40)
    sex = code("男女区分", tables.SEX, _REQUIRED)
    birth_date = a_day("生年月日", _REQUIRED)
    reserved_2 = reserved(_DIGITS, 3)
    admission_date = a_day("入院年月日")
    wards = codes("病棟区分", 8, table=tables.WARD)
    reserved_3 = reserved(_DIGITS, 1)
    special_marks = codes("レセプト特記事項", 10, table=tables.SPECIAL_MARK)
    reserved_4 = reserved(_DIGITS, 4)
    chart_number = text("カルテ番号等", _ALNUM, 20)
    discount_unit_yen = number("割引点数単価", 2)
    reserved_5 = reserved(_DIGITS, 1)
    reserved_6 = reserved(_DIGITS, 1)
    reserved_7 = reserved(_DIGITS, 2)


class DonorClaimRecord(Record, record="TS", japanese="臓器提供者請求情報レコード", section="キ(ウ)"):
    """The donor's days, points and meals."""

    __slots__ = ()
    days = number("診療実日数", 2, _REQUIRED)
    points = number("合計点数", 8, _REQUIRED)
    meals = number("食事療養・生活療養 回数", 2)
    meals_yen = number("食事療養・生活療養 合計金額", 8)


class TotalsRecord(Record, record="GO", japanese="診療報酬請求書レコード", section="ク"):
    """The end of a volume; in the last one, how many payer records and points were claimed."""

    __slots__ = ()
    count = number("総件数", 6)
    points = number("総合計点数", 10)
    volume = digits("マルチボリューム識別情報", 2, _REQUIRED)
