"""Names that may not stand alone, and diseases that acts demand."""

from dataclasses import replace

import pytest

from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.facts import Diagnosis
from tests.unit.claims.edits.builders import (
    DISEASE,
    TEST,
    Rows,
    case,
    cuts,
    disease,
    ids,
    ill,
    ill_in_words,
    modifier,
    receipt,
    unit,
)
from tests.unit.claims.pricing.builders import act, done

ALONE, UNINSURED = "8830057", "8850703"
ROWS = Rows(
    acts=[act(TEST, "100.00")],
    diseases=[disease(), disease(ALONE, {19: "01"}), disease(UNINSURED, {20: "1"})],
    modifiers=[modifier("2056", "2"), modifier("8002", "8")],
)


def with_diseases(*diagnoses: Diagnosis) -> Treatment:
    return replace(receipt(unit(done(TEST), points=100)), diagnoses=diagnoses)


@pytest.mark.parametrize(
    ("modifiers", "said"),
    [
        ((), ["disease.needs-modifier"]),
        (("8002",), ["disease.needs-modifier"]),
        (("2056",), []),
        (("8002", "2056"), []),
    ],
)
def test_a_name_that_must_not_stand_alone_has_a_modifier_before_it(modifiers: tuple[str, ...], said: list[str]) -> None:
    """別紙1-1 4 ①: 修飾語コードによる部位等の記録を要する; の疑い (8002) is a suffix."""
    assert ids(case(ROWS, with_diseases(ill(ALONE, *modifiers)))) == said


def test_an_uninsured_disease_needs_another_one_beside_it() -> None:
    """別紙1-1 4 ②: 別の傷病名コードの記録を要する."""
    assert ids(case(ROWS, with_diseases(ill(UNINSURED)))) == ["disease.not-insured"]
    assert ids(case(ROWS, with_diseases(ill(UNINSURED), ill(DISEASE)))) == []
    assert ids(case(ROWS, replace(with_diseases(ill(UNINSURED)), uncoded=(ill_in_words(),)))) == []


@pytest.mark.parametrize(
    ("link", "columns"),
    [
        ("3", {21: "03"}),
        ("4", {21: "04"}),
        ("5", {21: "05"}),
        ("5", {21: "08"}),
        ("7", {21: "07"}),
        ("7", {21: "08"}),
        ("9", {43: "09"}),
    ],
)
def test_an_act_that_demands_a_disease_needs_one_of_its_class(link: str, columns: dict[int, str]) -> None:
    """医科診療行為マスター 項番25 against 傷病名マスター 項番21, 43."""
    rows = Rows(acts=[act(TEST, "225.00", {25: link})], diseases=[disease(), disease("8848310", columns)])
    treated = receipt(unit(done(TEST), points=225))

    assert ids(case(rows, replace(treated, diagnoses=(ill("8848310"), ill(DISEASE))))) == []
    assert cuts("disease.asked-for", case(rows, replace(treated, diagnoses=(ill(DISEASE),)))) == [(11, 225, 0)]


def test_where_a_diagnosis_is_free_text_a_person_looks_whether_it_is_the_disease() -> None:
    rows = Rows(acts=[act(TEST, "225.00", {25: "5"})], diseases=[disease()])
    treated = replace(receipt(unit(done(TEST), points=225)), diagnoses=(ill(DISEASE),), uncoded=(ill_in_words(),))

    assert ids(case(rows, treated)) == ["disease.asked-for-uncoded"]


def test_where_the_disease_master_is_not_loaded_no_disease_is_missed() -> None:
    rows = Rows(acts=[act(TEST, "225.00", {25: "5"})])

    assert ids(case(rows, receipt(unit(done(TEST), points=225)))) == []
