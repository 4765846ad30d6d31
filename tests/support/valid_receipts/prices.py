"""What a line costs, worked out the straightforward way for the few forms of units that the generator writes.

Sources: きざみ 3 (7) columns 30 to 35; % additions and reductions 別紙7-1; drugs 五捨五超入 and the 15 yen rule;
materials price / 10, half up; bundles of 血液化学検査 (D007 注).
"""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from tests.support.valid_receipts.masters import Act, Steps

_YEN_PER_POINT = Decimal(10)
_ONE_POINT_UP_TO_YEN = 15
_BLOOD_CHEMISTRY = ((10, 103), (8, 99), (5, 93))


def half_up(points: Decimal) -> int:
    """四捨五入."""
    return int(points.quantize(Decimal(1), ROUND_HALF_UP))


def act_points(act: Act, quantity: Decimal | int | None = None) -> Decimal:
    """The points of one act, by its steps where it has them."""
    if act.steps is None or quantity is None:
        return act.points
    return stepped_points(act.points, act.steps, int(quantity))


def stepped_points(base: Decimal, steps: Steps, quantity: int) -> Decimal:
    """点数算定式1 and 2; ValueError below the lower limit where that is returned (error modes 2 and 3)."""
    if quantity <= steps.lower - steps.step and steps.errors in {"2", "3"}:
        raise ValueError("returned, not billed")
    if quantity <= steps.lower:
        return Decimal(half_up(base))
    counted = min(quantity, steps.upper) if steps.errors in {"1", "3"} else quantity
    begun = -(-(counted - steps.lower) // steps.step)
    return Decimal(half_up(base + begun * steps.points))


def with_percent(points: Decimal, percent: Decimal) -> int:
    """A unit of one act and one addition of a share of it."""
    return half_up(points + Decimal(half_up(points * percent / 100)))


def less_percent(points: Decimal, percent: Decimal) -> int:
    """A unit of one act and one reduction by a share of it."""
    return half_up(points * (100 - percent) / 100)


def drug_points(yen: Decimal) -> int:
    """The points of a unit's drugs for one dose or day."""
    if yen <= _ONE_POINT_UP_TO_YEN:
        return 1
    return int((yen / _YEN_PER_POINT).quantize(Decimal(1), ROUND_HALF_DOWN))


def material_points(yen: Decimal) -> int:
    """The points of one material."""
    return half_up(yen / _YEN_PER_POINT)


def bundle_points(own: list[Decimal]) -> int | None:
    """The points of so many items of 血液化学検査 from one sample; None where each keeps its own."""
    return next((points for least, points in _BLOOD_CHEMISTRY if len(own) >= least), None)
