"""Eras in one place: every day from the first on has one, and years are counted from its first."""

from datetime import date, timedelta

import pytest

from services.shared.kernel.imperial_eras import IMPERIAL_ERAS, imperial_era_of, imperial_era_on


@pytest.mark.parametrize(
    ("day", "code", "year"),
    [
        (date(1868, 10, 23), "1", 1),
        (date(1912, 7, 29), "1", 45),
        (date(1912, 7, 30), "2", 1),
        (date(1926, 12, 24), "2", 15),
        (date(1926, 12, 25), "3", 1),
        (date(1989, 1, 7), "3", 64),
        (date(1989, 1, 8), "4", 1),
        (date(2019, 4, 30), "4", 31),
        (date(2019, 5, 1), "5", 1),
        (date(2026, 11, 21), "5", 8),
    ],
)
def test_a_day_is_of_the_era_that_began_last(day: date, code: str, year: int) -> None:
    era = imperial_era_on(day)

    assert era is not None
    assert (era.code, day.year - era.year_zero) == (code, year)


def test_before_the_first_era_there_is_none() -> None:
    assert imperial_era_on(IMPERIAL_ERAS[0].first - timedelta(days=1)) is None


def test_a_code_that_is_of_no_era_names_none() -> None:
    assert [imperial_era_of(code) for code in ("0", "6", "")] == [None, None, None]
    assert [imperial_era_of(era.code) for era in IMPERIAL_ERAS] == list(IMPERIAL_ERAS)
