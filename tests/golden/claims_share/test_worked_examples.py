"""The Ministry's worked examples of high-cost care, every figure that they state, to the yen."""

import csv
import re

import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, ShareCase, SharePayer
from services.claims.domain.share.national import LONG_TERM_NUMBER
from services.claims.domain.share.split import share_of, workings
from services.shared.kernel.months import Month
from tests.support.official_data import official_data

BEFORE_THE_CHANGE = Month(2024, 6)
"""The examples' limits are those before 2026-08."""
EXAMPLES = 43


def _rows() -> list[dict[str, str]]:
    with official_data("caps", "worked_examples_part_a.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _case(row: dict[str, str]) -> ShareCase:
    payers = [SharePayer(0, "01130012")]
    points = {"1": int(row["points_insurance_only"])}
    if row["programme"]:
        found = re.match(r"\d+", row["programme"])
        limit = row["programme_patient_cap_yen"]
        payers.append(
            SharePayer(1, found.group() if found else LONG_TERM_NUMBER, limit_yen=int(limit) if limit else None)
        )
        points["2"] = int(row["points_with_programme"])
    return ShareCase(
        month=BEFORE_THE_CHANGE,
        points=points,
        payers=tuple(payers),
        copay_tenths=int(row["copay_tenths"]),
        setting=Setting.INPATIENT if row["setting"] == "inpatient" else Setting.OUTPATIENT,
        age=AgeClass.GENERAL if row["set"] == "under70" else AgeClass.ELDERLY,
        category=LimitCategory(row["bracket"]),
        multi=row["multi"] == "1",
        turns_75=row["turns_75"] == "1",
        legacy_tenth=row["legacy_tenth"] == "1",
    )


def _figures(case: ShareCase) -> dict[str, int]:
    done = workings(case)
    split = share_of(case)
    programme_yen = split.payer_yen.get(1, 0)
    figures = {
        "expect_patient_yen": split.patient_yen,
        "expect_insurance_copay_yen": split.patient_yen + split.legacy_yen + programme_yen,
        "expect_programme_pays_yen": programme_yen,
    }
    for taking in done.takings:
        figures["expect_programme_layer_yen"] = taking.layer_yen
        figures["expect_programme_patient_yen"] = taking.left_yen
    return figures


def test_the_file_holds_the_examples_that_are_checked_here() -> None:
    assert len(_rows()) == EXAMPLES


def test_every_worked_example_comes_out_to_the_yen() -> None:
    wrong = []
    for row in _rows():
        figures = _figures(_case(row))
        for column, stated in row.items():
            if column.startswith("expect_") and stated and figures[column] != int(stated):
                wrong.append(f"{row['set']} {row['case']} {column}: {figures[column]}, stated {stated}")

    assert not wrong


@pytest.mark.parametrize("row_of", range(EXAMPLES))
def test_an_example_conserves_the_yen(row_of: int) -> None:
    case = _case(_rows()[row_of])
    split = share_of(case)

    assert sum(split.payer_yen.values()) + split.patient_yen + split.legacy_yen == sum(case.points.values()) * 10
