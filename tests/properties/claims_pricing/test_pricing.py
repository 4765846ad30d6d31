"""Pricing over generated units: against a slow pricing by another route, and what must hold whatever the unit."""

import math
from decimal import Decimal
from fractions import Fraction

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.records import row_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.units import price_unit
from services.claims.domain.treatment import Line, Unit
from tests.properties.claims_pricing.slow import slow_points
from tests.unit.claims.pricing.builders import MAY, act_fields, done, drug, given, unit

CHANCES = settings(max_examples=400, deadline=None)
AS_ONE = {"1": ((5, 93), (8, 99), (10, 106)), "5": ((2, 230), (3, 290), (4, 396))}
PARTS = ({90: "2", 91: "03"}, {90: "2", 91: "10", 85: "K"})
TIES_OF_ACTS: tuple[dict[int, str], ...] = (
    {38: "6001", 40: "1", 43: "1", 44: "2", 52: "1"},
    {38: "6002", 40: "1", 52: "1"},
    {38: "6001", 43: "1"},
)
TIES_OF_PERCENTAGES: tuple[dict[int, str], ...] = (
    {38: "6001"},
    {38: "6001", 40: "1"},
    {44: "1"},
    {52: "1"},
    {40: "1"},
    {43: "2"},
)
ODD_POINTS = ("55.00", "130.00", "33.50", "1140.00", "7.00")


def _acts_of(part: dict[int, str], first: int) -> dict[str, list[str]]:
    """Acts of one part that stand on their own, additions to them and percentages of them, by every tie."""
    kinds: list[tuple[str, dict[int, str]]] = []
    for points in ODD_POINTS:
        kinds += [(points, part | ties) for ties in TIES_OF_ACTS]
        kinds += [(points, part | {68: "7", 38: group, 62: aside}) for group in ("6001", "0") for aside in "01"]
        kinds += [(points, part | {68: "9"}), (points, part | {68: "7", 38: "6002", 11: "8"})]
    for mode in "0123":
        steps = {30: "1", 31: "10", 32: "70", 33: "20", 34: "12.50", 35: mode}
        kinds += [("101.50", part | steps | TIES_OF_ACTS[0]), ("8.00", part | steps | {68: "7"})]
    for percent, notice, kind in (("70", "7", "5"), ("35", "9", "5"), ("15", "7", "6"), ("3", "9", "6")):
        kinds += [(percent, part | ties | {68: notice, 11: kind}) for ties in TIES_OF_PERCENTAGES]
    codes = [f"1600{number:05d}" for number in range(first, first + len(kinds))]
    return {code: act_fields(code, points, columns) for code, (points, columns) in zip(codes, kinds, strict=True)}


FIELDS = {
    **_acts_of(PARTS[0], 0),
    **_acts_of(PARTS[1], 10_000),
    **{f"1601{number:05d}": act_fields(f"1601{number:05d}", "17.00", {16: "1"}) for number in range(12)},
    **{f"1602{number:05d}": act_fields(f"1602{number:05d}", "120.00", {16: "5"}) for number in range(6)},
}
ROWS = {code: row_of(MasterKind.ACT, fields) for code, fields in FIELDS.items()}
ACTS = {code: row for code, row in ROWS.items() if isinstance(row, Act)}
SCHEDULE = MonthSchedule.of(MAY, acts=list(ACTS.values()))
COUNTED = sorted(code for code in FIELDS if code >= "1601")
STANDING = sorted(code for code in FIELDS if code < "1601" and FIELDS[code][67] == "1")
BEHIND = sorted(code for code in FIELDS if code < "1601" and FIELDS[code][67] != "1")

quantities = st.integers(min_value=1, max_value=120).map(str)
first_line = st.tuples(st.sampled_from(STANDING), quantities)
next_line = st.tuples(st.one_of(*map(st.sampled_from, (STANDING, BEHIND, BEHIND, BEHIND))), quantities)
any_line = st.tuples(st.one_of(*map(st.sampled_from, (STANDING, BEHIND, COUNTED))), quantities)
lines = st.one_of(
    st.tuples(first_line, st.lists(next_line, max_size=6)).map(lambda pair: [pair[0], *pair[1]]),
    st.lists(any_line, min_size=1, max_size=12),
)
standing_lines = st.lists(st.tuples(st.sampled_from([*STANDING, *COUNTED]), quantities), min_size=1, max_size=12)


