"""The drugs and materials of a unit: what they cost together, and the points of that."""

from collections.abc import Sequence
from typing import NamedTuple

from services.claims.domain.pricing.book import PriceBook
from services.claims.domain.pricing.dated import MaterialRule
from services.claims.domain.pricing.drugs import Used, drug_points, yen_of_drugs
from services.claims.domain.pricing.materials import (
    MaterialLine,
    costs,
    is_above_limit,
    material_line,
    material_points,
    yen_of_materials,
)
from services.claims.domain.pricing.priced import Refusal, Remark, Unpriced
from services.claims.domain.pricing.working import Figure, How
from services.claims.domain.treatment import DayCount, Line, LineKind


class GoodsTotal(NamedTuple):
    """Points of a unit's drugs and materials, and their working."""

    points: int
    working: tuple[Figure, ...]


class Goods:
    """The drugs and materials of one unit so far."""

    __slots__ = ("_drugs", "_materials", "remarks")

    def __init__(self) -> None:
        """None yet."""
        self.remarks: list[Remark] = []
        self._drugs: list[Used] = []
        self._materials: list[MaterialLine] = []

    def add(self, line: Line, days: Sequence[DayCount], book: PriceBook) -> Refusal | None:
        """The next line, an IY or TO; or why it cannot be priced."""
        return self._add_drug(line, days, book) if line.kind is LineKind.DRUG else self._add_material(line, days, book)

    def total(self, section: str, book: PriceBook) -> GoodsTotal | Refusal:
        """What they come to in a section (診療識別): drugs summed and made points, materials summed and made points."""
        rule = book.drug_rule
        points, working = 0, []
        if self._drugs:
            if rule is None:
                return Refusal(Unpriced.DRUG_RULE_NOT_KNOWN, self._drugs[0].price.code)
            yen = yen_of_drugs(self._drugs)
            points = drug_points(yen, section, rule)
            working.append(Figure(How.DRUGS, (yen, points)))
        if self._materials:
            answer = self._materials_total(book.material_rule)
            if isinstance(answer, Unpriced):
                return Refusal(answer, self._materials[-1].material.code)
            points += answer.numbers[-1]
            working.append(answer)
        return GoodsTotal(points, tuple(working))

    def _materials_total(self, rule: MaterialRule | None) -> Figure | Unpriced:
        found = costs(self._materials)
        if isinstance(found, Unpriced):
            return found
        points = material_points(found, rule)
        return points if isinstance(points, Unpriced) else Figure(How.MATERIALS, (yen_of_materials(found), points))

    def _add_drug(self, line: Line, days: Sequence[DayCount], book: PriceBook) -> Refusal | None:
        found = book.drugs.ask(line.code, days)
        if isinstance(found, Refusal):
            return found
        if found.price.why is not None:
            return Refusal(found.price.why, line.code)
        if line.quantity is None:
            return Refusal(Unpriced.QUANTITY_MISSING, line.code)
        self._drugs.append(Used(found.price, line.quantity))
        return None

    def _add_material(self, line: Line, days: Sequence[DayCount], book: PriceBook) -> Refusal | None:
        found = book.materials.ask(line.code, days)
        if isinstance(found, Refusal):
            return found
        answer = material_line(found.price, line.quantity, line.unit_code, line.unit_price_yen)
        if isinstance(answer, Unpriced):
            return Refusal(answer, line.code)
        if is_above_limit(answer):
            self.remarks.append(Remark.PRICE_ABOVE_LIMIT)
        self._materials.append(answer)
        return None
