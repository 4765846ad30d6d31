"""What is due of households' statements in Postgres, and the rounds that state it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from services.claims.adapters.postgres_households import HOUSEHOLDS, PostgresHouseholds, households_of
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_reads import FeedPosition, position_of
from services.claims.application.stating_due import DueSpan, StatingDue, Touched
from services.claims.domain.households.statement import Household
from services.claims.domain.households.versions import Span
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month

CURSOR: Final = "claims.household-following"
FOLLOWED_PER_ROUND: Final = 20
"""Batches of decisions in one round: some thousands of receipts to read, a second of computing."""
STATED_PER_ROUND: Final = 20
"""Batches of households in one round: some seconds of computing, then the interval, so that deciding goes on."""

_log = get_logger(__name__)


class PostgresDue(PostgresHouseholds):
    """Implements application.stating_due.DueLedger, over one open transaction."""

    async def lock_following(self) -> None:
        """An advisory lock until the transaction ends."""
        await self._tx.execute(HOUSEHOLDS["lock_following"])

    async def touched(self, most: int) -> Sequence[Touched]:
        """Along the index of the order of recording, from the sweep's cursor on."""
        after = FeedPosition.parse(await self._tx.fetchval(QUERIES["read_cursor"], CURSOR) or "0")
        rows = await self._tx.fetch(HOUSEHOLDS["touched_households"], str(after.xid), after.seq, most)
        return [_touched(row) for row in rows]

    async def touch(self, month: Month, households: Sequence[Household]) -> None:
        """One statement."""
        await self._tx.execute(
            HOUSEHOLDS["touch_households"],
            str(month),
            [each.key for each in households],
            [each.payer_number for each in households],
        )

    async def save_place(self, position: str) -> None:
        """The sweep's cursor."""
        await self._tx.execute(QUERIES["save_cursor"], CURSOR, position)

    async def next_due(self, latest_month: Month, latest_year: Month) -> DueSpan | None:
        """Along the primary key."""
        row = await self._tx.fetchrow(HOUSEHOLDS["next_due"], str(latest_month), str(latest_year))
        return None if row is None else DueSpan(Span(row["span"]), Month.parse(row["since"]))

    async def take_due(self, due: DueSpan, most: int) -> Sequence[Household]:
        """Deletes: who touches one of them meanwhile waits, and makes it due again."""
        return households_of(await self._tx.fetch(HOUSEHOLDS["take_due"], due.span.value, str(due.since), most))


def _touched(row: asyncpg.Record) -> Touched:
    return Touched(
        claim_id=ClaimId(row["claim_id"]),
        month=Month.parse(row["treatment_month"]),
        decided_at=row["decided_at"],
        household=row["household"],
        payer_number=row["payer_number"],
        receipt=row["receipt"],
        position=str(position_of(row)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdSweep:
    """Follows decisions and states what they made due, one transaction per batch."""

    database: Database
    clock: Clock
    stating: StatingDue

    async def sweep(self) -> None:
        """One round, bounded; what is left comes with the next."""
        await self._follow()
        await self._state()

    async def _follow(self) -> None:
        for _ in range(FOLLOWED_PER_ROUND):
            async with self.database.transaction(label="claims.households-followed") as tx:
                count = await self.stating.follow(PostgresDue(tx), now=self.clock.now())
            if not count:
                return

    async def _state(self) -> None:
        stated = 0
        for _ in range(STATED_PER_ROUND):
            async with self.database.transaction(label="claims.households-stated") as tx:
                batch = await self.stating.state(PostgresDue(tx), now=self.clock.now())
            stated += batch.stated + batch.changed
            if batch.last is None:
                break
        if stated:
            _log.info("households stated", count=stated)
