"""The copay ratio (自己負担割合) and what age decides, on the treatment day and in the treatment month.

健康保険法 第74条, 第110条; 国民健康保険法 第42条; 高齢者の医療の確保に関する法律 第50条, 第52条, 第67条. An age is
attained the day before the birthday (年齢計算ニ関スル法律).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from services.claims.domain.share.case import AgeClass, LimitCategory
from services.claims.domain.share.limits import SourceMark
from services.shared.kernel.months import Month, attains_age_on

PRESCHOOL_YEARS: Final = 6
ELDERLY_YEARS: Final = 70
LATE_ELDERLY_YEARS: Final = 75
MARCH: Final = 3
LEGACY_BORN_UNTIL: Final = date(1944, 4, 1)
"""指定公費: who was born until then kept one tenth at 70 to 74 (README of the worked examples)."""


class CopayClass(Enum):
    """所得区分 that decides the ratio beside age."""

    STANDARD = "一般"
    ACTIVE_INCOME = "現役並み所得"
    LATE_ELDERLY_TWO = "後期高齢者 一定以上所得"


def age_class_on(birth: date, day: date) -> AgeClass:
    """The age class on a treatment day: 70 counts from the month after it is attained, 75 from the birthday itself."""
    if day > attains_age_on(birth, LATE_ELDERLY_YEARS):
        return AgeClass.LATE_ELDERLY
    if Month.of(day) > Month.of(attains_age_on(birth, ELDERLY_YEARS)):
        return AgeClass.ELDERLY
    return AgeClass.PRESCHOOL if day <= last_preschool_day(birth) else AgeClass.GENERAL


def last_preschool_day(birth: date) -> date:
    """The first 31 March on or after the day on which the sixth year of age is completed (健保法 第74条, 第110条)."""
    attained = attains_age_on(birth, PRESCHOOL_YEARS)
    end = Month(attained.year, MARCH).last_day
    return end if attained <= end else Month(attained.year + 1, MARCH).last_day


def turns_75_in(birth: date, month: Month) -> bool:
    """Whether limits are halved: the 75th birthday lies in the month, not on its first day (令 第41条第2項, 第4項)."""
    if month.year - birth.year != LATE_ELDERLY_YEARS:
        return False
    birthday = attains_age_on(birth, LATE_ELDERLY_YEARS) + timedelta(days=1)
    return Month.of(birthday) == month and birthday != month.first_day


def keeps_legacy_tenth(birth: date, age: AgeClass, copay_class: CopayClass) -> bool:
    """Whether 指定公費 leaves one tenth (70歳代前半の被保険者等に係る一部負担金等の軽減特例措置)."""
    return birth <= LEGACY_BORN_UNTIL and age is AgeClass.ELDERLY and copay_class is CopayClass.STANDARD


def copay_class_of(category: LimitCategory | None) -> CopayClass:
    """The class that a limit category tells; 一定以上所得 is never told by it."""
    return CopayClass.ACTIVE_INCOME if category in _ACTIVE else CopayClass.STANDARD


_ACTIVE = frozenset({LimitCategory.ELDERLY_ACTIVE_3, LimitCategory.ELDERLY_ACTIVE_2, LimitCategory.ELDERLY_ACTIVE_1})


class CopayTenths(NamedTuple):
    """Tenths of the cost that a patient bears under an insurer, by age and class, for treatment from `since` on."""

    since: Month
    tenths: Mapping[tuple[AgeClass, CopayClass], int]
    mark: SourceMark
    source: str


def _by_class(late_elderly_two: int) -> Mapping[tuple[AgeClass, CopayClass], int]:
    """All ages and classes; a class that an age does not know is paid for as its standard one."""
    standard = {AgeClass.PRESCHOOL: 2, AgeClass.GENERAL: 3, AgeClass.ELDERLY: 2, AgeClass.LATE_ELDERLY: 1}
    known = {(age, copay_class): tenths for age, tenths in standard.items() for copay_class in CopayClass}
    known |= {(age, CopayClass.ACTIVE_INCOME): 3 for age in (AgeClass.ELDERLY, AgeClass.LATE_ELDERLY)}
    return MappingProxyType(known | {(AgeClass.LATE_ELDERLY, CopayClass.LATE_ELDERLY_TWO): late_elderly_two})


COPAY: Final = (
    CopayTenths(
        since=Month(2014, 4),
        tenths=_by_class(late_elderly_two=1),
        mark=SourceMark.SEEN,
        source="支払基金 FAQ tyohyo_01 (未就学者 8割給付; 70 to 74: 2割, 現役並み 3割), city tables",
    ),
    CopayTenths(
        since=Month(2022, 10),
        tenths=_by_class(late_elderly_two=2),
        mark=SourceMark.SEEN,
        source="as before; 75 and over, 一定以上所得: 2割, newspapers on the end of 配慮措置 (2025-09)",
    ),
)
"""In order of their beginning; before the first no ratio is known."""


def copay_tenths(age: AgeClass, copay_class: CopayClass, month: Month) -> int | None:
    """Tenths of the cost that the patient bears under an insurer; None for a month of which that is not known."""
    row = next((each for each in reversed(COPAY) if each.since <= month), None)
    return None if row is None else row.tenths[age, copay_class]
