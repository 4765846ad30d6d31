"""What a person may decide of a line, and what is told where it may not stand."""

from datetime import date

import pytest

from services.coding.domain.master import Billing, DiseaseMaster, ModifierClass
from services.coding.domain.rulings import Ruling, RulingOutcome, Told, ruling_of
from services.coding.domain.verify import NOT_TOLD, Patient, Sex
from services.shared.kernel.months import Month
from tests.unit.coding.builders import MODIFIERS, ROWS, disease, modifier

OCTOBER = Month(2024, 10)
MASTER = DiseaseMaster(
    "test",
    (
        *ROWS,
        disease("1111111", "旧病名", valid_to=date(2024, 9, 30)),
        disease("2222222", "移行病名", moved_to="3669004"),
        disease("3333333", "請求外病名", billing=Billing.NOT_CLAIMABLE),
        disease("6001001", "前立腺肥大症", icd10="N40"),
        disease("7001001", "新生児黄疸", icd10="P599"),
    ),
    (*MODIFIERS, modifier("4999", "旧", ModifierClass.COURSE, valid_to=date(2024, 9, 30))),
)


def told(code: str, *modifiers: str, why: str = "") -> Told:
    return Told(outcome=RulingOutcome.CODED, disease_code=code, modifier_codes=modifiers, why=why)


def rule(told: Told, candidates: tuple[str, ...] = (), patient: Patient = NOT_TOLD) -> Ruling | list[tuple[str, str]]:
    found = ruling_of(told, candidates, MASTER, month=OCTOBER, patient=patient)
    return found if isinstance(found, Ruling) else [(each.field, each.rule) for each in found]


def test_a_candidate_needs_no_reason_and_tells_its_place() -> None:
    ruling = rule(told("3669004"), ("5350004", "3669004"))

    assert isinstance(ruling, Ruling)
    assert (ruling.outcome, ruling.disease_code, ruling.candidate) == (RulingOutcome.CODED, "3669004", 2)


def test_any_other_code_of_the_master_needs_a_reason() -> None:
    ruling = rule(told("3669004", why="紹介状の記載"), ("5350004",))

    assert rule(told("3669004"), ("5350004",)) == [("why", "required")]
    assert isinstance(ruling, Ruling)
    assert (ruling.candidate, ruling.why) == (0, "紹介状の記載")


@pytest.mark.parametrize("outcome", [RulingOutcome.NOT_CODABLE, RulingOutcome.NO_DIAGNOSIS])
def test_a_decision_for_no_code_needs_a_reason(outcome: RulingOutcome) -> None:
    assert rule(Told(outcome=outcome), ("3669004",)) == [("why", "required")]
    assert isinstance(rule(Told(outcome=outcome, why="マスターになし")), Ruling)


def test_modifiers_stand_in_the_order_of_the_record_format_however_they_were_told() -> None:
    ruling = rule(told("3669004", "8002", "2049", "4012"), ("3669004",))

    assert isinstance(ruling, Ruling)
    assert ruling.modifier_codes == ("2049", "4012", "8002")


@pytest.mark.parametrize(
    ("code", "modifiers", "objections"),
    [
        ("9999999", (), [("coded.disease_code", "unknown")]),
        ("0000999", (), [("coded.disease_code", "unknown")]),
        ("1111111", (), [("coded.disease_code", "not-live")]),
        ("2222222", (), [("coded.disease_code", "moved")]),
        ("3333333", (), [("coded.disease_code", "not-claimable")]),
        ("8290001", ("2049",), [("coded.modifier_codes", "not-alone")]),
        ("3669004", ("2049", "9876"), [("coded.modifier_codes[1]", "unknown")]),
        ("3669004", ("4999",), [("coded.modifier_codes[0]", "not-live")]),
        ("3669004", ("2049", "2049"), [("coded.modifier_codes[1]", "unique")]),
        ("9999999", ("9876",), [("coded.disease_code", "unknown"), ("coded.modifier_codes[0]", "unknown")]),
    ],
)
def test_a_code_that_must_not_stand_is_refused_with_its_field_and_rule(
    code: str, modifiers: tuple[str, ...], objections: list[tuple[str, str]]
) -> None:
    assert rule(told(code, *modifiers), (code,)) == objections


@pytest.mark.parametrize(
    ("code", "patient", "rule_id"),
    [
        ("6001001", Patient(sex=Sex.FEMALE, age_band_years=60), "sex"),
        ("7001001", Patient(sex=Sex.MALE, age_band_years=40), "age"),
    ],
)
def test_a_code_of_another_sex_or_age_is_refused(code: str, patient: Patient, rule_id: str) -> None:
    assert rule(told(code), (code,), patient) == [("coded.disease_code", rule_id)]
    assert isinstance(rule(told(code), (code,)), Ruling)


def test_a_site_lets_a_code_stand_that_must_not_stand_alone() -> None:
    assert isinstance(rule(told("8290001", "1076"), ("8290001",)), Ruling)


def test_more_than_20_modifiers_are_refused() -> None:
    objections = rule(told("3669004", *["2049"] * 21), ("3669004",))

    assert isinstance(objections, list)
    assert objections[0] == ("coded.modifier_codes", "most")


def test_a_reason_that_seems_to_tell_who_somebody_is_is_refused() -> None:
    assert rule(told("3669004", why="患者氏名 山田太郎"), ("3669004",)) == [("why", "names_nobody")]
