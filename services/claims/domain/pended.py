"""A claim that a rule pended until a person looks: what it comes to once the person accepts it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.claims.domain.adjudication import (
    THIRD_PARTY_MARK,
    AdjudicationFacts,
    Cover,
    adjudicate,
    asks_a_person,
)
from services.claims.domain.correction import Borne, Cut, Refusal, reduced
from services.claims.domain.examination import Examination
from services.claims.domain.outcome import Decision, Outcome, ReasonCode
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable

ACCEPTED: Final = "accepted_by_person"
"""The note of a decision with money that a person let pass."""


def accepted(
    facts: AdjudicationFacts,
    covers: Sequence[Cover],
    examination: Examination,
    programmes: ProgrammeTable = NATIONAL,
) -> Decision | Refusal:
    """The decision by all rules but those that asked for a person: referring edits, and the mark of a third party.

    A payer that did not answer cannot be accepted away. Reductions and returns that a machine is sure of stay.
    """
    marks = tuple(each for each in facts.special_marks if each != THIRD_PARTY_MARK)
    left = tuple(each for each in examination.findings if not asks_a_person(each))
    examined = replace(examination, findings=left)
    decision = adjudicate(replace(facts, special_marks=marks), covers, examined, programmes)
    if decision.outcome is Outcome.PENDED:
        return Refusal.STILL_PENDED
    return replace(decision, notes=(*decision.notes, ACCEPTED)) if decision.parts else decision


def accepted_but_for(decision: Decision, cut: Cut) -> Decision | Refusal:
    """An accepted claim's decision with what a person cuts taken off: the points that no machine could size.

    What the machine cut stays, its reasons before the person's.
    """
    if not decision.parts:
        return Refusal.NOTHING_TO_CUT
    standing = Borne(
        billed_points=decision.billed_points,
        parts=decision.parts,
        patient_yen=decision.patient_yen,
        reduced_yen=decision.reduced_yen,
        notes=decision.notes,
    )
    less = reduced(standing, cut, ReasonCode.REDUCED_BY_PERSON)
    return less if isinstance(less, Refusal) else replace(less, reasons=(*decision.reasons, *less.reasons))
