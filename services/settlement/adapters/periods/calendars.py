"""Calendars and tariffs in PostgreSQL: rows in versions, of which the highest holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg

from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.domain.payment_calendar import CalendarRow
from services.settlement.domain.tariff import ReviewFee, Rounding
from services.shared.chassis.postgres import Transaction


async def calendar_of(tx: Transaction, period: str) -> Mapping[str, CalendarRow]:
    """The rows of a claim month by payer."""
    return {row.payer_number: row for row in await calendar_rows(tx, period)}


async def calendar_rows(tx: Transaction, period: str) -> Sequence[CalendarRow]:
    """The rows in force of a claim month, of all months for the empty one."""
    return [
        CalendarRow(
            payer_number=row["payer_number"],
            period=row["period"],
            closes_on=row["closes_on"],
            due_on=row["due_on"],
            pays_on=row["pays_on"],
            mark=row["mark"],
            source=row["source"],
        )
        for row in await tx.fetch(QUERIES["calendar_rows"], period)
    ]


async def tariff(tx: Transaction) -> Sequence[ReviewFee]:
    """All prices in force."""
    return [fee_of(row) for row in await tx.fetch(QUERIES["fee_rows"])]


def fee_of(row: asyncpg.Record) -> ReviewFee:
    """A row of review_fee, without its version."""
    return ReviewFee(
        authority=row["authority"],
        since=row["since"],
        price_sen=row["price_sen"],
        rounding=Rounding(row["rounding"]),
        mark=row["mark"],
        source=row["source"],
    )


async def take_calendar(tx: Transaction, rows: Sequence[CalendarRow], *, by: str, at: datetime) -> int:
    """Keep the rows that say something new; how many they are."""
    await tx.execute(QUERIES["lock_loading"])
    return await tx.execute(
        QUERIES["insert_calendar_rows"],
        [row.payer_number for row in rows],
        [row.period for row in rows],
        [row.closes_on for row in rows],
        [row.due_on for row in rows],
        [row.pays_on for row in rows],
        [row.mark for row in rows],
        [row.source for row in rows],
        by,
        at,
    )


async def take_tariff(tx: Transaction, fees: Sequence[ReviewFee], *, by: str, at: datetime) -> int:
    """Keep the prices that say something new; how many they are."""
    await tx.execute(QUERIES["lock_loading"])
    return await tx.execute(
        QUERIES["insert_fee_rows"],
        [fee.authority for fee in fees],
        [fee.since for fee in fees],
        [fee.price_sen for fee in fees],
        [fee.rounding.value for fee in fees],
        [fee.mark for fee in fees],
        [fee.source for fee in fees],
        by,
        at,
    )
