"""Whatever the master forbids of an act is found, act by act: the receipt of `every_act`, with one limit passed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from tests.evals.every_act import Alone, every_act
from tests.mutations.scenes import WARD, Scene, Stage, disease
from tests.mutations.seen import seen
from tests.support.mutator.faults import attended, born, counted, pointed, removed
from tests.support.mutator.raw import CODE, KIND, POINTS, RawReceipt
from tests.support.official_data import official_data
from tests.support.valid_receipts.ages import reached
from tests.support.valid_receipts.masters import NO_LIMIT, Masters, read_masters

Passed = Callable[[Alone], Scene | None]
DAY: Final = date(2024, 7, 20)
"""The day on which every act is done."""
LONG_AGO: Final = date(1950, 1, 15)
"""A birth date that is past every upper limit and is not of the late elderly."""
PRESCHOOL_UNTIL: Final = date(2018, 4, 2)
A_DAY: Final = timedelta(days=1)


@pytest.fixture(scope="module")
def masters() -> Masters:
    return read_masters(official_data("masters"))


@pytest.fixture(scope="module")
def acts(masters: Masters) -> list[Alone]:
    return list(every_act(Stage(masters)))


def missed(acts: list[Alone], passed: Passed, edits: set[str]) -> tuple[int, list[str]]:
    """How many acts had a limit to pass, and those of which none of the edits spoke on their line."""
    guilty = [(alone.act.code, scene) for alone in acts if (scene := passed(alone)) is not None]
    return len(guilty), [code for code, scene in guilty if not is_found(scene, code, edits)]


def is_found(scene: Scene, code: str, edits: set[str]) -> bool:
    line = scene.receipt.line_of(code)
    return any(each.edit.id in edits and each.line == line for each in seen(scene).findings)


def aged(scene: Scene, birth: date) -> Scene:
    """The same patient at another age, in the class that it asks for."""
    kind = scene.receipt.fields(1)[KIND]
    last = {"2": "4", "1": "3", "4": "4", "3": "3"} if birth >= PRESCHOOL_UNTIL else {"4": "2", "3": "1"}
    known = scene.receipt.put(1, KIND, kind[:3] + last.get(kind[3], kind[3]))
    return replace(scene, receipt=born(known, f"{birth:%Y%m%d}"))


def test_a_patient_past_the_upper_age_is_found_for_every_act(acts: list[Alone]) -> None:
    def too_old(alone: Alone) -> Scene | None:
        return None if alone.act.oldest == NO_LIMIT else aged(alone.scene, LONG_AGO)

    count, without = missed(acts, too_old, {"act.age-high"})

    assert count > 50
    assert without == []


def test_the_first_day_past_the_upper_age_is_found_for_every_act(acts: list[Alone]) -> None:
    def just_too_old(alone: Alone) -> Scene | None:
        oldest = alone.act.oldest
        if oldest == NO_LIMIT:
            return None
        return aged(alone.scene, next(day for day in days_back() if reached(day, oldest) <= DAY))

    count, without = missed(acts, just_too_old, {"act.age-high"})

    assert count > 50
    assert without == []


def days_back() -> Iterator[date]:
    day = DAY
    while day > LONG_AGO:
        yield day
        day -= A_DAY


def test_a_patient_below_the_lower_age_is_found_for_every_act(acts: list[Alone]) -> None:
    def too_young(alone: Alone) -> Scene | None:
        return None if alone.act.youngest == NO_LIMIT else aged(alone.scene, DAY - 3 * A_DAY)

    count, without = missed(acts, too_young, {"act.age-low"})

    assert count > 5
    assert without == []


def test_every_act_of_clinics_is_found_at_a_hospital_and_the_other_way_round(acts: list[Alone]) -> None:
    def elsewhere(alone: Alone) -> Scene | None:
        facility = alone.act.facility
        return replace(alone.scene, hospital=facility == "2") if facility in {"1", "2"} else None

    count, without = missed(acts, elsewhere, {"act.hospital-only", "act.clinic-only"})

    assert count > 300
    assert without == []


def test_every_act_past_its_monthly_limit_is_found(acts: list[Alone]) -> None:
    def too_often(alone: Alone) -> Scene | None:
        if not alone.act.most:
            return None
        more = counted(alone.scene.receipt, alone.act.code, {DAY.day: alone.act.most + 1})
        return replace(alone.scene, receipt=attended(more, 31))

    count, without = missed(acts, too_often, {"limit.refused", "limit.capped"})

    assert count > 500
    assert without == []


def test_every_act_counted_by_days_is_found_on_more_days_than_there_are(acts: list[Alone]) -> None:
    def on_two_days(alone: Alone) -> Scene | None:
        if alone.act.days != "10":
            return None
        twice = counted(alone.scene.receipt, alone.act.code, {DAY.day: 1, DAY.day + 1: 1})
        return replace(alone.scene, receipt=attended(twice, 1))

    count, without = missed(acts, on_two_days, {"days.act"})

    assert count > 400
    assert without == []


def test_every_act_a_point_too_dear_is_found(acts: list[Alone]) -> None:
    def dearer(alone: Alone) -> Scene:
        receipt = alone.scene.receipt
        points = int(receipt.fields(receipt.line_of(alone.act.code))[POINTS])
        return replace(alone.scene, receipt=pointed(receipt, alone.act.code, points + 1))

    count, without = missed(acts, dearer, {"points.above-price", "points.above-sum"})

    assert count > 6_000
    assert without == []


def test_every_act_without_a_registered_standard_is_found(acts: list[Alone]) -> None:
    """Groups (8001 and up) that the specification of 2022 does not list cannot be decided and are left out."""

    def unregistered(alone: Alone) -> Scene | None:
        if not alone.act.standards or any(int(each) >= 8001 for each in alone.act.standards):
            return None
        return replace(alone.scene, standards=frozenset())

    count, without = missed(acts, unregistered, {"act.standard-missing"})

    assert count > 500
    assert without == []


def test_every_disease_that_may_not_stand_alone_or_is_not_billed_is_found(masters: Masters) -> None:
    stage = Stage(masters)
    edits = {"disease.needs-modifier", "disease.not-insured"}
    wrong = [each.code for each in masters.diseases.values() if each.alone == "01" or each.not_billed == "1"]
    scenes = {code: stage.outpatient(stage.visit(), diseases=[disease(code)]) for code in wrong}

    assert len(wrong) > 100
    assert [code for code, scene in scenes.items() if not is_found(scene, code, edits)] == []


def without_ward(receipt: RawReceipt) -> RawReceipt:
    """The receipt without the ward that it lay in."""
    return (
        removed(receipt, WARD) if WARD in {fields[CODE] for fields in receipt.records if fields[0] == "SI"} else receipt
    )


def test_every_act_of_one_setting_is_found_on_a_receipt_of_the_other(acts: list[Alone]) -> None:
    def elsewhere(alone: Alone) -> Scene | None:
        receipt = alone.scene.receipt
        kind = receipt.fields(1)[KIND]
        match alone.act.setting:
            case "1":
                other = receipt.put(1, KIND, kind[:3] + {"1": "2", "3": "4", "7": "8"}[kind[3]]).put(1, 8, "")
                section = receipt.fields(receipt.line_of(alone.act.code))[1]
                return None if section in {"90", "92"} else replace(alone.scene, receipt=without_ward(other))
            case "2":
                other = receipt.put(1, KIND, kind[:3] + {"2": "1", "4": "3", "8": "7"}[kind[3]]).put(1, 8, "20240707")
                return replace(alone.scene, receipt=other)
            case _:
                return None

    count, without = missed(acts, elsewhere, {"act.inpatient-only", "act.outpatient-only"})

    assert count > 700
    assert without == []
