"""過誤: one side reports that a claim should not have been paid, the other answers, and the claim goes back as a whole.

A report moves nothing: payer and hospital must agree. An operator may record what both agreed on elsewhere, and then
says under which reference they keep it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.claims.application.correcting import (
    Asker,
    Corrected,
    CorrectionKind,
    CorrectionLedger,
    RaiseTraces,
    Redecision,
    Standing,
    decided_by,
    seen,
    step_of,
)
from services.claims.domain.correction import (
    Cause,
    Refusal,
    Side,
    agreement_refusal,
    reference_refusal,
    report_refusal,
    returned,
)
from services.claims.domain.outcome import ReasonCode
from services.shared.kernel.ids import ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An error as it is reported: a code of the contract and, from an operator, the reference of the agreement."""

    reason: str
    reference: str = ""


def side_of(asker: Asker) -> Side | None:
    """The side that asks; None for an operator, who is of neither."""
    if asker.hospital_code is not None:
        return Side.HOSPITAL
    return Side.PAYER if asker.payer_number is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedErrors:
    """None for a claim that does not exist for the asker; a Refusal where it does not allow what is asked."""

    traces: RaiseTraces

    async def report(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, reported: Reported, *, now: datetime
    ) -> Corrected | Refusal | None:
        """By a side: it waits for the other. By an operator: both agreed, and the claim goes back."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None:
            return None
        side = side_of(asker)
        refusal = report_refusal(standing.state, standing.error) or reference_refusal(side, reported.reference)
        if refusal is not None:
            return refusal
        await ledger.record(step_of(standing, CorrectionKind.ERROR_REPORTED, asker, reported.reason), now)
        if side is None:
            counted = replace(standing, corrections=standing.corrections + 1)
            return await self._agreed(ledger, counted, asker, reported.reference, now=now)
        await ledger.open_error(claim_id, side, reported.reason, now)
        return Corrected(claim_id=claim_id, state=standing.state)

    async def agree(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, reference: str, *, now: datetime
    ) -> Corrected | Refusal | None:
        """The other side agrees, or an operator says that it did: the whole claim goes back to the hospital."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None:
            return None
        refusal = agreement_refusal(standing.state, standing.error, side_of(asker), reference)
        return refusal or await self._agreed(ledger, standing, asker, reference, now=now)

    async def decline(
        self, ledger: CorrectionLedger, claim_id: ClaimId, asker: Asker, *, now: datetime
    ) -> Corrected | Refusal | None:
        """The other side does not agree, or who reported takes it back: the claim stays as it was decided."""
        standing = await seen(ledger, claim_id, asker)
        if standing is None or standing.error is None:
            return None if standing is None else Refusal.NO_ERROR_REPORTED
        await ledger.close_error(claim_id)
        await ledger.record(step_of(standing, CorrectionKind.ERROR_DECLINED, asker), now)
        return Corrected(claim_id=claim_id, state=standing.state)

    async def _agreed(
        self, ledger: CorrectionLedger, standing: Standing, asker: Asker, reference: str, *, now: datetime
    ) -> Corrected:
        step = replace(step_of(standing, CorrectionKind.ERROR_AGREED, asker), reference=reference)
        decision = returned(ReasonCode.ERROR_REPORTED)
        redecision = Redecision(standing=standing, decision=decision, cause=Cause.ERROR_REPORTED)
        return await decided_by(step, redecision, ledger, traces=self.traces, now=now)
