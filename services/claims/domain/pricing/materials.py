"""Special materials (特定器材): price times quantity, corrected by percentages, then points.

特定器材マスター 項番11, 12, 14, 21 to 24 and 別紙５－１.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from services.claims.domain.masters.materials import Material, MaterialPointsRule, MaterialPriceKind, OxygenKind
from services.claims.domain.pricing.dated import MaterialRule
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.roundings import PER_CENT, half_up
from services.claims.domain.pricing.working import TEN_MILLIONTHS

QUANTITY_DECIMALS: Final = 3
"""使用量: three decimals (記録条件仕様 第1章 3 (4) オ (ウ)); prices have two, so yen have five."""
HUNDRED_THOUSANDTHS: Final = 100_000
ONE_QUANTITY: Final = 1_000

_YEN_PER_POINT: Final = {
    MaterialPointsRule.BY_10: 10,
    MaterialPointsRule.OXYGEN_BY_10: 10,
    MaterialPointsRule.IRIDIUM_BY_50: 50,
    MaterialPointsRule.COBALT_BY_1000: 1_000,
}
_OXYGEN: Final = frozenset(
    {
        OxygenKind.STATIONARY_TANK,
        OxygenKind.PORTABLE_TANK,
        OxygenKind.LARGE_CYLINDER,
        OxygenKind.SMALL_CYLINDER,
    }
)


class MaterialLine(NamedTuple):
    """A material of a unit: the master's row, its quantity in thousandths, the stated price in hundredths of a yen.

    The quantity is None where the line has none, the price where it states none.
    """

    material: Material
    quantity: int | None
    stated_hundredths: int | None


class Cost(NamedTuple):
    """What one material costs: an exact number of yen (numerator / denominator), and what it is."""

    material: Material
    quantity: int
    numerator: int
    denominator: int


def material_line(
    material: Material, quantity: Decimal | None, unit_code: str, price_yen: Decimal | None
) -> MaterialLine | Unpriced:
    """A line of a unit read against the master, or why it cannot be priced."""
    if unit_code and material.unit_code and unit_code.lstrip("0") != material.unit_code.lstrip("0"):
        return Unpriced.UNIT_DIFFERS
    percent = material.price_kind is MaterialPriceKind.PERCENT_ADDED
    if quantity is None and not percent:
        return Unpriced.QUANTITY_MISSING
    stated_wanted = material.price_kind is MaterialPriceKind.PURCHASE or material.price_limited
    if stated_wanted and price_yen is None:
        return Unpriced.UNIT_PRICE_MISSING
    return MaterialLine(
        material,
        None if quantity is None else int(quantity.scaleb(QUANTITY_DECIMALS)),
        None if price_yen is None else int(price_yen.scaleb(2)),
    )


def costs(lines: Sequence[MaterialLine]) -> list[Cost] | Unpriced:
    """What each material costs, after the percentages and multipliers behind it."""
    found: list[Cost] = []
    for line in lines:
        if line.material.price_kind in {MaterialPriceKind.PERCENT_ADDED, MaterialPriceKind.MULTIPLIER}:
            corrected = [_corrected(cost, line) for cost in found]
            if corrected == found:
                return Unpriced.NOTHING_TO_APPLY_TO
            found = corrected
        else:
            quantity = line.quantity or 0
            found.append(Cost(line.material, quantity, _price_hundredths(line) * quantity, HUNDRED_THOUSANDTHS))
    return found


def is_above_limit(line: MaterialLine) -> bool:
    """Whether the stated price exceeds the limit of the master (上限価格, 項番23)."""
    return line.material.price_limited and (line.stated_hundredths or 0) > _master_hundredths(line.material)


def _master_hundredths(material: Material) -> int:
    return int(material.price.scaleb(2))


def _price_hundredths(line: MaterialLine) -> int:
    """The price of the master; the stated one where the material is bought, at most the limit where there is one."""
    if line.material.price_kind is MaterialPriceKind.PURCHASE:
        return line.stated_hundredths or 0
    if line.material.price_limited:
        return min(line.stated_hundredths or 0, _master_hundredths(line.material))
    return _master_hundredths(line.material)


def _corrected(cost: Cost, correction: MaterialLine) -> Cost:
    """A cost under a correction behind it: oxygen's to oxygen, the addition for age to films that take it."""
    of_oxygen = correction.material.oxygen is OxygenKind.CORRECTION
    applies = cost.material.oxygen in _OXYGEN if of_oxygen else cost.material.age_addition
    if not applies:
        return cost
    if correction.material.price_kind is MaterialPriceKind.MULTIPLIER:
        by, of = correction.quantity or 0, ONE_QUANTITY
    else:
        by, of = PER_CENT + _master_hundredths(correction.material), PER_CENT
    return cost._replace(numerator=cost.numerator * by, denominator=cost.denominator * of)


def material_points(found: Sequence[Cost], rule: MaterialRule | None) -> int | Unpriced:
    """Points of a unit's materials, rounded half up; or why that is not known.

    Several are added up before they are rounded, where the month's rule says so and all become points in one way. Where
    that is not known, each rounded and all together must agree.
    """
    each = [_points(cost, rule) for cost in found]
    refused = next((points for points in each if isinstance(points, Unpriced)), None)
    if refused is not None:
        return refused
    total = sum(points for points in each if isinstance(points, int))
    together = total if len(found) == 1 else _points(_summed(found), rule)
    if together == total or (rule is not None and rule.summed and _are_alike(found)):
        return together
    return Unpriced.MATERIAL_ROUNDING_NOT_KNOWN


def _are_alike(found: Sequence[Cost]) -> bool:
    """Whether all become points in one way, none of them up to a limit of its own (上限点数)."""
    return len({(cost.material.points_rule, cost.material.most_points) for cost in found}) == 1 and not (
        found[0].material.most_points
    )


def yen_of_materials(found: Sequence[Cost]) -> int:
    """What they cost together, for people to read: in ten-millionths of a yen."""
    whole = _summed(found)
    return half_up(whole.numerator * TEN_MILLIONTHS, whole.denominator)


def _summed(found: Sequence[Cost]) -> Cost:
    numerator, denominator = 0, 1
    for cost in found:
        numerator = numerator * cost.denominator + cost.numerator * denominator
        denominator *= cost.denominator
    return Cost(found[0].material, ONE_QUANTITY, numerator, denominator)


def _points(cost: Cost, rule: MaterialRule | None) -> int | Unpriced:
    """Yen by 10, 50 or 1,000, rounded half up (特定器材種別, 項番22), at most 上限点数 (項番24).

    Whether the yen of oxygen are made whole before is dated; where that is not known, both must agree.
    """
    by = cost.material.points_rule
    per_point = _YEN_PER_POINT[by]
    points = half_up(cost.numerator, cost.denominator * per_point)
    if by is MaterialPointsRule.OXYGEN_BY_10:
        of_whole_yen = half_up(half_up(cost.numerator, cost.denominator), per_point)
        if rule is None and points != of_whole_yen:
            return Unpriced.MATERIAL_ROUNDING_NOT_KNOWN
        points = of_whole_yen if rule is None or rule.whole_yen_of_oxygen else points
    most = cost.material.most_points
    if most and points > most:
        return most if cost.quantity == ONE_QUANTITY else Unpriced.MOST_POINTS_EXCEEDED
    return points
