"""Months and ages as the law counts them. Business dates are Asia/Tokyo."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Self
from zoneinfo import ZoneInfo

from typing_extensions import override

MONTHS_A_YEAR: Final = 12
MONTH_DIGITS: Final = 6
BUSINESS_ZONE: Final = ZoneInfo("Asia/Tokyo")
"""Where business days begin and end."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, such as a treatment month (診療年月) or a claim month (請求年月)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= MONTHS_A_YEAR:
            message = f"month must be 1 to 12, not {self.month}"
            raise ValueError(message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From YYYYMM; raises ValueError."""
        if len(text) != MONTH_DIGITS or not (text.isascii() and text.isdigit()):
            message = "a month is written YYYYMM"
            raise ValueError(message)
        return cls(int(text[:4]), int(text[4:]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that a day lies in."""
        return cls(day.year, day.month)

    @override
    def __str__(self) -> str:
        return f"{self.year:04d}{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The 28th to the 31st."""
        return _last_day(self.year, self.month)

    def plus(self, months: int) -> "Month":
        """This many months later; earlier when negative."""
        total = self.year * MONTHS_A_YEAR + self.month - 1 + months
        return Month(total // MONTHS_A_YEAR, total % MONTHS_A_YEAR + 1)


@lru_cache(maxsize=1024)
def _last_day(year: int, month: int) -> date:
    """Kept: what may be used in a month is asked of thirty candidates of every mention."""
    return Month(year, month).plus(1).first_day - timedelta(days=1)


def business_day(at: datetime) -> date:
    """The day in Tokyo that an instant, of any zone, lies in."""
    return at.astimezone(BUSINESS_ZONE).date()


def end_of_business_day(day: date) -> datetime:
    """The last instant of a day in Tokyo."""
    return datetime.combine(day, time.max, BUSINESS_ZONE)


def attains_age_on(birth: date, years: int) -> date:
    """The day on which an age is attained: the day before the birthday (年齢計算ニ関スル法律, 民法 第143条)."""
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:
        birthday = date(birth.year + years, 3, 1)
    return birthday - timedelta(days=1)
