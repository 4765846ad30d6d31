"""Seals what was written about transfers, records and payers' events in blocks; every so often, one process at a time.

Numbers are taken before they are committed. Nothing is held up to find out which are settled: the sealer notes the
highest number that was taken and who was writing then, and seals up to there once all of them have ended. It may die
anywhere: a block is one transaction.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from services.settlement.adapters.queries import SEALING
from services.shared.chassis.clock import Clock
from services.shared.chassis.postgres import Database

SEAL_INTERVAL_S: Final = 5.0
BLOCK_ROWS: Final = 10_000
"""Of transfers, pending transfers and resolutions in a block: some 5 MB while it is made."""
NUMBERS_OF_RECORDS: Final = 20_000
"""That a block of records reaches over; transfers have some of them."""
EVENTS_OF_A_STREAM: Final = 2_000
STREAMS_OF_A_BLOCK: Final = 50
MOST_BLOCKS: Final = 1_000
"""Of each chain in one round."""


class Sealer:
    """Makes the blocks that can be made; `round` is one look."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """One per process."""
        self._database = database
        self._clock = clock
        self._noted = 0
        self._writing: frozenset[str] = frozenset()

    async def round(self) -> None:
        """Seal all that is settled by now. Raises TransientFault."""
        settled = await self._settled()
        await self._all(self._block_of("seal_transfers", settled, BLOCK_ROWS))
        await self._all(self._block_of("seal_records", settled, NUMBERS_OF_RECORDS))
        await self._all(self._block_of_events)

    async def _settled(self) -> int:
        """Up to which number nothing is open any more."""
        open_now = await self._open()
        settled = self._noted if not self._writing & open_now else 0
        if settled or not self._noted:
            self._noted = (await self._database.fetch(SEALING["highest_number"]))[0]["last_value"]
            self._writing = await self._open()
        return self._noted if not self._writing else settled

    async def _open(self) -> frozenset[str]:
        rows = await self._database.fetch(SEALING["open_writers"])
        return frozenset(row["virtualtransaction"] for row in rows)

    def _block_of(self, name: str, upto: int, most: int) -> Callable[[], Awaitable[int]]:
        async def block() -> int:
            async with self._database.transaction(label="settlement.seal") as tx:
                rows: int = await tx.fetchval(SEALING[name], upto, most, self._clock.now())
            return rows

        return block

    async def _block_of_events(self) -> int:
        async with self._database.transaction(label="settlement.seal") as tx:
            now = self._clock.now()
            rows: int = await tx.fetchval(SEALING["seal_events"], EVENTS_OF_A_STREAM, STREAMS_OF_A_BLOCK, now)
        return rows

    async def _all(self, block: Callable[[], Awaitable[int]]) -> None:
        for _ in range(MOST_BLOCKS):
            if not await block():
                return
