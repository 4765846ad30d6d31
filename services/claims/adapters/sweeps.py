"""What claims does every so often: overdue coding, unmoved claims, unposted decisions, releases."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc

from services.claims.adapters import messages
from services.claims.adapters.control_totals import CALL_TIMEOUT_S, SettlementSilent
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.adapters.postgres_reads import FeedPosition, position_of
from services.claims.adapters.postgres_staging import PostgresStaging
from services.claims.application.deciding import MOST_PER_ROUND, Deciding
from services.claims.application.model import Ending
from services.claims.application.ports import Traces
from services.claims.application.release import Release
from services.shared.chassis.clock import Clock
from services.shared.chassis.logs import get_logger
from services.shared.chassis.postgres import Database

DECISIONS_PER_ROUND: Final = 5_000
HOLD_CURSOR: Final = timedelta(hours=1)
"""A decision that settlement has not posted holds the sweep's cursor this long; then a person must look at it."""
ABANDONED_AFTER: Final = timedelta(hours=1)
SETS_PER_ROUND: Final = 20
CURSOR: Final = "claims.unposted"

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSweeps:
    """Sweeps over the claims' own tables."""

    database: Database
    clock: Clock
    deciding: Deciding
    release: Release
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
                count = await self.deciding.announce_unmoved(ledger, unmoved_for=self.unmoved_after, now=now)
            if count:
                self.measures.announced_again(count, "received")
                _log.warning("claims announced again", count=count)

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
            async with self.database.transaction(label="claims.release") as tx:
                ledger = PostgresStaging(tx, self.platform_key)
                more = await self.release.next_batch(ledger, self.traces, submission_id, now=self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSweeps:
    """Sweeps that compare decisions with what settlement has posted."""

    database: Database
    clock: Clock
    measures: ClaimMeasures
    channel: grpc.aio.Channel
    settled_after: timedelta

    async def unposted(self) -> None:
        """Announce decisions again that settlement does not know; the cursor waits before the first of them."""
        cursor = await self.database.fetch(QUERIES["read_cursor"], CURSOR)
        after = FeedPosition.parse(cursor[0]["position"]) if cursor else FeedPosition(0, 0)
        now = self.clock.now()
        rows = await self.database.fetch(
            QUERIES["decisions_after"], str(after.xid), after.seq, now - self.settled_after, DECISIONS_PER_ROUND
        )
        if not rows:
            return
        missing = await self._missing([row["decision_id"] for row in rows])
        lost = [row for row in rows if row["decision_id"] in missing]
        await self._announce(lost, _next_cursor(rows, lost, after, now - HOLD_CURSOR))

    async def _missing(self, decision_ids: list[str]) -> set[str]:
        stub = settlement_service_pb2_grpc.SettlementServiceStub(self.channel)
        try:
            answer = await stub.FindUnposted(
                settlement.FindUnpostedRequest(decision_ids=decision_ids), timeout=CALL_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as failed:
            raise SettlementSilent(failed.code().name) from failed
        return set(answer.decision_ids)

    async def _announce(self, lost: list[asyncpg.Record], cursor: FeedPosition) -> None:
        async with self.database.transaction(label="claims.unposted") as tx:
            tx.announce(
                [
                    messages.adjudicated(
                        row["claim_id"],
                        row["decision_id"],
                        traceparent=row["traceparent"],
                        content=row["content"],
                        at=row["decided_at"],
                    )
                    for row in lost
                ]
            )
            await tx.execute(QUERIES["save_cursor"], CURSOR, str(cursor))
        if lost:
            self.measures.announced_again(len(lost), "decided")
            _log.warning("decisions announced again", count=len(lost))


def _next_cursor(
    rows: list[asyncpg.Record], lost: list[asyncpg.Record], after: FeedPosition, held_since: datetime
) -> FeedPosition:
    holding = {row["decision_id"] for row in lost if row["decided_at"] > held_since}
    for row in rows:
        if row["decision_id"] in holding:
            return after
        after = position_of(row)
    return after
