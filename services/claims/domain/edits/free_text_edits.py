"""Edits of diagnoses written as free text (未コード化傷病名), and of the codes that coding found for them.

A found code is a machine's word on a text that the law lets stand without a code. It may spare the receipt a person's
look, where it names the disease that an act demands. It may ask for that look, where it contradicts the receipt. It
never returns a receipt and never cuts a point: the hospital did not record it. One that could not be recorded itself is
not believed at all.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.claims.domain.edits import marks
from services.claims.domain.edits.code_edits import is_exhaustive
from services.claims.domain.edits.disease_edits import has_disease, has_prefix, may_be_another
from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import PlacedDisease, Places
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.uke.facts import Diagnosis


class Doubt(NamedTuple):
    """A found code that is not believed, and why."""

    line: int
    why: str


def believed(places: Places) -> list[PlacedDisease]:
    """The found codes that could be recorded in the month, beside their rows; none where no disease is loaded."""
    return [each for each in _read(places) if isinstance(each, PlacedDisease)]


def doubted(places: Places) -> Hits:
    """A found code that could not be recorded: the edits leave it aside."""
    for each in _read(places):
        if isinstance(each, Doubt):
            yield Hit(each.line, each.why)


def perhaps_not_named(places: Places) -> Hits:
    """An act that a disease is the condition of, and no code names one, but a diagnosis is free text or unknown."""
    if places.watch.diseases.loaded and may_be_another(places):
        found = believed(places)
        for placed in places.marked(marks.DISEASE):
            link = placed.act.disease_link
            if not has_disease([*places.diseases, *found], link):
                says = f"{placed.act.code}: no coded disease of class {link.value}"
                yield Hit(placed.line.number, says)


def named_by_found(places: Places) -> Hits:
    """An act that a disease is the condition of, and none but a found code names one."""
    found = believed(places)
    for placed in places.marked(marks.DISEASE):
        link = placed.act.disease_link
        if not has_disease(places.diseases, link) and has_disease(found, link):
            says = f"{placed.act.code}: a disease of class {link.value} was found in free text"
            yield Hit(placed.line.number, says)


def found_uninsured(places: Places) -> Hits:
    """A receipt on which every disease, those found in free text included, lies outside insurance (保険請求外)."""
    found, treated = believed(places), places.case.treatment
    known = [*places.diseases, *found]
    if len(places.diseases) < len(treated.diagnoses) or len(found) < len(treated.uncoded):
        return
    if all(placed.marks & marks.OUTSIDE_INSURANCE for placed in known):
        for placed in found[:1]:
            yield Hit(placed.diagnosis.line, f"{placed.disease.code} was found in free text; no disease is insured")


def found_of_other_sex(places: Places) -> Hits:
    """A found disease that does not occur in the patient's sex."""
    sex = places.case.treatment.sex
    for placed in believed(places):
        only = marks.only_sex(placed.disease, places.case.treatment.month)
        if only is not None and only is not sex:
            says = f"{placed.disease.code} was found in free text and is a disease of the other sex"
            yield Hit(placed.diagnosis.line, says)


def _read(places: Places) -> Iterator[PlacedDisease | Doubt]:
    """Each found code beside its row, or the doubt about it; nothing where no disease is loaded."""
    if places.watch.diseases.loaded:
        for diagnosis in places.case.treatment.found:
            yield _read_one(places, diagnosis)


def _read_one(places: Places, diagnosis: Diagnosis) -> PlacedDisease | Doubt:
    known = places.disease_row(diagnosis.code)
    if known is None:
        return Doubt(diagnosis.line, f"{diagnosis.code} has no row in the masters of the month")
    unknown = _unknown_modifier(places, diagnosis)
    if unknown:
        return Doubt(diagnosis.line, f"modifier {unknown} is in force on no day of the month")
    placed = PlacedDisease(known.row, known.marks, diagnosis)
    if placed.marks & marks.NEEDS_MODIFIER and not has_prefix(places.watch, placed):
        return Doubt(diagnosis.line, f"{diagnosis.code} needs a modifier of site or the like")
    return placed


def _unknown_modifier(places: Places, diagnosis: Diagnosis) -> str:
    """The first modifier that no day of the month knows, or nothing."""
    if not is_exhaustive(places.watch, MasterKind.MODIFIER):
        return ""
    return next((each for each in diagnosis.modifiers if not places.watch.modifiers.ever(each)), "")
