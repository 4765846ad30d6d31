"""Reads what does not fit into memory: rows by a server-side cursor, a bounded number of them at a time."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from services.shared.chassis.postgres import Transaction, translated
from services.shared.chassis.queries import Statement

PREFETCH_ROWS: Final = 1_000


async def rows_of(tx: Transaction, statement: Statement, *args: object) -> AsyncIterator[asyncpg.Record]:
    """All rows of a statement, PREFETCH_ROWS in memory. Raises TransientFault."""
    with translated():
        async for row in tx.connection.cursor(statement.sql, *args, prefetch=PREFETCH_ROWS):
            yield row
