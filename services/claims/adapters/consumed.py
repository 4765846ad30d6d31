"""What claims does with the events it consumes: one call of a use case per batch, in the consumer's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.application.deciding import Deciding
from services.claims.application.late_codes import TakingCodes
from services.claims.application.model import Coded, Determined
from services.shared.chassis.clock import Clock
from services.shared.chassis.messages import DeadLetterReason, PoisonEvent, Received
from services.shared.chassis.postgres import Transaction

ELIGIBILITY_TOPIC: Final = "eligibility.determined"
CODING_TOPIC: Final = "coding.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvents:
    """Handlers of two consumers."""

    deciding: Deciding
    clock: Clock
    platform_key: bytes

    async def determined(self, events: Sequence[Received[Determined]], tx: Transaction) -> None:
        """eligibility.determined; an event about a claim that nobody submitted is poison."""
        bodies = [each.body for each in events]
        ledger = PostgresLedger(tx, self.platform_key)
        unknown = await self.deciding.eligibility_determined(ledger, bodies, now=self.clock.now())
        if unknown:
            raise PoisonEvent(DeadLetterReason.CONTRADICTORY)

    async def coded(self, events: Sequence[Received[Coded]], tx: Transaction) -> None:
        """coding.completed; an event about a claim that nobody submitted is poison."""
        bodies = [each.body for each in events]
        ledger = PostgresReadjudication(tx, self.platform_key)
        taking = TakingCodes(deciding=self.deciding)
        unknown = await taking.coding_completed(ledger, bodies, now=self.clock.now())
        if unknown:
            raise PoisonEvent(DeadLetterReason.CONTRADICTORY)
