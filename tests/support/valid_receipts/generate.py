"""Receipts that are valid under the strict profile and true to the official masters, from a seed.

Every line's points are worked out from the master's row (see `prices`); days, ages, settings, limits and links are
kept. What the masters do not say (which acts make medical sense together) is not claimed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from tests.support.mutator.raw import Fields, RawReceipt, record, restated
from tests.support.valid_receipts.admission import inpatient_units
from tests.support.valid_receipts.illness import disease_records
from tests.support.valid_receipts.outpatient import outpatient_units
from tests.support.valid_receipts.patients import Patient, a_patient
from tests.support.valid_receipts.payers import payer_records
from tests.support.valid_receipts.shelves import Shelf, shelf
from tests.support.valid_receipts.units import UnitDraft, lines_of
from tests.support.valid_receipts.visit import Visits

CLINIC: Final = "1310000003"
HOSPITAL: Final = "1310099999"
HOSPITAL_BEDS: Final = 320
MONTHS: Final = tuple(date(2024 + (5 + each) // 12, (5 + each) % 12 + 1, 1) for each in range(10))
"""Treatment months June 2024 to March 2025: after the revision of the act master, before any of the drugs' prices."""
_INPATIENTS: Final = 0.12
_WITH_VISITS: Final = frozenset({"11", "12", "90", "97"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidReceipt:
    """A receipt, the institution (10 digits, beds or 0) that claims it, and the standards its lines ask for."""

    seed: int
    receipt: RawReceipt
    institution: str
    beds: int
    month: date
    claim_month: date
    inpatient: bool
    standards: frozenset[str]
    forms: frozenset[str]


def valid_receipts(folder: Path, count: int, seed: int = 2024) -> Iterator[ValidReceipt]:
    """So many receipts; the same seed gives the same ones."""
    for each in range(count):
        yield valid_receipt(folder, seed * 1_000_003 + each)


def valid_receipt(folder: Path, seed: int, more: int = 0) -> ValidReceipt:
    """The receipt of this seed; `more` plain units are added, where they find room."""
    random = Random(seed)
    inpatient = random.random() < _INPATIENTS
    codes = shelf(folder, inpatient=inpatient)
    month = random.choice(MONTHS)
    patient = a_patient(random, month, inpatient=inpatient)
    visits = Visits.drawn(random, month, patient, inpatient=inpatient)
    units, diseases, forms = (inpatient_units if inpatient else outpatient_units)(random, codes, visits, more)
    head = payer_records(random, visits)
    illness = disease_records(random, codes, diseases, month)
    records = [*head, *illness, *_lines(random, patient, units), *_closing(random, patient.share)]
    return ValidReceipt(
        seed=seed,
        receipt=restated(_with_meals(RawReceipt(tuple(records)), units)),
        institution=HOSPITAL if inpatient else CLINIC,
        beds=HOSPITAL_BEDS if inpatient else 0,
        month=month,
        claim_month=_next_month(month),
        inpatient=inpatient,
        standards=_standards(codes, units),
        forms=frozenset(forms),
    )


def _lines(random: Random, patient: Patient, units: list[UnitDraft]) -> list[Fields]:
    """All payers share every line; on some receipts the insurer bears some lines alone."""
    if not patient.insurer or not patient.programmes or random.random() < 0.6:
        return lines_of(units, patient.share)
    apart = [unit for unit in units if unit.section not in _WITH_VISITS and random.random() < 0.4]
    return lines_of([unit for unit in units if unit not in apart], patient.share, apart)


def _closing(random: Random, share: str) -> list[Fields]:
    """A free comment at the end, now and then."""
    if random.random() < 0.7:
        return []
    return [record("CO", {1: "99", 2: share, 3: "810000001", 4: "経過良好"})]


def _standards(codes: Shelf, units: list[UnitDraft]) -> frozenset[str]:
    acts = codes.masters.acts
    used = [acts[item.code] for unit in units for item in unit.items if item.code in acts]
    return frozenset(standard for act in used for standard in act.standards)


def _with_meals(receipt: RawReceipt, units: list[UnitDraft]) -> RawReceipt:
    """HO and KO with the meals of section 97: how many, and their yen without the patient's standard charge."""
    served = [unit for unit in units if unit.section == "97" and "meal" in meal_kind(unit)]
    if not served:
        return receipt
    count = sum(int(unit.items[0].quantity or 1) * sum(unit.days.values()) for unit in served)
    yen = sum(unit.points * sum(unit.days.values()) for unit in served)
    return receipt.each(("HO",), lambda fields: (*fields[:7], str(count), str(yen), *fields[9:])).each(
        ("KO",), lambda fields: (*fields[:10], str(count), str(yen))
    )


def meal_kind(unit: UnitDraft) -> str:
    """Whether a unit of section 97 is a meal or the patient's standard charge for it."""
    return "charge" if unit.items[0].code == "197000810" else "meal"


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
