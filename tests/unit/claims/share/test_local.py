import pytest

from services.claims.domain.share.local import COLUMNS, programme_of_row
from services.claims.domain.share.programmes import LeftRounding, LimitOrder
from services.shared.kernel.months import Month

_ROW = {"number": "80130", "name": "マル障", "source": "条例"}


def test_a_row_with_nothing_but_its_name_leaves_nothing_after_the_limit() -> None:
    programme = programme_of_row(_ROW)

    assert (programme.percent, programme.order, programme.rounding) == (None, LimitOrder.BEFORE, LeftRounding.ONE_YEN)
    assert programme.blank_is_nothing


def test_every_column_is_read() -> None:
    stated = ("88", "マル乳", "10", "44400", "8000", "after", "ten_yen_half_up", "2026-04", "2027-03", "条例 5条")
    programme = programme_of_row(dict(zip(COLUMNS, stated, strict=True)))

    assert (programme.number, programme.percent) == ("88", 10)
    assert (programme.inpatient_limit_yen, programme.outpatient_limit_yen) == (44_400, 8_000)
    assert (programme.order, programme.rounding) == (LimitOrder.AFTER, LeftRounding.TEN_YEN_HALF_UP)
    assert (programme.since, programme.until) == (Month(2026, 4), Month(2027, 3))
    assert not programme.blank_is_nothing


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("number", "", "number: must not be empty"),
        ("percent", "ten", "percent: must be a whole number"),
        ("outpatient_limit_yen", "-5", "outpatient_limit_yen: must be a whole number"),
        ("order", "first", "order: must be one of one_for_all"),
        ("rounding", "up", "rounding: must be one of one_yen"),
        ("since", "2026-4", "since: must be YYYY-MM"),
        ("percent", "101", "percent must be 0 to 100"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_column(column: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        programme_of_row(_ROW | {column: text})
