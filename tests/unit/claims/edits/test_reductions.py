"""Several reductions of one receipt: refused days unite, and what counts in the month counts what is left."""

from collections.abc import Mapping

import pytest

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.find import allowed_points, find
from services.claims.domain.masters.acts import Act
from tests.unit.claims.edits.builders import TEST, Rows, case, cuts, found, receipt, registered, unit
from tests.unit.claims.pricing.builders import act, done

STANDARD = "236"
NEEDS_STANDARD, JUDGED, TAPER = {72: STANDARD}, {50: "2", 51: "1"}, "160000190"
UNREGISTERED_JUDGED, SOUND_JUDGED = "160000020", "160000030"
MANAGEMENT, EXCLUDING = "112011010", "140000610"
BASE, ADDED = "160000410", "160000490"


def _test(columns: Mapping[int, str]) -> Act:
    return act(TEST, "100.00", columns)


def _limit_beside_a_refused_day() -> EditCase:
    rows = Rows(acts=[_test(NEEDS_STANDARD | {36: "1", 37: "1"})])
    treated = receipt(unit(done(TEST), points=100, days=(1,)), unit(done(TEST), points=100, days=(20,)), days=2)
    return case(rows, treated, standards=registered(STANDARD, since="2024-05-10"))


def _judged_twice_the_first_without_its_standard() -> EditCase:
    judged = [act(UNREGISTERED_JUDGED, "144.00", JUDGED | NEEDS_STANDARD), act(SOUND_JUDGED, "144.00", JUDGED)]
    rows = Rows(acts=[act(TEST, "50.00", {50: "1", 51: "1"}), *judged])
    units = [unit(done(code), points=144) for code in (UNREGISTERED_JUDGED, SOUND_JUDGED)]
    return case(rows, receipt(unit(done(TEST), points=50), *units), standards=registered())


