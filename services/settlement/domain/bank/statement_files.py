"""入出金取引明細 and 振込入金通知 out of the banks' files, whole or not at all.

Records, fields, counts and sums are `checking`'s; here texts become days, accounts and lines, and what a statement says
must hold together: every line lies in its span, and the balance is never below zero, which no ledger here could hold.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.days import DayStyle, NoDay, day_of, day_or_none
from services.settlement.domain.bank.layouts import LAYOUTS, FileKind, Layout
from services.settlement.domain.bank.records import Group, Row, Violation, violation
from services.settlement.domain.bank.statements import (
    BankFile,
    BankLine,
    BankStatement,
    Direction,
    Source,
    WrongBankFile,
)
from services.settlement.domain.bank.sums import BELOW_ZERO, CANCELLED, PAID_IN

ACCOUNT_DIGITS = 7
SOURCES = {FileKind.STATEMENT: Source.ZENGIN_STATEMENT, FileKind.CREDITS: Source.ZENGIN_CREDITS}


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How days are read, and what was found wrong."""

    layout: Layout
    style: DayStyle
    read_on: date
    wrong: list[Violation] = field(default_factory=list)

    def day(self, row: Row, name: str) -> date:
        """A day that must be there; the day of reading stands in for a wrong one, which is told."""
        return self._told(row, name, day_of) or self.read_on

    def day_or_none(self, row: Row, name: str) -> date | None:
        return self._told(row, name, day_or_none)

    def tell(self, row: Row, name: str, rule: str, said: str) -> None:
        self.wrong.append(violation(row.place, (row.kind[name].at, name), rule, said))

    def _told(self, row: Row, name: str, read: Callable[[str, DayStyle, date], date | None]) -> date | None:
        try:
            return read(row[name], self.style, self.read_on)
        except NoDay as fault:
            self.tell(row, name, fault.rule, str(fault))
            return None


def read_zengin(content: bytes, style: DayStyle, read_on: date) -> BankFile:
    """The statements of a 200-byte file. Raises WrongBankFile, NoBankFile."""
    found = checked(content)
    if found.violation_count:
        raise WrongBankFile(found.violations, found.violation_count)
    source = SOURCES.get(found.kind)
    if source is None:
        raise WrongBankFile([violation(1, (1, "kind"), "statement", "is a file of payments and tells of no account")])
    reading = _Reading(layout=LAYOUTS[found.kind], style=style, read_on=read_on)
    statements = tuple(_statement(group, source, reading) for group in found.groups)
    if reading.wrong:
        raise WrongBankFile(sorted(reading.wrong, key=lambda each: (each.record, each.offset)))
    return BankFile(source=source, statements=statements)


def _statement(group: Group, source: Source, reading: _Reading) -> BankStatement:
    header = group.header
    since, until = reading.day(header, "since"), reading.day(header, "until")
    if until < since:
        reading.tell(header, "until", "span", "lies before the first day")
    lines = tuple(_line(row, source, reading) for row in group.data)
    for row, line in zip(group.data, lines, strict=True):
        if not since <= line.booked <= until:
            reading.tell(row, "booked", "span", "lies outside of the days that the header names")
    return BankStatement(
        account=_account(header, reading),
        record=header.place,
        opening_at=header.kind["opening_yen"].at if source.proves_a_balance else 0,
        made_on=reading.day(header, "made"),
        since=since,
        until=until,
        opening_yen=_balance(header, "opening_yen", reading) if source.proves_a_balance else None,
        closing_yen=_closing(group, reading) if source.proves_a_balance else None,
        lines=lines,
    )


def _closing(group: Group, reading: _Reading) -> int:
    """A checked file has its trailer."""
    return _balance(group.trailer, "closing_yen", reading) if group.trailer is not None else 0


def _account(header: Row, reading: _Reading) -> str:
    number = header["account"]
    if number[:-ACCOUNT_DIGITS].strip("0"):
        reading.tell(header, "account", "account", "has more than seven digits")
    return header["bank"] + header["branch"] + header["account_type"] + number[-ACCOUNT_DIGITS:]


def _balance(row: Row, name: str, reading: _Reading) -> int:
    yen = row.number(name)
    if row["overdrawn"] == BELOW_ZERO and yen:
        reading.tell(row, name, "overdrawn", "is below zero, which no account of this platform may be")
    return yen


def _line(row: Row, source: Source, reading: _Reading) -> BankLine:
    return BankLine(
        record=row.place,
        booked=reading.day(row, "booked"),
        valued=reading.day_or_none(row, "valued"),
        direction=_direction(row, source),
        yen=row.number("amount_yen"),
        dealing=row["dealing"] if source is Source.ZENGIN_STATEMENT else "",
        inquiry_number=row["inquiry_number"].strip("0") and row["inquiry_number"],
        remitter_code=row["remitter_code"].strip("0") and row["remitter_code"],
        remitter=row["remitter"],
        from_bank=row["from_bank"],
        from_branch=row["from_branch"],
        narrative=row["narrative"] if source is Source.ZENGIN_STATEMENT else "",
        edi=row["edi"],
        is_cancelled=source is Source.ZENGIN_CREDITS and row["cancelled"] == CANCELLED,
    )


def _direction(row: Row, source: Source) -> Direction:
    if source is Source.ZENGIN_CREDITS or row["direction"] == PAID_IN:
        return Direction.IN
    return Direction.OUT
