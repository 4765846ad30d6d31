"""Yen and points."""

import pytest

from services.shared.kernel.money import Points, copay_yen, yen_of


def test_a_point_is_ten_yen() -> None:
    assert yen_of(Points(61_495)) == 614_950


@pytest.mark.parametrize(("tenths", "yen"), [(0, 0), (1, 677), (2, 1354), (3, 2031), (10, 6770)])
def test_the_copay_of_677_points_is_exact_at_every_ratio(tenths: int, yen: int) -> None:
    assert copay_yen(Points(677), tenths) == yen


@pytest.mark.parametrize("tenths", [-1, 11])
def test_a_ratio_outside_zero_to_ten_tenths_is_refused(tenths: int) -> None:
    with pytest.raises(ValueError, match="copay_tenths"):
        copay_yen(Points(1), tenths)
