"""Adjudication of one receipt: its facts and eligibility's answers in, the decision out.

Rules stand in order of precedence and the first that speaks decides: not covered, third party, benefit shares that
contradict, declared below the lines, declared above the lines. Nothing is priced yet: what the lines declare is
accepted, and every decision that moves money carries the note `unpriced`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.claims.domain.outcome import Decision, Outcome, PayerPart, Reason, ReasonCode
from services.claims.domain.split import split_yen
from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.shared.kernel.money import TENTHS, YEN_PER_POINT

THIRD_PARTY_MARK = "10"
"""レセプト特記事項 10 (第三), 別表9."""

UNPRICED = "unpriced"
"""No line was priced: points stand as declared."""
MEALS_UNSETTLED = "meals_unsettled"
"""入院時食事療養費 stands on the receipt in yen, outside its points; this decision neither splits nor pays it."""
INSURER_BURDEN_UNAPPLIED = "insurer_burden_unapplied"
"""The insurer's record declares a burden (高額療養費 or relief); the split is by ratio alone."""
DISCOUNT_UNAPPLIED = "discount_unapplied"
"""The receipt states a discounted price of a point (割引点数単価); a point was taken as ten yen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Eligibility's answer for one payer; `reason` is the name of its CoverReason without the prefix.

    `copay_tenths` is the insurer's 自己負担割合, 0 to 10, and 0 for a public programme; ValueError beyond.
    """

    payer_number: str
    covered: bool
    reason: str
    copay_tenths: int
    public_programme: bool

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


