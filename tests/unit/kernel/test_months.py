"""Months, and ages as 年齢計算ニ関スル法律 counts them."""

from datetime import UTC, date, datetime

import pytest

from services.shared.kernel.months import Month, attains_age_on, business_day


@pytest.mark.parametrize("text", ["202400", "202413", "20246", "2024-6", "２０２４０６", "", "abcdef"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


def test_a_month_is_written_as_it_was_read() -> None:
    assert str(Month.parse("202406")) == "202406"
    assert Month.of(date(2024, 6, 30)) == Month(2024, 6)


@pytest.mark.parametrize(
    ("month", "last"),
    [("202402", date(2024, 2, 29)), ("202302", date(2023, 2, 28)), ("202412", date(2024, 12, 31))],
)
def test_a_month_ends_on_its_last_day(month: str, last: date) -> None:
    assert Month.parse(month).last_day == last


def test_months_are_added_over_the_year() -> None:
    assert Month(2024, 12).plus(1) == Month(2025, 1)
    assert Month(2024, 1).plus(-1) == Month(2023, 12)
    assert Month(2024, 12) < Month(2025, 1)


@pytest.mark.parametrize(
    ("birth", "years", "day"),
    [
        (date(2018, 4, 1), 6, date(2024, 3, 31)),
        (date(2018, 4, 2), 6, date(2024, 4, 1)),
        (date(1949, 1, 1), 75, date(2023, 12, 31)),
        (date(2000, 2, 29), 75, date(2075, 2, 28)),
        (date(2000, 2, 29), 4, date(2004, 2, 28)),
    ],
    ids=["first of April", "second of April", "new year", "leap day in a common year", "leap day in a leap year"],
)
def test_an_age_is_attained_on_the_day_before_the_birthday(birth: date, years: int, day: date) -> None:
    assert attains_age_on(birth, years) == day


def test_a_business_day_begins_at_midnight_in_tokyo() -> None:
    assert business_day(datetime(2024, 3, 31, 14, 59, 59, tzinfo=UTC)) == date(2024, 3, 31)
    assert business_day(datetime(2024, 3, 31, 15, 0, tzinfo=UTC)) == date(2024, 4, 1)
