"""The consumer of `claims.adjudicated`: posts each batch in its transaction, hands its events over after the commit."""

import time
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.messages import ADJUDICATED_TOPIC, parse_adjudicated, stream_item, write_settled
from services.settlement.application.post_decisions import ContradictoryDecision, Told, post_decisions
from services.settlement.domain.decision import Decision
from services.settlement.domain.posting import Transfer
from services.shared.chassis.clock import Clock
from services.shared.chassis.consumer import Batch, BatchConsumer, ConsumerObserver
from services.shared.chassis.cursor_relay import CursorRelay, StreamItem
from services.shared.chassis.kafka import KafkaAccess
from services.shared.chassis.messages import DeadLetterReason, PoisonEvent, Received
from services.shared.chassis.metrics import Count
from services.shared.chassis.postgres import ConstraintViolated, Database, Transaction
from services.shared.chassis.spans import Attributes, current_traceparent
from services.shared.chassis.telemetry import Telemetry

GROUP: Final = "settlement.claims-adjudicated"
STAGE: Final = "settlement post"
SHARE: Final = "share"
"""The kind of transfer that a decision causes: a payer's share."""
REVERSAL: Final = "reversal"
"""The kind of transfer by which a later decision takes a share back."""
OTHER_CONTENT: Final = "transfer_same_content"


class Posting:
    """Handles batches; keeps what the last one told until somebody takes it."""

    def __init__(self, telemetry: Telemetry, clock: Clock) -> None:
        """One per consumer, which applies one batch at a time."""
        self._telemetry = telemetry
        self._clock = clock
        self._told: list[Told] = []

    async def handle(self, received: Sequence[Received[Decision]], tx: Transaction) -> None:
        """Post the batch.

        Raises:
            PoisonEvent: CONTRADICTORY for a decision that stands posted with other content.
        """
        began_ns = time.time_ns()
        decisions = [each.body for each in received]
        try:
            told = await post_decisions(decisions, PostgresLedger(tx), write_event=write_settled, now=self._clock.now())
        except ContradictoryDecision as contradiction:
            raise PoisonEvent(DeadLetterReason.CONTRADICTORY) from contradiction
        except ConstraintViolated as violated:
            if violated.constraint == OTHER_CONTENT:
                raise PoisonEvent(DeadLetterReason.CONTRADICTORY) from violated
            raise
        self._told.extend(told)
        tx.once_committed(lambda: self._tell(decisions, told, began_ns))

    def forget(self) -> None:
        """A transaction begins: what an earlier one told and rolled back was never said."""
        self._told = []

    def take(self) -> list[StreamItem]:
        """What the committed transaction told payers that have a topic."""
        told, self._told = self._told, []
        return [_item(each) for each in told if each.is_enrolled]

    def _tell(self, decisions: Sequence[Decision], told: Sequence[Told], began_ns: int) -> None:
        """Count what was posted, and write the stage spans."""
        posted = [each.settled.transfer for each in told if each.settled.transfer is not None]
        self._count(SHARE, [each for each in posted if each.reverses is None])
        self._count(REVERSAL, [each for each in posted if each.reverses is not None])
        batch = current_traceparent()

        def attributes_of(index: int) -> Attributes:
            decision = decisions[index]
            return {"seikyu.claim_id": decision.claim_id, "seikyu.parts": len(decision.parts)}

        self._telemetry.claims.stages(
            STAGE,
            [decision.traceparent for decision in decisions],
            start_ns=began_ns,
            attributes_of=attributes_of,
            links=[batch] if batch is not None else [],
        )

    def _count(self, kind: str, posted: Sequence[Transfer]) -> None:
        if posted:
            yen = sum(transfer.movement.amount_yen for transfer in posted)
            self._telemetry.metrics.add(Count.POSTED, len(posted), kind=kind)
            self._telemetry.metrics.add(Count.POSTED_YEN, yen, kind=kind)


class SettlingConsumer(BatchConsumer[Decision]):
    """A BatchConsumer that hands the committed events of its batch to the cursor relay."""

    def __init__(
        self,
        *,
        access: KafkaAccess,
        database: Database,
        posting: Posting,
        relay: CursorRelay,
        observer: ConsumerObserver,
        clock: Clock,
    ) -> None:
        """`posting` is this consumer's own."""
        super().__init__(
            access=access,
            database=database,
            group=GROUP,
            topics=[ADJUDICATED_TOPIC],
            parse=parse_adjudicated,
            handle=posting.handle,
            observer=observer,
            clock=clock,
        )
        self._posting = posting
        self._cursor_relay = relay

    @override
    async def apply(self, batch: Batch) -> None:
        """As in BatchConsumer, then the hand-over; after a crash in between the relay reads its source."""
        self._posting.forget()
        await super().apply(batch)
        self._cursor_relay.hand_over(self._posting.take())


def _item(told: Told) -> StreamItem:
    settled = told.settled
    return stream_item(
        payer=settled.share.part.payer_number,
        sequence=settled.sequence,
        event_id=settled.event_id,
        subject=settled.share.claim_id,
        value=told.value,
        traceparent=settled.traceparent,
        time=told.posted_at,
    )
