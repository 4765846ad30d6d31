"""Months to close: a calendar and a tariff, the use case over a real database, and its statements."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg

from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.adapters.periods.calendars import take_calendar, take_tariff
from services.settlement.adapters.periods.closing_journal import PostgresJournal
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_documents import StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.application.closing import Asked, Closing, Progress
from services.settlement.domain.payment_calendar import ANY_PAYER, CalendarRow
from services.settlement.domain.tariff import ReviewFee, Rounding
from services.shared.chassis.postgres import Database
from services.shared.kernel.months import Month

CLOSED_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
TRACE = "00-" + "5" * 32 + "-" + "6" * 16 + "-00"
SOCIAL_PRICE_SEN, NATIONAL_PRICE_SEN = 7160, 5000


@dataclass(frozen=True, slots=True)
class Fixed:
    """A clock that stands."""

    at: datetime = CLOSED_AT

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0


def days(period: str, payer: str = ANY_PAYER) -> CalendarRow:
    """Closes on the 10th of the month after, due on its 20th, paid on its 21st."""
    after = Month.parse(period).plus(1)
    return CalendarRow(
        payer_number=payer,
        period=period,
        closes_on=date(after.year, after.month, 10),
        due_on=date(after.year, after.month, 20),
        pays_on=date(after.year, after.month, 21),
        mark="U",
        source="test",
    )


def prices() -> list[ReviewFee]:
    return [
        ReviewFee(authority=each, since="202001", price_sen=sen, rounding=Rounding.DOWN, mark="U", source="test")
        for each, sen in (("1", SOCIAL_PRICE_SEN), ("2", NATIONAL_PRICE_SEN))
    ]


async def load(
    database: Database, periods: Sequence[str], rows: Sequence[CalendarRow] = (), *, at: datetime = CLOSED_AT
) -> None:
    """Days for all payers in these months, the rows given, and prices of both kinds of authority."""
    async with database.transaction(label="test.load") as tx:
        await take_calendar(tx, [*map(days, periods), *rows], by="operator:test", at=at)
        await take_tariff(tx, prices(), by="operator:test", at=at)


def closing(database: Database, *, clock: Fixed | None = None) -> Closing:
    reader = StatementReader(database)
    return Closing(
        journal=journal_of(database), ledger=reader, documents=StatementDocuments(reader), clock=clock or Fixed()
    )


def journal_of(database: Database) -> PostgresJournal:
    return PostgresJournal(database=database, wake=lambda: None, seal=Sealer(database, Fixed()).round)


async def close(database: Database, period: str, *, is_early: bool = False) -> list[Progress]:
    asked = Asked(period=period, is_early=is_early, by="operator:test", traceparent=TRACE)
    return [progress async for progress in closing(database).close(asked)]


async def statements(database: Database, period: str = "") -> dict[tuple[str, str], asyncpg.Record]:
    """By month and account."""
    rows = await database.fetch(QUERIES["list_statements"], "", period, "", "", 10_000)
    return {(row["period"], row["account_id"]): row for row in rows}


def digest(pieces: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(pieces)).hexdigest()