_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationFacts:
    """What adjudication needs of a receipt; no personal data.

    `kind` is レセプト種別, `treatment_month` YYYYMM; `shares` are pairs of benefit share and points. `payers` holds at
    least one payer, the insurer first where there is one.
    """

    kind: str
    has_insurer: bool
    treatment_month: str
    special_marks: tuple[str, ...]
    discount_unit_yen: int | None
    payers: tuple[BilledPayer, ...]
    shares: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        if not self.payers:
            raise ValueError("a receipt has at least one payer")

    def to_bytes(self) -> bytes:
        """These facts as `from_bytes` reads them."""
        payers = [
            (p.position, p.kind.value, p.number, p.declared_points, p.line_points, p.burden_yen, p.meals_yen)
            for p in self.payers
        ]
        head = (self.kind, self.has_insurer, self.treatment_month, self.special_marks, self.discount_unit_yen)
        return json.dumps((_FORMAT, *head, payers, self.shares), separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "AdjudicationFacts":
        """The facts that `to_bytes` wrote; ValueError for anything else."""
        try:
            version, kind, has_insurer, month, marks, discount, payers, shares = json.loads(content)
            if version != _FORMAT:
                raise ValueError(f"format {version} is not read")
            return cls(
                kind=kind,
                has_insurer=has_insurer,
                treatment_month=month,
                special_marks=tuple(marks),
                discount_unit_yen=discount,
                payers=tuple(BilledPayer(position, PayerKind(side), *rest) for position, side, *rest in payers),
                shares=tuple((share, points) for share, points in shares),
            )
        except (TypeError, ValueError) as error:
            raise ValueError("these are no adjudication facts") from error


def adjudication_facts(facts: ReceiptFacts) -> AdjudicationFacts:
    """The part of a receipt's facts that adjudication needs."""
    return AdjudicationFacts(
        kind=facts.kind.code,
        has_insurer=facts.kind.has_insurer,
        treatment_month=facts.treatment_month,
        special_marks=facts.special_marks,
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


def adjudicate(facts: AdjudicationFacts, covers: Sequence[Cover]) -> Decision:
    """Decide one claim. `covers` has eligibility's answers in any order; one for a payer not on the receipt is ignored.

    A payer without an answer pends the claim. Never raises for a well-typed receipt: what contradicts itself is
    returned.
    """
    reasons = (
        _cover_reasons(facts, covers)
        or _third_party_reasons(facts)
        or _repeated_payer_reasons(facts)
        or _share_reasons(facts)
        or _shortfall_reasons(facts)
    )
    if reasons:
        return _refused(reasons)
    return _accepted(facts, _copay_tenths(facts, covers))


def _reason(code: ReasonCode, payer_number: str = "") -> Reason:
    return Reason(code, code.official_code, code.says, payer_number)


def _cover_reasons(facts: AdjudicationFacts, covers: Sequence[Cover]) -> tuple[Reason, ...]:
    """A reason for each payer that does not cover the member or did not answer, the gravest first."""
    answered = {each.payer_number for each in covers if each.covered}
    if len(answered) == len(covers) and answered.issuperset([payer.number for payer in facts.payers]):
        return ()
    refusals = {each.payer_number: each.reason for each in covers if not each.covered}
    found = [
        _reason(_cover_code(refusals.get(payer.number)), payer.number)
        for payer in facts.payers
        if payer.number in refusals or payer.number not in answered
    ]
    return tuple(sorted(found, key=lambda reason: _PRECEDENCE[reason.code]))


_PRECEDENCE = {code: place for place, code in enumerate(ReasonCode)}
_COVER_CODES = {code.value: code for code in ReasonCode if _PRECEDENCE[code] < _PRECEDENCE[ReasonCode.NOT_COVERED]}


def _cover_code(refusal: str | None) -> ReasonCode:
    """The code of eligibility's reason; a reason this version does not know is NOT_COVERED."""
    if refusal is None:
        return ReasonCode.COVER_UNANSWERED
    return _COVER_CODES.get(refusal, ReasonCode.NOT_COVERED)


def _third_party_reasons(facts: AdjudicationFacts) -> tuple[Reason, ...]:
    """Where another person caused the injury, the payers claim from that person first: people decide.

    健康保険法 第57条, 国民健康保険法 第64条.
    """
    return (_reason(ReasonCode.THIRD_PARTY),) if THIRD_PARTY_MARK in facts.special_marks else ()


def _repeated_payer_reasons(facts: AdjudicationFacts) -> tuple[Reason, ...]:
    """One payer makes one transfer for a decision, so it stands on the receipt once."""
    numbers = [payer.number for payer in facts.payers]
    if len(set(numbers)) == len(numbers):
        return ()
    return (_reason(ReasonCode.PAYER_REPEATED, next(each for each in numbers if numbers.count(each) > 1)),)


def _share_reasons(facts: AdjudicationFacts) -> tuple[Reason, ...]:
    """Benefit shares contradict where they name absent payers, fall below zero, or do not carry a payer's points.

    The payer whose points enter the total is the first. Another payer may exceed its own lines by as much as the first
    does (the same wrong sum in both columns), but no more: beyond that, its points lie on lines it does not share.
    """
    backed = dict.fromkeys([payer.position for payer in facts.payers], 0)
    for share, points in facts.shares:
        positions = BENEFIT_SHARES.get(share, ())
        if not positions or points < 0:
            return (_reason(ReasonCode.SHARES_CONTRADICT),)
        for position in positions:
            if position not in backed:
                return (_reason(ReasonCode.SHARES_CONTRADICT),)
            backed[position] += points
    excess = max(0, _excess_points(facts))
    wrong = [
        payer.number
        for payer in facts.payers
        if payer.line_points != backed[payer.position] or payer.declared_points - payer.line_points > excess
    ]
    return tuple([_reason(ReasonCode.SHARES_CONTRADICT, number) for number in wrong])


def _excess_points(facts: AdjudicationFacts) -> int:
    """By how much the first payer's declared points exceed its lines; negative where they fall short."""
    return facts.payers[0].declared_points - facts.payers[0].line_points


def _shortfall_reasons(facts: AdjudicationFacts) -> tuple[Reason, ...]:
    """Points declared below the lines are never raised: the hospital must say which of the two it means."""
    short = [payer.number for payer in facts.payers if payer.declared_points < payer.line_points]
    return tuple([_reason(ReasonCode.DECLARED_BELOW_LINES, number) for number in short])


def _copay_tenths(facts: AdjudicationFacts, covers: Sequence[Cover]) -> int:
    """The insurer's copay in tenths; all ten where there is no insurer."""
    if facts.payers[0].kind is PayerKind.PROGRAMME:
        return TENTHS
    number = facts.payers[0].number
    return next(cover.copay_tenths for cover in covers if cover.payer_number == number)


def _accepted(facts: AdjudicationFacts, copay_tenths: int) -> Decision:
    """The lines as they stand, split; what the first payer declares above its lines is cut (増減点事由 H).

    The split is of the lines, so the cut takes nothing from any payer's lines: it is the whole excess.
    """
    excess = _excess_points(facts)
    lead = facts.payers[0].number
    points_of: dict[str, int] = {}
    for share, points in facts.shares:
        points_of[share] = points_of.get(share, 0) + points
    split = split_yen(points_of, {each.position: each.burden_yen or 0 for each in facts.payers}, copay_tenths)
    billed_points = sum(points_of.values()) + excess
    yen = split.payer_yen
    return Decision(
        outcome=Outcome.REDUCED if excess else Outcome.APPROVED,
        reasons=(_reason(ReasonCode.DECLARED_ABOVE_LINES, lead),) if excess else (),
        billed_points=billed_points,
        billed_yen=billed_points * YEN_PER_POINT,
        parts=tuple(
            [
                PayerPart(each.number, each.kind, each.position, each.line_points, yen[each.position])
                for each in facts.payers
            ]
        ),
        patient_yen=split.patient_yen,
        reduced_yen=excess * YEN_PER_POINT,
        notes=_notes(facts),
    )


def _refused(reasons: tuple[Reason, ...]) -> Decision:
    """No money is decided, so there is nothing that the decision's money leaves out."""
    return Decision(
        outcome=reasons[0].code.outcome,
        reasons=reasons,
        billed_points=0,
        billed_yen=0,
        parts=(),
        patient_yen=0,
        reduced_yen=0,
        notes=(),
    )


def _notes(facts: AdjudicationFacts) -> tuple[str, ...]:
    """What the money of an accepted claim leaves out; always `unpriced`."""
    lead = facts.payers[0]
    notes = [UNPRICED]
    if sum(payer.meals_yen for payer in facts.payers):
        notes.append(MEALS_UNSETTLED)
    if lead.kind is PayerKind.INSURER and lead.burden_yen is not None:
        notes.append(INSURER_BURDEN_UNAPPLIED)
    if facts.discount_unit_yen is not None:
        notes.append(DISCOUNT_UNAPPLIED)
    return tuple(notes)
