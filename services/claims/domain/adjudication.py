"""Adjudication of one receipt: its facts, eligibility's answers and its examination in, the decision out.

Rules stand in order of precedence and the first that speaks decides: not covered, third party, benefit shares that
contradict, declared below the lines; then what the edits return, refer to a person, and cut; then what is declared
above the lines. What has no price is accepted as declared, with the note `unpriced` and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.claims.domain.edits.edit import Severity
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.examination import Examination, effect_of
from services.claims.domain.outcome import Decision, Outcome, PayerPart, Reason, ReasonCode
from services.claims.domain.share.case import LimitCategory, ShareCase
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.ratio import turns_75_in
from services.claims.domain.share.receipt import case_of_receipt
from services.claims.domain.share.split import share_of
from services.claims.domain.uke.codes import BENEFIT_SHARES, ReceiptKind
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.claims.domain.uke.treatment_of import month_of
from services.shared.kernel.money import TENTHS, YEN_PER_POINT
from services.shared.kernel.months import Month

THIRD_PARTY_MARK = "10"
"""レセプト特記事項 10 (第三), 別表9."""

UNPRICED = "unpriced"
"""Some unit has no price: its points stand as declared. Each reason follows as `unpriced.<why>:<what is missing>`."""
MOST_UNPRICED = 32
"""Reasons that are told one by one; how many more there are follows as `unpriced.and-more:<count>`."""
MEALS_UNSETTLED = "meals_unsettled"
"""入院時食事療養費 stands on the receipt in yen, outside its points; this decision neither splits nor pays it."""
INSURER_BURDEN_DIFFERS = "insurer_burden_differs"
"""The insurer's record declares another burden (負担金額) than ratio and limit leave to the patient and programmes."""
DISCOUNT_UNAPPLIED = "discount_unapplied"
"""The receipt states a discounted price of a point (割引点数単価); a point was taken as ten yen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Eligibility's answer for one payer; `reason` is the name of its CoverReason without the prefix.

    `copay_tenths` is the insurer's 自己負担割合, 0 to 10, and 0 for a public programme; ValueError beyond. `category`
    is the class of the monthly limit (適用区分), None where none is recorded.
    """

    payer_number: str
    covered: bool
    reason: str
    copay_tenths: int
    public_programme: bool
    category: LimitCategory | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.copay_tenths <= TENTHS:
            raise ValueError(f"copay_tenths must be 0 to {TENTHS}, not {self.copay_tenths}")


@dataclass(frozen=True, slots=True)
class BilledPayer:
    """One payer of a receipt: position (0 insurer, 1 to 4 programmes), what it declares and what its lines add up to.

    `burden_yen` is None where the record declares no burden.
    """

    position: int
    kind: PayerKind
    number: str
    declared_points: int
    line_points: int
    burden_yen: int | None
    meals_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationFacts:
    """What adjudication needs of a receipt beside its treatment; no personal data.

    `shares` are pairs of benefit share and points. `turns_75`: the 75th birthday lies in the treatment month, after its
    first day. `payers` holds at least one payer, the insurer first where there is one.
    """

    kind: ReceiptKind
    month: Month
    special_marks: tuple[str, ...]
    burden_class: str
    turns_75: bool
    discount_unit_yen: int | None
    payers: tuple[BilledPayer, ...]
    shares: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        if not self.payers:
            raise ValueError("a receipt has at least one payer")


def adjudication_facts(facts: ReceiptFacts) -> AdjudicationFacts:
    """The part of a receipt's facts that adjudication needs."""
    month = month_of(facts.treatment_month)
    return AdjudicationFacts(
        kind=facts.kind,
        month=month,
        special_marks=facts.special_marks,
        burden_class=facts.burden_class,
        turns_75=turns_75_in(facts.birth_date, month),
        discount_unit_yen=facts.discount_unit_yen,
        payers=tuple(
            BilledPayer(
                each.position,
                each.kind,
                each.number,
                each.declared_points,
                each.line_points,
                each.burden_yen,
                each.meals_yen,
            )
            for each in facts.payers
        ),
        shares=tuple((each.share, each.points) for each in facts.shares),
    )


def adjudicate(
    facts: AdjudicationFacts,
    covers: Sequence[Cover],
    examination: Examination,
    programmes: ProgrammeTable = NATIONAL,
) -> Decision:
    """Decide one claim. `covers` has eligibility's answers in any order; one for a payer not on the receipt is ignored.

    `programmes` are the public programmes that are known, local ones (地方単独事業) among them.

    A payer without an answer pends the claim. Never raises for a well-typed receipt: what contradicts itself is
    returned.
    """
    grounds = (
        _cover_grounds(facts, covers)
        or _third_party_grounds(facts)
        or _repeated_payer_grounds(facts)
        or _share_grounds(facts)
        or _shortfall_grounds(facts)
    )
    if grounds:
        return _refused(grounds[0].code.outcome, tuple([_reason(each) for each in grounds]), examination)
    returning = examination.of_severity(Severity.RETURN)
    if returning:
        return _refused(Outcome.RETURNED, _edit_reasons(returning), examination)
    referring = tuple([each for each in examination.findings if asks_a_person(each)])
    if referring:
        return _refused(Outcome.PENDED, _edit_reasons(referring), examination)
    return _accepted(facts, covers, examination, programmes)


