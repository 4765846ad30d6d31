"""Stepped acts (きざみ値): points by quantity.

医科診療行為マスター 項番30 to 35 and 別紙７－５.
"""

from dataclasses import dataclass
from decimal import Decimal

from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.roundings import points_of_hundredths, rounded_up
from services.claims.domain.pricing.working import Figure, How, Working


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of an act: limits and width in units of its quantity, points in hundredths.

    `upper` is None where there is no limit. `returned_below`: at or below lower less width no points are counted
    (error modes 2, 3). `capped`: above the upper limit the quantity counts as the limit (modes 1, 3).
    """

    lower: int
    upper: int | None
    width: int
    step_hundredths: int
    returned_below: bool
    capped: bool


def stepped(base_hundredths: int, steps: Steps, quantity: int) -> tuple[int, Working] | Unpriced:
    """Whole points for a quantity of 0 or more, and their working; or why none are counted.

    点数算定式: base + ceil((quantity - lower) / width) × step points, rounded half up; the base alone up to the lower
    limit.
    """
    if quantity <= steps.lower - steps.width:
        if steps.returned_below:
            return Unpriced.QUANTITY_BELOW_LOWER
        if quantity == 0:
            return Unpriced.QUANTITY_ZERO
    counted = quantity
    if steps.capped and steps.upper is not None and quantity > steps.upper:
        counted = steps.upper
    count = rounded_up(counted - steps.lower, steps.width) if counted > steps.lower else 0
    points = points_of_hundredths(base_hundredths + count * steps.step_hundredths)
    if not count:
        return points, points
    return points, Figure(How.STEPPED, (base_hundredths, steps.step_hundredths, count))


def is_above_upper(steps: Steps, quantity: int) -> bool:
    """Whether the receipt is to be looked at: above the upper limit, and priced by the quantity all the same."""
    return not steps.capped and steps.upper is not None and quantity > steps.upper


def whole_quantity(quantity: Decimal | None) -> int | Unpriced:
    """数量データ of an act as a whole number, or why it is none."""
    if quantity is None:
        return Unpriced.QUANTITY_MISSING
    whole = int(quantity)
    return whole if whole == quantity else Unpriced.QUANTITY_NOT_WHOLE
