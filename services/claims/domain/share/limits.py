"""Limits of high-cost care (高額療養費算定基準額): what one is, how much it comes to, and which one holds for a case.

The figures stand in `tables`, dated and marked; nothing here knows a year. 健康保険法施行令 第41条, 第42条;
国民健康保険法施行令 第29条の2, 第29条の3; 高齢者の医療の確保に関する法律施行令 第14条, 第15条.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, ShareCase
from services.shared.kernel.months import Month

PERCENT = 100
ACTIVE_TENTHS = 3
"""自己負担割合 of 現役並み所得者."""
RELIEVED_TENTHS = 2
"""自己負担割合 of 一定以上所得者, whom 配慮措置 relieves."""


class SourceMark(Enum):
    """How well a figure is known: read in its source, seen in an excerpt only, or not verified."""

    READ = "[V]"
    SEEN = "[S]"
    UNVERIFIED = "[U]"


class Limit(NamedTuple):
    """One limit: `base_yen`, and above `threshold_yen` of cost `percent` of what exceeds it, at most `ceiling_yen`.

    `multi_yen` holds instead from the fourth month on (多数回該当), where there is such. In the month of the 75th
    birthday every figure is halved, so all are even.
    """

    base_yen: int
    threshold_yen: int
    percent: int
    multi_yen: int | None
    ceiling_yen: int | None
    mark: SourceMark
    source: str


class ClassLimits(NamedTuple):
    """The limits of one class.

    `whole` is for the receipt and the household, `outpatient` a person's outpatient limit where there is one. The
    yearly limits run from August to July, 12 months, and hold for household statements only.
    """

    whole: Limit
    outpatient: Limit | None
    annual_yen: int | None
    outpatient_annual_yen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTable:
    """The limits in force from a treatment month on. `classes` is by class and band, band 0 where it has none.

    `designated_*` hold for the lines of a programme whose limit is one for all classes (特定給付対象療養), `assisted_*`
    for those on public assistance, `long_term*` for long-term specified diseases; None where the table does not know.
    """

    since: Month
    classes: Mapping[tuple[LimitCategory, int], ClassLimits]
    designated_under_70: Limit | None
    designated_elderly: Limit | None
    designated_elderly_outpatient: Limit | None
    assisted_under_70: Limit | None
    assisted_elderly: Limit | None
    assisted_elderly_outpatient: Limit | None
    long_term: Limit | None
    long_term_upper: Limit | None
    aggregated_from_yen: int
    """Under 70 only copays of at least this much enter the aggregation (合算)."""
    floor_yen: int
    """No limit of this table is lower, even where all are halved; twice as much where they are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """配慮措置: an outpatient limit for those of 75 and over whose ratio rose to two tenths, from and to a month."""

    since: Month
    until: Month
    limit: Limit


def half_up_yen(hundredths: int) -> int:
    """Hundredths of a yen to whole yen, 50 and more up.

    健康保険法施行令 第42条: 一円未満の端数金額が五十銭未満であるときは切り捨て、五十銭以上であるときは一円に切り上げ.
    """
    return (hundredths + PERCENT // 2) // PERCENT


def limit_yen(limit: Limit, cost_yen: int, *, multi: bool, halved: bool) -> int:
    """What a limit comes to for a cost (医療費, ten yen a point)."""
    parts = 2 if halved else 1
    if multi and limit.multi_yen is not None:
        return limit.multi_yen // parts
    excess_yen = max(0, cost_yen - limit.threshold_yen // parts) if limit.percent else 0
    yen = limit.base_yen // parts + half_up_yen(excess_yen * limit.percent)
    return yen if limit.ceiling_yen is None else min(yen, limit.ceiling_yen // parts)


def class_limits(table: LimitTable, category: LimitCategory, band: int) -> ClassLimits | None:
    """The limits of a class, or None where the table divides the class and the band is not known."""
    return table.classes.get((category, band)) or table.classes.get((category, 0))


def category_in_force(case: ShareCase) -> LimitCategory | None:
    """The class whose limit holds without more being known.

    Under 70 a limit needs the class (限度額適用認定証 or the online answer): None where it is unknown. At 70 and over
    the card alone gives 一般, or with three tenths the highest class (現役並みⅢ). A class of the other age is unknown.
    """
    elderly = case.age is AgeClass.ELDERLY or case.age is AgeClass.LATE_ELDERLY
    category = case.category
    if category is not None and (category in _ELDERLY_CATEGORIES) is elderly:
        return category
    if not elderly:
        return None
    return LimitCategory.ELDERLY_ACTIVE_3 if case.copay_tenths >= ACTIVE_TENTHS else LimitCategory.ELDERLY_GENERAL


_ELDERLY_CATEGORIES = frozenset(each for each in LimitCategory if each.is_elderly)


def class_limit(table: LimitTable, case: ShareCase, relief: Relief | None = None) -> Limit | None:
    """The limit of the case's class in its setting; None where no class is known, or not its band."""
    category = category_in_force(case)
    found = None if category is None else class_limits(table, category, case.band)
    if found is None:
        return None
    if case.setting is Setting.INPATIENT or found.outpatient is None:
        return found.whole
    if relief is not None and _is_relieved(case, category):
        return relief.limit
    return found.outpatient


def _is_relieved(case: ShareCase, category: LimitCategory | None) -> bool:
    return (
        case.age is AgeClass.LATE_ELDERLY
        and case.copay_tenths == RELIEVED_TENTHS
        and category is LimitCategory.ELDERLY_GENERAL
    )


def designated_limit(table: LimitTable, case: ShareCase) -> Limit | None:
    """The limit of 特定給付対象療養, one for all classes (令 第41条第6項, 第42条第6項)."""
    if not case.age.is_elderly:
        return table.designated_under_70
    inpatient = case.setting is Setting.INPATIENT
    return table.designated_elderly if inpatient else table.designated_elderly_outpatient


def assisted_limit(table: LimitTable, case: ShareCase) -> Limit | None:
    """The limit of somebody insured who receives public assistance (被保護者; 令 第41条第8項, 第42条第8項)."""
    if not case.age.is_elderly:
        return table.assisted_under_70
    inpatient = case.setting is Setting.INPATIENT
    return table.assisted_elderly if inpatient else table.assisted_elderly_outpatient
