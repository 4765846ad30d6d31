"""A receipt's price and findings in the form of the contract: what CheckUkeFile and GetClaim tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from seikyu.claims.v1 import claim_service_pb2, explanation_pb2

from services.claims.adapters.form_findings import form_findings_of
from services.claims.application.full_check import FullCheck
from services.claims.domain.edits.edit import Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.examination import Examination, ExaminedUnit, effect_of
from services.claims.domain.expected_share import ELIGIBILITY_UNASKED
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import ReasonCode
from services.claims.domain.outputs.edit_wording import edit_in_japanese
from services.claims.domain.outputs.wording import in_japanese
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.prices import Total, by_section, by_share
from services.claims.domain.share.split import Workings
from services.claims.domain.share.words import Assumption, assumptions_of, steps_of
from services.claims.domain.treatment import Line
from services.claims.domain.uke.codes import MEAL_SECTION
from services.claims.domain.uke.facts import Diagnosis
from services.claims.domain.uke.findings import Finding, Rule
from services.claims.domain.uke.records import ReceiptRecord
from services.claims.domain.uke.wire import CRLF

EFFECTS: Final = {
    Severity.NOTE: explanation_pb2.RULE_EFFECT_NOTE,
    Severity.REFER: explanation_pb2.RULE_EFFECT_REFER,
    Severity.REDUCE: explanation_pb2.RULE_EFFECT_REDUCE,
    Severity.RETURN: explanation_pb2.RULE_EFFECT_RETURN,
}
STEP: Final = "step"
ASSUMPTION: Final = "assumption"
_SEARCH_NUMBER: Final = ReceiptRecord.layout.index_of("search_number")


def explanation_of(
    examination: Examination, knowledge: explanation_pb2.ScheduleKnowledge
) -> explanation_pb2.ClaimExplanation:
    """Units with their lines, their totals, and what the edits found; shares and notes are a decision's to add."""
    units = [each.unit for each in examination.units]
    prices = [each.price for each in examination.units]
    return explanation_pb2.ClaimExplanation(
        schedule=knowledge,
        units=[_unit(each) for each in examination.units],
        findings=[finding_of(each) for each in examination.findings],
        sections=_totals(by_section(units, prices)),
        benefit_shares=_totals(by_share(units, prices)),
    )


def _totals(totals: Mapping[str, Total]) -> list[explanation_pb2.PointsTotal]:
    return [
        explanation_pb2.PointsTotal(
            code=code, declared_points=of.declared, priced_points=of.priced, unpriced_points=of.unpriced_declared
        )
        for code, of in totals.items()
    ]


def share_steps_of(done: Workings) -> list[explanation_pb2.ShareStep]:
    """The way from points to the patient's yen, then what was taken for granted on it."""
    steps = [
        explanation_pb2.ShareStep(
            step=STEP,
            text=_with_arithmetic(each.english, each.arithmetic),
            text_ja=_with_arithmetic(each.japanese, each.arithmetic),
            yen=each.yen,
        )
        for each in steps_of(done)
    ]
    return [*steps, *map(_assumed, assumptions_of(done))]


def _assumed(assumption: Assumption) -> explanation_pb2.ShareStep:
    return explanation_pb2.ShareStep(step=ASSUMPTION, text=assumption.english, text_ja=assumption.japanese)


def _with_arithmetic(words: str, arithmetic: str) -> str:
    return f"{words}: {arithmetic}" if arithmetic else words


def knowledge_of(schedule: MonthSchedule, as_of: date | None) -> explanation_pb2.ScheduleKnowledge:
    """Which month's schedule was applied, known on which day (None: none was), and which kinds it holds."""
    return explanation_pb2.ScheduleKnowledge(
        treatment_month=str(schedule.month),
        as_of_day=as_of.isoformat() if as_of is not None and schedule.kinds else "",
        loaded_kinds=[kind.name.lower() for kind in MasterKind if schedule.loaded(kind)],
    )


def found_diagnoses_of(found: Iterable[Diagnosis], schedule: MonthSchedule) -> list[explanation_pb2.FoundDiagnosis]:
    """The codes beside free text, each with its name in the master of the month."""
    return [
        explanation_pb2.FoundDiagnosis(
            line=each.line,
            disease_code=each.code,
            modifier_codes=each.modifiers,
            name=_disease_name(schedule, each.code),
        )
        for each in found
    ]


def _disease_name(schedule: MonthSchedule, code: str) -> str:
    """As on the month's first day, else on its last; empty where neither has the code."""
    row = schedule.disease(code, 1) or schedule.disease(code, schedule.month.last_day.day)
    return row.name if row is not None else ""


