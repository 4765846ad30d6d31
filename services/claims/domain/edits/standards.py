"""What a hospital has registered with its regional bureau (地方厚生（支）局への届出), as far as an operator told us.

It answers whether a standard holds on a day. What was not told is not known, and an edit that needs it does not cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import NamedTuple

from services.claims.domain.edits.tables import name_groups_in
from services.shared.kernel.months import Month


class Facility(Enum):
    """病院・診療所: twenty beds and more make a hospital (医療法 第1条の5)."""

    HOSPITAL = "hospital"
    """病院."""
    CLINIC = "clinic"
    """診療所."""


class Period(NamedTuple):
    """From the first to the last day, both counted; None for no end set."""

    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


class Registered(NamedTuple):
    """One facility standard (施設基準コード, マスターファイル仕様説明書 別紙7-8) and when it holds."""

    code: str
    period: Period


class Premises(NamedTuple):
    """What the hospital is in a period; None where it was not told. Beds: 許可病床 and, of them, 一般病床."""

    period: Period
    facility: Facility | None
    licensed_beds: int | None
    general_beds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityStandards:
    """One hospital's registered standards and what it is, dated."""

    registered: tuple[Registered, ...]
    premises: tuple[Premises, ...] = ()
    _periods: dict[str, tuple[Period, ...]] = field(init=False, repr=False, compare=False)
    _all_month: dict[Month, frozenset[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        periods: dict[str, tuple[Period, ...]] = {}
        for each in self.registered:
            periods[each.code] = (*periods.get(each.code, ()), each.period)
        object.__setattr__(self, "_periods", periods)

    def meets(self, code: str, day: date) -> bool | None:
        """Whether the standard, or one that it stands for (名寄せ), holds on the day; None for a group not listed."""
        groups = name_groups_in(Month.of(day))
        members = None if groups is None else groups.members_of(code)
        if members is None:
            return None
        return any(period.holds(day) for member in (code, *members) for period in self._periods.get(member, ()))

    def meets_any(self, codes: Sequence[str], day: date) -> bool | None:
        """Whether one of them holds; None where none does and one of them is not known."""
        answers = [self.meets(code, day) for code in codes]
        if True in answers:
            return True
        return None if None in answers else False

    def all_month(self, month: Month) -> frozenset[str]:
        """The standards, and the groups that one of them stands for, that hold on every day of the month."""
        known = self._all_month.get(month)
        return known if known is not None else self._all_month.setdefault(month, self._holding(month))

    def _holding(self, month: Month) -> frozenset[str]:
        first, last = month.first_day, month.last_day
        held = {
            code
            for code, periods in self._periods.items()
            if any(each.first <= first and (each.last is None or last <= each.last) for each in periods)
        }
        known = name_groups_in(month)
        return frozenset(held | {group for group, members in (known.groups if known else {}).items() if members & held})

    def premises_on(self, day: date) -> Premises | None:
        """What the hospital is on that day, or None where nothing was told."""
        return next((each for each in self.premises if each.period.holds(day)), None)
