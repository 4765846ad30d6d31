"""Diagnoses as SY records: diseases of the master, with modifiers where they want some, one of them the main one."""

from datetime import date, timedelta
from random import Random
from typing import Final

from tests.support.mutator.raw import Fields, record
from tests.support.valid_receipts.masters import Disease
from tests.support.valid_receipts.shelves import Shelf

_SUSPECTED: Final = "8002"
_UNCODED: Final = "0000999"
_LONGEST_DAYS: Final = 2_000


def disease_records(random: Random, codes: Shelf, wanted: list[Disease], month: date) -> list[Fields]:
    """The diseases that acts ask for, and up to three others."""
    others = random.choices(codes.diseases, k=random.choice((1, 1, 2, 3)))
    chosen = {each.code: each for each in (*wanted, *others)}
    found = [_disease(random, codes, each, month, suspected=each in others) for each in chosen.values()]
    if random.random() < 0.1:
        found.append(_disease(random, codes, random.choice(codes.bound_diseases), month, suspected=False))
    if random.random() < 0.05:
        found.append(record("SY", {1: _UNCODED, 2: f"{month:%Y%m}01", 3: "1", 5: "架空の病"}))
    return [(*fields[:6], "01" if place == 0 else "", *fields[7:]) for place, fields in enumerate(found)]


def _disease(random: Random, codes: Shelf, disease: Disease, month: date, *, suspected: bool) -> Fields:
    start = month - timedelta(days=random.randrange(_LONGEST_DAYS)) + timedelta(days=1)
    modifiers = [random.choice(codes.masters.modifiers)] if disease.alone != "00" or random.random() < 0.3 else []
    if suspected and random.random() < 0.1:
        modifiers.append(_SUSPECTED)
    outcome = random.choice("1112")
    return record("SY", {1: disease.code, 2: f"{start:%Y%m%d}", 3: outcome, 4: "".join(modifiers)})
