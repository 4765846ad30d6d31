"""Codes that coding found for diagnoses written as free text, beside their places on the receipt. Pure.

The text stays what the hospital declared. Its code stands beside it as found by a machine: what the edits may make of
such a code is theirs to say (`edits.free_text_edits`). Only codes that coding was sure of come this far; what waits for
a person does not.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.facts import Diagnosis, UncodedDiagnosis


class FoundCode(NamedTuple):
    """A disease code of seven digits with its modifiers (four digits each), for an SY line of the receipt, from 1."""

    line: int
    code: str
    modifiers: tuple[str, ...]


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
