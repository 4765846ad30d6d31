"""Age limits of the masters (上下限年齢), by number of years or by their special codes.

A lower limit admits whoever has reached it, an upper one whoever has not: 算定可能な年齢 ≧ 下限年齢, < 上限年齢.
Source: マスターファイル仕様説明書, April 2022, 医科診療行為マスター items 41, 42 and 100 to 111, 特定器材マスター
items 15 and 16. An age is attained on the day before the birthday (年齢計算ニ関スル法律).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.shared.kernel.months import Month, attains_age_on

_YEARS = re.compile(r"[0-9]{2}", re.ASCII)
_DAYS: Final = {"AA": 28, "AE": 90}
_MONTH_AFTER: Final = {"B3": 3, "B6": 6, "BF": 15, "BK": 20}
_PRESCHOOL: Final = "MG"
_SCHOOL_AGE: Final = 6
_SCHOOL_MONTH: Final = 4
_UNLIMITED: Final = "00"
SPECIAL_CODES: Final = frozenset({*_DAYS, *_MONTH_AFTER, _PRESCHOOL})
"""AA 生後28日, AE 生後90日, B3 B6 BF BK the first of the month after the 3rd, 6th, 15th, 20th year, MG 未就学児."""


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """One limit, by its code of two characters: "03" is three years, "AA" 28 days after birth."""

    code: str

    def __post_init__(self) -> None:
        if self.code == _UNLIMITED or not (self.code in SPECIAL_CODES or _YEARS.fullmatch(self.code)):
            message = f"not an age limit: {self.code!r}"
            raise ValueError(message)

    def reached_on(self, birth: date) -> date:
        """The first day on which somebody born on that day has reached the limit."""
        if (days := _DAYS.get(self.code)) is not None:
            return birth + timedelta(days=days)
        if (years := _MONTH_AFTER.get(self.code)) is not None:
            return Month.of(attains_age_on(birth, years)).plus(1).first_day
        if self.code == _PRESCHOOL:
            return _school_entry(birth)
        return attains_age_on(birth, int(self.code))

    def reached(self, birth: date, day: date) -> bool:
        """Whether the limit is reached on that day."""
        return day >= self.reached_on(birth)


@dataclass(frozen=True, slots=True)
class AgeRange:
    """From the lower limit on, up to but without the upper one; None is no limit on that side."""

    lower: AgeLimit | None
    upper: AgeLimit | None

    def admits(self, birth: date, day: date) -> bool:
        """Whether somebody born on that day is of such an age on the treatment day."""
        old_enough = self.lower is None or self.lower.reached(birth, day)
        return old_enough and (self.upper is None or not self.upper.reached(birth, day))


def age_limit(code: str) -> AgeLimit | None:
    """The limit that a master's column states; None where it states no limit ("00"). Raises ValueError."""
    return None if code == _UNLIMITED else AgeLimit(code)


def _school_entry(birth: date) -> date:
    """1 April after the 31 March that follows the 6th year: until then a child is 未就学児."""
    attained = attains_age_on(birth, _SCHOOL_AGE)
    april = date(attained.year, _SCHOOL_MONTH, 1)
    return april if attained < april else date(attained.year + 1, _SCHOOL_MONTH, 1)
