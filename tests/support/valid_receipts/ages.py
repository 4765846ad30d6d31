"""Whether an act's age limits (columns 41 and 42) hold on a day, asked of the calendar."""

from datetime import date, timedelta

from tests.support.valid_receipts.masters import NO_LIMIT

_SCHOOL_YEAR_BEGINS = (4, 1)
_FIRST_SCHOOL_AGE = 6
_MONTH_AFTER = {"B3": 3, "B6": 6, "BF": 15, "BK": 20}
_DAYS = {"AA": 28, "AE": 90}


def is_of_age(birth: date, on: date, youngest: str, oldest: str) -> bool:
    """At least the lower limit, and below the upper one."""
    return (youngest == NO_LIMIT or on >= reached(birth, youngest)) and (
        oldest == NO_LIMIT or on < reached(birth, oldest)
    )


def reached(birth: date, limit: str) -> date:
    """The first day on which somebody born then is past this limit."""
    if limit in _DAYS:
        return birth + timedelta(days=_DAYS[limit])
    if limit == "MG":
        school = date(birth.year + _FIRST_SCHOOL_AGE, *_SCHOOL_YEAR_BEGINS)
        return school if birthday(birth, _FIRST_SCHOOL_AGE) <= school else date(school.year + 1, *_SCHOOL_YEAR_BEGINS)
    if limit in _MONTH_AFTER:
        # 年齢計算ニ関スル法律: an age is reached at the end of the day before the birthday.
        day = birthday(birth, _MONTH_AFTER[limit]) - timedelta(days=1)
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return birthday(birth, int(limit))


def birthday(birth: date, years: int) -> date:
    """The birthday on which so many years are complete; 1 March for those born on 29 February."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)
