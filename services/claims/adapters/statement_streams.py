"""The payers' streams of household statements as the cursor relay reads them from `household_statement`.

Settlement makes a payer's topic at enrolment, and again where the broker lost its data. Nobody tells claims: a stream
whose topic the broker does not have is left out until it is there, so that one payer never holds up another.
"""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import asyncpg

from services.claims.adapters import household_messages
from services.claims.adapters.postgres_households import HOUSEHOLDS, row_message
from services.claims.adapters.postgres_ledger import QUERIES
from services.shared.chassis.cursor_relay import StreamItem
from services.shared.chassis.postgres import Database
from services.shared.chassis.traceparent import new_traceparent

CLUSTER: Final = "claims.household-streams"
"""The sweep's cursor that holds the broker cluster of which the streams' cursors tell."""


class StatementStreams:
    """The CursorSource of claims. A stream is a payer number."""

    def __init__(self, database: Database, topics: Callable[[], Awaitable[AbstractSet[str]]]) -> None:
        """`topics` asks the broker for the topics that this service may write to. Raises TransientFault."""
        self._database = database
        self._topics = topics

    async def pending(self, limit: int) -> Sequence[StreamItem]:
        """See CursorSource."""
        rows = await self._database.fetch(HOUSEHOLDS["waiting_statement_streams"])
        waiting = [row["payer_number"] for row in rows]
        if not waiting:
            return []
        there = await self._topics()
        payers = [payer for payer in waiting if household_messages.topic_of(payer) in there]
        return [_item(row) for row in await self._database.fetch(HOUSEHOLDS["pending_statements"], payers, limit)]

    async def mark_published(self, cursors: Sequence[tuple[str, int]]) -> None:
        """See CursorSource."""
        payers, sequences = [payer for payer, _ in cursors], [sequence for _, sequence in cursors]
        async with self._database.transaction(label="claims.statements-published") as tx:
            await tx.execute(HOUSEHOLDS["lock_statement_streams"], payers)
            await tx.execute(HOUSEHOLDS["mark_statements_published"], payers, sequences)

    async def restart(self, cluster_id: str) -> None:
        """See CursorSource."""
        async with self._database.transaction(label="claims.statements-restarted") as tx:
            await tx.execute(HOUSEHOLDS["lock_statement_streams"], [])
            if await tx.fetchval(QUERIES["read_cursor"], CLUSTER) != cluster_id:
                await tx.execute(HOUSEHOLDS["restart_statement_streams"])
                await tx.execute(QUERIES["save_cursor"], CLUSTER, cluster_id)


def _item(row: asyncpg.Record) -> StreamItem:
    payer = row["payer_number"]
    return StreamItem(
        stream=payer,
        sequence=row["sequence"],
        announcement=household_messages.announcement(
            row_message(row),
            topic=household_messages.topic_of(payer),
            traceparent=row["traceparent"] or new_traceparent(raised=False),
            at=row["stated_at"],
        ),
    )
