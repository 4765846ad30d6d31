"""How often: days of treatment, limits of the master, twice on one day, judgement fees."""

import pytest

from tests.unit.claims.edits.builders import TEST, VISIT, Rows, case, cuts, found, ids, receipt, unit
from tests.unit.claims.pricing.builders import act, done

FIRST, RETURN = "111000110", "112007410"
VISITS = Rows(acts=[act(FIRST, "291.00", {27: "2", 28: "1"}), act(RETURN, "75.00", {27: "2", 28: "2"})])
STAY, LEAVE, ADDED = "190117710", "190107290", "190200010"
STAYS = Rows(
    acts=[
        act(STAY, "1000.00", {27: "3", 28: "3"}),
        act(LEAVE, "85.00", {11: "6", 27: "4", 68: "7", 48: "4"}),
        act(ADDED, "10.00"),
    ]
)


def test_first_and_further_visits_together_are_no_more_than_the_days_of_treatment() -> None:
    """別紙7-4 3, 4: 初診料、再診料等の累積回数≦診療実日数."""
    visits = (unit(done(FIRST), points=291), unit(done(RETURN), points=75, days=(8,)))

    assert ids(case(VISITS, receipt(*visits, days=2))) == []
    assert [each.line for each in found("days.consultations", case(VISITS, receipt(*visits, days=1)))] == [12]


def test_visit_fees_of_inpatients_are_not_counted() -> None:
    treated = receipt(unit(done(FIRST), points=291), kind="1111", days=0)

    assert not found("days.consultations", case(VISITS, treated))


def test_bed_fees_are_no_more_than_the_days_of_treatment() -> None:
    """別紙7-4 5."""
    stay = unit(done(STAY), points=1000, days=(7, 8, 9), section="90")

    assert ids(case(STAYS, receipt(stay, kind="1111", days=3))) == []
    assert found("days.stay", case(STAYS, receipt(stay, kind="1111", days=2)))


def test_an_act_that_counts_a_day_is_done_no_more_often_than_there_are_days() -> None:
    """別紙7-4 2: 当該診療行為の「回数」≦診療実日数."""
    rows = Rows(acts=[act(TEST, "50.00", {27: "1"})])

    assert ids(case(rows, receipt(unit(done(TEST), points=50, days=(7, 8)), days=2))) == []
    assert found("days.act", case(rows, receipt(unit(done(TEST), points=50, days=(7, 8)), days=1)))


def test_what_counts_a_day_is_looked_at_where_it_stands_twice_on_one() -> None:
    rows = Rows(acts=[act(TEST, "50.00", {27: "1"})])
    once = receipt(unit(done(TEST), points=50, days=(7, 8)), days=2)
    twice = receipt(unit(done(TEST), points=50, days=(7,), twice=7), days=2)

    assert ids(case(rows, once)) == []
    assert ids(case(rows, twice)) == ["days.twice"]


def test_two_bed_fees_on_one_day_are_looked_at() -> None:
    one = unit(done(STAY), points=1000, days=(7, 8), section="90")
    other = unit(done(STAY), points=1000, days=(9,), section="90")
    same_day = unit(done(STAY), points=1000, days=(8,), section="90")

    assert ids(case(STAYS, receipt(one, other, kind="1111", days=3))) == []
    assert ids(case(STAYS, receipt(one, same_day, kind="1111", days=3))) == ["days.twice"]


def test_a_nights_leave_stands_right_behind_a_bed_fee_of_its_unit() -> None:
    """別紙7-4 6: not behind another act, and not beside none."""
    stay = unit(done(STAY), points=1000, days=(7,), section="90")
    away = unit(done(STAY), done(LEAVE), points=150, days=(8,), section="90")
    behind_another = unit(done(STAY), done(ADDED), done(LEAVE), days=(8,), section="90")
    alone = unit(done(ADDED), done(LEAVE), days=(8,), section="90")

    assert not found("stay.outside-without-stay", case(STAYS, receipt(stay, away, kind="1111", days=2)))
    assert found("stay.outside-without-stay", case(STAYS, receipt(stay, behind_another, kind="1111", days=2)))
    assert found("stay.outside-without-stay", case(STAYS, receipt(stay, alone, kind="1111", days=2)))


def test_beyond_a_limit_that_is_paid_the_surplus_is_cut_from_the_last() -> None:
    """項番36, 37 ＝ 1: 上限回数を算定する."""
    rows = Rows(acts=[act(TEST, "50.00", {36: "3", 37: "1"})])
    units = (unit(done(TEST), points=50, days=(7, 8)), unit(done(TEST), points=50, days=(9, 10)))

    assert ids(case(rows, receipt(unit(done(TEST), points=50, days=(7, 8, 9)), days=4))) == []
    assert cuts("limit.capped", case(rows, receipt(*units, days=4))) == [(12, 100, 50)]


