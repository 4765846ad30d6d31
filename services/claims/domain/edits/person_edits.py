"""Edits of who was treated: age, scheme, sex. A birth date decides and is never shown."""

from services.claims.domain.edits import marks
from services.claims.domain.edits.cutting import cut_days, cut_line, days_overlap
from services.claims.domain.edits.hits import Cut, Hit, Hits
from services.claims.domain.edits.places import PlacedAct, PlacedMaterial, Places
from services.claims.domain.masters.ages import AgeLimit, AgeRange


def insurance_only(places: Places) -> Hits:
    """An act of medical insurance for a late elderly patient."""
    for placed in places.marked(marks.MEDICAL_INSURANCE_ONLY):
        cut = cut_line(placed)
        yield Hit(placed.line.number, f"{placed.act.code} is for medical insurance only", cut)


def late_elderly_only(places: Places) -> Hits:
    """An act of the late elderly scheme for somebody else."""
    for placed in places.marked(marks.LATE_ELDERLY_ONLY):
        cut = cut_line(placed)
        yield Hit(placed.line.number, f"{placed.act.code} is for the late elderly scheme only", cut)


def too_young(places: Places) -> Hits:
    """An act on a day on which the patient has not reached its lower limit."""
    for placed in places.marked(marks.AGES):
        yield from _younger(places, placed, placed.act.ages.lower)


def too_old(places: Places) -> Hits:
    """An act on a day on which the patient has reached its upper limit."""
    for placed in places.marked(marks.AGES):
        yield from _older(places, placed, placed.act.ages.upper)


def outside_age_of_base(places: Places) -> Hits:
    """An addition for age on a day on which the patient is of none of the ages at which its acts take it."""
    birth = places.case.treatment.birth_date
    for placed in places.marked(marks.AGES):
        taken_at = _ages_of_base(places, placed) if placed.marks & marks.ADDITION else []
        if taken_at:
            days = [places.date_of(each.day) for each in placed.unit.days]
            own = placed.act.ages
            wrong = [
                day.day for day in days if own.admits(birth, day) and not any(a.admits(birth, day) for a in taken_at)
            ]
            if wrong:
                says = f"{placed.act.code} is not for this age beside the acts that it adds to"
                yield Hit(placed.line.number, says, cut_days(placed, wrong))


def _ages_of_base(places: Places, placed: PlacedAct) -> list[AgeRange]:
    """The ages at which acts of the addition's days take it (年齢加算①～④); none where no act names it."""
    return [
        addition.ages
        for other in places.acts
        if other.act.age_additions and days_overlap(other.unit, placed.unit)
        for addition in other.act.age_additions
        if addition.code == placed.act.code
    ]


def too_young_for_material(places: Places) -> Hits:
    """A material on a day on which the patient has not reached its lower limit."""
    for placed in places.materials:
        yield from _younger(places, placed, placed.material.ages.lower)


def too_old_for_material(places: Places) -> Hits:
    """A material on a day on which the patient has reached its upper limit."""
    for placed in places.materials:
        yield from _older(places, placed, placed.material.ages.upper)


def wrong_sex(places: Places) -> Hits:
    """A disease that does not occur in the patient's sex."""
    sex = places.case.treatment.sex
    for placed in places.diseases:
        if placed.marks & marks.ONE_SEX:
            only = marks.only_sex(placed.disease, places.case.treatment.month)
            if only is not None and only is not sex:
                yield Hit(placed.diagnosis.line, f"{placed.disease.code} is a disease of the other sex")


def _younger(places: Places, placed: PlacedAct | PlacedMaterial, limit: AgeLimit | None) -> Hits:
    if limit is None:
        return
    reached = limit.reached_on(places.case.treatment.birth_date)
    if placed.unit.days:
        cut = _on_days(placed, [each.day for each in placed.unit.days if places.date_of(each.day) < reached])
    else:
        cut = cut_line(placed) if places.case.treatment.month.last_day < reached else None
    if cut is not None:
        yield Hit(placed.line.number, f"{placed.line.code} is for ages from {limit.code}", cut)


def _older(places: Places, placed: PlacedAct | PlacedMaterial, limit: AgeLimit | None) -> Hits:
    if limit is None:
        return
    reached = limit.reached_on(places.case.treatment.birth_date)
    if placed.unit.days:
        cut = _on_days(placed, [each.day for each in placed.unit.days if places.date_of(each.day) >= reached])
    else:
        cut = cut_line(placed) if places.case.treatment.month.first_day >= reached else None
    if cut is not None:
        yield Hit(placed.line.number, f"{placed.line.code} is for ages below {limit.code}", cut)


def _on_days(placed: PlacedAct | PlacedMaterial, days: list[int]) -> Cut | None:
    return cut_days(placed, days) if days else None
