from math import isclose, log

import pytest

from services.coding.domain.drift import Shift, Spread, shift_between, stability_index


def spread(*counts: int) -> Spread:
    return Spread(counts=counts + (0,) * (10 - len(counts)))


def test_equal_spreads_have_an_index_of_zero_whatever_their_size() -> None:
    assert isclose(stability_index(spread(*[40] * 10), spread(*[40] * 10)), 0.0)
    assert stability_index(spread(*[4000] * 10), spread(*[400] * 10)) < 1e-6


def test_the_index_is_that_of_the_formula() -> None:
    before, now = spread(300, 700), spread(700, 300)
    shares = [(300.5, 700.5), (700.5, 300.5), *[(0.5, 0.5)] * 8]
    wanted = sum((new - old) / 1005 * log(new / old) for old, new in shares)

    assert isclose(stability_index(before, now), wanted)
    assert isclose(stability_index(now, before), wanted)


@pytest.mark.parametrize(
    ("now", "shift"),
    [
        ((500, 500), Shift.STABLE),
        ((600, 400), Shift.STABLE),
        ((660, 340), Shift.SHIFTING),
        ((800, 200), Shift.SHIFTED),
        ((199,), Shift.UNKNOWN),
    ],
)
def test_a_shift_is_told_from_the_usual_bounds_where_there_is_enough(now: tuple[int, ...], shift: Shift) -> None:
    assert shift_between(spread(500, 500), spread(*now)) is shift


def test_a_spread_has_ten_counts() -> None:
    with pytest.raises(ValueError, match="10 counts"):
        Spread(counts=(1, 2))
    with pytest.raises(ValueError, match="10 counts"):
        spread(-1)
