"""Payers' events out of `announced_event`: pages of them, and the same ids, headers and bytes once more on the topic.

Only what was published before is replayed: a consumer sees a repeated event, never one before its turn. Replaying is
at least once like every delivery; whoever takes each id once needs to know nothing of it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from services.settlement.adapters.payers.streams import item_of
from services.settlement.adapters.queries import PAYERS, QUERIES
from services.shared.chassis.cursor_relay import StreamItem
from services.shared.chassis.kafka import Publisher, PublishFailed
from services.shared.chassis.postgres import Database, TransientFault

REPLAY_EVENTS: Final = 1_000
"""In one batch: read, published, acknowledged."""
NO_END: Final = 2**63 - 1


async def events_between(
    database: Database, payer_number: str, first: int, last: int, *, limit: int
) -> Sequence[StreamItem]:
    """At most `limit` events of the payer with sequences from `first` to `last`, in order."""
    return [item_of(row) for row in await database.fetch(PAYERS["events_between"], payer_number, first, last, limit)]


async def published_sequence(database: Database, payer_number: str) -> int | None:
    """Up to where the payer's topic has its events; None for a payer without topic."""
    rows = await database.fetch(QUERIES["read_payer"], payer_number)
    return int(rows[0]["published_sequence"]) if rows and rows[0]["enrolled"] else None


class EventReplay:
    """Publishes events once more, in order, with a producer of its own."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        """`publisher` is not the relay's: a replay waits for nobody and holds nobody up."""
        self._database = database
        self._publisher = publisher

    async def replay(self, payer_number: str, first: int, last: int) -> AsyncIterator[StreamItem]:
        """Replay; gives the last event of each acknowledged batch. Raises TransientFault."""
        while first <= last:
            items = await events_between(self._database, payer_number, first, last, limit=REPLAY_EVENTS)
            if not items:
                return
            try:
                await self._publisher.publish([item.announcement for item in items])
            except PublishFailed as failed:
                raise TransientFault("PublishFailed") from failed
            first = items[-1].sequence + 1
            yield items[-1]
