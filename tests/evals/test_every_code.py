"""Every drug and material is priced as a reading of our own prices it, and no sound disease or modifier is stopped."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar

import pytest

from services.claims.domain.edits.edit import Severity
from tests.mutations.scenes import Scene, Stage, disease
from tests.mutations.seen import seen
from tests.support.judged import Judged
from tests.support.official_data import official_data
from tests.support.valid_receipts.masters import Masters, read_masters
from tests.support.valid_receipts.prices import drug_points, material_points
from tests.support.valid_receipts.shelves import shelf
from tests.support.valid_receipts.units import Item, UnitDraft

A_RECEIPT: Final = 60
MOST_YEN: Final = 10_000_000
SECTION_OF_FORM: Final = {"1": "21", "4": "31", "6": "23", "3": "40"}
MODIFIERS_TOLD: Final = "202507"
T = TypeVar("T")


@pytest.fixture(scope="module")
def masters() -> Masters:
    return read_masters(official_data("masters"))


@pytest.fixture(scope="module")
def stage(masters: Masters) -> Stage:
    return Stage(masters)


def batches(items: Iterable[T], size: int = A_RECEIPT) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def treated(stage: Stage, units: Sequence[UnitDraft]) -> Judged:
    return seen(stage.outpatient(stage.visit(), *units))


def wrong_in(case: Judged) -> list[tuple[str, int, int | None]]:
    """Units that are priced otherwise than they declare, and lines that something stops."""
    units = zip(case.treatment.units, case.pricing.units, strict=True)
    differing = [
        (unit.lines[0].code, unit.points, answer.points) for unit, answer in units if unit.points != answer.points
    ]
    stopped = [(each.edit.id, each.line, None) for each in case.findings if each.edit.severity is not Severity.NOTE]
    return [*differing, *stopped]


@pytest.mark.parametrize("quantity", ["1", "2.5", "0.01"])
def test_every_drug_is_priced_as_our_own_reading_prices_it(stage: Stage, quantity: str) -> None:
    drugs = [
        each
        for each in stage.masters.drugs.values()
        if each.form in {"1", "4", "6"} and each.price_kind == "1" and each.price < MOST_YEN
    ]
    units = [
        UnitDraft(
            SECTION_OF_FORM[each.form],
            (Item("IY", each.code, Decimal(quantity)),),
            drug_points(each.price * Decimal(quantity)),
            {7: 1},
        )
        for each in drugs
    ]

    assert len(units) > 10_000
    assert [wrong for batch in batches(units) for wrong in wrong_in(treated(stage, batch))] == []


@pytest.mark.parametrize("quantity", ["1", "3"])
def test_every_material_is_priced_as_our_own_reading_prices_it(stage: Stage, quantity: str) -> None:
    plain = [each for each in stage.masters.materials.values() if each.plain and each.price_kind == "1"]
    units = [
        UnitDraft(
            "40",
            (Item("TO", each.code, Decimal(quantity)),),
            material_points(each.price * Decimal(quantity)),
            {7: 1},
        )
        for each in plain
        if each.price * Decimal(quantity) < MOST_YEN
    ]

    assert len(units) > 1_000
    assert [wrong for batch in batches(units) for wrong in wrong_in(treated(stage, batch))] == []


def test_no_sound_disease_is_stopped(stage: Stage) -> None:
    """Diseases that may stand alone, are billed, and by their ICD-10 category occur in both sexes."""
    sound = shelf(official_data("masters"), inpatient=False).diseases
    scenes = [ill(stage, batch) for batch in batches([each.code for each in sound])]

    assert len(sound) > 15_000
    assert [wrong for scene in scenes for wrong in wrong_in(seen(scene))] == []


def ill(stage: Stage, codes: Sequence[str], modifiers: str = "", month: str = "") -> Scene:
    return stage.outpatient(stage.visit(), diseases=[disease(code, modifiers) for code in codes], month=month)


def test_no_modifier_of_the_master_is_stopped(stage: Stage) -> None:
    known = [ill(stage, ["2500013"], modifiers=code, month=MODIFIERS_TOLD) for code in stage.masters.modifiers]

    assert len(known) > 2_000
    assert [wrong for scene in known for wrong in wrong_in(seen(scene))] == []
