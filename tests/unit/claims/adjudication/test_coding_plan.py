"""What goes to coding."""

from datetime import date

import pytest

from services.claims.domain.coding_plan import coding_plan
from services.claims.domain.uke.assess import assess
from tests.support import uke
from tests.unit.claims.adjudication.builders import patient


def test_texts_that_name_the_patient_are_withheld_and_the_others_are_mentions() -> None:
    plan = coding_plan(patient("急性胃腸炎", "見本太郎さんの発疹", "腰痛"))

    assert plan.mentions == ((4, "急性胃腸炎"), (6, "腰痛"))
    assert plan.withheld == ((5, "見本太郎さんの発疹"),)
    assert plan.sex == 2


def test_a_receipt_whose_diagnoses_are_all_coded_asks_for_nothing() -> None:
    plan = coding_plan(patient())

    assert (plan.mentions, plan.withheld) == ((), ())


def test_a_receipt_read_within_a_file_names_the_same_lines_as_read_alone() -> None:
    content = uke.receipt(
        uke.head(),
        uke.insurer(),
        uke.disease(),
        uke.disease(disease_code="0000999", name="腰痛", main=""),
        uke.act(),
    )
    alone, within = (assess(content, first_line=first).facts for first in (1, 70))
    assert alone
    assert within

    assert coding_plan(alone) == coding_plan(within)
    assert coding_plan(within).mentions == ((4, "腰痛"),)


@pytest.mark.parametrize(
    ("birth", "band"),
    [
        (date(2024, 5, 20), 0),
        (date(2014, 6, 1), 10),
        (date(2014, 6, 2), 0),
        (date(1944, 5, 31), 80),
        (date(1980, 1, 5), 40),
        (date(1924, 2, 29), 100),
    ],
    ids=["born in the month", "ten on the last day", "ten on the next day", "eighty", "forty", "leap day"],
)
def test_the_age_band_is_the_age_at_the_end_of_the_treatment_month(birth: date, band: int) -> None:
    assert coding_plan(patient("腰痛", birth=birth)).age_band_years == band