def _unit(examined: ExaminedUnit) -> explanation_pb2.ExplainedUnit:
    unit, priced = examined.unit, examined.price
    told = explanation_pb2.ExplainedUnit(
        section=unit.section,
        benefit_share=unit.share,
        times=unit.times,
        declared_points=unit.points,
        allowed_points=examined.allowed_points,
        unpriced_reason=priced.why.value if priced.why is not None else "",
        missing=_missing(priced),
        arithmetic=priced.arithmetic if priced.points is not None else "",
        lines=_lines(unit.lines, priced.line_points),
    )
    if priced.points is not None:
        told.priced_points = priced.points
    return told


def _missing(priced: PricedUnit) -> str:
    """The code, or the kind of master by its name."""
    if priced.why is not Unpriced.KIND_NOT_LOADED:
        return priced.missing
    return MasterKind(priced.missing).name.lower()


def _lines(lines: Sequence[Line], own: Sequence[int | None]) -> list[explanation_pb2.ExplainedLine]:
    """The lines; `own` are their points, or nothing where the unit has no price."""
    points = own or (None,) * len(lines)
    return [_line(line, each) for line, each in zip(lines, points, strict=True)]


def _line(line: Line, own_points: int | None) -> explanation_pb2.ExplainedLine:
    told = explanation_pb2.ExplainedLine(line=line.number, record=line.kind.value, item_code=line.code)
    if line.points is not None:
        told.declared_points = line.points
    if own_points is not None:
        told.priced_points = own_points
    return told


def finding_of(found: EditFinding) -> explanation_pb2.RuleFinding:
    """One finding with its rule's source."""
    edit = found.edit
    told = explanation_pb2.RuleFinding(
        line=found.line,
        rule=edit.id,
        official_code=edit.official_code,
        effect=EFFECTS[effect_of(found)],
        message=found.detail,
        message_ja=edit_in_japanese(edit, found.detail),
        source=edit.source,
    )
    if found.points_before is not None:
        told.points_before = found.points_before
    if found.points_after is not None:
        told.points_after = found.points_after
    return told


def checked_receipt_of(index: int, check: FullCheck, as_of: date | None) -> claim_service_pb2.CheckedReceipt:
    """What the check of a file tells of one receipt: its place in the set, and the day whose knowledge was applied."""
    receipt = check.receipt
    told = claim_service_pb2.CheckedReceipt(
        index=index,
        receipt_number=receipt.read.assessment.receipt_number or 0,
        search_number=_search_number(receipt.read.raw.text),
        declared_points=receipt.facts.claimed_points if receipt.facts is not None else 0,
        findings=form_findings_of(receipt.read.assessment.findings),
    )
    if check.examination is not None and check.schedule is not None:
        told.priced_points = points_with_prices(check.examination.units)
        told.explanation.CopyFrom(explanation_of(check.examination, knowledge_of(check.schedule, as_of)))
        told.explanation.findings.extend([_sum_finding(each) for each in receipt.sums])
    if check.share is not None:
        told.patient_yen = check.share.split.patient_yen
        told.explanation.share_steps.extend([*share_steps_of(check.share), _assumed(ELIGIBILITY_UNASKED)])
    return told


def _sum_finding(finding: Finding) -> explanation_pb2.RuleFinding:
    """A payer's points that are not those of its lines: what is above is cut, what falls short is returned."""
    above = finding.rule is Rule.POINTS_ABOVE_LINES
    reason = ReasonCode.DECLARED_ABOVE_LINES if above else ReasonCode.DECLARED_BELOW_LINES
    return explanation_pb2.RuleFinding(
        line=finding.line,
        rule=finding.rule.id,
        official_code=reason.official_code,
        effect=explanation_pb2.RULE_EFFECT_REDUCE if above else explanation_pb2.RULE_EFFECT_RETURN,
        message=finding.message,
        message_ja=in_japanese(reason.name),
        source=f"記録条件仕様 第1章 3 {finding.rule.section}",
    )


def points_with_prices(units: Iterable[ExaminedUnit]) -> int:
    """Σ points × times, meals left out; a unit without a price stands as it was declared."""
    return sum(
        each.unit.times * (each.unit.points if each.price.points is None else each.price.points)
        for each in units
        if each.unit.section != MEAL_SECTION
    )


def _search_number(receipt: str) -> str:
    """検索番号 of RE, empty on a first claim."""
    head = receipt.partition(CRLF)[0].split(",")
    return head[_SEARCH_NUMBER] if len(head) > _SEARCH_NUMBER else ""
