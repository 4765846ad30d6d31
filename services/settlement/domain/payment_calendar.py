"""Payment calendars: when a claim month closes, is due from its payers and is paid to hospitals. All of it is data.

支払基金 and 国保連 publish their days; no rule gives them (payments-japan.md 2.6). So days are loaded as they were
published, and that a bank is open on them is a check that warns, never a rule that moves a day.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.shared.kernel.months import Month

ANY_PAYER: Final = "*"
"""Whose row holds for every payer without one of its own."""
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """The days of one claim month (請求年月, YYYYMM) for one payer or for all (ANY_PAYER).

    `closes_on` is the day that is over before the month is closed, `due_on` the day until which the payer pays,
    `pays_on` the day on which hospitals are paid. ValueError where the month ends after money moves.
    """

    payer_number: str
    period: str
    closes_on: date
    due_on: date
    pays_on: date
    mark: str
    source: str

    def __post_init__(self) -> None:
        if self.closes_on > min(self.due_on, self.pays_on):
            raise ValueError("a month closes before it is due and before it is paid")


class DayDoubt(Enum):
    """Why a day of a calendar deserves a second look."""

    BANK_CLOSED = "bank_closed"
    """No bank business day: Saturday, Sunday, national holiday, December 31 to January 3 (銀行法施行令 第5条)."""
    PAID_BEFORE_DUE = "paid_before_due"
    """Hospitals are paid before the payers' money is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWarning:
    """A day that is doubtful; the calendar is taken all the same. `field` is due_on or pays_on."""

    payer_number: str
    period: str
    field: str
    day: date
    doubt: DayDoubt


def treatment_month(period: str) -> str:
    """The treatment month (診療年月) that is mainly claimed in a claim month: the one before."""
    return str(Month.parse(period).plus(-1))


def row_of(rows: Mapping[str, CalendarRow], payer_number: str) -> CalendarRow | None:
    """The payer's own row of a month, or the one of all."""
    return rows.get(payer_number) or rows.get(ANY_PAYER)


def is_bank_day(day: date, holidays: Container[date]) -> bool:
    """Whether banks do business on a day. `holidays` are national and bank holidays; weekends need not be in it.

    Source: 銀行法 第15条第1項, 銀行法施行令 第5条第1項.
    """
    return day.weekday() < _SATURDAY and day not in holidays


def warnings_of(rows: Iterable[CalendarRow], holidays: Container[date]) -> Iterator[CalendarWarning]:
    """What is doubtful in a calendar, row by row."""
    for row in rows:
        for field, day in (("due_on", row.due_on), ("pays_on", row.pays_on)):
            if not is_bank_day(day, holidays):
                yield _warning(row, field, day, DayDoubt.BANK_CLOSED)
        if row.pays_on < row.due_on:
            yield _warning(row, "pays_on", row.pays_on, DayDoubt.PAID_BEFORE_DUE)


def _warning(row: CalendarRow, field: str, day: date, doubt: DayDoubt) -> CalendarWarning:
    return CalendarWarning(payer_number=row.payer_number, period=row.period, field=field, day=day, doubt=doubt)
