"""Why a person decided: a code of a closed set, and words of the person's own that must not name the patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.domain.correction import Refusal
from services.claims.domain.screen import person_in_text
from services.shared.kernel.ids import ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """`reason` is a code of the contract or 増減点事由 of a cut, `note` free text; each may be empty.

    The note stays in the claims database: it is for the hospital and for operators, and stands in no event, log or
    span.
    """

    reason: str = ""
    note: str = ""


NOT_SAID: Final = Why()


class Receipts(Protocol):
    """Where a claim's receipt is read."""

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        """The receipts of claims."""
        ...


async def note_refusal(receipts: Receipts, claim_id: ClaimId, why: Why) -> Refusal | None:
    """Why the words cannot be kept: they may name the patient, by the screen that holds back diagnoses in free text.

    None where there are no words.
    """
    if not why.note:
        return None
    try:
        facts = reread((await receipts.read_receipts([claim_id]))[claim_id])
    except UnreadableReceipt:
        return Refusal.NOTE_UNSCREENED
    return Refusal.NOTE_NAMES_PATIENT if person_in_text(why.note, facts) else None
