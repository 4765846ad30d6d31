from decimal import Decimal

import pytest

from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.limits import Limit, SourceMark, class_limits, half_up_yen, limit_yen
from services.claims.domain.share.tables import TABLES, table_for
from services.shared.kernel.months import Month

C = LimitCategory


def _yen(month: Month, category: LimitCategory, cost_yen: int, *, multi: bool = False, band: int = 0) -> int:
    found = class_limits(table_for(month), category, band)
    assert found is not None
    return limit_yen(found.whole, cost_yen, multi=multi, halved=False)


@pytest.mark.parametrize(
    ("category", "cost_yen", "old", "new"),
    [
        (C.A, 1_000_000, 254_180, 271_290),
        (C.I, 1_000_000, 171_820, 183_130),
        (C.U, 1_000_000, 87_430, 92_940),
        (C.E, 1_000_000, 57_600, 61_500),
        (C.O, 1_000_000, 35_400, 36_900),
        (C.ELDERLY_ACTIVE_3, 1_000_000, 254_180, 271_290),
        (C.ELDERLY_ACTIVE_2, 1_000_000, 171_820, 183_130),
        (C.ELDERLY_ACTIVE_1, 1_000_000, 87_430, 92_940),
        (C.ELDERLY_GENERAL, 1_000_000, 57_600, 61_500),
        (C.ELDERLY_LOW_2, 1_000_000, 24_600, 25_700),
        (C.ELDERLY_LOW_1, 1_000_000, 15_000, 15_700),
    ],
)
def test_a_treatment_month_picks_its_table(category: LimitCategory, cost_yen: int, old: int, new: int) -> None:
    assert _yen(Month(2026, 7), category, cost_yen) == old
    assert _yen(Month(2026, 8), category, cost_yen) == new


@pytest.mark.parametrize(
    ("category", "old", "new"),
    [
        (C.A, 140_100, 140_100),
        (C.I, 93_000, 93_000),
        (C.U, 44_400, 44_400),
        (C.E, 44_400, 44_400),
        (C.O, 24_600, 24_600),
        (C.ELDERLY_GENERAL, 44_400, 44_400),
        (C.ELDERLY_LOW_2, 24_600, 24_600),
        (C.ELDERLY_LOW_1, 15_000, 15_700),
    ],
)
def test_from_the_fourth_month_on_the_limit_is_lower_where_the_class_has_such(
    category: LimitCategory, old: int, new: int
) -> None:
    assert _yen(Month(2026, 7), category, 900_000, multi=True) == old
    assert _yen(Month(2026, 8), category, 900_000, multi=True) == new


@pytest.mark.parametrize(
    ("category", "band", "base"),
    [
        *((C.A, 1, 342_000), (C.A, 2, 303_000), (C.A, 3, 270_300)),
        *((C.I, 1, 209_400), (C.I, 2, 194_400), (C.I, 3, 179_100)),
        *((C.U, 1, 110_400), (C.U, 2, 98_100), (C.U, 3, 85_800)),
        *((C.E, 1, 69_600), (C.E, 2, 65_400), (C.E, 3, 61_500), (C.O, 0, 36_900)),
    ],
)
def test_the_announced_table_has_thirteen_bands(category: LimitCategory, band: int, base: int) -> None:
    assert _yen(Month(2027, 8), category, 0, band=band) == base


def test_a_class_that_is_divided_has_no_limit_while_its_band_is_not_known() -> None:
    assert class_limits(table_for(Month(2027, 8)), C.U, 0) is None


def test_a_band_that_a_table_does_not_have_is_passed_over() -> None:
    table = table_for(Month(2026, 8))

    assert class_limits(table, C.U, 2) == class_limits(table, C.U, 0)


def test_before_the_first_table_no_limit_is_known() -> None:
    assert not table_for(Month(2014, 12)).classes
    assert class_limits(table_for(Month(2018, 7)), C.ELDERLY_GENERAL, 0) is None
    assert class_limits(table_for(Month(2018, 7)), C.U, 0) is not None


def test_the_threshold_is_where_three_tenths_of_the_cost_reach_the_base() -> None:
    limits = [each.whole for table in TABLES for each in table.classes.values()]
    proportional = [each for each in limits if each.threshold_yen]

    assert proportional
    assert all(each.threshold_yen * 3 == each.base_yen * 10 for each in proportional)


def test_every_limit_can_be_halved_to_whole_yen() -> None:
    for table in TABLES:
        for each in table.classes.values():
            for limit in filter(None, (each.whole, each.outpatient)):
                assert limit.base_yen % 2 == limit.threshold_yen % 2 == (limit.multi_yen or 0) % 2 == 0


def test_every_row_says_how_well_it_is_known_and_from_where() -> None:
    for table in TABLES:
        assert all(each.whole.mark in SourceMark and each.whole.source for each in table.classes.values())


def test_fifty_hundredths_of_a_yen_are_a_yen() -> None:
    assert [half_up_yen(each) for each in (0, 49, 50, 149, 150)] == [0, 0, 1, 1, 2]


def test_the_one_percent_part_is_rounded_on_its_own() -> None:
    limit = Limit(80_100, 267_000, 1, 44_400, None, SourceMark.UNVERIFIED, "")
    parts = Decimal(364_570 - 267_000) / 100

    assert parts == Decimal("975.7")
    assert limit_yen(limit, 364_570, multi=False, halved=False) == 81_076
    assert limit_yen(limit, 364_540, multi=False, halved=False) == 81_075
    assert limit_yen(limit, 364_550, multi=False, halved=False) == 81_076


def test_the_month_of_the_75th_birthday_halves_base_threshold_and_the_lower_limit() -> None:
    limit = Limit(80_100, 267_000, 1, 44_400, None, SourceMark.UNVERIFIED, "")

    assert limit_yen(limit, 0, multi=False, halved=True) == 40_050
    assert limit_yen(limit, 233_500, multi=False, halved=True) == 41_050
    assert limit_yen(limit, 233_500, multi=True, halved=True) == 22_200
