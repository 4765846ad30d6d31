"""The kept library of bank holidays held against a second one, and against days that anybody can look up."""

from datetime import date, timedelta

import jpholiday
import pytest

from services.settlement.adapters.bank.bank_days import bank_holidays, holidays_version
from services.settlement.domain.payment_calendar import (
    ANY_PAYER,
    CalendarRow,
    CalendarWarning,
    DayDoubt,
    is_bank_day,
    row_of,
    treatment_month,
    warnings_of,
)

FIRST_YEAR, LAST_YEAR = 1990, 2040


def all_days() -> list[date]:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_turn_of_the_year(day: date) -> bool:
    return (day.month, day.day) in {(12, 31), (1, 1), (1, 2), (1, 3)}


def test_two_libraries_agree_on_every_bank_day_of_half_a_century() -> None:
    """jpholiday knows national holidays only; with weekends and the turn of the year nothing is left to explain."""
    own = bank_holidays()
    differing = [
        day
        for day in all_days()
        if is_bank_day(day, own) is (day.weekday() >= 5 or jpholiday.is_holiday(day) or is_turn_of_the_year(day))
    ]

    assert differing == []
    assert holidays_version()


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 1, 2), False),  # a Friday between the years
        (date(2026, 1, 5), True),
        (date(2025, 12, 30), True),
        (date(2025, 12, 31), False),
        (date(2026, 4, 29), False),  # 昭和の日
        (date(2026, 4, 30), True),  # a Thursday within golden week
        (date(2026, 5, 6), False),  # 振替休日 of May 3, a Sunday
        (date(2026, 5, 7), True),
        (date(2026, 9, 22), False),  # 国民の休日 between two holidays
        (date(2024, 2, 29), True),  # a leap day, a Thursday
        (date(2032, 2, 29), False),  # a leap day, a Sunday
        (date(2019, 5, 1), False),  # the enthronement
        (date(2021, 7, 22), False),  # 海の日, moved for the games
        (date(2021, 7, 19), True),  # where it would have been
        (date(2026, 8, 8), False),  # a Saturday
    ],
)
def test_banks_are_open_on_working_days_and_nothing_else(day: date, *, is_open: bool) -> None:
    assert is_bank_day(day, bank_holidays()) is is_open


def row(due_on: date, pays_on: date, *, payer: str = ANY_PAYER) -> CalendarRow:
    return CalendarRow(
        payer_number=payer,
        period="202604",
        closes_on=date(2026, 4, 25),
        due_on=due_on,
        pays_on=pays_on,
        mark="U",
        source="test",
    )


def test_a_day_on_which_banks_are_closed_is_told_and_kept() -> None:
    golden_week = row(date(2026, 4, 30), date(2026, 5, 4))

    assert list(warnings_of([golden_week], bank_holidays())) == [
        CalendarWarning(
            payer_number=ANY_PAYER,
            period="202604",
            field="pays_on",
            day=date(2026, 5, 4),
            doubt=DayDoubt.BANK_CLOSED,
        )
    ]


def test_hospitals_paid_before_the_money_is_due_are_told() -> None:
    found = list(warnings_of([row(date(2026, 5, 21), date(2026, 5, 20))], bank_holidays()))

    assert [each.doubt for each in found] == [DayDoubt.PAID_BEFORE_DUE]


def test_a_month_cannot_close_after_its_money_moves() -> None:
    with pytest.raises(ValueError):
        row(date(2026, 4, 24), date(2026, 5, 20))


def test_a_payers_own_days_go_before_those_of_all() -> None:
    all_payers, own = (
        row(date(2026, 5, 20), date(2026, 5, 21)),
        row(date(2026, 5, 18), date(2026, 5, 19), payer="138057"),
    )

    assert row_of({"138057": own, ANY_PAYER: all_payers}, "138057") is own
    assert row_of({"138057": own, ANY_PAYER: all_payers}, "06132013") is all_payers
    assert row_of({"138057": own}, "06132013") is None


@pytest.mark.parametrize(("period", "treated"), [("202604", "202603"), ("202601", "202512")])
def test_a_claim_month_is_for_treatment_of_the_month_before(period: str, treated: str) -> None:
    assert treatment_month(period) == treated
