"""A submission set whose totals agree becomes claims, batch by batch; a broken release goes on where it stopped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.claims.application.intake import Assessed, Intake
from services.claims.application.model import Sender, SetStage, Staged
from services.claims.application.ports import IntakeLedger, StagingLedger, Traces
from services.claims.application.recent import reread

RECEIPTS_PER_BATCH: Final = 500


class ReleaseLedger(IntakeLedger, StagingLedger, Protocol):
    """A release reads staged receipts and writes claims, in one transaction per batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Makes claims of staged receipts."""

    intake: Intake

    async def next_batch(self, ledger: ReleaseLedger, traces: Traces, submission_id: str, *, now: datetime) -> bool:
        """Release the next batch; False when there is nothing left. Safe to call from several processes at once."""
        submission = await ledger.lock(submission_id)
        if submission is None or submission.stage is not SetStage.RELEASING:
            return False
        staged = await ledger.next_staged(submission_id, RECEIPTS_PER_BATCH)
        sender = Sender(
            hospital_code=submission.hospital_code, origin=submission.origin, submission_id=submission.submission_id
        )
        await self.intake.accept(ledger, traces, sender, [_assessed(each) for each in staged], now=now)
        await ledger.forget(submission_id, [each.submitted.place for each in staged])
        if len(staged) < RECEIPTS_PER_BATCH:
            await ledger.finish(submission_id)
        return len(staged) == RECEIPTS_PER_BATCH


def _assessed(staged: Staged) -> Assessed:
    facts = reread(staged.submitted.receipt)
    return Assessed(
        submitted=staged.submitted, facts=facts, findings=staged.findings, receipt_number=facts.receipt_number
    )