def test_beyond_a_limit_that_is_to_be_confirmed_somebody_looks() -> None:
    """項番37 ＝ 0: 上限回数を確認する."""
    rows = Rows(acts=[act(TEST, "50.00", {36: "1"})])

    assert ids(case(rows, receipt(unit(done(TEST), points=50)))) == []
    assert ids(case(rows, receipt(unit(done(TEST), points=50, days=(7, 8)), days=2))) == ["limit.refused"]


JUDGED, OTHER_JUDGED = "160061810", "160061710"
JUDGING = Rows(
    acts=[
        act(TEST, "21.00", {50: "1", 51: "2"}),
        act(JUDGED, "125.00", {50: "2", 51: "2"}),
        act(OTHER_JUDGED, "34.00", {50: "2", 51: "1"}),
        act("160155110", "520.00", {50: "2", 51: "41"}),
        act("160060810", "860.00", {50: "1", 51: "40"}),
        act("160062310", "130.00", {50: "2", 51: "40"}),
    ]
)


def test_a_judgement_fee_is_paid_once_for_its_group_and_month() -> None:
    tested, judged = unit(done(TEST), points=21), unit(done(JUDGED), points=125)

    assert ids(case(JUDGING, receipt(tested, judged))) == []
    assert cuts("judgement.twice", case(JUDGING, receipt(tested, judged, judged))) == [(13, 125, 0)]


def test_a_judgement_fee_without_any_test_of_its_group_is_looked_at() -> None:
    tested = unit(done(TEST), points=21)

    assert ids(case(JUDGING, receipt(tested, unit(done(JUDGED), points=125)))) == []
    assert ids(case(JUDGING, receipt(tested, unit(done(OTHER_JUDGED), points=34)))) == ["judgement.without-test"]


def test_pathology_judges_tests_of_40_41_and_42_alike() -> None:
    """項番51: 「40：病理診断」は、41 及び 42 を含む."""
    treated = receipt(unit(done("160060810"), points=860), unit(done("160155110"), points=520))

    assert ids(case(JUDGING, treated)) == []


def test_the_fee_of_pathology_is_not_paid_beside_one_of_its_parts() -> None:
    """項番51: 病理判断料 (40) beside 組織診断料 (41)."""
    tissue, judged = unit(done("160060810"), points=860), unit(done("160155110"), points=520)
    of_all = unit(done("160062310"), points=130)

    assert ids(case(JUDGING, receipt(tissue, of_all))) == []
    assert cuts("judgement.twice", case(JUDGING, receipt(tissue, judged, of_all))) == [(13, 130, 0)]


LOADS = ("160086710", "160086810", "160086910")
LOADED = Rows(acts=[*(act(code, "1600.00", {16: "8"}) for code in LOADS), act(TEST, "21.00")])


def test_load_tests_of_several_days_keep_to_their_limit_of_the_month() -> None:
    """D287 注1: 1月に3,600点を限度."""
    first, second, third = (
        unit(done(code), points=1600, days=(day,)) for code, day in zip(LOADS, (3, 10, 17), strict=True)
    )

    assert ids(case(LOADED, receipt(first, second, days=2))) == []
    assert cuts("bundle.month-limit", case(LOADED, receipt(first, second, third, days=3))) == [(13, 1600, 400)]


def test_a_load_test_that_is_refused_for_its_own_sake_does_not_count_for_the_month() -> None:
    rows = Rows(acts=[act(code, "1600.00", {16: "8", 42: "03" if code == LOADS[0] else "00"}) for code in LOADS])
    units = [unit(done(code), points=1600, days=(day,)) for code, day in zip(LOADS, (3, 10, 17), strict=True)]

    assert ids(case(rows, receipt(*units, days=3))) == ["act.age-high"]


def test_what_is_left_of_load_tests_beside_other_lines_a_person_says() -> None:
    whole = unit(done(LOADS[0]), done(LOADS[1]), points=3200, days=(3,))
    mixed = unit(done(LOADS[2]), done(TEST), points=1621, days=(17,))

    assert cuts("bundle.month-limit", case(LOADED, receipt(whole, mixed, days=2))) == [(13, 1621, None)]


@pytest.mark.parametrize("code", [FIRST, RETURN, VISIT])
def test_a_plain_line_says_nothing(code: str) -> None:
    rows = Rows(acts=[*(VISITS.acts or ()), act(VISIT, "10.00")])
    points = {FIRST: 291, RETURN: 75, VISIT: 10}[code]

    assert ids(case(rows, receipt(unit(done(code), points=points)))) == []
