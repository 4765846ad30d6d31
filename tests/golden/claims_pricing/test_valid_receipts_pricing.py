"""Generated receipts priced from the official masters of 2024: their points come from a reading of its own.

The generator (tests/support/valid_receipts) reads the masters with the csv module and shares no code with the service.
"""

import csv
import io
import zipfile
from functools import lru_cache

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.records import row_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Pricing
from services.claims.domain.pricing.prices import differences, price
from services.claims.domain.treatment import LineKind, Treatment
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.support.official_data import official_data
from tests.support.valid_receipts.generate import valid_receipts

COUNT = 300


def _rows(kind: MasterKind, name: str) -> list[object]:
    with zipfile.ZipFile(official_data("masters", "full", name)) as archive:
        content = archive.read(archive.namelist()[0]).decode("cp932")
    return [row_of(kind, fields) for fields in csv.reader(io.StringIO(content))]


@lru_cache(maxsize=1)
def _masters() -> tuple[list[Act], list[Drug], list[Material]]:
    acts = _rows(MasterKind.ACT, "s_20240531.zip")
    drugs = _rows(MasterKind.DRUG, "y_ALL20240321.zip")
    materials = _rows(MasterKind.MATERIAL, "t_ALL20240315.zip")
    return (
        [row for row in acts if isinstance(row, Act)],
        [row for row in drugs if isinstance(row, Drug)],
        [row for row in materials if isinstance(row, Material)],
    )


@lru_cache(maxsize=16)
def _schedule(month: Month) -> MonthSchedule:
    acts, drugs, materials = _masters()
    return MonthSchedule.of(month, acts=acts, drugs=drugs, materials=materials)


def _priced() -> list[tuple[Treatment, Pricing]]:
    facts = [assess(each.receipt.to_bytes()).facts for each in valid_receipts(official_data("masters"), COUNT)]
    treatments = [treatment_of(each) for each in facts if each is not None]
    return [(each, price(each, _schedule(each.month))) for each in treatments]


def test_every_unit_of_valid_receipts_is_priced_at_its_declared_points() -> None:
    priced = _priced()

    units = [unit for treatment, _ in priced for unit in treatment.units]
    answers = [answer for _, pricing in priced for answer in pricing.units]
    assert len(priced) == COUNT
    assert {line.kind for unit in units for line in unit.lines} == set(LineKind)
    assert [(answer.why, answer.missing) for answer in answers if answer.points is None] == []
    assert [differences(treatment, pricing) for treatment, pricing in priced] == [()] * COUNT
