"""What is planted are faults of content: innocent and guilty receipts alike hold under the strict rules of form."""

import pytest

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from tests.mutations.catalogue import FAULTS
from tests.mutations.scenes import Stage
from tests.support.official_data import official_data
from tests.support.valid_receipts.masters import read_masters

ABOUT_FORM = {"declared-above-the-lines", "declared-below-the-lines"}
"""Sums are warned of when a receipt is read."""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(read_masters(official_data("masters")))


def test_at_least_forty_kinds_of_fault_are_planted() -> None:
    assert len(FAULTS) >= 40


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_receipt_still_holds_in_form(stage: Stage, name: str) -> None:
    planted = FAULTS[name].plant(stage)
    read = [assess(scene.receipt.to_bytes(), profile=Profile.STRICT) for scene in (planted.innocent, planted.guilty)]

    assert read[0].findings == ()
    assert not read[1].rejected
    assert read[1].findings == () or name in ABOUT_FORM


@pytest.mark.parametrize("name", FAULTS)
def test_the_guilty_receipt_or_its_circumstances_differ_from_the_innocent(stage: Stage, name: str) -> None:
    planted = FAULTS[name].plant(stage)

    assert planted.innocent != planted.guilty
