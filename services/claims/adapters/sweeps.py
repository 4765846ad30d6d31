"""What claims does every so often over its own tables: overdue coding, unmoved claims, releases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.adapters.postgres_staging import PostgresStaging
from services.claims.application.deciding import MOST_PER_ROUND, Deciding
from services.claims.application.model import Ending
from services.claims.application.ports import Traces
from services.claims.application.release import Release
from services.claims.application.turns import IntakeTurns
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.postgres import Database

ABANDONED_AFTER: Final = timedelta(hours=1)
SETS_PER_ROUND: Final = 20

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSweeps:
    """Sweeps over the claims' own tables."""

    database: Database
    clock: Clock
    deciding: Deciding
    release: Release
    turns: IntakeTurns
    traces: Traces
    measures: ClaimMeasures
    platform_key: bytes
    unmoved_after: timedelta

    async def coding_overdue(self) -> None:
        """Decide claims whose codes did not come in time."""
        count = MOST_PER_ROUND
        while count == MOST_PER_ROUND:
            async with self.database.transaction(label="claims.coding-overdue") as tx:
                ledger = PostgresLedger(tx, self.platform_key)
                count = await self.deciding.coding_overdue(ledger, now=self.clock.now())

    async def unmoved(self) -> None:
        """Announce claims again that have not moved for a while."""
        count = MOST_PER_ROUND
        while count == MOST_PER_ROUND:
            async with self.database.transaction(label="claims.unmoved") as tx:
                ledger = PostgresLedger(tx, self.platform_key)
                now = self.clock.now()
                unmoved = await self.deciding.announce_unmoved(ledger, unmoved_for=self.unmoved_after, now=now)
            count = unmoved.claims
            if unmoved.announced:
                self.measures.announced_again(unmoved.announced, "received")
                _log.warning("claims announced again", count=unmoved.announced)
            if unmoved.unreadable:
                _log.error("claims on their way whose receipts are read no longer", count=unmoved.unreadable)

    async def releases(self) -> None:
        """Go on with releases that a crash broke off, and forget uploads that never ended."""
        for row in await self.database.fetch(QUERIES["unfinished_submissions"], SETS_PER_ROUND):
            await self.release_set(row["submission_id"])
        before = self.clock.now() - ABANDONED_AFTER
        for row in await self.database.fetch(QUERIES["abandoned_submissions"], before, SETS_PER_ROUND):
            ending = Ending(submission_id=row["submission_id"], released=False, content_sha256="", receipts=0)
            async with self.database.transaction(label="claims.abandoned") as tx:
                await PostgresStaging(tx, self.platform_key).end(ending)

    async def release_set(self, submission_id: str) -> None:
        """Release a set to its end, one transaction per batch."""
        more = True
        while more:
            async with self.turns.patient_turn(), self.database.transaction(label="claims.release") as tx:
                ledger = PostgresStaging(tx, self.platform_key)
                more = await self.release.next_batch(ledger, self.traces, submission_id, now=self.clock.now())
