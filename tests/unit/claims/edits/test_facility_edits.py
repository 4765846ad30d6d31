"""What the hospital is and has registered."""

from datetime import date

import pytest

from services.claims.domain.edits.standards import Facility, FacilityStandards, Period, Premises
from tests.unit.claims.edits.builders import TEST, Rows, case, cuts, ids, receipt, registered, unit
from tests.unit.claims.pricing.builders import act, done

ONE_OF_TWO = Rows(acts=[act(TEST, "100.00", {72: "236", 73: "237"})])
TWO_GROUPS = Rows(acts=[act(TEST, "100.00", {72: "3236", 73: "3238", 78: "3300"})])
TREATED = receipt(unit(done(TEST), points=100))


@pytest.mark.parametrize(
    ("rows", "codes", "met"),
    [
        (ONE_OF_TWO, ("236",), True),
        (ONE_OF_TWO, ("237",), True),
        (ONE_OF_TWO, ("999",), False),
        (ONE_OF_TWO, (), False),
        (TWO_GROUPS, ("3236", "3300"), True),
        (TWO_GROUPS, ("3238", "3300"), True),
        (TWO_GROUPS, ("3236", "3238"), False),
        (TWO_GROUPS, ("3300",), False),
    ],
)
def test_of_each_group_of_standards_one_is_needed(rows: Rows, codes: tuple[str, ...], met: bool) -> None:
    """別紙7-8 3, 設定例① and ②."""
    expected = [] if met else [(11, 100, 0)]

    assert cuts("act.standard-missing", case(rows, TREATED, standards=registered(*codes))) == expected


def test_a_registration_holds_from_its_first_to_its_last_day() -> None:
    treated = receipt(unit(done(TEST), points=100, days=(7, 8, 20)), days=3)
    until_the_8th = registered("236", since="2024-05-08", until="2024-05-19")

    assert cuts("act.standard-missing", case(ONE_OF_TWO, treated, standards=until_the_8th)) == [(11, 300, 100)]


def test_a_name_group_is_met_by_any_of_its_members() -> None:
    """別紙7-8 2: 8016 stands for the rehabilitation fees."""
    rows = Rows(acts=[act(TEST, "100.00", {72: "8016"})])

    assert ids(case(rows, TREATED, standards=registered("734"))) == []
    assert cuts("act.standard-missing", case(rows, TREATED, standards=registered("999"))) == [(11, 100, 0)]


def test_a_name_group_that_is_not_listed_cuts_nothing() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {72: "8031"})])

    assert registered("999").meets("8031", date(2024, 5, 1)) is None
    assert ids(case(rows, TREATED, standards=registered("999"))) == []


def test_what_was_never_told_is_noted_once_and_cuts_nothing() -> None:
    other = Rows(acts=[*(ONE_OF_TWO.acts or ()), act("160000110", "50.00", {71: "5"})])
    treated = receipt(unit(done(TEST), points=100), unit(done("160000110"), points=50))

    assert ids(case(other, treated)) == ["hospital.not-known"]


@pytest.mark.parametrize(
    ("edit", "value", "right", "wrong"),
    [
        ("act.hospital-only", "1", Facility.HOSPITAL, Facility.CLINIC),
        ("act.clinic-only", "2", Facility.CLINIC, Facility.HOSPITAL),
    ],
)
def test_an_act_of_hospitals_or_of_clinics(edit: str, value: str, right: Facility, wrong: Facility) -> None:
    """項番19."""
    rows = Rows(acts=[act(TEST, "100.00", {19: value})])

    assert ids(case(rows, TREATED, standards=registered(facility=right))) == []
    assert cuts(edit, case(rows, TREATED, standards=registered(facility=wrong))) == [(11, 100, 0)]


@pytest.mark.parametrize(
    ("value", "fits", "does_not"),
    [
        ("1", 99, 100),
        ("2", 100, 200),
        ("3", 199, 200),
        ("4", 200, 199),
        ("5", 199, 200),
        ("6", 200, 199),
        ("7", 399, 400),
        ("8", 400, 399),
    ],
)
def test_an_act_for_a_number_of_beds(value: str, fits: int, does_not: int) -> None:
    """項番71."""
    rows = Rows(acts=[act(TEST, "100.00", {71: value})])

    assert ids(case(rows, TREATED, standards=registered(beds=fits))) == []
    assert cuts("act.beds", case(rows, TREATED, standards=registered(beds=does_not))) == [(11, 100, 0)]


def test_beds_that_were_not_told_cut_nothing() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {71: "5"})])

    assert ids(case(rows, TREATED, standards=registered(beds=None))) == []


def test_a_clinic_that_becomes_a_hospital_within_the_month_is_each_on_its_days() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {19: "1"})])
    since_the_8th = FacilityStandards(
        registered=(), premises=(Premises(Period(date(2024, 5, 8), None), Facility.HOSPITAL, 120, 120),)
    )

    assert ids(case(rows, receipt(unit(done(TEST), points=100, days=(8,))), standards=since_the_8th)) == []
    assert ids(case(rows, TREATED, standards=since_the_8th)) == ["hospital.not-known"]


def test_a_standard_holds_on_its_days_only() -> None:
    standards = registered("236", since="2024-05-01", until="2024-05-31")

    assert standards.meets("236", date(2024, 5, 31)) is True
    assert standards.meets("236", date(2024, 6, 1)) is False
    assert standards.meets_any(["999", "8031"], date(2024, 5, 1)) is None


REDUCED = "160174470"
REDUCIBLE = Rows(
    acts=[act(TEST, "100.00", {44: "2", 45: "234"}), act(REDUCED, "20.00", {11: "6", 44: "1", 68: "7", 69: "7"})]
)


def test_without_the_standard_an_act_is_billed_at_less() -> None:
    """項番44, 45; 160174470 施設基準不適合減算（検査）（１００分の８０）."""
    at_full = receipt(unit(done(TEST), points=100))
    at_less = receipt(unit(done(TEST), done(REDUCED), points=80))

    assert ids(case(REDUCIBLE, at_full, standards=registered("234"))) == []
    assert ids(case(REDUCIBLE, at_less, standards=registered())) == []
    assert cuts("act.standard-at-full", case(REDUCIBLE, at_full, standards=registered())) == [(11, 100, 80)]
