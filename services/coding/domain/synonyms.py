"""Spellings that people teach the coder: proposed by one, approved by two others, tried before they count. Pure.

A synonym becomes an exact name of its disease, so a wrong one codes without a person. Therefore nobody approves what he
proposed, a name of the master is never given to another disease, and what people decided before must not come out
otherwise. Whatever counts can be withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.coding.domain.coding import AUTOMATIC, code_of
from services.coding.domain.gate import Gate, gate_of
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.normalise import normalised
from services.coding.domain.rulings import Objection, objections_to_words
from services.shared.kernel.months import Month

APPROVALS: Final = 2
LEAST_CHARACTERS: Final = 2
MOST_CHARACTERS: Final = 64
LEAST_SUPPORT: Final = 1
"""Decisions of people on this very spelling that gave the synonym's ICD-10 code."""
SPELLING_FIELD: Final = "spelling"
CODE_FIELD: Final = "disease_code"
WHY_FIELD: Final = "why"


class SynonymState(Enum):
    """Where a synonym stands (同義語の状態)."""

    PROPOSED = "proposed"
    """It waits for approvals."""
    FAILED = "failed"
    """It was approved, and its trial speaks against it."""
    IN_FORCE = "in-force"
    """The coder takes it for a name."""
    WITHDRAWN = "withdrawn"
    """It counted or waited once, and does so no more."""


class SynonymRefusal(Enum):
    """Why a step may not be taken, in order of precedence."""

    NOT_PROPOSED = "not-proposed"
    """Only what waits for approvals can be approved."""
    OWN_PROPOSAL = "own-proposal"
    """Nobody approves what he proposed."""
    APPROVED_ALREADY = "approved-already"
    """The second approval is another person's."""
    WITHDRAWN_ALREADY = "withdrawn-already"
    """It counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A spelling that people decided, and the ICD-10 code that it got; empty: they found that it is not to be coded."""

    spelling: str
    icd10: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the synonym changes of what people decided.

    `asked`: decided spellings that hold it; `support`: those that are it and got its ICD-10 code; `better`, `worse`:
    those that would be coded without a person where they were not before, or otherwise, right or wrong.
    """

    asked: int
    support: int
    better: int
    worse: int

    @property
    def is_passed(self) -> bool:
        """Somebody decided so before, and nothing gets worse."""
        return self.support >= LEAST_SUPPORT and not self.worse


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """A normalised spelling, the code that it is to mean, and what was done with it."""

    spelling: str
    disease_code: str
    proposer: str
    why: str
    number: int = 1
    """Of this spelling and code, from 1: what failed or was withdrawn may be proposed again."""
    approvers: tuple[str, ...] = ()
    trial: Trial | None = None
    withdrawn_by: str = ""

    @property
    def state(self) -> SynonymState:
        """Where it stands."""
        if self.withdrawn_by:
            return SynonymState.WITHDRAWN
        if self.trial is None:
            return SynonymState.PROPOSED
        return SynonymState.IN_FORCE if self.trial.is_passed else SynonymState.FAILED

    @property
    def is_ready_for_trial(self) -> bool:
        """Whether enough people approved it."""
        return self.state is SynonymState.PROPOSED and len(self.approvers) >= APPROVALS


def proposed(
    spelling: str, disease_code: str, why: str, *, proposer: str, master: DiseaseMaster, month: Month
) -> Synonym | tuple[Objection, ...]:
    """The proposal, or everything that speaks against it."""
    text = normalised(spelling)
    objections = [
        *_spelling_objections(text, master),
        *_code_objections(disease_code, master, month),
        *objections_to_words(SPELLING_FIELD, text),
        *objections_to_words(WHY_FIELD, why),
    ]
    if not why:
        objections.append(Objection(field=WHY_FIELD, rule="required", description="is asked of every proposal"))
    if objections:
        return tuple(objections)
    return Synonym(spelling=text, disease_code=disease_code, proposer=proposer, why=why)


def _spelling_objections(text: str, master: DiseaseMaster) -> list[Objection]:
    if not LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        said = f"has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters once normalised"
        return [Objection(field=SPELLING_FIELD, rule="length", description=said)]
    if gate_of(text) is not Gate.NONE:
        said = "denies a disease, or tells of another time or person"
        return [Objection(field=SPELLING_FIELD, rule="no_diagnosis", description=said)]
    if master.is_named(text):
        return [Objection(field=SPELLING_FIELD, rule="named", description="is a name of the disease master")]
    return []


def _code_objections(code: str, master: DiseaseMaster, month: Month) -> list[Objection]:
    rows = master.diseases_by_code.get(code, ())
    if not rows:
        return [Objection(field=CODE_FIELD, rule="unknown", description="is no code of the disease master")]
    if not any(row.is_live(month) for row in rows):
        return [Objection(field=CODE_FIELD, rule="not-live", description="may not be used any more (廃止年月日)")]
    return []


def refusal_to_approve(synonym: Synonym, approver: str) -> SynonymRefusal | None:
    """Why this person may not approve it; None: he may."""
    checks = {
        SynonymRefusal.NOT_PROPOSED: synonym.state is not SynonymState.PROPOSED,
        SynonymRefusal.OWN_PROPOSAL: approver == synonym.proposer,
        SynonymRefusal.APPROVED_ALREADY: approver in synonym.approvers,
    }
    return next((refusal for refusal, holds in checks.items() if holds), None)


def refusal_to_withdraw(synonym: Synonym) -> SynonymRefusal | None:
    """Why it cannot be withdrawn; None: it can."""
    return SynonymRefusal.WITHDRAWN_ALREADY if synonym.withdrawn_by else None


def tried(synonym: Synonym, decided: Sequence[Judged], master: DiseaseMaster, month: Month) -> Trial:
    """What people decided, coded by the rules without the synonym and with it.

    A code that has left the master since it was proposed, or has no ICD-10 code, has nobody's support.
    """
    learned = master.with_synonyms({**master.synonyms, synonym.spelling: synonym.disease_code})
    rows = master.diseases_by_code.get(synonym.disease_code, ())
    icd10 = (rows[-1].icd10 or None) if rows else None
    held = [each for each in decided if synonym.spelling in each.spelling]
    pairs = [(each, _sure(each.spelling, master, month), _sure(each.spelling, learned, month)) for each in held]
    changed = [(each, after) for each, before, after in pairs if after != before]
    return Trial(
        asked=len(held),
        support=sum(each.spelling == synonym.spelling and each.icd10 == icd10 for each in held),
        better=sum(after == each.icd10 for each, after in changed),
        worse=sum(after != each.icd10 for each, after in changed),
    )


def _sure(spelling: str, master: DiseaseMaster, month: Month) -> str | None:
    """The ICD-10 code that the rules give without a person; None: they give none."""
    coding = code_of(spelling, month, master)
    return coding.disease.icd10 if coding.disease is not None and coding.route in AUTOMATIC else None


def in_force(synonyms: Sequence[Synonym]) -> Mapping[str, str]:
    """What the coder learns: spelling to code."""
    return {each.spelling: each.disease_code for each in synonyms if each.state is SynonymState.IN_FORCE}
