"""Receipts in flight, remembered so that adjudication needs no second reading. Bounded; a miss reads again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from services.claims.application.model import Member, Remembered
from services.claims.application.ports import DecisionLedger
from services.claims.domain.adjudication import adjudication_facts
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.treatment_of import month_of, treatment_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret, canonical_member

MOST_REMEMBERED: Final = 20_000
"""Claims in flight, about 10 kB each: ten seconds at 2,000 claims/s. A claim is forgotten once it is decided."""


class UnreadableReceipt(Exception):
    """A receipt that was accepted cannot be read any more: the rules and the ledger contradict each other."""


def members_of(facts: ReceiptFacts) -> tuple[Member, ...]:
    """The receipt's payers in its order, each with its member's canonical text."""
    return tuple(
        Member(
            payer_number=payer.number,
            kind=payer.kind,
            canonical=canonical_member(payer.number, payer.symbol, payer.member_number),
        )
        for payer in facts.payers
    )


def member_keys_of(members: Sequence[Member], secrets: Mapping[str, MemberSecret]) -> dict[str, str]:
    """Each payer's own key of its member, by payer number; nothing for payers that are not enrolled."""
    return {
        member.payer_number: secrets[member.payer_number].key(member.canonical)
        for member in members
        if member.payer_number in secrets
    }


def reread(receipt: bytes) -> ReceiptFacts:
    """The facts of a receipt that was accepted before; raises UnreadableReceipt."""
    facts = assess(receipt, profile=Profile.LENIENT).facts
    if facts is None:
        raise UnreadableReceipt
    return facts


class RecentReceipts:
    """The least recently remembered goes first. One per process, used by one event loop."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._known: OrderedDict[ClaimId, Remembered] = OrderedDict()
        self.decided = 0
        """Claims that this process has decided."""

    @property
    def undecided(self) -> int:
        """Claims remembered: those on their way that this process took in, and some that others have decided since."""
        return len(self._known)

    def remember(
        self, claim_id: ClaimId, facts: ReceiptFacts, *, hospital_code: str = "", claim_month: str = ""
    ) -> Remembered:
        """Keep what adjudication needs of a receipt; hospital and claim month where they are at hand."""
        month = month_of(claim_month) if claim_month else None
        kept = Remembered(
            facts=adjudication_facts(facts),
            treatment=treatment_of(facts, hospital_code=hospital_code, claim_month=month),
            members=members_of(facts),
        )
        self._known[claim_id] = kept
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return kept

    async def recall(self, ledger: DecisionLedger, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, Remembered]:
        """What adjudication needs of these claims; those not remembered are read again, in one statement.

        Left out are those whose receipts are read no longer: rules of form may have become stricter on the way.
        """
        known = self._known
        recalled = {each: known[each] for each in claim_ids if each in known}
        missing = [each for each in claim_ids if each not in recalled]
        if missing:
            for claim_id, receipt in (await ledger.read_receipts(missing)).items():
                with suppress(UnreadableReceipt):
                    recalled[claim_id] = self.remember(claim_id, reread(receipt))
        return recalled

    def forget(self, claim_ids: Sequence[ClaimId]) -> None:
        """These are decided."""
        self.decided += len(claim_ids)
        for claim_id in claim_ids:
            self._known.pop(claim_id, None)
