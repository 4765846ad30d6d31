"""The price book of one month's schedule: each code read from the masters once, then one dict lookup.

It is filled as codes are asked for; what it holds is bounded by the masters, since codes that are in none are not kept.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.schedule import MonthSchedule, MonthTable
from services.claims.domain.pricing.acts import ActPrice, act_price
from services.claims.domain.pricing.dated import bundles_of, drug_rule_of, material_rule_of, prescribed_rule_of
from services.claims.domain.pricing.drugs import DrugPrice, drug_price
from services.claims.domain.pricing.priced import PricedUnit, Refusal, Unpriced, priced
from services.claims.domain.treatment import DayCount

Row = TypeVar("Row", Act, Drug, Material)
Price = TypeVar("Price")

MOST_BOOKS: Final = 16
"""Schedules whose books `book_of` keeps."""


class Found(NamedTuple, Generic[Price]):
    """A price; apart from a refusal whatever prices look like."""

    price: Price


class Shelf(Generic[Row, Price]):
    """The prices of one kind: `whole` those in force all month by their code, as asked for; others by code and day."""

    __slots__ = ("_by_day", "_price", "_table", "_unloaded", "whole")

    def __init__(self, table: MonthTable[Row], price: Callable[[Row], Price], unloaded: Refusal | None) -> None:
        """Empty, over a kind's rows of the month; `price` reads a row, `unloaded` answers where the kind is not."""
        self._unloaded = unloaded
        self._table: MonthTable[Row] = table
        self._price: Callable[[Row], Price] = price
        self.whole: dict[str, Found[Price]] = {}
        self._by_day: dict[tuple[str, int], Price | None] = {}

    def ask(self, code: str, days: Sequence[DayCount]) -> Found[Price] | Refusal:
        """The price on the days, or why there is none, or not one."""
        found = self.whole.get(code)
        return found if found is not None else self._read(code, days)

    def fill(self, like: "Shelf[Row, Price] | None") -> None:
        """Read every row that is in force all month; those that another month's shelf has read are taken from it."""
        for code, row in self._table.whole.items():
            known = like.whole.get(code) if like is not None and like.row(code) is row else None
            self.whole.setdefault(code, known or Found(self._price(row)))

    def row(self, code: str) -> Row | None:
        """The row that is in force all month."""
        return self._table.whole.get(code)

    def _read(self, code: str, days: Sequence[DayCount]) -> Found[Price] | Refusal:
        row = self._table.whole.get(code)
        if row is not None:
            return self.whole.setdefault(code, Found(self._price(row)))
        if self._unloaded is not None:
            return self._unloaded
        if not self._table.ever(code):
            return Refusal(Unpriced.CODE_NOT_IN_MASTER, code)
        if not days:
            return Refusal(Unpriced.NO_TREATMENT_DAY, code)
        return self._of_days(code, days)

    def _of_days(self, code: str, days: Sequence[DayCount]) -> Found[Price] | Refusal:
        """Days on which the code is not in force are an edit's to tell, but for the first."""
        first = self._on(code, days[0].day)
        if first is None:
            return Refusal(Unpriced.CODE_NOT_IN_MASTER, code)
        others = [self._on(code, day.day) for day in days[1:]]
        if any(other is not None and other != first for other in others):
            return Refusal(Unpriced.VERSIONS_DIFFER, code)
        return Found(first)

    def _on(self, code: str, day: int) -> Price | None:
        """The price on a day; None where the code is not in force on it."""
        if (code, day) not in self._by_day:
            row = self._table.on(code, day)
            self._by_day[code, day] = None if row is None else self._price(row)
        return self._by_day[code, day]


class PriceBook:
    """What a month's schedule says of prices, kept as it is asked for.

    `plain` are the answers for acts that are alone in their unit and whose points depend on nothing but the code.
    """

    __slots__ = ("acts", "bundles", "drug_rule", "drugs", "material_rule", "materials", "plain", "prescribed_rule")

    def __init__(self, schedule: MonthSchedule) -> None:
        """Empty."""
        self.acts: Shelf[Act, ActPrice] = Shelf(schedule.acts, act_price, _unloaded(schedule, MasterKind.ACT))
        self.drugs: Shelf[Drug, DrugPrice] = Shelf(schedule.drugs, drug_price, _unloaded(schedule, MasterKind.DRUG))
        self.materials: Shelf[Material, Material] = Shelf(
            schedule.materials, _as_it_is, _unloaded(schedule, MasterKind.MATERIAL)
        )
        self.bundles = bundles_of(schedule.month)
        self.drug_rule = drug_rule_of(schedule.month)
        self.material_rule = material_rule_of(schedule.month)
        self.prescribed_rule = prescribed_rule_of(schedule.month)
        self.plain: dict[str, PricedUnit] = {}

    def plain_unit(self, code: str) -> PricedUnit | None:
        """The answer for a unit of this act alone, where nothing but the code decides it; None otherwise."""
        known = self.plain.get(code)
        if known is not None:
            return known
        found = self.acts.ask(code, ())
        points = found.price.points if isinstance(found, Found) else None
        return None if points is None else self.plain.setdefault(code, priced((points,), points, (points,)))


def _unloaded(schedule: MonthSchedule, kind: MasterKind) -> Refusal | None:
    return None if schedule.loaded(kind) else Refusal(Unpriced.KIND_NOT_LOADED, kind.value)


def _as_it_is(material: Material) -> Material:
    return material


@lru_cache(maxsize=MOST_BOOKS)
def book_of(schedule: MonthSchedule) -> PriceBook:
    """The book of a schedule, kept for the schedules asked for last."""
    return PriceBook(schedule)
