"""A household's year of limits, August to July, as a statement made of its months' statements.

The class is that of 31 July (基準日). Claims tell it only where there are some of July; elsewhere it is that of the
other months where they agree, which is said: classes change in August.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.statement import Household
from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.household import HouseholdMonth, Place
from services.claims.domain.share.limits import class_limits
from services.claims.domain.share.tables import table_for
from services.claims.domain.share.yearly import HouseholdYear, household_year, limit_year_of
from services.shared.kernel.months import Month

BASE_MONTH = 7
"""基準日 is 31 July."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedMonth:
    """What a year needs of a month's latest statement. `branches` are 枝番 by person, empty where not known.

    `payer_member_key` is empty where the payer was not enrolled.
    """

    household: Household
    month: Month
    under_70: LimitCategory | None
    elderly: LimitCategory | None
    doubts: frozenset[Doubt]
    left_by_place: Mapping[Place, int]
    branches: Mapping[str, str]
    payer_member_key: str
    version_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearStatement:
    """The statement of one household and year. `months` are those that it is made of, in order."""

    household: Household
    since: Month
    category: LimitCategory | None
    months: tuple[StatedMonth, ...]
    result: HouseholdYear
    branches: Mapping[str, str]
    doubts: tuple[Doubt, ...]

    @property
    def payer_member_key(self) -> str:
        """As the latest month that has one states it; empty where none does."""
        return next((each.payer_member_key for each in reversed(self.months) if each.payer_member_key), "")


def year_statement(months: Sequence[StatedMonth]) -> YearStatement:
    """The year of the one household whose months these are; ValueError as `household_year`."""
    ordered = tuple(sorted(months, key=lambda each: each.month))
    since = limit_year_of(ordered[0].month)
    found = _class(ordered, since)
    return YearStatement(
        household=ordered[0].household,
        since=since,
        category=found.category,
        months=ordered,
        result=household_year([_month(each) for each in ordered], found.category),
        branches={person: branch for each in ordered for person, branch in sorted(each.branches.items()) if branch},
        doubts=_doubts(found, ordered),
    )


class _Found(NamedTuple):
    """A class, and the doubt about it."""

    category: LimitCategory | None
    doubt: Doubt | None


def _class(months: Sequence[StatedMonth], since: Month) -> _Found:
    """The class whose yearly limits hold: of 70 and over where the household has one, for theirs are the finer.

    Where both ages have a class and their yearly limits differ, none is taken.
    """
    young = _of_one_age(months, {each.month: each.under_70 for each in months})
    old = _of_one_age(months, {each.month: each.elderly for each in months})
    if young.category is None or old.category is None:
        known = [each for each in (old, young) if each.category is not None]
        return known[0] if known else max(old, young, key=lambda each: each.doubt is Doubt.CLASS_CONTRADICTED)
    table = table_for(since)
    limits = [class_limits(table, category, 0) for category in (old.category, young.category)]
    annual = {None if each is None else each.annual_yen for each in limits}
    return old if len(annual) == 1 else _Found(None, Doubt.CLASS_CONTRADICTED)


def _doubts(found: _Found, months: Sequence[StatedMonth]) -> tuple[Doubt, ...]:
    """The doubt about the year's class, after that of the months which it rests on."""
    by_card = found.category is not None and any(
        found.category is each.elderly and Doubt.CLASS_BY_CARD in each.doubts for each in months
    )
    known = (Doubt.CLASS_BY_CARD if by_card else None, found.doubt)
    return tuple(each for each in known if each is not None)


def _of_one_age(months: Sequence[StatedMonth], told: Mapping[Month, LimitCategory | None]) -> _Found:
    july = next((each for each in months if each.month.month == BASE_MONTH), None)
    if july is not None and told[july.month] is not None:
        return _Found(told[july.month], None)
    classes = {each for each in told.values() if each is not None}
    if len(classes) > 1 or any(Doubt.CLASS_CONTRADICTED in each.doubts for each in months):
        return _Found(None, Doubt.CLASS_CONTRADICTED)
    return _Found(classes.pop(), Doubt.CLASS_FROM_OTHER_MONTHS) if classes else _Found(None, Doubt.CLASS_UNKNOWN)


def _month(each: StatedMonth) -> HouseholdMonth:
    """The month as the year takes it: what it left, by place."""
    return HouseholdMonth(
        household=each.household.key,
        month=each.month,
        paid_yen=sum(each.left_by_place.values()),
        outpatient_refunds_yen={},
        turning_75_refunds_yen={},
        elderly_refund_yen=0,
        household_refund_yen=0,
        left_by_place=each.left_by_place,
        classes_known=True,
    )
