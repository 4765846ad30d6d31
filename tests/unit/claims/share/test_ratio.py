from datetime import date

import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory
from services.claims.domain.share.ratio import (
    COPAY,
    CopayClass,
    age_class_on,
    copay_class_of,
    copay_tenths,
    keeps_legacy_tenth,
    turns_75_in,
)
from services.shared.kernel.months import Month


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2020, 4, 2), date(2027, 3, 31), AgeClass.PRESCHOOL),
        (date(2020, 4, 2), date(2027, 4, 1), AgeClass.GENERAL),
        (date(2020, 4, 1), date(2026, 3, 31), AgeClass.PRESCHOOL),
        (date(2020, 4, 1), date(2026, 4, 1), AgeClass.GENERAL),
        (date(1956, 11, 2), date(2026, 11, 30), AgeClass.GENERAL),
        (date(1956, 11, 2), date(2026, 12, 1), AgeClass.ELDERLY),
        (date(1956, 12, 1), date(2026, 12, 1), AgeClass.ELDERLY),
        (date(1956, 12, 1), date(2026, 11, 30), AgeClass.GENERAL),
        (date(1951, 11, 21), date(2026, 11, 20), AgeClass.ELDERLY),
        (date(1951, 11, 21), date(2026, 11, 21), AgeClass.LATE_ELDERLY),
    ],
)
def test_age_decides_on_the_treatment_day(birth: date, day: date, age: AgeClass) -> None:
    assert age_class_on(birth, day) is age


@pytest.mark.parametrize(
    ("birth", "halved"),
    [(date(1951, 11, 2), True), (date(1951, 11, 30), True), (date(1951, 11, 1), False), (date(1951, 12, 1), False)],
)
def test_the_month_of_the_75th_birthday_is_halved_unless_it_is_the_first(birth: date, halved: bool) -> None:
    assert turns_75_in(birth, Month(2026, 11)) is halved


def test_somebody_born_on_a_leap_day_turns_75_on_the_first_of_march() -> None:
    assert not turns_75_in(date(1952, 2, 29), Month(2027, 2))
    assert not turns_75_in(date(1952, 2, 29), Month(2027, 3))


@pytest.mark.parametrize(
    ("age", "copay_class", "tenths"),
    [
        (AgeClass.PRESCHOOL, CopayClass.STANDARD, 2),
        (AgeClass.GENERAL, CopayClass.STANDARD, 3),
        (AgeClass.ELDERLY, CopayClass.STANDARD, 2),
        (AgeClass.ELDERLY, CopayClass.ACTIVE_INCOME, 3),
        (AgeClass.LATE_ELDERLY, CopayClass.STANDARD, 1),
        (AgeClass.LATE_ELDERLY, CopayClass.LATE_ELDERLY_TWO, 2),
        (AgeClass.LATE_ELDERLY, CopayClass.ACTIVE_INCOME, 3),
    ],
)
def test_the_ratio_follows_age_and_income(age: AgeClass, copay_class: CopayClass, tenths: int) -> None:
    assert copay_tenths(age, copay_class, Month(2026, 11)) == tenths


def test_two_tenths_at_75_began_in_october_2022() -> None:
    pays = [
        copay_tenths(AgeClass.LATE_ELDERLY, CopayClass.LATE_ELDERLY_TWO, month)
        for month in (Month(2022, 9), Month(2022, 10))
    ]

    assert pays == [1, 2]


def test_before_the_first_row_no_ratio_is_known() -> None:
    assert copay_tenths(AgeClass.GENERAL, CopayClass.STANDARD, Month(2014, 3)) is None
    assert [row.since for row in COPAY] == sorted({row.since for row in COPAY})
    assert all(row.source for row in COPAY)


def test_a_limit_category_of_active_income_tells_the_ratio() -> None:
    assert copay_class_of(LimitCategory.ELDERLY_ACTIVE_1) is CopayClass.ACTIVE_INCOME
    assert copay_class_of(LimitCategory.ELDERLY_GENERAL) is CopayClass.STANDARD
    assert copay_class_of(None) is CopayClass.STANDARD


def test_one_tenth_was_kept_by_who_was_born_until_april_1944() -> None:
    last, first_without = date(1944, 4, 1), date(1944, 4, 2)

    assert keeps_legacy_tenth(last, AgeClass.ELDERLY, CopayClass.STANDARD)
    assert not keeps_legacy_tenth(first_without, AgeClass.ELDERLY, CopayClass.STANDARD)
    assert not keeps_legacy_tenth(last, AgeClass.LATE_ELDERLY, CopayClass.STANDARD)
    assert not keeps_legacy_tenth(last, AgeClass.ELDERLY, CopayClass.ACTIVE_INCOME)
