"""People teach the coder spellings: propose, approve, withdraw. Each use case is one transaction.

The second approval tries the synonym on what people decided, in the same transaction: it counts from then on, or it
failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.coding.domain.master import DiseaseMaster
from services.coding.domain.rulings import Objection, objections_to_words
from services.coding.domain.synonyms import (
    SPELLING_FIELD,
    WHY_FIELD,
    Judged,
    Synonym,
    SynonymRefusal,
    SynonymState,
    in_force,
    proposed,
    refusal_to_approve,
    refusal_to_withdraw,
    tried,
)
from services.shared.kernel.ids import synonym_id
from services.shared.kernel.months import BUSINESS_ZONE, Month


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSynonym:
    """A synonym as it is kept. `source_item`: the item of the review queue that it was learned from, or empty."""

    synonym_id: str
    synonym: Synonym
    proposed_at: datetime
    source_item: str = ""


class Synonyms(Protocol):
    """Where synonyms are kept, within one transaction."""

    async def lock(self, spelling: str) -> Sequence[KeptSynonym]:
        """All of this spelling, the oldest first; nobody else changes them before the transaction is over."""
        ...

    async def find(self, synonym_id: str) -> KeptSynonym | None:
        """One of them, not locked."""
        ...

    async def counting(self) -> Sequence[KeptSynonym]:
        """Those in force, by spelling."""
        ...

    async def decided(self, spelling: str) -> Sequence[Judged]:
        """What people decided last of each item whose spelling holds this one, at most some thousands."""
        ...

    async def propose(self, kept: KeptSynonym) -> None:
        """Keep a new proposal."""
        ...

    async def approve(self, kept: KeptSynonym, approver: str, *, now: datetime) -> None:
        """Keep an approval, and the trial where there was one."""
        ...

    async def withdraw(self, kept: KeptSynonym, why: str, *, now: datetime) -> None:
        """Keep a withdrawal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants the coder to learn, and from which item of the queue."""

    spelling: str
    disease_code: str
    why: str
    source_item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSynonyms:
    """The use cases with the master that proposals are held against, without the synonyms in force."""

    master: DiseaseMaster

    async def propose(
        self, synonyms: Synonyms, proposal: Proposal, proposer: str, *, now: datetime
    ) -> KeptSynonym | tuple[Objection, ...]:
        """A new proposal; refused where the spelling is proposed or in force already."""
        checked = proposed(
            proposal.spelling,
            proposal.disease_code,
            proposal.why,
            proposer=proposer,
            master=self.master,
            month=_month(now),
        )
        if not isinstance(checked, Synonym):
            return checked
        earlier = await synonyms.lock(checked.spelling)
        if any(each.synonym.state in (SynonymState.PROPOSED, SynonymState.IN_FORCE) for each in earlier):
            said = "is proposed or in force already"
            return (Objection(field=SPELLING_FIELD, rule="exists", description=said),)
        number = 1 + sum(each.synonym.disease_code == checked.disease_code for each in earlier)
        kept = KeptSynonym(
            synonym_id=synonym_id(checked.spelling, checked.disease_code, number),
            synonym=replace(checked, number=number),
            proposed_at=now,
            source_item=proposal.source_item,
        )
        await synonyms.propose(kept)
        return kept

    async def approve(
        self, synonyms: Synonyms, wanted: str, approver: str, *, now: datetime
    ) -> KeptSynonym | SynonymRefusal | None:
        """One more approval; the last one that is needed tries the synonym. None: there is no such synonym."""
        kept = await self._locked(synonyms, wanted)
        if kept is None:
            return None
        refusal = refusal_to_approve(kept.synonym, approver)
        if refusal is not None:
            return refusal
        approved = replace(kept.synonym, approvers=(*kept.synonym.approvers, approver))
        if approved.is_ready_for_trial:
            decided = await synonyms.decided(approved.spelling)
            learned = self.master.with_synonyms(await self.learned(synonyms))
            approved = replace(approved, trial=tried(approved, decided, learned, _month(now)))
        after = replace(kept, synonym=approved)
        await synonyms.approve(after, approver, now=now)
        return after

    async def withdraw(
        self, synonyms: Synonyms, wanted: str, by: str, why: str, *, now: datetime
    ) -> KeptSynonym | SynonymRefusal | tuple[Objection, ...] | None:
        """It counts no more. None: there is no such synonym."""
        objections = objections_to_words(WHY_FIELD, why)
        if objections:
            return objections
        kept = await self._locked(synonyms, wanted)
        if kept is None:
            return None
        refusal = refusal_to_withdraw(kept.synonym)
        if refusal is not None:
            return refusal
        after = replace(kept, synonym=replace(kept.synonym, withdrawn_by=by))
        await synonyms.withdraw(after, why, now=now)
        return after

    async def learned(self, synonyms: Synonyms) -> Mapping[str, str]:
        """Spelling to code of all that are in force."""
        return in_force([each.synonym for each in await synonyms.counting()])

    async def _locked(self, synonyms: Synonyms, wanted: str) -> KeptSynonym | None:
        found = await synonyms.find(wanted)
        if found is None:
            return None
        of_spelling = await synonyms.lock(found.synonym.spelling)
        return next(each for each in of_spelling if each.synonym_id == wanted)


def _month(now: datetime) -> Month:
    return Month.of(now.astimezone(BUSINESS_ZONE).date())
