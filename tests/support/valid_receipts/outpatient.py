"""What is done for an outpatient of a clinic, as units whose points are true to the masters."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.support.valid_receipts.chosen import Chosen
from tests.support.valid_receipts.combined import (
    add_culture,
    add_examination_of_a_child,
    add_picture,
    add_scan_again,
    add_surgery_after_hours,
    add_treatment_with_goods,
    visits_with_notes,
)
from tests.support.valid_receipts.forms import (
    add_aged,
    add_bundle,
    add_external,
    add_injection,
    add_judgements,
    add_managed,
    add_material,
    add_noted,
    add_plain,
    add_prescription,
    add_purchased,
    add_stepped,
    add_tapered,
)
from tests.support.valid_receipts.masters import Disease
from tests.support.valid_receipts.shelves import Shelf
from tests.support.valid_receipts.units import UnitDraft, act
from tests.support.valid_receipts.visit import Visits

OUTPATIENT_MANAGEMENT: Final = "112011010"

_FORMS: Final[tuple[tuple[float, Callable[[Random, Chosen], None]], ...]] = (
    (0.15, add_stepped),
    (0.15, add_noted),
    (0.20, add_bundle),
    (0.05, add_tapered),
    (0.08, add_aged),
    (0.20, add_managed),
    (0.35, add_prescription),
    (0.15, add_external),
    (0.15, add_injection),
    (0.12, add_material),
    (0.05, add_purchased),
    (0.12, add_treatment_with_goods),
    (0.15, add_picture),
    (0.30, add_examination_of_a_child),
    (0.03, add_surgery_after_hours),
    (0.05, add_scan_again),
    (0.08, add_culture),
)
"""How often each form of unit stands on a receipt."""


def outpatient_units(
    random: Random, codes: Shelf, visits: Visits, more: int = 0
) -> tuple[list[UnitDraft], list[Disease], set[str]]:
    """The units of a month of visits, so many more plain ones, the diseases they ask for, and the forms' names."""
    chosen = Chosen(codes=codes, visits=visits)
    new = random.random() < 0.4
    for _ in range(random.choice((0, 1, 2, 2, 3, 4, 6, 8)) + more):
        add_plain(random, chosen)
    for share, form in _FORMS:
        if random.random() < share:
            form(random, chosen)
    add_judgements(random, chosen)
    _add_consultations(random, chosen, new=new)
    return chosen.units, chosen.diseases, chosen.forms


def _add_consultations(random: Random, chosen: Chosen, *, new: bool) -> None:
    """初診 on the first day of a new patient, 再診 on all others, 外来管理加算 where nothing on the day excludes it."""
    returns = chosen.visits.days[1:] if new else chosen.visits.days
    for unit in visits_with_notes(random, chosen, new=new):
        chosen.add(unit)
    management = chosen.codes.masters.acts[OUTPATIENT_MANAGEMENT]
    free = {day: 1 for day in returns if day not in chosen.days_without_management()}
    if free and random.random() < 0.6:
        chosen.add(UnitDraft("12", (act(OUTPATIENT_MANAGEMENT),), int(management.points), free))
        chosen.forms.add("outpatient management")
