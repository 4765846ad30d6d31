"""Stepped acts, row by row from 別紙７－５ and the table of 項番35."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Remark, Unpriced
from services.claims.domain.pricing.units import price_unit
from tests.unit.claims.pricing.builders import MAY, done, stepped_act, unit

# Base 100; from 60 on 16 for each 30 begun; at most 180.
MODES = ("0", "1", "2", "3")
SCHEDULE = MonthSchedule.of(
    MAY, acts=[stepped_act(f"16000000{mode}", "100.00", "60", "180", "30", "16.00", mode) for mode in MODES]
)


def _answer(mode: str, quantity: str | None) -> PricedUnit:
    return price_unit(unit(done(f"16000000{mode}", quantity)), SCHEDULE)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("quantity", "points"),
    [("31", 100), ("60", 100), ("61", 116), ("90", 116), ("91", 132), ("179", 164), ("180", 164)],
)
def test_within_the_limits_every_mode_counts_steps_rounded_up(mode: str, quantity: str, points: int) -> None:
    assert _answer(mode, quantity).points == points


@pytest.mark.parametrize(("mode", "points"), [("0", 180), ("1", 164), ("2", 180), ("3", 164)])
def test_above_the_upper_limit_the_quantity_counts_or_the_limit_does(mode: str, points: int) -> None:
    assert _answer(mode, "181").points == points


@pytest.mark.parametrize(
    ("mode", "remarks"),
    [("0", (Remark.QUANTITY_ABOVE_UPPER,)), ("1", ()), ("2", (Remark.QUANTITY_ABOVE_UPPER,)), ("3", ())],
)
def test_what_is_priced_by_a_quantity_above_the_limit_is_to_be_looked_at(
    mode: str, remarks: tuple[Remark, ...]
) -> None:
    assert _answer(mode, "181").remarks == remarks


@pytest.mark.parametrize(("mode", "quantity"), [("0", "30"), ("0", "1"), ("1", "30"), ("1", "1")])
def test_at_or_below_lower_less_width_modes_0_and_1_count_the_base(mode: str, quantity: str) -> None:
    assert _answer(mode, quantity).points == 100


@pytest.mark.parametrize("mode", ["0", "1"])
def test_the_quantity_zero_is_returned_where_the_base_would_count(mode: str) -> None:
    assert _answer(mode, "0").why is Unpriced.QUANTITY_ZERO


@pytest.mark.parametrize(("mode", "quantity"), [("2", "30"), ("2", "0"), ("3", "30"), ("3", "1")])
def test_at_or_below_lower_less_width_modes_2_and_3_return_the_receipt(mode: str, quantity: str) -> None:
    assert _answer(mode, quantity).why is Unpriced.QUANTITY_BELOW_LOWER


def test_the_arithmetic_is_said_in_words() -> None:
    assert _answer("0", "150").arithmetic == "100 + 16 × 3 steps"
    assert _answer("0", "60").arithmetic == "100"


def test_half_points_of_steps_are_rounded_up_once_after_all_steps() -> None:
    # 単純撮影（イ）の写真診断: 85, and 42.5 for each further image up to the fifth.
    schedule = MonthSchedule.of(MAY, acts=[stepped_act("170000410", "85.00", "1", "5", "1", "42.50", "1")])

    found = [price_unit(unit(done("170000410", str(images)), section="70"), schedule) for images in (1, 2, 3, 5, 9)]

    assert [each.points for each in found] == [85, 128, 170, 255, 255]
    assert found[1].arithmetic == "85 + 42.5 × 1 steps"


def test_a_stepped_act_without_a_quantity_is_not_priced() -> None:
    assert _answer("0", None)[:3] == (None, Unpriced.QUANTITY_MISSING, "160000000")


def test_a_quantity_that_is_not_whole_is_not_priced() -> None:
    assert _answer("0", "61.5").why is Unpriced.QUANTITY_NOT_WHOLE
