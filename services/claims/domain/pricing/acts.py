"""What pricing needs of an act (診療行為), in integers: read once per version of a code, then kept.

Source: マスターファイル仕様説明書, April 2022, chapter 3 (7) and 別紙７.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from services.claims.domain.masters.act_additions import AgeRule, BedFeeReduction, StandardLack, TimeAddition
from services.claims.domain.masters.act_values import Bundle, NoticeKind, PointsKind, Step, StepBounds
from services.claims.domain.masters.acts import Act
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.roundings import HUNDREDTHS
from services.claims.domain.pricing.steps import Steps


class Worth(Enum):
    """点数識別 (項番11, 別紙７－１) as pricing sees it."""

    POINTS = 1
    """点数, added or (点数マイナス) taken off: see the sign."""
    YEN = 2
    """金額: meals and their standard burdens, section 97."""
    PERCENT_ADDED = 3
    """％加算."""
    PERCENT_TAKEN = 4
    """％減算."""
    NONE = 5
    """購入価格 or 減点診療行為: no figure in the master."""


class Role(Enum):
    """告示等識別区分（１） (項番68, 別紙７－１１) as pricing sees it."""

    BASE = 1
    """基本項目, 合成項目, 準用項目: stands on its own."""
    NOTE = 2
    """加算項目: an addition of a note (注加算), part of the points of its act (所定点数)."""
    GENERAL = 3
    """通則加算項目: an addition of the general rules, never part of 所定点数."""


class Tie(Enum):
    """A column by which a percentage finds the acts that it applies to."""

    NOTE_GROUP = "項番38"
    """注加算コード: the same group (別紙７－７)."""
    AGE = "項番40"
    """通則年齢: acts that take an addition for age, within the same part of the fee schedule."""
    TIME = "項番43"
    """時間加算区分: acts that take an addition for the time, within the same part."""
    STANDARD_NOT_MET = "項番44"
    """適合区分: acts that are reduced where a standard is not met, within the same part."""
    NEWBORN_OPERATION = "項番47"
    """極低出生体重児加算区分: operations that take it."""
    BED_FEE = "項番48: 3, 4"
    """入院基本料等減算対象識別: basic bed fees."""
    BED_FEE_AND_PERIOD = "項番48: 5"
    """入院基本料等減算対象識別: basic bed fees and additions for the period."""
    FALLING = "項番52"
    """逓減対象区分: acts that count less when repeated, within the same part."""


_WORTH: Final = {
    PointsKind.YEN: Worth.YEN,
    PointsKind.POINTS: Worth.POINTS,
    PointsKind.PURCHASE_PRICE: Worth.NONE,
    PointsKind.PERCENT_ADDED: Worth.PERCENT_ADDED,
    PointsKind.PERCENT_REDUCED: Worth.PERCENT_TAKEN,
    PointsKind.REDUCTION: Worth.NONE,
    PointsKind.POINTS_TAKEN: Worth.POINTS,
}
_WHY: Final = {
    PointsKind.PURCHASE_PRICE: Unpriced.PURCHASE_PRICE,
    PointsKind.REDUCTION: Unpriced.DECLARED_REDUCTION,
}
_ROLES: Final = {
    NoticeKind.BASE: Role.BASE,
    NoticeKind.COMPOSED: Role.BASE,
    NoticeKind.APPLIED: Role.BASE,
    NoticeKind.ADDITION: Role.NOTE,
    NoticeKind.GENERAL_ADDITION: Role.GENERAL,
}
_OF_BED_FEES: Final = frozenset({BedFeeReduction.CHOSEN_CARE, BedFeeReduction.OTHER_INSTITUTION_OR_LEAVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPrice:
    """An act as pricing sees it.

    `amount` is in hundredths: of a point, of a yen or of a percent, as `worth` says; taken-off points are negative.
    `points` are whole points that depend on nothing but the code; None where a quantity, a percentage, yen or a
    rounding comes in. `points_to_sum` are the same, and None for counted tests.
    `part` is the fee schedule's chapter and part (コード表用番号). `bundle` is the group of counted tests, 0 for none.
    `note_group` is "" for none. `prescribed`: its points belong to 所定点数 of general additions (項番62). The rest
    says which percentages may apply to it; of a percentage, `ties` say to which acts it applies.
    """

    code: str
    worth: Worth
    amount: int
    points: int | None
    points_to_sum: int | None
    role: Role
    steps: Steps | None
    why: Unpriced | None
    part: str
    bundle: int
    note_group: str
    prescribed: bool
    age_rule: AgeRule
    takes_time: bool
    takes_standard: bool
    takes_newborn: bool
    bed_fee: BedFeeReduction
    falling: bool
    ties: tuple[Tie, ...]


def in_hundredths(amount: Decimal) -> int:
    """A figure of the master, with its two decimals, as an integer."""
    return int(amount.scaleb(2))


def act_price(act: Act) -> ActPrice:
    """A row of the master as pricing sees it."""
    worth = _WORTH[act.points_kind]
    amount = in_hundredths(act.points)
    if act.points_kind is PointsKind.POINTS_TAKEN:
        amount = -amount
    is_plain = worth is Worth.POINTS and act.step is None and amount % HUNDREDTHS == 0
    points = amount // HUNDREDTHS if is_plain else None
    number = act.table_number
    return ActPrice(
        code=act.code,
        worth=worth,
        amount=amount,
        points=points,
        points_to_sum=points if act.bundle is Bundle.NONE else None,
        role=_ROLES[act.notice_kind],
        steps=_steps(act.step),
        why=_WHY.get(act.points_kind),
        part=number.letter + number.chapter + number.part,
        bundle=int(act.bundle.value),
        note_group=act.note_group,
        prescribed=not act.outside_general_additions,
        age_rule=act.age_rule,
        takes_time=act.time_addition is not TimeAddition.NONE,
        takes_standard=act.standard_lack is StandardLack.REDUCIBLE,
        takes_newborn=act.low_birth_weight,
        bed_fee=act.bed_fee_reduction,
        falling=act.falling,
        ties=_ties(act),
    )


def _steps(step: Step | None) -> Steps | None:
    if step is None:
        return None
    bounds = step.bounds
    return Steps(
        lower=step.lower,
        upper=step.upper,
        width=step.width,
        step_hundredths=in_hundredths(step.points),
        returned_below=bounds in {StepBounds.RETURN_BELOW_WARN_ABOVE, StepBounds.RETURN_BELOW_UPPER_ABOVE},
        capped=bounds in {StepBounds.BASE_BELOW_UPPER_ABOVE, StepBounds.RETURN_BELOW_UPPER_ABOVE},
    )


def _ties(act: Act) -> tuple[Tie, ...]:
    """All columns that tie a percentage to acts; without meaning for any other act."""
    ties = (
        (bool(act.note_group), Tie.NOTE_GROUP),
        (act.age_rule is not AgeRule.NONE, Tie.AGE),
        (act.time_addition is not TimeAddition.NONE, Tie.TIME),
        (act.standard_lack is StandardLack.REDUCTION, Tie.STANDARD_NOT_MET),
        (act.low_birth_weight, Tie.NEWBORN_OPERATION),
        (act.bed_fee_reduction in _OF_BED_FEES, Tie.BED_FEE),
        (act.bed_fee_reduction is BedFeeReduction.OVERCROWDING_OR_SHORT_STAFF, Tie.BED_FEE_AND_PERIOD),
        (act.falling, Tie.FALLING),
    )
    return tuple(tie for tied, tie in ties if tied)
