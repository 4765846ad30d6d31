"""Age limits by their codes. Days are counted by hand; 医科診療行為マスター items 41 and 42, 年齢計算ニ関スル法律."""

from datetime import date

import pytest

from services.claims.domain.masters.ages import AgeLimit, AgeRange, age_limit

FIRST_DAYS = [
    ("03", date(2020, 6, 15), date(2023, 6, 14)),
    ("06", date(2020, 2, 29), date(2026, 2, 28)),
    ("65", date(1960, 1, 1), date(2024, 12, 31)),
    ("AA", date(2024, 2, 10), date(2024, 3, 9)),
    ("AE", date(2024, 1, 1), date(2024, 3, 31)),
    ("B3", date(2020, 6, 15), date(2023, 7, 1)),
    ("B3", date(2020, 6, 1), date(2023, 6, 1)),
    ("B6", date(2018, 12, 2), date(2025, 1, 1)),
    ("BF", date(2009, 3, 31), date(2024, 4, 1)),
    ("BK", date(2004, 2, 29), date(2024, 3, 1)),
    ("MG", date(2018, 4, 1), date(2024, 4, 1)),
    ("MG", date(2018, 4, 2), date(2025, 4, 1)),
    ("MG", date(2018, 3, 31), date(2024, 4, 1)),
    ("MG", date(2018, 12, 31), date(2025, 4, 1)),
]


@pytest.mark.parametrize(("code", "birth", "first"), FIRST_DAYS)
def test_a_limit_is_reached_from_its_first_day_on_and_not_before(code: str, birth: date, first: date) -> None:
    limit = AgeLimit(code)

    assert limit.reached_on(birth) == first
    assert limit.reached(birth, first)
    assert not limit.reached(birth, date.fromordinal(first.toordinal() - 1))


def test_a_range_admits_from_its_lower_limit_up_to_but_without_its_upper() -> None:
    toddlers = AgeRange(age_limit("AA"), age_limit("03"))
    birth = date(2022, 5, 10)

    assert not toddlers.admits(birth, date(2022, 6, 6))
    assert toddlers.admits(birth, date(2022, 6, 7))
    assert toddlers.admits(birth, date(2025, 5, 8))
    assert not toddlers.admits(birth, date(2025, 5, 9))


def test_two_zeros_are_no_limit() -> None:
    assert age_limit("00") is None
    assert AgeRange(None, None).admits(date(2024, 1, 1), date(2024, 1, 1))


@pytest.mark.parametrize("code", ["", "0", "000", "AB", "B4", "aa", "1A", "０３"])
def test_another_code_is_no_age_limit(code: str) -> None:
    with pytest.raises(ValueError, match="not an age limit"):
        age_limit(code)
