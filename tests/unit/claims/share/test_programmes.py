from typing import Any

import pytest

from services.claims.domain.share.case import Setting
from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.national import NATIONAL, NATIONAL_ROWS
from services.claims.domain.share.programmes import (
    UNLISTED,
    LeftRounding,
    LimitOrder,
    Programme,
    ProgrammeTable,
    left_by_rule_yen,
    recorded_burden_yen,
)
from services.claims.domain.share.rounding import down_to_ten_yen, window_yen
from services.shared.kernel.months import Month

MONTH = Month(2026, 11)


def _programme(**given: Any) -> Programme:  # noqa: ANN401 - a builder passes on what the test states
    fields: dict[str, Any] = {
        "number": "80",
        "name": "x",
        "order": LimitOrder.BEFORE,
        "mark": SourceMark.UNVERIFIED,
        "source": "test",
    }
    return Programme(**(fields | given))


def test_the_longest_number_that_fits_is_the_row() -> None:
    table = ProgrammeTable.of([_programme(number="80", name="all"), _programme(number="8013", name="Tokyo")])

    assert table.find("80130012", MONTH).name == "Tokyo"
    assert table.find("80140012", MONTH).name == "all"
    assert table.find("81140012", MONTH) is UNLISTED


def test_a_row_holds_from_its_first_to_its_last_month() -> None:
    table = ProgrammeTable.of(
        [
            _programme(name="second", since=Month(2026, 4)),
            _programme(name="first", since=Month(2020, 4), until=Month(2026, 9)),
        ]
    )

    assert table.find("80", Month(2020, 3)) is UNLISTED
    assert table.find("80", Month(2026, 3)).name == "first"
    assert table.find("80", Month(2026, 4)).name == "second"


@pytest.mark.parametrize(
    ("rounding", "left"),
    [(LeftRounding.ONE_YEN, 146), (LeftRounding.TEN_YEN_HALF_UP, 150), (LeftRounding.TEN_YEN_DOWN, 140)],
)
def test_a_programme_rounds_what_it_leaves_as_its_row_says(rounding: LeftRounding, left: int) -> None:
    """Five percent of 2,910 yen are 145.5."""
    programme = _programme(percent=5, rounding=rounding)

    assert left_by_rule_yen(programme, 2_910, limit_yen=None, setting=Setting.OUTPATIENT) == left


def test_the_lowest_of_percentage_and_limits_is_left() -> None:
    programme = _programme(percent=10, outpatient_limit_yen=800, inpatient_limit_yen=0)

    assert left_by_rule_yen(programme, 5_000, limit_yen=None, setting=Setting.OUTPATIENT) == 500
    assert left_by_rule_yen(programme, 50_000, limit_yen=None, setting=Setting.OUTPATIENT) == 800
    assert left_by_rule_yen(programme, 50_000, limit_yen=300, setting=Setting.OUTPATIENT) == 300
    assert left_by_rule_yen(programme, 50_000, limit_yen=300, setting=Setting.INPATIENT) == 0


def test_a_programme_without_percentage_and_limit_leaves_nothing() -> None:
    assert left_by_rule_yen(_programme(), 50_000, limit_yen=None, setting=Setting.INPATIENT) == 0


def test_a_blank_burden_is_none_unless_the_percentage_is_to_say_it() -> None:
    tuberculosis, recovery = NATIONAL.find("10130012", MONTH), NATIONAL.find("15130012", MONTH)

    assert recorded_burden_yen(tuberculosis, None) is None
    assert recorded_burden_yen(recovery, None) == 0
    assert recorded_burden_yen(recovery, 5_000) == 5_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "8a"},
        {"number": "8"},
        {"number": "801300123"},
        {"percent": 101},
        {"percent": -1},
        {"inpatient_limit_yen": -1},
    ],
)
def test_a_programme_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|has 2 to 8|0 yen or more"):
        _programme(**wrong)


def test_every_national_row_has_a_number_of_its_own_and_a_source() -> None:
    assert len({row.number for row in NATIONAL_ROWS}) == len(NATIONAL_ROWS)
    assert all(row.source for row in NATIONAL_ROWS)


def test_the_window_rounds_five_yen_up() -> None:
    assert [window_yen(each) for each in (0, 4, 5, 14, 15, 995)] == [0, 0, 10, 10, 20, 1_000]
    assert [down_to_ten_yen(each) for each in (9, 10, 19)] == [0, 10, 10]
