from datetime import date

import pytest

from services.settlement.domain.bank.days import DayStyle, NoDay, day_of, day_or_none

IMPERIAL, WESTERN = DayStyle.IMPERIAL, DayStyle.WESTERN


@pytest.mark.parametrize(
    ("digits", "read_on", "day"),
    [
        ("080630", date(2026, 7, 1), date(2026, 6, 30)),
        ("071231", date(2026, 1, 5), date(2025, 12, 31)),
        ("080101", date(2026, 1, 5), date(2026, 1, 1)),
        ("310430", date(2019, 5, 7), date(2019, 4, 30)),
        ("010501", date(2019, 5, 7), date(2019, 5, 1)),
        ("020229", date(2020, 3, 2), date(2020, 2, 29)),
        ("640107", date(1989, 1, 9), date(1989, 1, 7)),
        ("010108", date(1989, 1, 9), date(1989, 1, 8)),
    ],
)
def test_imperial_years_are_of_the_era_near_the_day_of_reading(digits: str, read_on: date, day: date) -> None:
    assert day_of(digits, IMPERIAL, read_on) == day


@pytest.mark.parametrize(
    ("digits", "read_on", "rule"),
    [
        ("030229", date(2021, 3, 2), "calendar"),
        ("310501", date(2019, 5, 7), "era"),
        ("010430", date(2019, 5, 7), "era"),
        ("000101", date(2019, 5, 7), "era"),
        ("260630", date(2026, 7, 1), "era"),
        ("090901", date(2026, 7, 1), "era"),
    ],
    ids=["no leap year", "an era that had ended", "an era to come", "year 0", "a western year", "far ahead"],
)
def test_a_day_that_cannot_be_meant_is_refused(digits: str, read_on: date, rule: str) -> None:
    with pytest.raises(NoDay) as refused:
        day_of(digits, IMPERIAL, read_on)

    assert refused.value.rule == rule


@pytest.mark.parametrize("year", range(2020, 2036))
def test_a_western_year_is_never_taken_for_an_imperial_one(year: int) -> None:
    with pytest.raises(NoDay):
        day_of(f"{year % 100:02d}0615", IMPERIAL, date(year, 6, 20))


def test_western_days_are_read_where_the_bank_writes_them() -> None:
    assert day_of("240229", WESTERN, date(2024, 3, 1)) == date(2024, 2, 29)


@pytest.mark.parametrize("digits", ["000000", ""])
def test_zeros_and_blanks_are_no_day_where_there_may_be_none(digits: str) -> None:
    assert day_or_none(digits, IMPERIAL, date(2026, 7, 1)) is None
