"""Which codes of the masters a valid receipt may use, sorted by where they go.

An act is plain where its own row says all that decides its points and whether it may stand: points that are added, no
steps, no link to a disease, a drug, a bed count or another act. The rest is written by forms that know the link.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.valid_receipts.masters import Act, Disease, Drug, Masters, Material, read_masters

SECTIONS: Final = ("13", "14", "40", "50", "54", "60", "70", "80")
BLOOD_CHEMISTRY: Final = "1"
_BASIC: Final = {"1", "3", "5"}
_UNLINKED_DAYS: Final = {"00", "10"}
_ALL_SETTINGS: Final = "0"
_PRESCRIBING_PARTS: Final = ("120",)
_MAYBE_OF_ONE_SEX: Final = (
    *("A34", "B26", "B37", "C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58", "C6", "C79", "D06", "D07", "D17"),
    *("D25", "D26", "D27", "D28", "D29", "D39", "D40", "E28", "E29", "E89", "F52", "F53", "I86", "L29", "M80", "M81"),
    *("M83", "N4", "N5", "N7", "N8", "N9", "O", "P5", "Q5", "R86", "R87", "S31", "S37", "T19", "T83", "Z"),
)
"""ICD-10 categories with diseases of one sex among them; left out whole, for the master states no sex."""
_DEAREST_DRUG_YEN: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The codes for one setting: inpatients of a hospital, or outpatients of a clinic."""

    masters: Masters
    plain: dict[str, tuple[Act, ...]]
    stepped: tuple[Act, ...]
    noted: tuple[tuple[Act, Act], ...]
    bundled: tuple[Act, ...]
    tapered: tuple[Act, ...]
    aged: tuple[Act, ...]
    judgements: dict[str, Act]
    drugs: dict[str, tuple[Drug, ...]]
    materials: tuple[Material, ...]
    purchased: tuple[Material, ...]
    diseases: tuple[Disease, ...]
    bound_diseases: tuple[Disease, ...]
    of_group: dict[str, tuple[Disease, ...]]


@cache
def shelf(folder: Path, *, inpatient: bool) -> Shelf:
    """The codes of the official masters under this folder."""
    masters = read_masters(folder)
    usable = [act for act in masters.acts.values() if _is_usable(act, inpatient=inpatient)]
    basic = [act for act in usable if act.kind in _BASIC and act.kind_in_table != "7"]
    plain = [act for act in basic if act.steps is None and act.bundle == "0" and act.taper_group == "0"]
    billed = [
        each
        for each in masters.diseases.values()
        if each.not_billed == "0" and each.icd10 and not _is_maybe_of_one_sex(each)
    ]
    return Shelf(
        masters=masters,
        plain=_by_section(plain, inpatient=inpatient),
        stepped=tuple(act for act in basic if act.steps and act.bundle == "0" and section_of(act, inpatient=inpatient)),
        noted=_with_notes(plain, usable, inpatient=inpatient),
        bundled=tuple(act for act in basic if act.bundle == BLOOD_CHEMISTRY and act.steps is None),
        tapered=tuple(act for act in basic if act.tapered == "1" and act.steps is None),
        aged=tuple(act for act in plain if act.rule_age == "1" and section_of(act, inpatient=inpatient) == "50"),
        judgements=_judgements(masters),
        drugs={form: _drugs(masters, form) for form in ("1", "4", "6")},
        materials=tuple(each for each in masters.materials.values() if each.plain and each.price_kind == "1"),
        purchased=tuple(each for each in masters.materials.values() if each.plain and each.price_kind == "2"),
        diseases=tuple(each for each in billed if each.alone == "00"),
        bound_diseases=tuple(each for each in billed if each.alone == "01"),
        of_group=_by_group(billed),
    )


def _is_maybe_of_one_sex(disease: Disease) -> bool:
    return disease.icd10.startswith(_MAYBE_OF_ONE_SEX) or disease.icd10_beside.startswith(_MAYBE_OF_ONE_SEX)


def section_of(act: Act, *, inpatient: bool) -> str:
    """診療識別 of an act, from the column its points go to (別紙7-2); empty for those that have a form of their own."""
    column = act.section_inside if inpatient else act.section_outside
    section = f"{int(column) // 10:02}"
    return section if section in SECTIONS else ""


def _is_usable(act: Act, *, inpatient: bool) -> bool:
    """Whether an act may stand on such a receipt at all, by its own row."""
    settings, facilities = ({_ALL_SETTINGS, "1"}, {"0", "1"}) if inpatient else ({_ALL_SETTINGS, "2"}, {"0", "2"})
    return (
        act.points_kind == "3"
        and act.points > 0
        and act.points == int(act.points)
        and act.setting in settings
        and act.facility in facilities
        and act.days in _UNLINKED_DAYS
        and _is_unlinked(act)
    )


def _is_unlinked(act: Act) -> bool:
    """Whether nothing beside the act decides on it: no disease, drug, bed count, donor, short stay or DPC table."""
    return (
        act.disease_group == "0"
        and act.drug_bound == "0"
        and act.beds == "0"
        and act.graded == "0"
        and act.donor == "0"
        and act.specimen == "0"
        and act.judged != "2"
        and act.short_stay != "1"
        and act.committal != "4"
        and act.dpc not in {"2", "3", "4"}
        and act.time in {"0", "1"}
        and act.management != "2"
        and not act.code.startswith(_PRESCRIBING_PARTS)
    )


def _by_section(acts: list[Act], *, inpatient: bool) -> dict[str, tuple[Act, ...]]:
    found: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        found[section_of(act, inpatient=inpatient)].append(act)
    return {section: tuple(found[section]) for section in SECTIONS if found[section]}


def _with_notes(plain: list[Act], usable: list[Act], *, inpatient: bool) -> tuple[tuple[Act, Act], ...]:
    """Acts with an addition of points that their 注加算 group allows (別紙7-7)."""
    notes: dict[str, list[Act]] = defaultdict(list)
    for act in usable:
        if act.kind == "7" and act.note_group != "0" and act.steps is None and act.most in {0, 1}:
            notes[act.note_group].append(act)
    bases = [act for act in plain if act.note_group != "0" and section_of(act, inpatient=inpatient)]
    return tuple((base, note) for base in bases for note in notes[base.note_group])


def _judgements(masters: Masters) -> dict[str, Act]:
    """判断料 by the group of tests they judge; where there are several, the one that asks no standard."""
    found = [act for act in masters.acts.values() if act.judged == "2" and not act.standards and act.setting == "0"]
    return {act.judgement_group: act for act in found}


def _drugs(masters: Masters, form: str) -> tuple[Drug, ...]:
    return tuple(
        each
        for each in masters.drugs.values()
        if each.form == form and each.price_kind == "1" and 0 < each.price < _DEAREST_DRUG_YEN
    )


def _by_group(diseases: list[Disease]) -> dict[str, tuple[Disease, ...]]:
    """Diseases by 傷病名関連区分 of the acts that ask for them: 3, 4, 5, 7, 9."""
    groups = {
        "3": ("03",),
        "4": ("04",),
        "5": ("05", "08"),
        "7": ("07", "08"),
    }
    found = {
        group: tuple(each for each in diseases if each.group in members and each.alone == "00")
        for group, members in groups.items()
    }
    return found | {"9": tuple(each for each in diseases if each.intractable == "09" and each.alone == "00")}
