"""Adds up what was posted and announced, once: a look at the totals reads what came since the last look only.

The entries of a payer's account and the events of its stream are numbered without gap under a lock, so that whatever
has a higher number was committed later: nothing is passed over.
"""

from typing import Final

from services.settlement.adapters.queries import QUERIES
from services.shared.chassis.postgres import Database

ROWS_PER_PAYER: Final = 20_000
"""Entries, and as many events, of one payer in one transaction."""


async def add_up(database: Database) -> None:
    """Bring `control_total` up to date; entries and events of the last transaction are those of one moment."""
    busiest = ROWS_PER_PAYER
    while busiest == ROWS_PER_PAYER:
        async with database.transaction(label="settlement.control-totals") as tx:
            await tx.execute(QUERIES["lock_control_totals"])
            busiest = await tx.fetchval(QUERIES["fold_control_totals"], ROWS_PER_PAYER)
