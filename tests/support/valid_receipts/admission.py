"""What is done for an inpatient of a hospital: the ward for each day, meals, and acts, drugs and tests beside them."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.support.valid_receipts.chosen import Chosen
from tests.support.valid_receipts.forms import (
    add_aged,
    add_bundle,
    add_judgements,
    add_material,
    add_noted,
    add_plain,
    add_stepped,
)
from tests.support.valid_receipts.masters import Disease
from tests.support.valid_receipts.shelves import Shelf
from tests.support.valid_receipts.units import UnitDraft, act
from tests.support.valid_receipts.visit import Visits

WARDS: Final = ("190117710", "190077410", "190077510")
MEAL: Final = "197000110"
CHARGE: Final = "197000810"
_MEALS_A_DAY: Final = 3

_FORMS: Final[tuple[tuple[float, Callable[[Random, Chosen], None]], ...]] = (
    (0.30, add_stepped),
    (0.30, add_noted),
    (0.50, add_bundle),
    (0.30, add_aged),
    (0.40, add_material),
)


def inpatient_units(
    random: Random, codes: Shelf, visits: Visits, more: int = 0
) -> tuple[list[UnitDraft], list[Disease], set[str]]:
    """The units of a stay, so many more plain ones, the diseases that they ask for, and the forms' names."""
    chosen = Chosen(codes=codes, visits=visits)
    chosen.forms.add("inpatient")
    for _ in range(random.choice((1, 2, 4, 6, 9, 12)) + more):
        add_plain(random, chosen)
    for share, form in _FORMS:
        if random.random() < share:
            form(random, chosen)
    add_judgements(random, chosen)
    _add_stay(random, chosen)
    return chosen.units, chosen.diseases, chosen.forms


def _add_stay(random: Random, chosen: Chosen) -> None:
    acts = chosen.codes.masters.acts
    every_day = dict.fromkeys(chosen.visits.days, 1)
    ward = acts[random.choice([code for code in WARDS if code in acts])]
    chosen.add(UnitDraft("90", (act(ward.code),), int(ward.points), every_day))
    if random.random() < 0.8:
        chosen.add(_served(chosen, MEAL, every_day))
        chosen.add(_served(chosen, CHARGE, every_day))
        chosen.forms.add("meals")


def _served(chosen: Chosen, code: str, days: dict[int, int]) -> UnitDraft:
    """Three meals a day, or the patient's standard charge for them; both are yen."""
    yen = int(chosen.codes.masters.acts[code].points) * _MEALS_A_DAY
    return UnitDraft("97", (act(code, _MEALS_A_DAY),), yen, days)
