"""What a payer may see of a claim beside its events: the receipt (レセプト), where it bears a part that holds."""

from dataclasses import dataclass

from services.claims.application.correcting import Asker, CorrectionLedger, seen
from services.shared.kernel.ids import ClaimId, DecisionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PayableReceipt:
    """A receipt as the hospital sent it, with the latest decision on its claim. Holds personal data."""

    claim_id: ClaimId
    decision_id: DecisionId
    hospital_code: str
    claim_month: str
    treatment_month: str
    receipt_kind: str
    receipt: bytes


def payer(payer_number: str) -> Asker:
    """The payer as whoever asks for a correction."""
    return Asker(subject=f"payer:{payer_number}", hospital_code=None, payer_number=payer_number)


async def receipt_behind(ledger: CorrectionLedger, claim_id: ClaimId, payer_number: str) -> PayableReceipt | None:
    """The receipt of a claim of which the payer bears a part by the latest decision; None where it bears none.

    A share that was taken back as a whole (取下げ, 過誤) is no payable: its receipt is not shown any more.
    """
    standing = await seen(ledger, claim_id, payer(payer_number))
    if standing is None or standing.decision_id is None:
        return None
    receipts = await ledger.read_receipts([claim_id])
    claim = standing.claim
    return PayableReceipt(
        claim_id=claim_id,
        decision_id=standing.decision_id,
        hospital_code=claim.hospital_code,
        claim_month=claim.claim_month,
        treatment_month=claim.treatment_month,
        receipt_kind=claim.receipt_kind,
        receipt=receipts[claim_id],
    )
