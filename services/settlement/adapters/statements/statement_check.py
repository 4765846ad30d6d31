"""The ledger's check of statements: each is drawn up again from entries and events and held to what was issued.

What a statement takes up is part of what it is drawn up from; what was taken up must be paid by nothing else.
"""

from collections.abc import AsyncIterator
from typing import Final

from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.settlement.domain.statement import StatementDiffers
from services.shared.chassis.postgres import Transaction

PAGE: Final = 500
"""Statements in memory at a time."""


async def statement_faults(tx: Transaction) -> AsyncIterator[str]:
    """A sentence for each statement that the ledger does not give again. Every entry is read once, in stretches."""
    statements = Statements(tx, StatementReader(tx))
    after = ("", "")
    while rows := await statements.page(account_id="", period="", after=after, most=PAGE):
        for row in rows:
            try:
                await statements.again(row)
            except StatementDiffers as differs:
                yield f"statement {row['statement_id']} is not what the ledger gives: {differs}"
        after = (rows[-1]["period"], rows[-1]["account_id"])
    for row in await tx.fetch(QUERIES["taken_up_in_disorder"]):
        yield f"statement {row['statement_id']} was taken up and is not what a later one could take up"