def _taper_group_whose_first_time_is_refused() -> EditCase:
    falling = act(TAPER, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"})
    rows = Rows(acts=[_test(NEEDS_STANDARD | {52: "1", 63: "34"}), falling])
    treated = receipt(unit(done(TEST), points=100, days=(1,)), unit(done(TEST), points=100, days=(20,)), days=2)
    return case(rows, treated, standards=registered(STANDARD, since="2024-05-10"))


def _management_limited_and_excluded_on_another_day() -> EditCase:
    rows = Rows(acts=[act(MANAGEMENT, "52.00", {56: "2", 36: "1", 37: "1"}), act(EXCLUDING, "35.00", {56: "1"})])
    managed = [unit(done(MANAGEMENT), points=52, days=(day,), section="12") for day in (7, 14)]
    return case(rows, receipt(*managed, unit(done(EXCLUDING), points=35, days=(7,), section="40"), days=2))


def _two_edits_refuse_different_days() -> EditCase:
    rows = Rows(acts=[_test(NEEDS_STANDARD | {41: "15"})])
    treated = receipt(unit(done(TEST), points=100, days=(5, 12, 20)), days=3, born="2009-05-10")
    return case(rows, treated, standards=registered(STANDARD, until="2024-05-15"))


@pytest.mark.parametrize(
    ("judged", "points"),
    [
        (_limit_beside_a_refused_day(), (0, 100)),
        (_judged_twice_the_first_without_its_standard(), (50, 0, 144)),
        (_taper_group_whose_first_time_is_refused(), (0, 100)),
        (_management_limited_and_excluded_on_another_day(), (0, 52, 35)),
        (_two_edits_refuse_different_days(), (100,)),
    ],
    ids=["limit", "judgement", "taper", "management", "days"],
)
def test_what_one_edit_refuses_no_other_counts(judged: EditCase, points: tuple[int, ...]) -> None:
    assert allowed_points(judged.treatment, find(judged)) == points


def test_two_edits_that_refuse_different_days_are_both_told() -> None:
    judged = _two_edits_refuse_different_days()

    assert cuts("act.age-low", judged) == [(11, 300, 200)]
    assert cuts("act.standard-missing", judged) == [(11, 200, 100)]


def test_an_edit_that_refuses_the_same_days_is_not_told() -> None:
    rows = Rows(acts=[_test(NEEDS_STANDARD | {41: "15"})])
    treated = receipt(unit(done(TEST), points=100, days=(5, 12)), days=2, born="2009-05-10")
    judged = case(rows, treated, standards=registered(STANDARD, since="2024-05-08"))

    assert cuts("act.age-low", judged) == [(11, 200, 100)]
    assert not found("act.standard-missing", judged)


def test_two_edits_that_refuse_every_day_between_them_let_the_line_fall() -> None:
    """Each alone leaves a part of a line among others, which only a person can cut; together they leave none of it."""
    rows = Rows(acts=[_test(NEEDS_STANDARD | {41: "15"}), act(BASE, "50.00")])
    treated = receipt(unit(done(TEST), done(BASE), points=150, days=(5, 20)), days=2, born="2009-05-10")
    judged = case(rows, treated, standards=registered(STANDARD, until="2024-05-15"))

    assert cuts("act.age-low", judged) == [(11, 300, None)]
    assert cuts("act.standard-missing", judged) == [(11, 300, 100)]


def test_the_limit_counts_what_is_left_of_a_unit() -> None:
    rows = Rows(acts=[_test({42: "15", 36: "2", 37: "1"})])
    treated = receipt(unit(done(TEST), points=100, days=(5, 12, 20, 27)), days=4, born="2009-05-25")
    judged = case(rows, treated)

    assert cuts("act.age-high", judged) == [(11, 400, 300)]
    assert cuts("limit.capped", judged) == [(11, 300, 200)]


def test_beyond_a_limit_the_last_day_falls_wherever_it_stands() -> None:
    rows = Rows(acts=[_test({36: "1", 37: "1"})])
    late, early = unit(done(TEST), points=100, days=(20,)), unit(done(TEST), points=90, days=(7,))
    judged = case(rows, receipt(late, early, days=2))

    assert allowed_points(judged.treatment, find(judged)) == (0, 90)


def test_a_fee_that_falls_as_surplus_takes_no_place_within_its_limit() -> None:
    """The 判断料 of day 3 is the group's second one, so that of its code on day 9 is the first within the limit."""
    rows = Rows(acts=[act(TEST, "50.00", {50: "1", 51: "1"}), act(SOUND_JUDGED, "144.00", JUDGED | {36: "1", 37: "1"})])
    units = [unit(done(SOUND_JUDGED), points=144, days=(day,)) for day in (3, 9)]
    judged = case(rows, receipt(unit(done(TEST), points=50), *units, days=3))

    assert cuts("judgement.twice", judged) == [(13, 144, 0)]
    assert not found("limit.capped", judged)


def test_an_act_that_is_refused_excludes_management_all_the_same() -> None:
    """項番56 names the act that was done; that it is not paid does not undo it."""
    rows = Rows(acts=[act(MANAGEMENT, "52.00", {56: "2"}), act(EXCLUDING, "35.00", {56: "1", 72: STANDARD})])
    managed = unit(done(MANAGEMENT), points=52, section="12")
    judged = case(rows, receipt(managed, unit(done(EXCLUDING), points=35, section="40")), standards=registered())

    assert allowed_points(judged.treatment, find(judged)) == (0, 0)


def test_points_are_capped_for_the_times_at_full_where_later_ones_are_at_less() -> None:
    """110 declared, 100 right: once 100, then 90 (100 − 10/100)."""
    falling = act(TAPER, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"})
    rows = Rows(acts=[_test({52: "1", 63: "34"}), falling])
    judged = case(rows, receipt(unit(done(TEST), points=110, days=(7, 14)), days=2))

    assert cuts("taper.missing", judged) == [(11, 220, 200)]
    assert cuts("points.above-price", judged) == [(11, 200, 190)]


def test_an_addition_on_a_day_on_which_its_act_is_refused_falls() -> None:
    rows = Rows(
        acts=[
            act(BASE, "75.00", {38: "1201", 39: "0", 72: STANDARD}),
            act(ADDED, "5.00", {38: "1201", 39: "2", 68: "7", 69: "7"}),
        ]
    )
    treated = receipt(unit(done(BASE), points=75, days=(5, 20)), unit(done(ADDED), points=5, days=(20,)), days=2)
    judged = case(rows, treated, standards=registered(STANDARD, until="2024-05-15"))

    assert allowed_points(judged.treatment, find(judged)) == (75, 0)


def test_a_falling_code_that_two_acts_of_a_unit_lack_takes_its_share_once() -> None:
    """Two acts of 100 points fall together: 200 − 200 × 10/100 ＝ 180."""
    falling = act(TAPER, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"})
    other = act(BASE, "100.00", {52: "1", 63: "40"})
    rows = Rows(acts=[_test({52: "1", 63: "34"}), other, falling])
    both = [unit(done(TEST), done(BASE), points=200, days=(day,)) for day in (7, 14)]
    judged = case(rows, receipt(*both, days=2))

    assert cuts("taper.missing", judged) == [(13, 200, 180)]
