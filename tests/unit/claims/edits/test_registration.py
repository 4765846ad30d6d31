"""A registration file: what it means, and what is wrong with it."""

from datetime import date

import pytest

from services.claims.domain.edits.registration import (
    Registrations,
    read_registrations,
    registration_text,
    standards_of,
    stated_in,
)
from services.claims.domain.edits.standards import Facility, Premises
from services.claims.domain.faulty_rows import FaultyRows

HEADER = "hospital_code,item,value,valid_from,valid_to"
CLINIC = "1310000003"
HOSPITAL = "1310099999"


def read(*rows: str) -> Registrations:
    answer = read_registrations("\n".join([HEADER, *rows]).encode())
    assert not isinstance(answer, FaultyRows), answer
    return answer


def refused(*rows: str, header: str = HEADER) -> list[tuple[int, str]]:
    answer = read_registrations("\n".join([header, *rows]).encode())
    assert isinstance(answer, FaultyRows)
    return [(each.line, each.column) for each in answer.errors]


def test_standards_hold_from_their_first_to_their_last_day() -> None:
    standards = standards_of(read(f"{CLINIC},standard,236,2024-04-01,2024-09-30")[CLINIC])

    assert standards.meets("236", date(2024, 9, 30)) is True
    assert standards.meets("236", date(2024, 10, 1)) is False


def test_what_a_hospital_is_changes_on_its_day() -> None:
    standards = standards_of(
        read(
            f"{CLINIC},facility,clinic,2020-01-01,2024-04-30",
            f"{CLINIC},facility,hospital,2024-05-01,",
            f"{CLINIC},licensed_beds,19,2020-01-01,2024-04-30",
            f"{CLINIC},licensed_beds,120,2024-05-01,",
            f"{CLINIC},general_beds,60,2024-06-01,",
        )[CLINIC]
    )

    assert standards.premises_on(date(2019, 12, 31)) is None
    assert [_of(standards.premises_on(date(2024, month, 1))) for month in (4, 5, 6)] == [
        (Facility.CLINIC, 19, None),
        (Facility.HOSPITAL, 120, None),
        (Facility.HOSPITAL, 120, 60),
    ]


def test_a_gap_tells_nothing_of_the_hospital() -> None:
    standards = standards_of(
        read(f"{CLINIC},facility,clinic,2020-01-01,2020-12-31", f"{CLINIC},facility,clinic,2022-01-01,")[CLINIC]
    )

    assert standards.premises_on(date(2021, 6, 1)) is None
    assert standards.premises_on(date(2022, 1, 1)) is not None


def test_hospitals_are_told_apart_and_the_order_of_rows_does_not_matter() -> None:
    rows = (
        f"{CLINIC},standard,236,2024-04-01,",
        f"{HOSPITAL},standard,3525,2024-04-01,",
        f"{CLINIC},standard,100,2024-04-01,",
    )

    assert read(*rows) == read(*reversed(rows))
    assert set(read(*rows)) == {CLINIC, HOSPITAL}


def test_the_text_of_a_registration_gives_it_back_and_is_equal_for_equal_facts() -> None:
    stated = read(f"{CLINIC},standard,236,2024-04-01,", f"{CLINIC},facility,clinic,2020-01-01,2030-01-01")[CLINIC]

    assert stated_in(registration_text(stated)) == stated
    assert registration_text(reversed(stated)) == registration_text(stated)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"{CLINIC},standard,236,2024-04-01", ""),
        ("131000000,standard,236,2024-04-01,", "hospital_code"),
        (f"{CLINIC},beds,236,2024-04-01,", "item"),
        (f"{CLINIC},standard,0,2024-04-01,", "value"),
        (f"{CLINIC},standard,23600,2024-04-01,", "value"),
        (f"{CLINIC},facility,pharmacy,2024-04-01,", "value"),
        (f"{CLINIC},licensed_beds,many,2024-04-01,", "value"),
        (f"{CLINIC},standard,236,20240401,", "valid_from"),
        (f"{CLINIC},standard,236,2024-02-30,", "valid_from"),
        (f"{CLINIC},standard,236,2024-04-02,2024-04-01", "valid_to"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column_and_the_file_means_nothing(row: str, column: str) -> None:
    assert refused(f"{CLINIC},standard,100,2024-04-01,", row) == [(3, column)]


def test_a_file_without_the_header_or_without_rows_means_nothing() -> None:
    assert refused(header="code,standard") == [(1, "")]
    assert refused() == [(1, "")]
    assert isinstance(read_registrations("医療機関".encode("cp932")), FaultyRows)


def _of(premises: Premises | None) -> tuple[object, ...]:
    assert premises is not None
    return premises[1:]


@pytest.mark.parametrize(
    ("item", "one", "other"),
    [("facility", "clinic", "hospital"), ("general_beds", "150", "9"), ("licensed_beds", "1", "2")],
)
def test_two_values_of_one_day_are_refused_and_both_lines_named(item: str, one: str, other: str) -> None:
    answer = read_registrations(
        f"{HEADER}\n{CLINIC},{item},{one},2019-04-01,\n{CLINIC},{item},{other},2024-06-01,\n".encode()
    )

    assert isinstance(answer, FaultyRows)
    assert [(each.line, each.column) for each in answer.errors] == [(3, "valid_from")]
    assert "line 2" in answer.errors[0].rule


def test_values_of_days_that_only_touch_are_two_facts() -> None:
    rows = (f"{CLINIC},general_beds,150,2019-04-01,2024-05-31", f"{CLINIC},general_beds,9,2024-06-01,")

    standards = standards_of(read(*rows)[CLINIC])
    assert [_of(standards.premises_on(date(2024, 5, 31))), _of(standards.premises_on(date(2024, 6, 1)))] == [
        (None, None, 150),
        (None, None, 9),
    ]


def test_the_same_fact_twice_is_one() -> None:
    assert read(f"{CLINIC},general_beds,9,2024-06-01,") == read(*[f"{CLINIC},general_beds,9,2024-06-01,"] * 2)


def test_what_is_no_csv_is_refused() -> None:
    assert refused(f'{CLINIC},standard,"{"1" * 200_000}",2024-06-01,') == [(1, "")]
