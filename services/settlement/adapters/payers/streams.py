"""The payers' streams as the cursor relay reads them from `announced_event`.

Where the broker is another one, the payers' topics, users and rights are gone with the old: they are made anew before
the cursors start again, each with the password that its last enrolment gave it. A payer enrolled by a release that made
fewer topics is given the others in the same way; its cursor stays.
"""

from collections.abc import Sequence
from typing import Protocol

import asyncpg

from services.settlement.adapters.messages import stream_item
from services.settlement.adapters.queries import PAYERS, QUERIES
from services.shared.chassis.cursor_relay import StreamItem
from services.shared.chassis.postgres import Database


def item_of(row: asyncpg.Record) -> StreamItem:
    """A row of announced_event as its topic has it."""
    return stream_item(
        payer=row["payer_number"],
        sequence=row["sequence"],
        event_id=row["event_id"],
        subject=row["claim_id"],
        value=row["value"],
        traceparent=row["traceparent"],
        time=row["created_at"],
        ce_type=row["type"],
    )


class Provision(Protocol):
    """Makes a payer's topics, principal and rights; may be repeated. Raises TransientFault."""

    async def __call__(self, payer_number: str, request_id: str, username: str) -> None:
        """`request_id` decides the password of the principal `username`."""
        ...


class PayerStreams:
    """The CursorSource of settlement."""

    def __init__(self, database: Database, provision: Provision) -> None:
        """`provision` is asked for each enrolled payer whose topics the broker does not have."""
        self._database = database
        self._provision = provision

    async def pending(self, limit: int) -> Sequence[StreamItem]:
        """See CursorSource."""
        rows = await self._database.fetch(QUERIES["pending_events"], limit)
        return [item_of(row) for row in rows]

    async def mark_published(self, cursors: Sequence[tuple[str, int]]) -> None:
        """See CursorSource."""
        payers, sequences = [payer for payer, _ in cursors], [sequence for _, sequence in cursors]
        await self._database.fetch(QUERIES["mark_published"], payers, sequences)

    async def restart(self, cluster_id: str) -> None:
        """See CursorSource."""
        for row in await self._database.fetch(PAYERS["principals_elsewhere"], cluster_id):
            await self._provision(row["payer_number"], row["request_id"], row["username"])
        await self._database.fetch(QUERIES["restart_streams"], cluster_id)
