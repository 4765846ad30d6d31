"""A household's month: what many settled receipts leave, under the limits for persons and the household (合算).

It is derived: a function of the set of settled receipts, computed anew whenever one is corrected, in whatever order
they come; it never changes a settled claim. 健康保険法施行令 第41条: 第5項 (70 and over, each person's outpatient
care), 第2項 and 第4項 (the month of the 75th birthday), 第3項 (70 and over, the household), 第1項 (the whole one).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.claims.domain.share.apportion import by_largest_remainder
from services.claims.domain.share.case import INSURER, AgeClass, LimitCategory, Setting
from services.claims.domain.share.limits import ClassLimits, class_limits, limit_yen
from services.claims.domain.share.programmes import LimitOrder
from services.claims.domain.share.split import Workings
from services.claims.domain.share.tables import table_for
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import Month

MULTI_AFTER_MONTHS = 3
"""多数回該当: from the fourth month on."""
MULTI_WINDOW_MONTHS = 12
"""当該療養のあった月以前の十二月以内."""


class Portion(NamedTuple):
    """The lines of a receipt that one limit held for.

    `programme` is the number of the programme that governed them, empty where none did. `copay_yen` is the insurer's
    ratio before any limit, which decides whether it enters; `left_yen` is what is left of it, before local programmes.
    """

    programme: str
    copay_yen: int
    left_yen: int
    cost_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledReceipt:
    """One receipt's current state, as a household's month sees it; keys are opaque.

    `decision` counts a claim's decisions: the latest is the one that counts. `institution` is the hospital, and for a
    pharmacy the hospital that prescribed (合算 counts both as one). A withdrawn claim has no portions.
    """

    claim_id: str
    decision: int
    household: str
    person: str
    institution: str
    month: Month
    setting: Setting
    age: AgeClass
    turns_75: bool
    portions: tuple[Portion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdClasses:
    """The household's classes in the month: of those under 70, and of those of 70 and over; None where not known.

    `multi` is whether the month is the fourth with such a benefit within twelve, or a later one (see `is_multi`).
    """

    under_70: LimitCategory | None
    elderly: LimitCategory | None
    under_70_band: int = 0
    elderly_band: int = 0
    multi: bool = False


class Place(NamedTuple):
    """What amounts are kept apart by: whose, in or out of hospital, at 70 and over or under."""

    person: str
    inpatient: bool
    elderly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdMonth:
    """A household's month. `paid_yen` = the refunds + `left_yen`; all are 0 or more.

    `left_by_place` is what stays with each person in and out of hospital. Refunds that need a class that is not known
    are 0, and `classes_known` is false.
    """

    household: str
    month: Month
    paid_yen: int
    outpatient_refunds_yen: Mapping[str, int]
    turning_75_refunds_yen: Mapping[str, int]
    elderly_refund_yen: int
    household_refund_yen: int
    left_by_place: Mapping[Place, int]
    classes_known: bool

    @property
    def refund_yen(self) -> int:
        """Everything that comes back."""
        by_person = sum(self.outpatient_refunds_yen.values()) + sum(self.turning_75_refunds_yen.values())
        return by_person + self.elderly_refund_yen + self.household_refund_yen

    @property
    def left_yen(self) -> int:
        """What stays with the household."""
        return sum(self.left_by_place.values())


def portions_of(done: Workings) -> tuple[Portion, ...]:
    """The portions of a split that enter a household's month; those of public assistance never do (第41条第8項)."""
    numbers = {each.position: each.number for each in done.given.case.payers}
    programmes = done.given.programmes
    return tuple(
        Portion(numbers[pool.governor] if pool.governor else "", pool.copay_yen, left_yen, pool.points * YEN_PER_POINT)
        for pool, left_yen in zip(done.pools, done.standing_yen, strict=True)
        if pool.governor == INSURER or programmes[pool.governor].order is not LimitOrder.ASSISTED
    )


def is_multi(months_with_refund: Iterable[Month], month: Month) -> bool:
    """Whether three months or more within the twelve that end with this one already brought a refund (多数回該当)."""
    first = month.plus(1 - MULTI_WINDOW_MONTHS)
    return len({each for each in months_with_refund if first <= each < month}) >= MULTI_AFTER_MONTHS


def current(receipts: Iterable[SettledReceipt]) -> tuple[SettledReceipt, ...]:
    """Each claim's latest decision, in the order of claims; the same set gives the same answer in any order.

    ValueError where one decision comes with two contents.
    """
    latest: dict[str, SettledReceipt] = {}
    for each in receipts:
        known = latest.get(each.claim_id)
        if known is not None and known.decision == each.decision and known != each:
            raise ValueError(f"decision {each.decision} of claim {each.claim_id} comes with two contents")
        if known is None or known.decision < each.decision:
            latest[each.claim_id] = each
    return tuple(latest[claim_id] for claim_id in sorted(latest))


def household_month(receipts: Iterable[SettledReceipt], classes: HouseholdClasses) -> HouseholdMonth:
    """The month of the one household whose receipts these are, all of one month. ValueError for none, or several."""
    settled = current(receipts)
    if len({(each.household, each.month) for each in settled}) != 1:
        raise ValueError("a household's month is made of receipts of one household and one month")
    month = _Month(settled[0].month, classes, settled)
    outpatient = month.cut_outpatient()
    turning = month.cut_turning_75()
    elderly_yen = month.cut_elderly()
    household_yen = month.cut_household()
    return HouseholdMonth(
        household=settled[0].household,
        month=settled[0].month,
        paid_yen=sum(portion.left_yen for each in settled for portion in each.portions),
        outpatient_refunds_yen=outpatient,
        turning_75_refunds_yen=turning,
        elderly_refund_yen=elderly_yen,
        household_refund_yen=household_yen,
        left_by_place=month.left(),
        classes_known=month.classes_known(),
    )


