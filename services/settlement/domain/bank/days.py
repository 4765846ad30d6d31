"""Days as banks' fixed-length files write them: YYMMDD, the year of the imperial era (和暦) or the last two of 西暦.

Which of the two an account's bank writes is told with the file [U: only single banks' sheets say]. Nothing is guessed:
a day that lies in no era near the day of reading is refused, and so is one whose era had ended before it.
"""

from datetime import date, timedelta
from enum import Enum
from typing import Final

from services.shared.kernel.imperial_eras import IMPERIAL_ERAS, imperial_era_on

MOST_YEARS_BACK: Final = 10
"""A western year read as one of 平成 lies 12 years back, so that the wrong style is found and never believed."""
MOST_DAYS_AHEAD: Final = 62
"""A statement is of the past; days of value may lie a little ahead."""
CENTURY: Final = 2000


class DayStyle(Enum):
    """What the two digits of a year count."""

    IMPERIAL = "imperial"
    """和暦."""
    WESTERN = "western"
    """西暦."""


class NoDay(Exception):
    """Six digits that name no day; `rule` is the one broken: calendar, or era."""

    def __init__(self, rule: str, said: str) -> None:
        super().__init__(said)
        self.rule = rule


def day_of(digits: str, style: DayStyle, read_on: date) -> date:
    """The day of YYMMDD as read on a day. Raises NoDay."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    years = [CENTURY + year] if style is DayStyle.WESTERN else [era.year_zero + year for era in IMPERIAL_ERAS if year]
    close = [each for each in years if abs(each - read_on.year) <= MOST_YEARS_BACK]
    real = [found for each in close if (found := _real(each, month, day)) is not None]
    if close and not real:
        raise NoDay("calendar", "is no day of the calendar")
    near = [each for each in real if _is_near(each, read_on) and _is_of_its_era(each, year, style)]
    if not near:
        raise NoDay("era", f"is no day near the day of reading, {style.value} years taken")
    return near[-1]


def day_or_none(digits: str, style: DayStyle, read_on: date) -> date | None:
    """The same for a field that may be zeros or blank. Raises NoDay."""
    return day_of(digits, style, read_on) if digits.strip("0 ") else None


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_near(day: date, read_on: date) -> bool:
    return read_on - timedelta(days=366 * MOST_YEARS_BACK) <= day <= read_on + timedelta(days=MOST_DAYS_AHEAD)


def _is_of_its_era(day: date, year: int, style: DayStyle) -> bool:
    if style is DayStyle.WESTERN:
        return True
    era = imperial_era_on(day)
    return era is not None and day.year - era.year_zero == year
