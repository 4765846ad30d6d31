"""A whole treatment: its units in their order, its totals, and where it differs from what it declares."""

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.pricing.prices import Difference, Total, by_section, by_share, differences, price
from tests.unit.claims.pricing.builders import MAY, act, done, given, stepped_act, treatment, unit

SCHEDULE = MonthSchedule.of(
    MAY,
    acts=[
        act("112007410", "73.00"),
        stepped_act("160177770", "10.00", "1", "5", "1", "10.00", "1"),
        stepped_act("197000110", "640.00", "1", "3", "1", "640.00", "0", columns={11: "1"}),
    ],
)
TREATMENT = treatment(
    unit(done("112007410"), section="12", points=73, times=2),
    unit(done("160177770", "4"), section="60", points=50)._replace(share="2"),
    unit(given("620000001"), section="21", points=7, times=14),
    unit(done("197000110", "3"), section="97", points=1920),
)


def test_units_are_priced_in_their_order() -> None:
    answers = price(TREATMENT, SCHEDULE).units

    assert [(each.points, each.why) for each in answers] == [
        (73, None),
        (40, None),
        (None, Unpriced.KIND_NOT_LOADED),
        (1920, None),
    ]


def test_a_difference_has_both_figures_and_the_arithmetic() -> None:
    found = differences(TREATMENT, price(TREATMENT, SCHEDULE))

    assert found == (Difference(1, 50, 40, "10 + 10 × 3 steps"),)


def test_totals_by_section_count_what_has_no_price_apart() -> None:
    assert by_section(TREATMENT.units, price(TREATMENT, SCHEDULE).units) == {
        "12": Total(146, 146, 0),
        "60": Total(50, 40, 0),
        "21": Total(98, 0, 98),
        "97": Total(1920, 1920, 0),
    }


def test_totals_by_benefit_share_are_points_and_leave_meals_out() -> None:
    totals = by_share(TREATMENT.units, price(TREATMENT, SCHEDULE).units)

    assert totals == {"1": Total(244, 146, 98), "2": Total(50, 40, 0)}


def test_the_same_treatment_is_priced_by_another_schedule_when_asked() -> None:
    dearer = MonthSchedule.of(MAY, acts=[act("112007410", "75.00")])

    assert price(TREATMENT, dearer).units[0].points == 75
    assert price(TREATMENT, SCHEDULE).units[0].points == 73