def asks_a_person(finding: EditFinding) -> bool:
    """Whether a person must decide: the edit says so, or it cuts and a machine cannot say what is left."""
    return effect_of(finding) is Severity.REFER


def _edit_reasons(findings: Sequence[EditFinding]) -> tuple[Reason, ...]:
    """A reason for each edit that spoke, in order of precedence, with its first detail; lines stand in the findings."""
    first = {finding.edit: finding for finding in reversed(findings)}
    edits = dict.fromkeys(finding.edit for finding in findings)
    return tuple([Reason(edit, edit.official_code, first[edit].detail, "") for edit in edits])


class _Ground(NamedTuple):
    """A reason before it is worded: its code, and the payer that it concerns or nothing."""

    code: ReasonCode
    payer_number: str = ""


def _reason(ground: _Ground) -> Reason:
    return Reason(ground.code, ground.code.official_code, ground.code.says, ground.payer_number)


def _cover_grounds(facts: AdjudicationFacts, covers: Sequence[Cover]) -> tuple[_Ground, ...]:
    """A ground for each payer that does not cover the member or did not answer, the gravest first."""
    answered = {each.payer_number for each in covers if each.covered}
    if len(answered) == len(covers) and answered.issuperset([payer.number for payer in facts.payers]):
        return ()
    refusals = {each.payer_number: each.reason for each in covers if not each.covered}
    found = [
        _Ground(_cover_code(refusals.get(payer.number)), payer.number)
        for payer in facts.payers
        if payer.number in refusals or payer.number not in answered
    ]
    return tuple(sorted(found, key=lambda ground: _PRECEDENCE[ground.code]))


_PRECEDENCE = {code: place for place, code in enumerate(ReasonCode)}
_COVER_CODES = {code.value: code for code in ReasonCode if _PRECEDENCE[code] < _PRECEDENCE[ReasonCode.NOT_COVERED]}


def _cover_code(refusal: str | None) -> ReasonCode:
    """The code of eligibility's reason; a reason this version does not know is NOT_COVERED."""
    if refusal is None:
        return ReasonCode.COVER_UNANSWERED
    return _COVER_CODES.get(refusal, ReasonCode.NOT_COVERED)


def _third_party_grounds(facts: AdjudicationFacts) -> tuple[_Ground, ...]:
    """Where another person caused the injury, the payers claim from that person first: people decide.

    健康保険法 第57条, 国民健康保険法 第64条.
    """
    return (_Ground(ReasonCode.THIRD_PARTY),) if THIRD_PARTY_MARK in facts.special_marks else ()


def _repeated_payer_grounds(facts: AdjudicationFacts) -> tuple[_Ground, ...]:
    """One payer makes one transfer for a decision, so it stands on the receipt once."""
    numbers = [payer.number for payer in facts.payers]
    if len(set(numbers)) == len(numbers):
        return ()
    return (_Ground(ReasonCode.PAYER_REPEATED, next(each for each in numbers if numbers.count(each) > 1)),)


def _share_grounds(facts: AdjudicationFacts) -> tuple[_Ground, ...]:
    """Benefit shares contradict where they name absent payers, fall below zero, or do not carry a payer's points.

    The payer whose points enter the total is the first. Another payer may exceed its own lines by as much as the first
    does (the same wrong sum in both columns), but no more: beyond that, its points lie on lines it does not share.
    """
    backed = dict.fromkeys([payer.position for payer in facts.payers], 0)
    for share, points in facts.shares:
        positions = BENEFIT_SHARES.get(share, ())
        if not positions or points < 0:
            return (_Ground(ReasonCode.SHARES_CONTRADICT),)
        for position in positions:
            if position not in backed:
                return (_Ground(ReasonCode.SHARES_CONTRADICT),)
            backed[position] += points
    excess = max(0, _excess_points(facts))
    wrong = [
        payer.number
        for payer in facts.payers
        if payer.line_points != backed[payer.position] or payer.declared_points - payer.line_points > excess
    ]
    return tuple([_Ground(ReasonCode.SHARES_CONTRADICT, number) for number in wrong])


def _excess_points(facts: AdjudicationFacts) -> int:
    """By how much the first payer's declared points exceed its lines; negative where they fall short."""
    return facts.payers[0].declared_points - facts.payers[0].line_points


def _shortfall_grounds(facts: AdjudicationFacts) -> tuple[_Ground, ...]:
    """Points declared below the lines are never raised: the hospital must say which of the two it means."""
    short = [payer.number for payer in facts.payers if payer.declared_points < payer.line_points]
    return tuple([_Ground(ReasonCode.DECLARED_BELOW_LINES, number) for number in short])


