"""Codes that coding found for diagnoses written as free text, beside their places on the receipt. Pure.

The text stays what the hospital declared. Its code stands beside it as found by a machine: what the edits may make of
such a code is theirs to say (`edits.free_text_edits`). Only codes that coding was sure of come this far; what waits for
a person does not.

Coding may say later that a code is another one, or none: its answers for a claim are numbered (訂正), each tells of all
lines, and the highest that there is holds, in whatever order they came.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.facts import Diagnosis, UncodedDiagnosis


class FoundCode(NamedTuple):
    """A disease code of seven digits with its modifiers (four digits each), for an SY line of the receipt, from 1."""

    line: int
    code: str
    modifiers: tuple[str, ...]


class CodeRevision(NamedTuple):
    """One answer of coding's for a claim: its number, from 0, the codes that were sure in it, and when it was given."""

    number: int
    codes: tuple[FoundCode, ...]
    completed_at: datetime


def in_force(revisions: Sequence[CodeRevision]) -> CodeRevision | None:
    """The highest revision that there is, None where coding has not answered."""
    return max(revisions, key=lambda each: each.number, default=None)


def known_by(revisions: Sequence[CodeRevision], until: datetime) -> tuple[CodeRevision, ...]:
    """Those that coding had given by an instant."""
    return tuple(each for each in revisions if each.completed_at <= until)


def with_found_codes(treatment: Treatment, codes: Sequence[FoundCode]) -> Treatment:
    """The treatment with the codes as diagnoses of their own, in the order of its lines.

    A code without a place (no free text stands on its line) is left out, and of two for one line the first holds.
    """
    if not codes:
        return treatment
    by_line = {each.line + treatment.lines_before: each for each in reversed(codes)}
    found = tuple(_diagnosis(each, by_line[each.line]) for each in treatment.uncoded if each.line in by_line)
    return replace(treatment, found=found)


def _diagnosis(text: UncodedDiagnosis, code: FoundCode) -> Diagnosis:
    return Diagnosis(text.line, code.code, code.modifiers, text.start_date, text.outcome, text.main)
