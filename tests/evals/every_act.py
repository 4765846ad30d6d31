"""Every act of the master on a receipt of its own that is true to its row, and every addition by note beside its act.

Generated receipts draw acts by chance; this goes through all of them. An act is left out where its row alone does not
say how it may stand: additions, percentages, amounts that no master sets, judgement and visit fees, leave, names of
specimens, acts that ask for drugs, and codes of other schedules.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from tests.mutations.scenes import Scene, Stage, disease
from tests.support.valid_receipts.ages import is_of_age
from tests.support.valid_receipts.masters import Act
from tests.support.valid_receipts.prices import act_points, half_up
from tests.support.valid_receipts.units import Item, UnitDraft, act

_DAY_OF_MONTH: Final = 20
_AGES_IN_DAYS: Final = (16_250, 1_590, 3_400, 15, 71, 375, 30_800, 5_970)
_LATE_ELDERLY_FROM_DAYS: Final = 27_400
_PRESCHOOL_YEARS: Final = 6
_DISEASES: Final = {"3": "8848438", "4": "6918001", "5": "8848310", "7": "8849519", "9": "2273021"}
_BEDS: Final = {"1": 50, "2": 150, "3": 150, "4": 300, "5": 100, "6": 300, "7": 300, "8": 500}
_BEDS_OF_A_HOSPITAL: Final = 320
_SECTIONS_WITH_A_FORM: Final = {0, 30, 97}
_BESIDE_AN_APPENDAGE: Final = "150141010"


class Noted(NamedTuple):
    """An addition by note (注加算), the act that it stands beside on the receipt, and the same without that act."""

    note: Act
    base: Act
    together: Scene
    alone: Scene


class Alone(NamedTuple):
    """An act and the receipt on which it stands."""

    act: Act
    scene: Scene


def day_of(stage: Stage) -> date:
    """The day on which everything is done."""
    return date(int(stage.month[:4]), int(stage.month[4:]), _DAY_OF_MONTH)


def every_act(stage: Stage) -> Iterator[Alone]:
    """Each act that its own row places, on its receipt."""
    for row in stage.masters.acts.values():
        live = row.begins <= f"{day_of(stage):%Y%m%d}"
        birth = _birth_for(row, day_of(stage)) if live and _is_placed(row) else None
        if birth is not None:
            yield Alone(row, _scene(stage, row, birth))


def every_note(stage: Stage) -> Iterator[Noted]:
    """Each addition of points whose group has an act that our patients may have, beside the first such act."""
    bases: dict[str, list[Act]] = defaultdict(list)
    for alone in every_act(stage):
        bases[alone.act.note_group].append(alone.act)
    for note in stage.masters.acts.values():
        if _is_note(note):
            found = next((made for base in bases[note.note_group] if (made := _noted(stage, note, base))), None)
            if found is not None:
                yield found


def _is_note(row: Act) -> bool:
    return (
        row.kind == "7"
        and row.note_group != "0"
        and row.points_kind == "3"
        and row.days in {"00", "10"}
        and row.drug_bound == row.disease_group == "0"
        and row.monitored != "1"
    )


def _noted(stage: Stage, note: Act, base: Act) -> Noted | None:
    """None where the two ask for different settings, institutions, ages or diseases."""
    if {note.setting, base.setting} >= {"1", "2"} or {note.facility, base.facility} >= {"1", "2"}:
        return None
    day = day_of(stage)
    both = replace(
        base,
        setting=max(note.setting, base.setting),
        facility=max(note.facility, base.facility),
        beds=max(note.beds, base.beds),
    )
    birth = next((each for each in _births(day) if _allows(note, each, day) and _allows(base, each, day)), None)
    if birth is None or base.disease_group != "0" or _section_of(both) in _SECTIONS_WITH_A_FORM:
        return None
    of_note, of_base = _item(note), _item(base)
    section = f"{_section_of(both):02}"
    points = half_up(act_points(base, of_base.quantity) + act_points(note, of_note.quantity))
    together = _placed(stage, both, birth, [UnitDraft(section, (of_base, of_note), points, {_DAY_OF_MONTH: 1})])
    own = half_up(act_points(note, of_note.quantity))
    alone = _placed(stage, both, birth, [UnitDraft(section, (of_note,), own, {_DAY_OF_MONTH: 1})])
    registered = (together.standards or frozenset()) | {note.graded_by, base.graded_by}
    return Noted(note, base, replace(together, standards=registered), replace(alone, standards=registered))


def _is_placed(row: Act) -> bool:
    return (
        row.kind in {"1", "3", "5"}
        and row.points_kind == "3"
        and row.points == int(row.points) > 0
        and row.days in {"00", "10"}
        and row.judged != "2"
        and row.specimen == "0"
        and row.drug_bound == "0"
        and row.committal != "4"
        and row.dpc not in {"2", "3", "4"}
        and row.short_stay != "1"
        and _section_of(row) not in _SECTIONS_WITH_A_FORM
    )


def _section_of(row: Act) -> int:
    return int(row.section_inside if row.setting == "1" else row.section_outside) // 10


def _births(day: date) -> list[date]:
    """Birth dates of patients of all ages, one of them six years old and not yet at school."""
    return [*(day - timedelta(days=days) for days in _AGES_IN_DAYS), date(day.year - _PRESCHOOL_YEARS, 5, 10)]


def _birth_for(row: Act, day: date) -> date | None:
    """The first birth date whose age the act allows, none where no age of ours is."""
    return next((birth for birth in _births(day) if _allows(row, birth, day)), None)


def _allows(row: Act, birth: date, day: date) -> bool:
    late_elderly = (day - birth).days > _LATE_ELDERLY_FROM_DAYS
    return not (row.late_elderly == "1" and late_elderly) and is_of_age(birth, day, row.youngest, row.oldest)


def _scene(stage: Stage, row: Act, birth: date) -> Scene:
    made = _placed(stage, row, birth, list(_units(stage, row)))
    return replace(made, standards=(made.standards or frozenset()) | {row.graded_by})


def _placed(stage: Stage, row: Act, birth: date, units: Sequence[UnitDraft]) -> Scene:
    """Units on a receipt of the setting, institution and beds that a row asks for."""
    inpatient = row.setting == "1"
    small = birth >= date(day_of(stage).year - _PRESCHOOL_YEARS, 4, 2)
    illness = [disease(_DISEASES[row.disease_group])] if row.disease_group != "0" else ()
    hospital = row.facility != "2" and (inpatient or row.facility == "1" or row.beds in {"1", "2", "4", "6"})
    if inpatient:
        made = stage.inpatient(*units, birth=f"{birth:%Y%m%d}", ward=hospital, diseases=illness)
    else:
        made = stage.outpatient(*units, birth=f"{birth:%Y%m%d}", diseases=illness)
    receipt = made.receipt.put(1, 2, "1113" if inpatient else "1114") if small else made.receipt
    beds = _BEDS.get(row.beds, _BEDS_OF_A_HOSPITAL if hospital else 0)
    return replace(made, receipt=receipt, hospital=hospital, beds=beds)


def _units(stage: Stage, row: Act) -> Iterator[UnitDraft]:
    item = _item(row)
    yield UnitDraft(f"{_section_of(row):02}", (item,), half_up(act_points(row, item.quantity)), {_DAY_OF_MONTH: 1})
    if row.closes_appendage == "1":
        yield stage.once(_BESIDE_AN_APPENDAGE, day=_DAY_OF_MONTH)


def _item(row: Act) -> Item:
    """The act with the quantity that its base points are for."""
    return act(row.code, max(row.steps.lower, 1) if row.steps else None)
