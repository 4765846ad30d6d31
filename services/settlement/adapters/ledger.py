"""The ledger in PostgreSQL. Every write is one call of a function that the owner role defined, with arrays."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import NewDecision, Stream, Told
from services.settlement.domain.posting import Settled
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.traceparent import trace_id_of
from services.shared.kernel.ids import DecisionId


class PostgresLedger:
    """The Ledger of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        """Works in `tx` only."""
        self._tx = tx

    async def posted_among(self, decisions: Sequence[DecisionId]) -> Mapping[str, bytes]:
        """See Ledger."""
        rows = await self._tx.fetch(QUERIES["posted_among"], decisions)
        return {row["decision_id"]: row["content_sha256"] for row in rows}

    async def lock_streams(self, payers: Sequence[str]) -> Mapping[str, Stream]:
        """See Ledger."""
        if not payers:
            return {}
        rows = await self._tx.fetch(QUERIES["lock_payer_streams"], payers)
        return {
            row["payer_number"]: Stream(next_sequence=row["next_sequence"], is_enrolled=row["enrolled"]) for row in rows
        }

    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        """See Ledger."""
        owed = [each.decision.parts if each.decision.is_paying else () for each in decisions]
        await self._tx.fetchval(
            QUERIES["record_decisions"],
            [each.decision.decision_id for each in decisions],
            [each.decision.claim_id for each in decisions],
            [each.decision.claim_month for each in decisions],
            [each.content_sha256 for each in decisions],
            [len(parts) for parts in owed],
            [part.payer_number for parts in owed for part in parts],
            [part.points for parts in owed for part in parts],
            [part.share_yen for parts in owed for part in parts],
            posted_at,
        )

    async def post(self, settled: Sequence[Settled], posted_at: datetime) -> None:
        """See Ledger."""
        transfers = [each.transfer for each in settled if each.transfer is not None]
        if not transfers:
            return
        await self._tx.fetchval(
            QUERIES["post_transfers"],
            [each.transfer_id for each in transfers],
            [each.movement.from_account for each in transfers],
            [each.movement.to_account for each in transfers],
            [each.movement.amount_yen for each in transfers],
            [each.decision.claim_id for each in transfers],
            [each.decision.decision_id for each in transfers],
            [each.decision.cause_event_id for each in transfers],
            [trace_id_of(each.decision.traceparent) for each in transfers],
            [each.payload_sha256 for each in transfers],
            [each.decision.claim_month for each in transfers],
            [each.part.payer_number for each in transfers],
            [each.part.points for each in transfers],
            posted_at,
        )

    async def announce(self, told: Sequence[Told], posted_at: datetime) -> None:
        """See Ledger."""
        if not told:
            return
        settled = [each.settled for each in told]
        await self._tx.fetchval(
            QUERIES["announce_events"],
            [each.part.payer_number for each in settled],
            [each.sequence for each in settled],
            [each.event_id for each in settled],
            [each.decision.claim_id for each in settled],
            [each.decision.decision_id for each in settled],
            [each.value for each in told],
            [each.decision.traceparent for each in settled],
            [each.part.points for each in settled],
            [each.part.share_yen for each in settled],
            [each.decision.claim_month for each in settled],
            posted_at,
        )