def _unit(chosen: list[tuple[str, str]]) -> Unit:
    return unit(*(done(code, quantity) for code, quantity in chosen))


def _price(chosen: list[tuple[str, str]]) -> PricedUnit:
    return price_unit(_unit(chosen), SCHEDULE)


@CHANCES
@for_all(lines)
def test_it_agrees_with_a_slow_pricing_by_another_route(chosen: list[tuple[str, str]]) -> None:
    answer = _price(chosen)

    if answer.points is not None:
        assert answer.points == slow_points(chosen, FIELDS, AS_ONE)
    else:
        assert answer.why in {
            Unpriced.NOTHING_TO_APPLY_TO,
            Unpriced.QUANTITY_BELOW_LOWER,
            Unpriced.BUNDLE_NOT_KNOWN,
        }


@CHANCES
@for_all(lines)
def test_points_are_integers_and_lines_that_stand_alone_add_up_to_them(chosen: list[tuple[str, str]]) -> None:
    answer = _price(chosen)

    assert answer.points is None or type(answer.points) is int
    assert all(points is None or type(points) is int for points in answer.line_points)
    if answer.points is not None and None not in answer.line_points:
        assert sum(points or 0 for points in answer.line_points) == answer.points


@CHANCES
@for_all(standing_lines, st.randoms(use_true_random=False))
def test_acts_that_stand_on_their_own_may_come_in_any_order(chosen: list[tuple[str, str]], shuffle: object) -> None:
    other = list(chosen)
    assert hasattr(shuffle, "shuffle")
    shuffle.shuffle(other)

    first, second = _price(chosen), _price(other)

    assert (first.points, first.why) == (second.points, second.why)


@CHANCES
@for_all(st.lists(st.tuples(st.sampled_from(STANDING), quantities), min_size=1, max_size=9))
def test_a_unit_without_percentages_and_bundles_is_worth_the_sum_of_its_lines(chosen: list[tuple[str, str]]) -> None:
    alone = [_price([line]) for line in chosen]

    answer = _price(chosen)

    if all(each.points is not None for each in alone):
        assert answer.points == sum(each.points or 0 for each in alone)
    else:
        assert answer.why is next(each.why for each in alone if each.why is not None)


@CHANCES
@for_all(lines, st.sets(st.integers(min_value=1, max_value=9)))
def test_pricing_without_lines_is_pricing_a_unit_that_never_had_them(
    chosen: list[tuple[str, str]], cut: set[int]
) -> None:
    left = [line for number, line in enumerate(chosen, 1) if number not in cut]

    assert price_unit(_unit(chosen), SCHEDULE, without=cut) == _price(left)


@CHANCES
@for_all(st.sampled_from(STANDING), st.integers(min_value=1, max_value=100))
def test_more_of_a_stepped_act_is_never_worth_less(code: str, quantity: int) -> None:
    less, more = (_price([(code, str(count))]) for count in (quantity, quantity + 1))

    if less.points is not None and FIELDS[code][10] == "3":
        assert more.points is not None
        assert more.points >= less.points


yen = st.decimals(min_value=Decimal("0.10"), max_value=Decimal(90_000), places=2)
amounts = st.decimals(min_value=Decimal("0.00001"), max_value=Decimal(500), places=5)


@CHANCES
@for_all(st.lists(st.tuples(yen, amounts), min_size=1, max_size=6))
def test_drugs_are_summed_and_half_a_point_exactly_is_dropped(chosen: list[tuple[Decimal, Decimal]]) -> None:
    rows = [drug(f"62000{number:04d}", str(price)) for number, (price, _) in enumerate(chosen)]
    drugs: list[Line] = [given(f"62000{number:04d}", str(amount)) for number, (_, amount) in enumerate(chosen)]

    points = price_unit(unit(*drugs, section="21"), MonthSchedule.of(MAY, drugs=rows)).points

    total = sum((Fraction(price) * Fraction(amount) for price, amount in chosen), Fraction(0))
    assert points == max(1, math.ceil(total / 10 - Fraction(1, 2)))
