"""Edits of who was treated: age, scheme, sex. A birth date decides and is never shown."""

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_times
from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import PlacedAct, PlacedMaterial, Places
from services.claims.domain.masters.ages import AgeRange


def insurance_only(places: Places) -> Hits:
    """An act of medical insurance for a late elderly patient."""
    for placed in places.marked(marks.MEDICAL_INSURANCE_ONLY):
        cut = cut_times(placed, placed.unit.times)
        yield Hit(placed.line.number, f"{placed.act.code} is for medical insurance only", cut)


def late_elderly_only(places: Places) -> Hits:
    """An act of the late elderly scheme for somebody else."""
    for placed in places.marked(marks.LATE_ELDERLY_ONLY):
        cut = cut_times(placed, placed.unit.times)
        yield Hit(placed.line.number, f"{placed.act.code} is for the late elderly scheme only", cut)


def too_young(places: Places) -> Hits:
    """An act on a day on which the patient has not reached its lower limit."""
    for placed in places.marked(marks.AGES):
        yield from _age_hits(places, placed, AgeRange(placed.act.ages.lower, None))


def too_old(places: Places) -> Hits:
    """An act on a day on which the patient has reached its upper limit."""
    for placed in places.marked(marks.AGES):
        yield from _age_hits(places, placed, AgeRange(None, placed.act.ages.upper))


def too_young_for_material(places: Places) -> Hits:
    """A material on a day on which the patient has not reached its lower limit."""
    for placed in places.materials:
        yield from _age_hits(places, placed, AgeRange(placed.material.ages.lower, None))


def too_old_for_material(places: Places) -> Hits:
    """A material on a day on which the patient has reached its upper limit."""
    for placed in places.materials:
        yield from _age_hits(places, placed, AgeRange(None, placed.material.ages.upper))


def wrong_sex(places: Places) -> Hits:
    """A disease that does not occur in the patient's sex."""
    sex = places.case.treatment.sex
    for placed in places.diseases:
        if placed.marks & marks.ONE_SEX:
            only = marks.only_sex(placed.disease)
            if only is not None and only is not sex:
                yield Hit(placed.diagnosis.line, f"{placed.disease.code} is a disease of the other sex")


def _age_hits(places: Places, placed: PlacedAct | PlacedMaterial, ages: AgeRange) -> Hits:
    if not marks.limits_age(ages):
        return
    birth = places.case.treatment.birth_date
    if placed.unit.days:
        refused = sum(each.times for each in placed.unit.days if not ages.admits(birth, places.date_of(each.day)))
    else:
        days = (places.case.treatment.month.first_day, places.case.treatment.month.last_day)
        refused = 0 if any(ages.admits(birth, day) for day in days) else placed.unit.times
    if refused:
        says = f"{placed.line.code} is for ages {_in_words(ages)}"
        yield Hit(placed.line.number, says, cut_times(placed, refused))


def _in_words(ages: AgeRange) -> str:
    lower = f"from {ages.lower.code}" if ages.lower else ""
    upper = f"below {ages.upper.code}" if ages.upper else ""
    return " ".join(part for part in (lower, upper) if part)
