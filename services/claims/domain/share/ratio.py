"""The copay ratio (自己負担割合) and what age decides, on the treatment day and in the treatment month.

健康保険法 第74条, 第110条; 国民健康保険法 第42条; 高齢者の医療の確保に関する法律 第50条, 第52条, 第67条. An age is
attained the day before the birthday (年齢計算ニ関スル法律).
"""

from datetime import date, timedelta
from enum import Enum
from typing import Final, assert_never

from services.claims.domain.share.case import AgeClass, LimitCategory
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


def copay_tenths(age: AgeClass, copay_class: CopayClass) -> int:
    """Tenths of the cost that the patient bears under an insurer."""
    match age:
        case AgeClass.PRESCHOOL:
            return 2
        case AgeClass.GENERAL:
            return 3
        case AgeClass.ELDERLY:
            return 3 if copay_class is CopayClass.ACTIVE_INCOME else 2
        case AgeClass.LATE_ELDERLY:
            return _LATE_ELDERLY_TENTHS[copay_class]
        case _:
            assert_never(age)


_LATE_ELDERLY_TENTHS = {CopayClass.STANDARD: 1, CopayClass.LATE_ELDERLY_TWO: 2, CopayClass.ACTIVE_INCOME: 3}
