"""Tests counted together (包括対象検査): the unit's price by how many of a group it has."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.dated import BUNDLES
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.units import price_unit
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import act, done, unit

BLOOD = [f"1600200{number:02d}" for number in range(12)]
LOADS = [f"1600867{number:02d}" for number in range(3)]
GENES = [f"1601804{number:02d}" for number in range(5)]
PLASMA = [f"1602261{number:02d}" for number in range(2)]
MARKERS = [f"1600370{number:02d}" for number in range(5)]
JUDGEMENT, CHANGING = "160061910", "160062470"
ACTS = [
    *(act(code, "11.00", {16: "1"}) for code in BLOOD),
    *(act(code, "120.00", {16: "5", 40: "1"}) for code in MARKERS),
    act(LOADS[0], "1600.00", {16: "8"}),
    *(act(code, "1200.00", {16: "8"}) for code in LOADS[1:]),
    *(act(code, "2500.00", {16: "13"}) for code in GENES),
    *(act(code, "2500.00", {16: "15"}) for code in PLASMA),
    act(JUDGEMENT, "144.00"),
    act(CHANGING, "100.00", {11: "5", 68: "7", 69: "7", 40: "1"}),
]


def _answer(month: Month, *codes: str) -> PricedUnit:
    return price_unit(unit(*(done(code) for code in codes)), MonthSchedule.of(month, acts=ACTS))


OCTOBER_2021, MAY_2024, JUNE_2024 = Month(2021, 10), Month(2024, 5), Month(2024, 6)
NOVEMBER_2026, JUNE_2028 = Month(2026, 11), Month(2028, 6)


@pytest.mark.parametrize(
    ("month", "items", "points"),
    [
        (OCTOBER_2021, 1, 11),
        (OCTOBER_2021, 4, 44),
        (OCTOBER_2021, 5, 93),
        (OCTOBER_2021, 7, 93),
        (OCTOBER_2021, 8, 99),
        (OCTOBER_2021, 9, 99),
        (OCTOBER_2021, 10, 109),
        (MAY_2024, 9, 99),
        (MAY_2024, 10, 106),
        (MAY_2024, 12, 106),
        (JUNE_2024, 10, 103),
        (NOVEMBER_2026, 10, 103),
    ],
)
def test_blood_chemistry_is_priced_by_the_number_of_items_of_its_month(month: Month, items: int, points: int) -> None:
    assert _answer(month, *BLOOD[:items]).points == points


@pytest.mark.parametrize(
    ("month", "items", "points"),
    [
        (JUNE_2024, 1, 120),
        (JUNE_2024, 2, 230),
        (JUNE_2024, 3, 290),
        (JUNE_2024, 4, 385),
        (JUNE_2024, 5, 385),
        (OCTOBER_2021, 4, 408),
        (MAY_2024, 4, 396),
    ],
)
def test_tumour_markers_are_priced_by_their_own_numbers(month: Month, items: int, points: int) -> None:
    assert _answer(month, *MARKERS[:items]).points == points


def test_each_group_is_counted_apart_and_other_acts_stay_as_they_are() -> None:
    answer = _answer(JUNE_2024, JUDGEMENT, *BLOOD[:5], *MARKERS[:2])

    assert answer.points == 144 + 93 + 230
    assert answer.line_points == (144, *[None] * 7)
    assert answer.arithmetic == "144 + 5 items as one: 93 + 2 items as one: 230"


@pytest.mark.parametrize("month", [OCTOBER_2021, MAY_2024, JUNE_2024, NOVEMBER_2026])
def test_endocrine_load_tests_are_counted_up_to_3600_points(month: Month) -> None:
    """D287 注1 of the notices of 2020, 2024 and 2026: 1月に3,600点を限度."""
    assert _answer(month, *LOADS[:2]).points == 1600 + 1200
    assert _answer(month, *LOADS).points == 3600


@pytest.mark.parametrize("month", [OCTOBER_2021, MAY_2024, JUNE_2024, NOVEMBER_2026])
def test_genes_of_a_tumour_are_priced_by_their_number(month: Month) -> None:
    """D004-2 注1 of the notices of 2020, 2022, 2024 and 2026: 4,000, 6,000 and 8,000 points."""
    assert [_answer(month, *GENES[:items]).points for items in (1, 2, 3, 4, 5)] == [2500, 4000, 6000, 8000, 8000]


def test_cutting_an_item_prices_the_rest_by_their_number() -> None:
    whole = unit(*(done(code) for code in BLOOD[:5]))

    assert price_unit(whole, MonthSchedule.of(JUNE_2024, acts=ACTS), without={5}).points == 44


@pytest.mark.parametrize(
    ("month", "codes"),
    [
        (OCTOBER_2021, PLASMA[:2]),
        (JUNE_2028, BLOOD[:5]),
        (JUNE_2024, [*MARKERS[:2], CHANGING]),
    ],
)
def test_where_the_points_of_a_number_are_not_known_the_unit_has_no_price(month: Month, codes: list[str]) -> None:
    answer = _answer(month, *codes)

    assert (answer.points, answer.why, answer.missing) == (None, Unpriced.BUNDLE_NOT_KNOWN, codes[0])


def test_no_month_has_two_rows_of_one_group_and_numbers_rise() -> None:
    for row in BUNDLES:
        same = [other for other in BUNDLES if other.group == row.group and other is not row]
        assert all(other.until < row.since or row.until < other.since for other in same)
        assert list(row.steps) == sorted(row.steps, key=lambda step: step[0])
        assert row.since <= row.until
