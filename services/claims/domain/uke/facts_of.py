"""Facts from a draft whose form holds."""

from services.claims.domain.arithmetic import declared_against_lines
from services.claims.domain.uke.codes import INSURER_BEARER, RECORDS_SINCE, UNCODED_DISEASE, receipt_kind
from services.claims.domain.uke.columns import day, split_codes, whole_number
from services.claims.domain.uke.draft import Draft
from services.claims.domain.uke.facts import (
    Diagnosis,
    PayerFacts,
    PayerKind,
    ReceiptFacts,
    Sex,
    SharePoints,
    UncodedDiagnosis,
)
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.line_forms import DiseaseLine, InsurerLine, ProgrammeLine
from services.claims.domain.uke.tally import Tally

_MODIFIER_WIDTH = 4
_MARK_WIDTH = 2


def facts_of(draft: Draft, line_count: int, profile: Profile) -> ReceiptFacts:
    """The facts of a receipt in which no rule was broken that rejects it; AssertionError for any other."""
    head = draft.head
    kind = receipt_kind(head.kind) if head else None
    birth = day(head.birth_date) if head else None
    assert head and kind and birth  # noqa: S101, PT018 - a receipt without them was rejected
    payers = _payers(draft)
    return ReceiptFacts(
        receipt_number=whole_number(head.receipt_number) or 0,
        kind=kind,
        treatment_month=head.treatment_month,
        name=head.name,
        kana=head.kana,
        sex=Sex(head.sex),
        birth_date=birth,
        benefit_percent=whole_number(head.benefit_percent),
        admission_date=day(head.admission_date),
        burden_class=head.burden_class,
        special_marks=split_codes(head.special_marks, _MARK_WIDTH),
        departments=tuple(draft.departments),
        discount_unit_yen=whole_number(head.discount_unit_yen),
        payers=payers,
        shares=tuple(SharePoints(share, points) for share, points in draft.tally.points_of_share.items()),
        meal_lines_yen=draft.tally.meal_yen,
        diagnoses=tuple(_diagnosis(line) for line in draft.diseases if line.disease_code != UNCODED_DISEASE),
        uncoded=tuple(_uncoded(line) for line in draft.diseases if line.disease_code == UNCODED_DISEASE),
        lines=tuple(draft.tally.lines),
        line_count=line_count,
        patient_part_stated=bool(draft.payments),
        arithmetic=tuple(declared_against_lines(payers, profile)),
    )


def _payers(draft: Draft) -> tuple[PayerFacts, ...]:
    programmes = tuple(_programme(line, place, draft.tally) for place, line in enumerate(draft.programmes, 1))
    return programmes if draft.insurer is None else (_insurer(draft, draft.insurer), *programmes)


def _insurer(draft: Draft, line: InsurerLine) -> PayerFacts:
    return PayerFacts(
        position=0,
        kind=PayerKind.INSURER,
        line=line.line,
        number=line.insurer_number.lstrip(" "),
        symbol=line.symbol,
        member_number=line.member_number,
        branch=_branch(draft),
        days=whole_number(line.days) or 0,
        declared_points=whole_number(line.points) or 0,
        line_points=draft.tally.points_of(0),
        meals=whole_number(line.meals) or 0,
        meals_yen=whole_number(line.meals_yen) or 0,
        burden_yen=whole_number(line.burden_yen),
        outpatient_copay_yen=None,
        inpatient_copay_yen=None,
        relief=line.relief,
        relief_percent=whole_number(line.relief_percent),
        relief_yen=whole_number(line.relief_yen),
    )


def _programme(line: ProgrammeLine, position: int, tally: Tally) -> PayerFacts:
    return PayerFacts(
        position=position,
        kind=PayerKind.PROGRAMME,
        line=line.line,
        number=line.programme_number,
        symbol="",
        member_number=line.recipient_number,
        branch="",
        days=whole_number(line.days) or 0,
        declared_points=whole_number(line.points) or 0,
        line_points=tally.points_of(position),
        meals=whole_number(line.meals) or 0,
        meals_yen=whole_number(line.meals_yen) or 0,
        burden_yen=whole_number(line.burden_yen),
        outpatient_copay_yen=whole_number(line.outpatient_copay_yen),
        inpatient_copay_yen=whole_number(line.inpatient_copay_yen),
        relief="",
        relief_percent=None,
        relief_yen=None,
    )


def _branch(draft: Draft) -> str:
    """枝番 of the insurer's SN record; records of treatment before September 2021 are skipped."""
    if draft.head is None or draft.head.treatment_month < RECORDS_SINCE:
        return ""
    return next((line.branch for line in draft.eligibility if line.bearer == INSURER_BEARER), "")


def _diagnosis(line: DiseaseLine) -> Diagnosis:
    start = day(line.start_date)
    assert start  # noqa: S101 - a receipt with another date was rejected
    return Diagnosis(
        line.line, line.disease_code, split_codes(line.modifiers, _MODIFIER_WIDTH), start, line.outcome, line.main != ""
    )


def _uncoded(line: DiseaseLine) -> UncodedDiagnosis:
    start = day(line.start_date)
    assert start  # noqa: S101 - a receipt with another date was rejected
    return UncodedDiagnosis(line.line, line.name, start, line.outcome, line.main != "")
