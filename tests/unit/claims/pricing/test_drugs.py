"""Drugs: summed over the unit, then points by 五捨五超入. Examples from published explanations of the rule."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.units import price_unit
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import MAY, act, done, drug, given, unit

DISPENSED, INJECTED, TREATED = "21", "31", "40"


def _one(yen: str, quantity: str = "1", section: str = DISPENSED) -> PricedUnit:
    schedule = MonthSchedule.of(MAY, drugs=[drug("620000001", yen)])
    return price_unit(unit(given("620000001", quantity), section=section), schedule)


@pytest.mark.parametrize(
    ("yen", "points"),
    [
        ("0.10", 1),
        ("15.00", 1),
        ("15.01", 2),
        ("24.90", 2),
        ("25.00", 2),
        ("25.01", 3),
        ("35.00", 3),
        ("105.20", 11),
        ("155.10", 16),
        ("85.00", 8),
    ],
)
def test_half_a_point_exactly_is_dropped_and_more_than_half_is_one(yen: str, points: int) -> None:
    assert _one(yen).points == points


@pytest.mark.parametrize(("section", "points"), [(DISPENSED, 1), (INJECTED, 1), (TREATED, 0), ("50", 0), ("14", 0)])
def test_fifteen_yen_or_less_is_a_point_in_dispensing_and_injection_and_nothing_elsewhere(
    section: str, points: int
) -> None:
    assert _one("15.00", section=section).points == points


def test_the_price_is_multiplied_by_the_quantity_with_its_decimals() -> None:
    answer = _one("9.60", "2.5")

    assert (answer.points, answer.line_points, answer.arithmetic) == (2, (2,), "drugs of 24 yen: 2")


@pytest.mark.parametrize(
    ("first", "second", "points"), [("46.10", "5.60", 16), ("14.50", "28.00", 13), ("4.00", "1.00", 1)]
)
def test_drugs_of_a_unit_are_summed_before_they_become_points(first: str, second: str, points: int) -> None:
    schedule = MonthSchedule.of(MAY, drugs=[drug("620000001", first), drug("620000002", second)])
    lines = unit(given("620000001", "3"), given("620000002", "3"), section=DISPENSED)

    answer = price_unit(lines, schedule)

    assert (answer.points, answer.line_points) == (points, (None, None))


def test_acts_and_drugs_of_one_unit_add_up() -> None:
    schedule = MonthSchedule.of(MAY, acts=[act("130000510", "22.00")], drugs=[drug("620000001", "261.00")])

    answer = price_unit(unit(done("130000510"), given("620000001"), section=INJECTED), schedule)

    assert (answer.points, answer.line_points, answer.arithmetic) == (48, (22, 26), "22 + drugs of 261 yen: 26")


@pytest.mark.parametrize(
    ("kind", "quantity", "why"),
    [
        ("7", "1", Unpriced.DECLARED_REDUCTION),
        ("3", "1", Unpriced.DENTAL_ONLY),
        ("1", None, Unpriced.QUANTITY_MISSING),
    ],
)
def test_a_drug_without_a_price_of_its_own_is_not_priced(kind: str, quantity: str | None, why: Unpriced) -> None:
    schedule = MonthSchedule.of(MAY, drugs=[drug("630010001", "0.00", {11: kind})])

    answer = price_unit(unit(given("630010001", quantity), section="39"), schedule)

    assert (answer.points, answer.why, answer.missing) == (None, why, "630010001")


def test_a_month_before_the_first_rule_known_is_not_priced() -> None:
    month = Month(2020, 3)
    schedule = MonthSchedule.of(month, drugs=[drug("620000001", "100.00", {30: "20180401"})])

    assert price_unit(unit(given("620000001")), schedule).why is Unpriced.DRUG_RULE_NOT_KNOWN
