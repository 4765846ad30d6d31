"""Determine a batch of received claims: load, decide, save, announce."""

from collections.abc import Sequence
from datetime import datetime

from services.eligibility.application.ports import AskedClaim, Coverage, Determination, Determinations, Lookup
from services.eligibility.domain.coverage import CoveragePeriod, span_of_month
from services.eligibility.domain.determination import determine_cover


async def determine(
    claims: Sequence[AskedClaim], coverage: Coverage, log: Determinations, now: datetime
) -> list[Determination]:
    """Answer each claim from what is known now; a cause answered before is given its first answer again.

    Returns the answers announced, one per distinct cause, in the order of the claims.
    """
    asked = list({claim.cause_event_id: claim for claim in claims}.values())
    known = await coverage.periods([Lookup(payer.member_key) for claim in asked for payer in claim.payers])
    decided = decide(asked, known, now)
    first = await log.keep(decided)
    answers = [first.get(each.cause_event_id, each) for each in decided] if first else decided
    for claim, answer in zip(asked, answers, strict=True):
        log.announce(answer, claim.traceparent)
    return answers


def decide(
    claims: Sequence[AskedClaim], known: Sequence[Sequence[CoveragePeriod]], now: datetime
) -> list[Determination]:
    """One determination per claim; `known` holds the periods per payer, claim after claim."""
    periods = iter(known)
    return [
        Determination(
            claim_id=claim.claim_id,
            cause_event_id=claim.cause_event_id,
            treatment_month=claim.treatment_month,
            covers=tuple(
                determine_cover(payer.question, next(periods), span_of_month(claim.treatment_month))
                for payer in claim.payers
            ),
            determined_at=now,
        )
        for claim in claims
    ]
