from datetime import date

import pytest

from services.settlement.adapters.bank.bank_days import bank_holidays
from services.settlement.adapters.periods.calendar_files import FileError, FileFormat, read_calendar, read_tariff
from services.settlement.domain.payment_calendar import CalendarRow, warnings_of
from services.settlement.domain.tariff import ReviewFee, Rounding
from tests.support.stack import REPOSITORY

EXAMPLES = REPOSITORY / "docs" / "examples"
HEAD = "payer,claim_month,closes_on,due_on,pays_on,mark,source\n"
ROW = CalendarRow(
    payer_number="*",
    period="202604",
    closes_on=date(2026, 4, 30),
    due_on=date(2026, 5, 20),
    pays_on=date(2026, 5, 21),
    mark="U",
    source="a letter",
)


def calendar(row: str) -> tuple[FileError, ...]:
    read = read_calendar((HEAD + row).encode(), FileFormat.CSV)
    assert bool(read.rows) is not bool(read.errors)
    return read.errors


def test_a_calendar_is_read_from_csv_and_from_yaml_alike() -> None:
    csv = HEAD + "*,2026-04,2026-04-30,2026-05-20,2026-05-21,U,a letter\r\n"
    yaml = (
        "- {payer: '*', treatment_month: 2026-03, claim_month: 2026-04, closes_on: 2026-04-30, due_on: 2026-05-20,\n"
        "   pays_on: 2026-05-21, mark: U, source: a letter}\n"
    )

    assert read_calendar(("\ufeff" + csv).encode(), FileFormat.CSV).rows == (ROW,)
    assert read_calendar(yaml.encode(), FileFormat.YAML).rows == (ROW,)


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("*,2026-13,2026-04-30,2026-05-20,2026-05-21,U,x", "claim_month", "must be a month, YYYY-MM"),
        ("*,2026-02,2026-02-30,2026-05-20,2026-05-21,U,x", "closes_on", "must be a day, YYYY-MM-DD"),
        ("*,2026-02,2026-02-29,2026-05-20,2026-05-21,U,x", "closes_on", "must be a day, YYYY-MM-DD"),
        ("1234567,2026-04,2026-04-30,2026-05-20,2026-05-21,U,x", "payer", "must be 6 or 8 digits, or *"),
        (",2026-04,2026-04-30,2026-05-20,2026-05-21,U,x", "payer", "is missing"),
        ("*,2026-04,2026-05-21,2026-05-20,2026-05-21,U,x", "closes_on", "must not be after due_on or pays_on"),
        ("*,2026-04,2026-04-30,2026-05-20,2026-05-21,X,x", "mark", "must be R, P, S, U, M or C"),
        ("*,2026-04,2026-04-30,2026-05-20,2026-05-21,U,", "source", "is missing"),
        ("*,2026-04,2026-04-30,2026-05-20,2026-05-21,U,x,y", "", "more cells than columns"),
        ("", "", "no rows"),
    ],
)
def test_a_fault_is_told_by_column_and_rule_and_nothing_is_taken(row: str, column: str, rule: str) -> None:
    assert [(error.column, error.rule) for error in calendar(row)] == [(column, rule)]


def test_the_leap_day_of_a_leap_year_is_a_day() -> None:
    assert calendar("*,2028-02,2028-02-29,2028-03-21,2028-03-22,U,x") == ()


def test_a_payer_that_stands_twice_in_a_month_is_a_fault() -> None:
    row = "*,2026-04,2026-04-30,2026-05-20,2026-05-21,U,x\n"

    assert calendar(row + row) == (FileError(line=3, column="claim_month", rule="stands twice"),)


def test_the_treatment_month_must_be_the_one_before_the_claim_month() -> None:
    head = HEAD.replace("payer,", "payer,treatment_month,")
    read = read_calendar(f"{head}*,2026-04,2026-04,2026-04-30,2026-05-20,2026-05-21,U,x".encode(), FileFormat.CSV)

    assert [error.column for error in read.errors] == ["treatment_month"]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a: [", b"[" * 1_500, b"&a [*a]", b"just a text", b"- [1, 2]", b"- {payer: [1]}"]
)
def test_what_is_no_calendar_is_told_as_one_fault(content: bytes) -> None:
    assert len(read_calendar(content, FileFormat.YAML).errors) == 1


def test_a_column_that_is_not_known_is_a_fault() -> None:
    read = read_calendar(b"payer,month\n*,2026-04\n", FileFormat.CSV)

    assert read.errors == (FileError(line=2, column="month", rule="is no column"),)


def test_a_price_is_read_to_the_sen() -> None:
    head = "authority,since,yen_per_receipt,rounding,mark,source\n"
    read = read_tariff(f"{head}213,2026-04,71.60,half_up,S,x\n".encode(), FileFormat.CSV)

    assert read.rows == (
        ReviewFee(authority="213", since="202604", price_sen=7160, rounding=Rounding.HALF_UP, mark="S", source="x"),
    )


@pytest.mark.parametrize("price", ["71.605", "-1", "NaN", "Infinity", "many", "10000.01"])
def test_a_price_beyond_sen_or_sense_is_a_fault(price: str) -> None:
    head = "authority,since,yen_per_receipt,rounding,mark,source\n"
    read = read_tariff(f"{head}1,2026-04,{price},down,S,x\n".encode(), FileFormat.CSV)

    assert [error.column for error in read.errors] == ["yen_per_receipt"]


def test_the_examples_in_the_documentation_are_taken_and_banks_are_open_on_their_days() -> None:
    days = read_calendar((EXAMPLES / "payment-calendar.csv").read_bytes(), FileFormat.CSV)
    fees = read_tariff((EXAMPLES / "review-fees.csv").read_bytes(), FileFormat.CSV)

    assert (days.errors, fees.errors) == ((), ())
    assert list(warnings_of(days.rows, bank_holidays())) == []
