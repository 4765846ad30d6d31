"""A household's year of limits, August to July: what many months leave, under the yearly limits (年間上限).

健康保険法施行令 第41条の2 (外来年間合算): a person's outpatient care at 70 and over. The household's yearly limit
begins with the table of 2026-08, whose rows bear its mark. Derived, like the months that it is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.household import HouseholdMonth
from services.claims.domain.share.limits import class_limits
from services.claims.domain.share.tables import table_for
from services.shared.kernel.months import MONTHS_A_YEAR, Month

FIRST_MONTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdYear:
    """A household's year. `left_yen` of its months = both refunds + `left_yen` of the year."""

    household: str
    since: Month
    outpatient_refunds_yen: Mapping[str, int]
    household_refund_yen: int
    left_yen: int


def limit_year_of(month: Month) -> Month:
    """The August that begins the year of a month."""
    return Month(month.year if month.month >= FIRST_MONTH else month.year - 1, FIRST_MONTH)


def household_year(months: Sequence[HouseholdMonth], category: LimitCategory | None, band: int = 0) -> HouseholdYear:
    """The year of one household, of the class that it has on 31 July (基準日); without a class nothing comes back.

    ValueError for no month, a month twice, several households or several years.
    """
    begins = {(each.household, limit_year_of(each.month)) for each in months}
    if len(begins) != 1 or len({each.month for each in months}) != len(months) or len(months) > MONTHS_A_YEAR:
        raise ValueError("a year is made of different months of one household, from August to July")
    ((household, since),) = begins
    found = None if category is None else class_limits(table_for(since), category, band)
    paid_yen = sum(each.left_yen for each in months)
    outpatient = {} if found is None else _outpatient_refunds(months, found.outpatient_annual_yen)
    rest_yen = paid_yen - sum(outpatient.values())
    annual_yen = None if found is None else found.annual_yen
    refund_yen = 0 if annual_yen is None else max(0, rest_yen - annual_yen)
    return HouseholdYear(
        household=household,
        since=since,
        outpatient_refunds_yen=outpatient,
        household_refund_yen=refund_yen,
        left_yen=rest_yen - refund_yen,
    )


def _outpatient_refunds(months: Sequence[HouseholdMonth], most_yen: int | None) -> dict[str, int]:
    """What a person's outpatient care of the year has above the limit; nothing where there is none."""
    if most_yen is None:
        return {}
    paid: dict[str, int] = {}
    for each in months:
        for place, yen in each.left_by_place.items():
            if place.elderly and not place.inpatient:
                paid[place.person] = paid.get(place.person, 0) + yen
    return {person: yen - most_yen for person, yen in sorted(paid.items()) if yen > most_yen}
