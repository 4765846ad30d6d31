"""Materials by 金額種別 (別紙５－１), 特定器材種別, 上限価格 and 上限点数."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Remark, Unpriced
from services.claims.domain.pricing.units import price_unit
from services.claims.domain.treatment import Line
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import MAY, material, unit, used

CATHETER, FILM, INFANT_FILM, OXYGEN, CORRECTION, PRESSURE, BOUGHT, IRIDIUM, COBALT, INSTANT, CHEAP = (
    "710000001",
    "700010000",
    "799990070",
    "739220000",
    "770020070",
    "770030070",
    "710000002",
    "770050000",
    "770080000",
    "729780000",
    "710000003",
)
SCHEDULE = MonthSchedule.of(
    MAY,
    materials=[
        material(CATHETER, "3450.00", {8: "7"}),
        material(FILM, "121.00", {14: "1"}),
        material(INFANT_FILM, "10.00", {11: "5", 14: "1", 16: "06"}),
        material(OXYGEN, "0.42", {8: "37", 21: "4", 22: "2", 23: "1"}),
        material(CORRECTION, "30.00", {11: "5", 21: "1", 22: "2"}),
        material(PRESSURE, "0.00", {11: "9", 21: "1", 22: "2", 8: "54"}),
        material(BOUGHT, "0.00", {11: "2"}),
        material(IRIDIUM, "0.00", {11: "2", 22: "3"}),
        material(COBALT, "0.00", {11: "2", 22: "4"}),
        material(INSTANT, "0.00", {11: "2", 24: "16"}),
        material(CHEAP, "4.00"),
    ],
)


def _answer(*lines: Line) -> PricedUnit:
    return price_unit(unit(*lines, section="40"), SCHEDULE)


@pytest.mark.parametrize(
    ("lines", "points"),
    [
        ((used(CATHETER, "1"),), 345),
        ((used(CATHETER, "2"),), 690),
        ((used(CATHETER, "1", unit_code="007"),), 345),
        ((used(FILM, "1"),), 12),
        ((used(FILM, "2"),), 24),
        ((used(FILM, "1"), used(INFANT_FILM, None)), 13),
        ((used(BOUGHT, "1", yen="1234.50"),), 123),
        ((used(BOUGHT, "1", yen="1235"),), 124),
        ((used(IRIDIUM, "1", yen="200000"),), 4000),
        ((used(COBALT, "1", yen="1500"),), 2),
        ((used(OXYGEN, "300", yen="0.30"),), 9),
        ((used(OXYGEN, "300", yen="0.30"), used(CORRECTION, None)), 12),
        ((used(OXYGEN, "300", yen="0.30"), used(PRESSURE, "2")), 18),
        # 4 + 4 yen are 8 before they are rounded.
        ((used(CHEAP, "1"), used(CHEAP, "1")), 1),
        # 44.6 yen are 45 whole ones, and those 5 points.
        ((used(OXYGEN, "223", yen="0.20"),), 5),
        ((used(INSTANT, "1", yen="150"),), 15),
        ((used(INSTANT, "1", yen="200"),), 16),
        ((used(CATHETER, "1"), used(FILM, "10")), 345 + 121),
    ],
)
def test_yen_become_points_by_the_kind_of_price_and_material(lines: tuple[Line, ...], points: int) -> None:
    assert _answer(*lines).points == points


def test_a_stated_price_above_the_limit_counts_as_the_limit_and_is_said_so() -> None:
    answer = _answer(used(OXYGEN, "1000", yen="0.50"))

    assert (answer.points, answer.remarks) == (42, (Remark.PRICE_ABOVE_LIMIT,))


def test_the_arithmetic_names_the_yen() -> None:
    assert _answer(used(CATHETER, "2")).arithmetic == "materials of 6900 yen: 690"


@pytest.mark.parametrize(
    ("lines", "why", "missing"),
    [
        ((used(CATHETER, None),), Unpriced.QUANTITY_MISSING, CATHETER),
        ((used(CATHETER, "1", unit_code="36"),), Unpriced.UNIT_DIFFERS, CATHETER),
        ((used(BOUGHT, "1"),), Unpriced.UNIT_PRICE_MISSING, BOUGHT),
        ((used(OXYGEN, "300"),), Unpriced.UNIT_PRICE_MISSING, OXYGEN),
        ((used(CORRECTION, None),), Unpriced.NOTHING_TO_APPLY_TO, CORRECTION),
        ((used(CATHETER, "1"), used(INFANT_FILM, None)), Unpriced.NOTHING_TO_APPLY_TO, INFANT_FILM),
        ((used(INSTANT, "2", yen="150"),), Unpriced.MOST_POINTS_EXCEEDED, INSTANT),
        # 4 yen and 141: 0 and 14 points each, 15 together; one of them has a limit of points of its own.
        ((used(CHEAP, "1"), used(INSTANT, "1", yen="141")), Unpriced.MATERIAL_ROUNDING_NOT_KNOWN, INSTANT),
    ],
)
def test_what_cannot_be_priced_says_why(lines: tuple[Line, ...], why: Unpriced, missing: str) -> None:
    answer = _answer(*lines)

    assert (answer.points, answer.why, answer.missing) == (None, why, missing)


def test_in_a_month_that_no_rule_covers_oxygen_is_priced_where_both_roundings_agree() -> None:
    rows = [material(OXYGEN, "0.42", {8: "37", 21: "4", 22: "2", 23: "1", 28: "20180401"})]
    schedule = MonthSchedule.of(Month(2020, 3), materials=rows)
    answers = [
        price_unit(unit(used(OXYGEN, litres, yen="0.20"), section="40"), schedule) for litres in ("223", "224", "300")
    ]

    assert [answer.points for answer in answers] == [None, None, 6]
    assert {answer.why for answer in answers[:2]} == {Unpriced.MATERIAL_ROUNDING_NOT_KNOWN}
