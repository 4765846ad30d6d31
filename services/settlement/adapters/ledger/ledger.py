"""The ledger in PostgreSQL. Every write is one call of a function that the owner role defined, with arrays."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.settlement.adapters.messages import read_share
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import NewDecision, Stream, Told
from services.settlement.domain.posting import Replacement, Settled, Share, Transfer, reversal_event_id, share_event_id
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.traceparent import trace_id_of
from services.shared.kernel.ids import ClaimId, DecisionId, EventId


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

    async def latest_among(self, claims: Sequence[ClaimId]) -> Mapping[ClaimId, Replacement]:
        """See Ledger."""
        rows = await self._tx.fetch(QUERIES["latest_among"], claims)
        return {
            ClaimId(row["claim_id"]): Replacement(
                decision_id=DecisionId(row["decision_id"]),
                number=row["number"],
                cause=row["cause"],
                cause_event_id=EventId(row["cause_event_id"]),
            )
            for row in rows
        }

    async def standing(self, decisions: Sequence[DecisionId]) -> Sequence[Share]:
        """See Ledger. What was announced says what a reversal needs; the ids of both derive."""
        parts = await self._tx.fetch(QUERIES["parts_of"], decisions)
        shares = [share_event_id(DecisionId(row["decision_id"]), row["payer_number"]) for row in parts]
        reversals = [reversal_event_id(each) for each in shares]
        rows = await self._tx.fetch(QUERIES["announced_among"], [*shares, *reversals])
        values = {row["event_id"]: row["value"] for row in rows}
        return [
            read_share(values[share])
            for share, reversal in zip(shares, reversals, strict=True)
            if reversal not in values
        ]

    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        """See Ledger."""
        owed = [each.decision.parts if each.decision.is_paying else () for each in decisions]
        await self._tx.fetchval(
            QUERIES["record_settled"],
            [each.decision.decision_id for each in decisions],
            [each.decision.claim_id for each in decisions],
            [each.decision.claim_month for each in decisions],
            [each.content_sha256 for each in decisions],
            [len(parts) for parts in owed],
            [part.payer_number for parts in owed for part in parts],
            [part.points for parts in owed for part in parts],
            [part.share_yen for parts in owed for part in parts],
            [each.decision.patient_yen for each in decisions],
            [each.decision.reduced_yen for each in decisions],
            posted_at,
        )
        later = [each.decision for each in decisions if each.decision.number > 1]
        if later:
            await self._tx.fetchval(
                QUERIES["record_later_decisions"],
                [each.claim_id for each in later],
                [each.number for each in later],
                [each.decision_id for each in later],
                [each.cause for each in later],
                [each.cause_event_id for each in later],
                posted_at,
            )

    async def post(self, settled: Sequence[Settled], posted_at: datetime) -> None:
        """See Ledger."""
        await post_transfers(self._tx, [each.transfer for each in settled if each.transfer is not None], posted_at)

    async def announce(self, told: Sequence[Told], posted_at: datetime) -> None:
        """See Ledger."""
        if not told:
            return
        settled = [each.settled for each in told]
        await self._tx.fetchval(
            QUERIES["announce_events"],
            [each.share.part.payer_number for each in settled],
            [each.sequence for each in settled],
            [each.event_id for each in settled],
            [each.share.claim_id for each in settled],
            [each.share.decision_id for each in settled],
            [each.value for each in told],
            [each.traceparent for each in settled],
            [each.sign * each.share.part.points for each in settled],
            [each.sign * each.share.part.share_yen for each in settled],
            [each.share.claim_month for each in settled],
            [each.share.event_id if each.replaced_by is not None else None for each in settled],
            posted_at,
        )


async def post_transfers(tx: Transaction, transfers: Sequence[Transfer], posted_at: datetime) -> None:
    """Post transfers of claims as one batch; what stands with the same content is left."""
    if not transfers:
        return
    await tx.fetchval(
        QUERIES["post_transfers"],
        [each.transfer_id for each in transfers],
        [each.movement.from_account for each in transfers],
        [each.movement.to_account for each in transfers],
        [each.movement.amount_yen for each in transfers],
        [each.claim_id for each in transfers],
        [each.decision_id for each in transfers],
        [each.cause_event_id for each in transfers],
        [trace_id_of(each.traceparent) for each in transfers],
        [each.payload_sha256 for each in transfers],
        [each.claim_month for each in transfers],
        [each.payer_number for each in transfers],
        [each.points for each in transfers],
        [each.reverses for each in transfers],
        posted_at,
    )
