"""A month adjudicated again in the form of the contract, and batches back from it: a repeated call tells its first."""

from collections.abc import Mapping
from typing import Final

from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import readjudication_service_pb2 as wire

from services.claims.adapters.messages import OUTCOMES
from services.claims.domain.outputs.wording import in_japanese
from services.claims.domain.readjudication import Batch, Change, Difference, Ground, Share, Skip, Summary, Terms
from services.shared.kernel.ids import ClaimId

_OUTCOMES_OF_WIRE: Final = {number: outcome for outcome, number in OUTCOMES.items()}
_SKIPS: Final = {skip: wire.ReadjudicationSkip.Value(f"READJUDICATION_SKIP_{skip.name}") for skip in Skip}
_SKIPS_OF_WIRE: Final = {number: skip for skip, number in _SKIPS.items()}


def batch_message(batch: Batch) -> wire.ReadjudicatedBatch:
    """A batch of claims; the same batch gives the same message."""
    return wire.ReadjudicatedBatch(
        last_claim_id=batch.last or "",
        unchanged=batch.unchanged,
        skipped=_skipped(batch.skipped),
        differences=[
            wire.ReadjudicatedClaim(claim_id=each.claim_id, before=_terms(each.before), after=_terms(each.after))
            for each in batch.differences
        ],
    )


def batch_of(message: wire.ReadjudicatedBatch) -> Batch:
    """The batch that `batch_message` wrote."""
    return Batch(
        last=ClaimId(message.last_claim_id) if message.last_claim_id else None,
        unchanged=message.unchanged,
        skipped={_SKIPS_OF_WIRE[each.skip]: each.claims for each in message.skipped},
        differences=tuple(
            Difference(claim_id=ClaimId(each.claim_id), before=_terms_of(each.before), after=_terms_of(each.after))
            for each in message.differences
        ),
    )


def summary_message(summary: Summary) -> wire.ReadjudicationSummary:
    """The sums, in orders of their own."""
    outcomes = sorted((OUTCOMES[before], OUTCOMES[after], n) for (before, after), n in summary.outcomes.items())
    return wire.ReadjudicationSummary(
        claims=summary.claims,
        unchanged=summary.unchanged,
        changed=summary.changed,
        skipped=_skipped(summary.skipped),
        outcomes=[wire.ReadjudicatedOutcomes(before=before, after=after, claims=n) for before, after, n in outcomes],
        billed_points=_amount(summary.billed_points),
        reduced_points=_amount(summary.reduced_points),
        patient_yen=_amount(summary.patient_yen),
        payers=[
            wire.ReadjudicatedPayer(payer_number=number, yen=_amount(change))
            for number, change in sorted(summary.payers.items())
        ],
    )


def _skipped(skipped: Mapping[Skip, int]) -> list[wire.ReadjudicationSkipped]:
    return [wire.ReadjudicationSkipped(skip=_SKIPS[skip], claims=skipped[skip]) for skip in Skip if skipped.get(skip)]


def _amount(change: Change) -> wire.ReadjudicatedAmount:
    return wire.ReadjudicatedAmount(before=change.before, after=change.after)


def _terms(terms: Terms) -> wire.ReadjudicatedTerms:
    return wire.ReadjudicatedTerms(
        outcome=OUTCOMES[terms.outcome],
        billed_points=terms.billed_points,
        reduced_points=terms.reduced_points,
        patient_yen=terms.patient_yen,
        shares=[
            wire.ReadjudicatedShare(payer_number=number, points=points, yen=yen) for number, points, yen in terms.shares
        ],
        reasons=[
            claim_pb2.Reason(
                code=each.code,
                official_code=each.official_code,
                message=each.message,
                payer_number=each.payer_number,
                message_ja=in_japanese(each.code),
            )
            for each in terms.grounds
        ],
    )


def _terms_of(message: wire.ReadjudicatedTerms) -> Terms:
    return Terms(
        outcome=_OUTCOMES_OF_WIRE[message.outcome],
        billed_points=message.billed_points,
        reduced_points=message.reduced_points,
        patient_yen=message.patient_yen,
        shares=tuple(Share(each.payer_number, each.points, each.yen) for each in message.shares),
        grounds=tuple(
            Ground(each.code, each.official_code, each.payer_number, each.message) for each in message.reasons
        ),
    )