class _Lot(NamedTuple):
    """Amounts that are cut together: a person's, in or out of hospital, elderly or not, entering or too small."""

    person: str
    inpatient: bool
    elderly: bool
    enters: bool


class _Month:
    """A month in work: what stands of each lot, its cost, and the limits of the month."""

    def __init__(self, month: Month, classes: HouseholdClasses, settled: Sequence[SettledReceipt]) -> None:
        self._table = table_for(month)
        self._classes = classes
        self._under_70 = self._limits(classes.under_70, classes.under_70_band)
        self._elderly = self._limits(classes.elderly, classes.elderly_band)
        self._turning = sorted({each.person for each in settled if each.turns_75})
        self._standing: dict[_Lot, int] = {}
        self._cost: dict[_Lot, int] = {}
        entering = self._entering(settled)
        for each in settled:
            for portion in each.portions:
                inpatient = each.setting is Setting.INPATIENT
                enters = each.age.is_elderly or _group(each, portion) in entering
                lot = _Lot(each.person, inpatient, each.age.is_elderly, enters)
                self._standing[lot] = self._standing.get(lot, 0) + portion.left_yen
                self._cost[lot] = self._cost.get(lot, 0) + portion.cost_yen

    def _limits(self, category: LimitCategory | None, band: int) -> ClassLimits | None:
        return None if category is None else class_limits(self._table, category, band)

    def _entering(self, settled: Sequence[SettledReceipt]) -> frozenset[tuple[str, str, Setting, str]]:
        """Under 70: what of one person at one institution, in or out of hospital, comes to 21,000 yen of copay."""
        copay: dict[tuple[str, str, Setting, str], int] = {}
        for each in settled:
            for portion in each.portions:
                group = _group(each, portion)
                copay[group] = copay.get(group, 0) + portion.copay_yen
        return frozenset(group for group, yen in copay.items() if yen >= self._table.aggregated_from_yen)

    def cut_outpatient(self) -> dict[str, int]:
        """第41条第5項: a person's outpatient limit at 70 and over, where the class has one."""
        limit = None if self._elderly is None else self._elderly.outpatient
        refunds: dict[str, int] = {}
        for person in sorted({lot.person for lot in self._standing if lot.elderly}):
            lots = [lot for lot in self._sorted() if lot.person == person and lot.elderly and not lot.inpatient]
            if limit is not None:
                yen = limit_yen(limit, self._costs(lots), multi=False, halved=person in self._turning)
                _keep(refunds, person, self._cut(lots, yen))
        return refunds

    def cut_turning_75(self) -> dict[str, int]:
        """第41条第2項, 第4項: half the limit for a person alone in the month of the 75th birthday."""
        refunds: dict[str, int] = {}
        for person in self._turning:
            for elderly, limits in ((True, self._elderly), (False, self._under_70)):
                lots = [lot for lot in self._sorted() if lot.person == person and lot.elderly is elderly and lot.enters]
                if limits is not None:
                    yen = limit_yen(limits.whole, self._costs(lots), multi=self._classes.multi, halved=True)
                    _keep(refunds, person, self._cut(lots, yen))
        return refunds

    def cut_elderly(self) -> int:
        """第41条第3項: everything that those of 70 and over have left."""
        return self._cut_whole([lot for lot in self._sorted() if lot.elderly], self._elderly)

    def cut_household(self) -> int:
        """第41条第1項: what enters of those under 70, with what those of 70 and over have left."""
        lots = [lot for lot in self._sorted() if lot.enters]
        return self._cut_whole(lots, self._under_70) if any(not lot.elderly for lot in lots) else 0

    def _cut_whole(self, lots: Sequence[_Lot], limits: ClassLimits | None) -> int:
        if limits is None or not lots:
            return 0
        yen = limit_yen(limits.whole, self._costs(lots), multi=self._classes.multi, halved=False)
        return self._cut(lots, yen)

    def _cut(self, lots: Sequence[_Lot], most_yen: int) -> int:
        """Leave at most this much of the lots together, in proportion; how much is cut."""
        there = [self._standing[lot] for lot in lots]
        cut_yen = max(0, sum(there) - most_yen)
        if cut_yen:
            self._standing.update(zip(lots, by_largest_remainder(most_yen, there), strict=True))
        return cut_yen

    def _sorted(self) -> list[_Lot]:
        return sorted(self._standing)

    def _costs(self, lots: Sequence[_Lot]) -> int:
        return sum(self._cost[lot] for lot in lots)

    def left(self) -> dict[Place, int]:
        """What stays with each person in and out of hospital."""
        left: dict[Place, int] = {}
        for lot in self._sorted():
            place = Place(lot.person, lot.inpatient, lot.elderly)
            left[place] = left.get(place, 0) + self._standing[lot]
        return left

    def classes_known(self) -> bool:
        """Whether every age of the household that a limit could hold for has limits of its class."""
        young = any(lot.enters and not lot.elderly for lot in self._standing)
        old = any(lot.elderly for lot in self._standing)
        return not (young and self._under_70 is None) and not (old and self._elderly is None)


def _group(each: SettledReceipt, portion: Portion) -> tuple[str, str, Setting, str]:
    return each.person, each.institution, each.setting, portion.programme


def _keep(refunds: dict[str, int], person: str, yen: int) -> None:
    if yen:
        refunds[person] = refunds.get(person, 0) + yen