def _accepted(
    facts: AdjudicationFacts, covers: Sequence[Cover], examination: Examination, programmes: ProgrammeTable
) -> Decision:
    """The lines as the examination leaves them, split.

    Cut are what the edits took from lines, from every payer that shares them, and what the first payer declares above
    its lines (増減点事由 H), which lies on no payer's lines.
    """
    excess = _excess_points(facts)
    cuts = examination.cuts()
    lines = _line_points(facts)
    split = share_of(case_of_points(facts, covers, _left_of(lines, cuts), programmes), programmes)
    reasons = _edit_reasons(examination.of_severity(Severity.REDUCE))
    if excess:
        reasons = (_reason(_Ground(ReasonCode.DECLARED_ABOVE_LINES, facts.payers[0].number)), *reasons)
    billed_points = sum(lines.values()) + excess
    reduced_points = excess + sum(cuts.values())
    yen = split.payer_yen
    parts = tuple([_part(each, cuts, yen[each.position]) for each in facts.payers])
    return Decision(
        outcome=Outcome.REDUCED if reduced_points else Outcome.APPROVED,
        reasons=reasons if reduced_points else (),
        billed_points=billed_points,
        billed_yen=billed_points * YEN_PER_POINT,
        parts=parts,
        patient_yen=split.patient_yen,
        reduced_yen=reduced_points * YEN_PER_POINT,
        notes=_notes(facts, examination, parts[0]),
        examination=examination,
    )


def share_case(
    facts: AdjudicationFacts,
    covers: Sequence[Cover],
    examination: Examination,
    programmes: ProgrammeTable = NATIONAL,
) -> ShareCase:
    """What an accepted receipt's split is made of, for whoever explains it."""
    return case_of_points(facts, covers, _left_of(_line_points(facts), examination.cuts()), programmes)


def _line_points(facts: AdjudicationFacts) -> dict[str, int]:
    """Points of the lines by benefit share, as declared."""
    lines: dict[str, int] = {}
    for share, points in facts.shares:
        lines[share] = lines.get(share, 0) + points
    return lines


def _left_of(lines: Mapping[str, int], cuts: Mapping[str, int]) -> Mapping[str, int]:
    return {share: points - cuts.get(share, 0) for share, points in lines.items()} if cuts else lines


def _part(payer: BilledPayer, cuts: Mapping[str, int], yen: int) -> PayerPart:
    points = payer.line_points - _cut_for(payer.position, cuts) if cuts else payer.line_points
    return PayerPart(payer.number, payer.kind, payer.position, points, yen)


def _cut_for(position: int, cuts: Mapping[str, int]) -> int:
    """Points cut from the lines that a payer shares."""
    return sum(points for share, points in cuts.items() if position in BENEFIT_SHARES[share])


def case_of_points(
    facts: AdjudicationFacts,
    covers: Sequence[Cover],
    points: Mapping[str, int],
    programmes: ProgrammeTable = NATIONAL,
) -> ShareCase:
    """The receipt as the split sees it; where there is no insurer, all ten tenths are the programmes' to bear."""
    lead = facts.payers[0]
    cover = next(each for each in covers if each.payer_number == lead.number)
    return case_of_receipt(
        kind=facts.kind,
        month=facts.month,
        points=points,
        payers=[(each.position, each.number, each.burden_yen) for each in facts.payers],
        copay_tenths=cover.copay_tenths if lead.kind is PayerKind.INSURER else TENTHS,
        marks=facts.special_marks,
        burden_class=facts.burden_class,
        category=cover.category,
        turns_75=facts.turns_75,
        programmes=programmes,
    )


def _refused(outcome: Outcome, reasons: tuple[Reason, ...], examination: Examination) -> Decision:
    """No money is decided, so there is nothing that the decision's money leaves out."""
    return Decision(
        outcome=outcome,
        reasons=reasons,
        billed_points=0,
        billed_yen=0,
        parts=(),
        patient_yen=0,
        reduced_yen=0,
        notes=(),
        examination=examination,
    )


def _notes(facts: AdjudicationFacts, examination: Examination, lead: PayerPart) -> tuple[str, ...]:
    """What the money of an accepted claim leaves out, and then what has no price, which may be much."""
    notes = []
    if sum(payer.meals_yen for payer in facts.payers):
        notes.append(MEALS_UNSETTLED)
    if lead.kind is PayerKind.INSURER and _burden_differs(facts.payers[0], lead):
        notes.append(INSURER_BURDEN_DIFFERS)
    if facts.discount_unit_yen is not None:
        notes.append(DISCOUNT_UNAPPLIED)
    return (*notes, *_unpriced_notes(examination))


def _unpriced_notes(examination: Examination) -> tuple[str, ...]:
    """Nothing where every unit has a price."""
    unpriced = examination.unpriced
    if not unpriced:
        return ()
    told = [f"{UNPRICED}.{why.value}:{missing}" for why, missing in unpriced[:MOST_UNPRICED]]
    untold = len(unpriced) - len(told)
    return (UNPRICED, *told, f"{UNPRICED}.and-more:{untold}") if untold else (UNPRICED, *told)


def _burden_differs(billed: BilledPayer, part: PayerPart) -> bool:
    """Whether the insurer's record declares another amount than the insurer leaves of its points."""
    return billed.burden_yen is not None and billed.burden_yen != part.points * YEN_PER_POINT - part.share_yen
