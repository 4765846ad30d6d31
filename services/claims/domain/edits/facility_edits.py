"""Edits of what the hospital is and has registered. What was never told is a note and never a cut."""

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_days, cut_line
from services.claims.domain.edits.hits import Cut, Hit, Hits
from services.claims.domain.edits.places import PlacedAct, Places
from services.claims.domain.edits.standards import Facility, FacilityStandards, Premises
from services.claims.domain.masters.act_additions import BedCount
from services.claims.domain.masters.act_values import Institution

_PREMISES = marks.HOSPITAL_OR_CLINIC | marks.BEDS
_LICENSED = {
    BedCount.LICENSED_1_TO_99: (1, 99),
    BedCount.LICENSED_100_TO_199: (100, 199),
    BedCount.LICENSED_UNDER_200: (0, 199),
    BedCount.LICENSED_FROM_200: (200, None),
    BedCount.LICENSED_UNDER_400: (0, 399),
    BedCount.LICENSED_FROM_400: (400, None),
}
_GENERAL = {BedCount.GENERAL_UNDER_200: (0, 199), BedCount.GENERAL_FROM_200: (200, None)}


def not_registered(places: Places) -> Hits:
    """An act whose facility standard (施設基準) the hospital has not registered on the treatment day."""
    standards = places.case.standards
    if standards is None:
        return
    held = standards.all_month(places.case.treatment.month)
    for placed in places.marked(marks.STANDARDS):
        if not any(held.isdisjoint(group) for group in placed.act.facility_standards):
            continue
        cut = _unregistered(places, placed, standards)
        if cut is not None:
            says = f"{placed.act.code} needs a standard that is not registered: {_groups(placed)}"
            yield Hit(placed.line.number, says, cut)


def hospital_only(places: Places) -> Hits:
    """An act of hospitals billed by a clinic."""
    yield from _of_another(places, Institution.HOSPITAL, Facility.CLINIC)


def clinic_only(places: Places) -> Hits:
    """An act of clinics billed by a hospital."""
    yield from _of_another(places, Institution.CLINIC, Facility.HOSPITAL)


def wrong_beds(places: Places) -> Hits:
    """An act of hospitals with fewer, or with more, beds than this one has."""
    for placed in places.marked(marks.BEDS):
        premises = _premises(places, placed)
        if premises and _fits_beds(placed.act.bed_count, premises) is False:
            says = f"{placed.act.code} is not for this number of beds (item 71: {placed.act.bed_count.value})"
            yield Hit(placed.line.number, says, cut_line(placed))


def not_known(places: Places) -> Hits:
    """Acts that depend on what the hospital is or has registered, which was not told."""
    standards = places.case.standards
    if standards is None:
        asking = [placed for placed in places.acts if placed.marks & marks.FACILITY]
        if asking:
            codes = len({placed.act.code for placed in asking})
            yield Hit(
                asking[0].line.number, f"the hospital's registration is not known; acts that depend on it: {codes}"
            )
        return
    for placed in places.acts if places.marks & _PREMISES else ():
        if placed.marks & _PREMISES and _premises(places, placed) is None:
            yield Hit(placed.line.number, f"{placed.act.code} depends on the hospital's beds, which are not known")
            return


def _of_another(places: Places, institution: Institution, wrong: Facility) -> Hits:
    for placed in places.marked(marks.HOSPITAL_OR_CLINIC):
        premises = _premises(places, placed)
        if placed.act.institution is institution and premises is not None and premises.facility is wrong:
            says = f"{placed.act.code} is not for a {wrong.value}"
            yield Hit(placed.line.number, says, cut_line(placed))


def _unregistered(places: Places, placed: PlacedAct, standards: FacilityStandards) -> Cut | None:
    """Without the act on the days on which a group of standards is certainly not met; None where there are none."""
    if not placed.unit.days:
        return None if _may_bill(placed, standards, places) else cut_line(placed)
    days = [
        each.day
        for each in placed.unit.days
        if any(standards.meets_any(group, places.date_of(each.day)) is False for group in placed.act.facility_standards)
    ]
    return cut_days(placed, days) if days else None


def _may_bill(placed: PlacedAct, standards: FacilityStandards, places: Places) -> bool:
    month = places.case.treatment.month
    return all(
        standards.meets_any(group, month.first_day) is not False
        or standards.meets_any(group, month.last_day) is not False
        for group in placed.act.facility_standards
    )


def _premises(places: Places, placed: PlacedAct) -> Premises | None:
    standards = places.case.standards
    if standards is None:
        return None
    if len(standards.premises) == 1 and standards.premises[0].period.last is None:
        only = standards.premises[0]
        if only.period.first <= places.case.treatment.month.first_day:
            return only
    return standards.premises_on(places.day_of(placed.unit))


def _fits_beds(count: BedCount, premises: Premises) -> bool | None:
    """None where the beds that the act asks for were not told."""
    if count in _LICENSED:
        fewest, most = _LICENSED[count]
        beds = premises.licensed_beds
    elif count in _GENERAL:
        fewest, most = _GENERAL[count]
        beds = premises.general_beds
    else:
        return None
    return None if beds is None else fewest <= beds and (most is None or beds <= most)


def _groups(placed: PlacedAct) -> str:
    return " and ".join(" or ".join(group) for group in placed.act.facility_standards)
