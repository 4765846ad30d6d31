"""Ages and ratios: expected values are those of the law's own examples, written by hand."""

from datetime import date

import pytest

from services.eligibility.domain.copay import copay_tenths, is_public_programme
from services.eligibility.domain.coverage import CopayClass, age_months

KYOKAI = "01130012"
KOKUHO = "138057"
LATE_ELDERLY = "39131156"
STANDARD, ACTIVE = CopayClass.STANDARD, CopayClass.ACTIVE_INCOME
ONE, TWO = CopayClass.LATE_ELDERLY_ONE, CopayClass.LATE_ELDERLY_TWO


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2018, 4, 1), 202403),
        (date(2018, 4, 2), 202503),
        (date(2018, 3, 31), 202403),
        (date(2018, 12, 31), 202503),
        (date(2019, 1, 1), 202503),
        (date(2020, 2, 29), 202603),
    ],
)
def test_preschool_ends_in_march_after_six_is_attained_on_the_eve_of_the_birthday(birth: date, last: int) -> None:
    assert age_months(birth).preschool_last == last


@pytest.mark.parametrize(
    ("birth", "first"),
    [
        (date(1955, 6, 1), 202506),
        (date(1955, 6, 2), 202507),
        (date(1955, 6, 30), 202507),
        (date(1955, 1, 1), 202501),
        (date(1955, 12, 31), 202601),
        (date(1956, 2, 29), 202603),
    ],
)
def test_the_rule_for_seventy_begins_the_month_after_the_age_is_attained(birth: date, first: int) -> None:
    assert age_months(birth).elderly_first == first


def test_cover_for_the_late_elderly_begins_in_the_month_of_the_birthday() -> None:
    assert age_months(date(1950, 6, 1)).late_elderly_first == 202506
    assert age_months(date(1950, 6, 30)).late_elderly_first == 202506
    assert age_months(date(1952, 2, 29)).late_elderly_first == 202703


@pytest.mark.parametrize(
    ("payer", "copay_class", "birth", "month", "tenths"),
    [
        (KYOKAI, STANDARD, date(2018, 4, 2), 202503, 2),
        (KYOKAI, STANDARD, date(2018, 4, 2), 202504, 3),
        (KYOKAI, STANDARD, date(2018, 4, 1), 202404, 3),
        (KYOKAI, STANDARD, date(1980, 5, 5), 202509, 3),
        (KOKUHO, STANDARD, date(1955, 6, 2), 202506, 3),
        (KOKUHO, STANDARD, date(1955, 6, 2), 202507, 2),
        (KOKUHO, ACTIVE, date(1955, 6, 2), 202507, 3),
        (KYOKAI, ACTIVE, date(2019, 5, 5), 202409, 2),
        (LATE_ELDERLY, STANDARD, date(1945, 6, 2), 202509, 1),
        (LATE_ELDERLY, ONE, date(1945, 6, 2), 202509, 1),
        (LATE_ELDERLY, TWO, date(1945, 6, 2), 202209, 1),
        (LATE_ELDERLY, TWO, date(1945, 6, 2), 202210, 2),
        (LATE_ELDERLY, TWO, date(1945, 6, 2), 202509, 2),
        (LATE_ELDERLY, ACTIVE, date(1945, 6, 2), 202509, 3),
        (LATE_ELDERLY, TWO, date(1958, 6, 2), 202509, 2),
    ],
)
def test_the_ratio_follows_age_class_and_insurer(  # noqa: PLR0917 - the columns of the table above
    payer: str, copay_class: CopayClass, birth: date, month: int, tenths: int
) -> None:
    assert copay_tenths(payer, copay_class, age_months(birth), month) == tenths


@pytest.mark.parametrize("payer", ["12130011", "21130010", "28136015", "51136018", "54136015", "80130014", "89131234"])
def test_a_programme_is_known_by_its_law_number(payer: str) -> None:
    assert is_public_programme(payer)


@pytest.mark.parametrize("payer", [KYOKAI, KOKUHO, LATE_ELDERLY, "06132013", "63130012", "214001"])
def test_an_insurer_is_no_programme(payer: str) -> None:
    assert not is_public_programme(payer)
