"""The generated receipts are what the measurement says they are: valid under strict, and different from one another."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from tests.support.official_data import official_data
from tests.support.valid_receipts.ages import is_of_age, reached
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipt, valid_receipts
from tests.support.valid_receipts.masters import Steps
from tests.support.valid_receipts.prices import drug_points, less_percent, material_points, stepped_points

COUNT = 400


@pytest.fixture(scope="module")
def masters() -> Path:
    return official_data("masters")


@pytest.fixture(scope="module")
def receipts(masters: Path) -> list[ValidReceipt]:
    return list(valid_receipts(masters, COUNT))


def test_generated_receipts_hold_under_the_strict_profile_without_a_warning(receipts: list[ValidReceipt]) -> None:
    found = [
        finding for each in receipts for finding in assess(each.receipt.to_bytes(), profile=Profile.STRICT).findings
    ]

    assert found == []


def test_a_seed_gives_the_same_receipt_again(masters: Path) -> None:
    assert valid_receipt(masters, 7).receipt == valid_receipt(masters, 7).receipt


def test_every_form_of_unit_and_both_settings_occur(receipts: list[ValidReceipt]) -> None:
    assert set().union(*(each.forms for each in receipts)) == {
        "bundle",
        "drugs",
        "external drug",
        "injection",
        "inpatient",
        "judgement",
        "managed",
        "material",
        "meals",
        "noted",
        "outpatient management",
        "percentage",
        "plain",
        "picture",
        "purchased material",
        "scan again",
        "second visit of a day",
        "specimen",
        "stepped",
        "tapered",
        "treatment with goods",
        "visit with notes",
    }


def test_every_scheme_and_up_to_two_programmes_occur(receipts: list[ValidReceipt]) -> None:
    kinds = {each.receipt.fields(1)[2] for each in receipts}

    assert {kind[1] for kind in kinds} == {"1", "2", "3"}
    assert {kind[2] for kind in kinds} == {"1", "2", "3"}


def test_steps_follow_the_specifications_formula() -> None:
    """点数算定式1 and 2: base + ceil((quantity - lower) / step) × step points, capped where errors are 1 or 3."""
    steps = Steps(300, 480, 30, Decimal(500), "1")

    assert [int(stepped_points(Decimal(5_000), steps, minutes)) for minutes in (60, 300, 301, 330, 331, 480, 900)] == [
        5_000,
        5_000,
        5_500,
        5_500,
        6_000,
        8_000,
        8_000,
    ]


def test_the_specifications_example_of_tapering_is_135_points() -> None:
    """別紙7-1 (参考2): 超音波検査 Ａモード法, 150 points, the second time less 10 %."""
    assert less_percent(Decimal(150), Decimal(10)) == 135


def test_drugs_round_half_down_and_cost_a_point_at_least() -> None:
    prices = [Decimal(text) for text in ("0.1", "15", "15.1", "25", "25.1", "35.0")]

    assert [drug_points(yen) for yen in prices] == [1, 1, 2, 2, 3, 3]


def test_materials_round_half_up() -> None:
    assert [material_points(Decimal(text)) for text in ("14.9", "15", "239.3")] == [1, 2, 24]


@pytest.mark.parametrize(
    ("limit", "birth", "first_day"),
    [
        ("AA", date(2024, 6, 1), date(2024, 6, 29)),
        ("AE", date(2024, 6, 1), date(2024, 8, 30)),
        ("06", date(2018, 7, 10), date(2024, 7, 10)),
        ("MG", date(2018, 4, 1), date(2024, 4, 1)),
        ("MG", date(2018, 4, 2), date(2025, 4, 1)),
        ("B6", date(2018, 7, 10), date(2024, 8, 1)),
        ("B6", date(2018, 7, 1), date(2024, 7, 1)),
        ("BK", date(2004, 7, 31), date(2024, 8, 1)),
    ],
)
def test_an_age_limit_is_reached_on_the_day_that_the_specification_says(
    limit: str, birth: date, first_day: date
) -> None:
    """第1章 (7) columns 41 and 42; an age is reached at the end of the day before the birthday."""
    assert reached(birth, limit) == first_day
    assert is_of_age(birth, first_day, limit, "00")
    assert not is_of_age(birth, first_day, "00", limit)
