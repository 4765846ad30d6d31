"""A batch of claims.received: the use case in the consumer's transaction, then the claims' stage spans."""

import time
from collections.abc import Sequence

from services.eligibility.adapters.determinations import PostgresDeterminations
from services.eligibility.adapters.store import PostgresCoverage
from services.eligibility.application.determine import determine
from services.eligibility.application.ports import AskedClaim, Determination
from services.shared.chassis.clock import Clock
from services.shared.chassis.messages import Received
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.spans import current_traceparent
from services.shared.chassis.telemetry import Telemetry

STAGE = "eligibility determine"


class ClaimsReceived:
    """The handler of the group eligibility.claims-received."""

    def __init__(self, telemetry: Telemetry, clock: Clock) -> None:
        """`clock` says when a determination is made."""
        self._telemetry = telemetry
        self._clock = clock

    async def __call__(self, received: Sequence[Received[AskedClaim]], tx: Transaction) -> None:
        """Determine the batch and announce the answers."""
        start_ns = time.time_ns()
        claims = [each.body for each in received]
        answers = await determine(claims, PostgresCoverage(tx), PostgresDeterminations(tx), self._clock.now())
        tx.once_committed(lambda: self._write_stages(claims, answers, start_ns))

    def _write_stages(self, claims: Sequence[AskedClaim], answers: Sequence[Determination], start_ns: int) -> None:
        reasons = {answer.cause_event_id: answer.covers for answer in answers}
        batch = current_traceparent()
        self._telemetry.claims.stages(
            STAGE,
            [claim.traceparent for claim in claims],
            start_ns=start_ns,
            links=[batch] if batch is not None else [],
            attributes_of=lambda index: {
                "seikyu.claim_id": claims[index].claim_id,
                "seikyu.cover_reasons": ",".join(
                    cover.reason.name.lower() for cover in reasons[claims[index].cause_event_id]
                ),
            },
        )
