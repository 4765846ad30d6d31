"""Drugs (医薬品): price times quantity, summed over the unit before anything is rounded, then points.

医薬品マスター 項番11, 12 and 別紙４－２; the rule from yen to points is dated (`dated.DRUG_RULES`).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from services.claims.domain.masters.drugs import Drug, DrugPriceKind
from services.claims.domain.pricing.dated import DrugRule
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.roundings import rounded_up
from services.claims.domain.pricing.working import TEN_MILLIONTHS
from services.shared.kernel.money import YEN_PER_POINT

QUANTITY_DECIMALS: Final = 5
"""使用量: five decimals at most (記録条件仕様 第1章 3 (4) オ (イ)); the price has two, so yen have seven."""


class DrugPrice(NamedTuple):
    """A drug as pricing sees it: hundredths of a yen for one unit, or why it has no price."""

    code: str
    hundredths: int
    why: Unpriced | None


class Used(NamedTuple):
    """A drug and how much of it."""

    price: DrugPrice
    quantity: Decimal


_WHY: Final = {
    DrugPriceKind.PRICE: None,
    DrugPriceKind.DENTAL_USUAL_AMOUNT: Unpriced.DENTAL_ONLY,
    DrugPriceKind.REDUCTION: Unpriced.DECLARED_REDUCTION,
}


def drug_price(drug: Drug) -> DrugPrice:
    """A row of the master as pricing sees it."""
    return DrugPrice(drug.code, int(drug.price.scaleb(2)), _WHY[drug.price_kind])


def yen_of_drugs(used: Iterable[Used]) -> int:
    """What they cost together, exactly, in ten-millionths of a yen."""
    return sum(price.hundredths * int(quantity.scaleb(QUANTITY_DECIMALS)) for price, quantity in used)


def drug_points(ten_millionths: int, section: str, rule: DrugRule) -> int:
    """Points of a unit's drugs (薬剤料).

    Above the small amount: one, and one more for each ten yen or part of it (五捨五超入). Up to it: one where the
    section is dispensing or injection, and nothing elsewhere.
    """
    above = ten_millionths - rule.small_yen * TEN_MILLIONTHS
    if above <= 0:
        return 1 if section in rule.one_point_sections else 0
    return 1 + rounded_up(above, YEN_PER_POINT * TEN_MILLIONTHS)
