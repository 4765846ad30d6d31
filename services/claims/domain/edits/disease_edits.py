"""Edits of coded diagnoses: modifiers that the master knows, names that may not stand alone, diseases acts demand."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from services.claims.domain.edits import marks
from services.claims.domain.edits.code_edits import is_exhaustive
from services.claims.domain.edits.cutting import cut_line
from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import PlacedDisease, Places, Unread
from services.claims.domain.edits.watch import Watch
from services.claims.domain.masters.act_values import DiseaseLink
from services.claims.domain.masters.diseases import Disease, IntractableDisease, SpecialDisease
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.modifiers import ModifierRole

_SPECIAL: Final[Mapping[DiseaseLink, frozenset[SpecialDisease]]] = MappingProxyType(
    {
        DiseaseLink.SKIN_1: frozenset({SpecialDisease.SKIN_1}),
        DiseaseLink.SKIN_2: frozenset({SpecialDisease.SKIN_2}),
        DiseaseLink.SPECIFIED: frozenset({SpecialDisease.SPECIFIED, SpecialDisease.SPECIFIED_OR_EPILEPSY}),
        DiseaseLink.EPILEPSY: frozenset({SpecialDisease.EPILEPSY, SpecialDisease.SPECIFIED_OR_EPILEPSY}),
    }
)
"""傷病名関連区分 of an act against 特定疾患等対象区分 of a disease (items 25 and 21)."""


def unknown_modifier(places: Places) -> Hits:
    """A modifier code that no day of the month knows."""
    shelf = places.watch.modifiers
    if not is_exhaustive(places.watch, MasterKind.MODIFIER):
        return
    for diagnosis in places.case.treatment.diagnoses:
        for modifier in diagnosis.modifiers:
            if not shelf.ever(modifier):
                yield Hit(diagnosis.line, f"modifier {modifier} is in force on no day of the month")


def needs_modifier(places: Places) -> Hits:
    """A name that must not stand alone (単独使用禁止), with nothing before it: a suffix names no site."""
    for placed in places.diseases:
        if placed.marks & marks.NEEDS_MODIFIER and not has_prefix(places.watch, placed):
            yield Hit(placed.diagnosis.line, f"{placed.disease.code} needs a modifier of site or the like")


def outside_insurance(places: Places) -> Hits:
    """A receipt on which every disease lies outside insurance (保険請求外): it needs another one."""
    others = len(places.diseases) < len(places.case.treatment.diagnoses) or places.case.treatment.uncoded
    if others or not all(placed.marks & marks.OUTSIDE_INSURANCE for placed in places.diseases):
        return
    for placed in places.diseases[:1]:
        yield Hit(placed.diagnosis.line, f"{placed.disease.code} is not insured and stands without an insured disease")


def abolished(places: Places) -> Hits:
    """A disease code that is no longer in use and has moved: the edits read the diagnosis by its new code."""
    for moved in places.moved:
        yield Hit(moved.line, f"{moved.code} is no longer in use, it moved to {moved.successor}")


def not_named(places: Places) -> Hits:
    """An act that a disease is the condition of, and every diagnosis is coded and none is such a disease."""
    if places.watch.diseases.loaded and not may_be_another(places):
        for placed in places.marked(marks.DISEASE):
            if not has_disease(places.diseases, placed.act.disease_link):
                says = f"{placed.act.code}: no disease of class {placed.act.disease_link.value} on the receipt"
                yield Hit(placed.line.number, says, cut_line(placed))


def _unread(places: Places) -> list[Unread]:
    return [unread for unread in places.unread if unread.kind is MasterKind.DISEASE]


def may_be_another(places: Places) -> bool:
    """Whether a diagnosis is free text, or its code unknown: it may be a disease that an act demands."""
    return bool(places.case.treatment.uncoded) or bool(_unread(places))


def has_disease(diseases: Iterable[PlacedDisease], link: DiseaseLink) -> bool:
    """Whether one of the diseases is of the class that an act demands."""
    return any(_is_such(placed.disease, link) for placed in diseases)


def _is_such(disease: Disease, link: DiseaseLink) -> bool:
    if link is DiseaseLink.INTRACTABLE:
        return disease.intractable is IntractableDisease.OUTPATIENT_GUIDANCE
    return disease.special in _SPECIAL[link]


def has_prefix(watch: Watch, placed: PlacedDisease) -> bool:
    """Whether some modifier says more than a suffix; any does where the modifiers are not loaded."""
    if not watch.modifiers.loaded:
        return bool(placed.diagnosis.modifiers)
    return any(_role(watch, code) is not ModifierRole.SUFFIX for code in placed.diagnosis.modifiers)


def _role(watch: Watch, code: str) -> ModifierRole | None:
    known = watch.modifiers.all_month(code)
    return known.row.role if known else None
