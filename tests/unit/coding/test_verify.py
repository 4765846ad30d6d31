from dataclasses import replace
from datetime import date

import pytest

from services.coding.domain.decompose import Decomposed
from services.coding.domain.master import Alone, Billing, ModifierClass
from services.coding.domain.verify import Patient, Refusal, Sex, verify
from services.shared.kernel.months import Month
from tests.unit.coding.builders import MODIFIERS, disease, modifier

OCTOBER = Month(2024, 10)
SITE, LEFT = MODIFIERS[0], MODIFIERS[2]
BROKEN = disease("8290001", "骨折", alone=Alone.FORBIDDEN)
PLAIN = disease("3669004", "白内障", icd10="H269")


def asked(row: object, *modifiers: object, patient: Patient | None = None) -> Refusal | None:
    return verify(Decomposed(base=row, modifiers=modifiers), OCTOBER, patient or Patient())  # type: ignore[arg-type]


def test_a_live_disease_that_may_stand_is_not_refused() -> None:
    assert asked(PLAIN, LEFT) is None


def test_a_disease_or_a_modifier_is_live_on_a_day_of_the_month_or_refused() -> None:
    over = replace(PLAIN, valid_to=date(2024, 9, 30))
    to_come = modifier("2049", "左", ModifierClass.POSITION, valid_from=date(2024, 11, 1))

    assert asked(over) is Refusal.NOT_LIVE
    assert asked(PLAIN, to_come) is Refusal.NOT_LIVE
    assert asked(replace(PLAIN, valid_to=date(2024, 10, 1))) is None


def test_a_disease_that_moved_to_another_code_is_refused() -> None:
    assert asked(replace(PLAIN, moved_to="1234567")) is Refusal.MOVED


def test_a_disease_outside_insurance_is_refused() -> None:
    assert asked(replace(PLAIN, billing=Billing.NOT_CLAIMABLE)) is Refusal.NOT_CLAIMABLE


def test_a_disease_that_needs_a_site_is_refused_without_one() -> None:
    assert asked(BROKEN) is Refusal.NOT_ALONE
    assert asked(BROKEN, LEFT) is Refusal.NOT_ALONE
    assert asked(BROKEN, LEFT, SITE) is None


@pytest.mark.parametrize(
    ("icd10", "sex", "refusal"),
    [
        ("C61", Sex.FEMALE, Refusal.SEX),
        ("C61", Sex.MALE, None),
        ("N40", Sex.FEMALE, Refusal.SEX),
        ("N809", Sex.MALE, Refusal.SEX),
        ("N809", Sex.FEMALE, None),
        ("O800", Sex.MALE, Refusal.SEX),
        ("N390", Sex.MALE, None),
        ("N390", Sex.FEMALE, None),
        ("C509", Sex.MALE, None),
        ("C61", None, None),
    ],
)
def test_a_disease_of_the_other_sex_is_refused(icd10: str, sex: Sex | None, refusal: Refusal | None) -> None:
    assert asked(replace(PLAIN, icd10=icd10), patient=Patient(sex=sex)) is refusal


@pytest.mark.parametrize(
    ("name", "icd10", "age_band_years", "refusal"),
    [
        ("新生児黄疸", "P599", 10, Refusal.AGE),
        ("新生児黄疸", "P599", 0, None),
        ("新生児黄疸", "P599", None, None),
        ("妊娠悪阻", "O219", 0, Refusal.AGE),
        ("妊娠悪阻", "O219", 30, None),
        ("妊娠悪阻", "O219", 35, None),
        ("妊娠悪阻", "O219", 60, None),
        ("妊娠悪阻", "O219", 70, Refusal.AGE),
        ("白内障", "H269", 0, None),
    ],
)
def test_a_disease_of_another_age_is_refused(
    name: str, icd10: str, age_band_years: int | None, refusal: Refusal | None
) -> None:
    row = replace(PLAIN, name=name, icd10=icd10)

    assert asked(row, patient=Patient(age_band_years=age_band_years)) is refusal


def test_the_first_of_several_reasons_is_told() -> None:
    everything = replace(
        BROKEN, valid_to=date(2024, 1, 1), moved_to="1234567", billing=Billing.NOT_CLAIMABLE, icd10="O800"
    )

    assert asked(everything, patient=Patient(sex=Sex.MALE, age_band_years=0)) is Refusal.NOT_LIVE
