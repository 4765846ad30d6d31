"""Every act of the master on a receipt of its own that is true to its row: priced as declared, and stopped by no edit.

Generated receipts draw acts by chance; this goes through all of them. An act is left out where its row alone does not
say how it may stand: additions, percentages, amounts that no master sets, judgement and visit fees, leave, names of
specimens, acts that ask for drugs, and codes of other schedules.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from tests.mutations.scenes import Scene, Stage, disease
from tests.support.valid_receipts.ages import is_of_age
from tests.support.valid_receipts.masters import Act
from tests.support.valid_receipts.prices import act_points, half_up
from tests.support.valid_receipts.units import UnitDraft, act

DAY: Final = date(2024, 7, 20)
_BIRTHS: Final = (
    "19800115",
    "20200310",
    "20150310",
    "20240705",
    "20240510",
    "20230710",
    "19400310",
    "20080310",
    "20180510",
)
_PRESCHOOL: Final = "20180402"
_LATE_ELDERLY: Final = "19400310"
_DISEASES: Final = {"3": "8848438", "4": "6918001", "5": "8848310", "7": "8849519", "9": "2273021"}
_BEDS: Final = {"1": 50, "2": 150, "3": 150, "4": 300, "5": 100, "6": 300, "7": 300, "8": 500}
_BEDS_OF_A_HOSPITAL: Final = 320
_SECTIONS_WITH_A_FORM: Final = {0, 30, 97}
_BESIDE_AN_APPENDAGE: Final = "150141010"


class Alone(NamedTuple):
    """An act and the receipt on which it stands."""

    act: Act
    scene: Scene


def every_act(stage: Stage) -> Iterator[Alone]:
    """Each act that its own row places, on its receipt."""
    for row in stage.masters.acts.values():
        birth = _birth_for(row) if _is_placed(row) else None
        if birth is not None:
            yield Alone(row, _scene(stage, row, birth))


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


def _birth_for(row: Act) -> str | None:
    """The first birth date whose age the act allows, none where no age of ours is."""
    for birth in _BIRTHS:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
        insured = not (row.late_elderly == "1" and birth == _LATE_ELDERLY)
        if insured and is_of_age(born, DAY, row.youngest, row.oldest):
            return birth
    return None


def _scene(stage: Stage, row: Act, birth: str) -> Scene:
    inpatient, small = row.setting == "1", birth >= _PRESCHOOL
    units = list(_units(stage, row))
    illness = [disease(_DISEASES[row.disease_group])] if row.disease_group != "0" else ()
    hospital = row.facility != "2" and (inpatient or row.facility == "1" or row.beds in {"1", "2", "4", "6"})
    if inpatient:
        made = stage.inpatient(*units, birth=birth, ward=hospital, diseases=illness)
    else:
        made = stage.outpatient(*units, birth=birth, diseases=illness)
    receipt = made.receipt.put(1, 2, "1113" if inpatient else "1114") if small else made.receipt
    beds = _BEDS.get(row.beds, _BEDS_OF_A_HOSPITAL if hospital else 0)
    registered = (made.standards or frozenset()) | {row.graded_by}
    return replace(made, receipt=receipt, hospital=hospital, beds=beds, standards=registered)


def _units(stage: Stage, row: Act) -> Iterator[UnitDraft]:
    quantity = max(row.steps.lower, 1) if row.steps else None
    points = half_up(act_points(row, quantity))
    yield UnitDraft(f"{_section_of(row):02}", (act(row.code, quantity),), points, {DAY.day: 1})
    if row.closes_appendage == "1":
        yield stage.once(_BESIDE_AN_APPENDAGE, day=DAY.day)
