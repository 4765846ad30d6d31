"""What a code that coding found in free text may do to a receipt: clear it, ask a person, never return or cut it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from services.claims.domain.edits.edit import Severity
from services.claims.domain.edits.find import find
from services.claims.domain.found_codes import FoundCode, with_found_codes
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.facts import Diagnosis, Sex, UncodedDiagnosis
from tests.unit.claims.edits.builders import (
    DISEASE,
    TEST,
    Rows,
    case,
    disease,
    found,
    ids,
    ill,
    ill_in_words,
    modifier,
    receipt,
    unit,
)
from tests.unit.claims.pricing.builders import act, done

EPILEPSY, UNINSURED, ALONE, OF_WOMEN = "3459004", "8850703", "8830057", "2189011"
LINE = 6
ROWS = Rows(
    acts=[act(TEST, "225.00", {25: "5"})],
    diseases=[
        disease(),
        disease(EPILEPSY, {21: "05"}),
        disease(UNINSURED, {20: "1"}),
        disease(ALONE, {19: "01", 21: "05"}),
        disease(OF_WOMEN, {16: "D259"}),
    ],
    modifiers=[modifier("2056", "2"), modifier("8002", "8")],
)
PLAIN = replace(ROWS, acts=[act(TEST, "225.00")])


def coded(
    *codes: FoundCode,
    diagnoses: tuple[Diagnosis, ...] = (ill(DISEASE),),
    uncoded: tuple[UncodedDiagnosis, ...] = (ill_in_words(),),
) -> Treatment:
    """A receipt with a recorded disease, a text, and what coding found for it."""
    treated = receipt(unit(done(TEST), points=225))
    return with_found_codes(replace(treated, diagnoses=diagnoses, uncoded=uncoded), codes)


def code(disease_code: str, *modifiers: str, line: int = LINE) -> FoundCode:
    return FoundCode(line, disease_code, modifiers)


def test_a_found_disease_satisfies_the_act_that_demands_it_and_a_note_tells_so() -> None:
    judged = case(ROWS, coded(code(EPILEPSY)))

    assert ids(judged) == ["coding.names-disease"]
    assert [each.line for each in found("coding.names-disease", judged)] == [11]


def test_a_recorded_disease_needs_no_found_one() -> None:
    assert ids(case(ROWS, coded(code(EPILEPSY), diagnoses=(ill(EPILEPSY),)))) == []


def test_where_the_text_is_another_disease_a_person_looks_and_nothing_is_cut() -> None:
    assert ids(case(ROWS, coded(code(DISEASE)))) == ["disease.asked-for-uncoded"]


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ([code("9999999")], "9999999 has no row in the masters of the month"),
        ([code(EPILEPSY, "7777")], "modifier 7777 is in force on no day of the month"),
        ([code(ALONE)], f"{ALONE} needs a modifier of site or the like"),
        ([code(ALONE, "8002")], f"{ALONE} needs a modifier of site or the like"),
    ],
)
def test_a_code_that_could_not_be_recorded_is_not_believed_and_clears_nothing(
    codes: Sequence[FoundCode], why: str
) -> None:
    judged = case(ROWS, coded(*codes))

    assert ids(judged) == ["disease.asked-for-uncoded", "coding.not-used"]
    assert [(each.line, each.detail) for each in found("coding.not-used", judged)] == [(LINE, why)]


def test_a_name_that_must_not_stand_alone_is_believed_with_its_modifier() -> None:
    assert ids(case(ROWS, coded(code(ALONE, "2056")))) == ["coding.names-disease"]


def test_where_all_diseases_with_the_found_one_are_uninsured_a_person_looks() -> None:
    assert ids(case(PLAIN, coded(code(UNINSURED), diagnoses=(ill(UNINSURED),)))) == ["coding.not-insured"]
    assert ids(case(PLAIN, coded(code(UNINSURED), diagnoses=()))) == ["coding.not-insured"]
    assert ids(case(PLAIN, coded(code(UNINSURED)))) == []
    assert ids(case(PLAIN, coded(code(DISEASE), diagnoses=(ill(UNINSURED),)))) == []


def test_a_text_that_nobody_coded_may_be_the_insured_disease() -> None:
    other = ill_in_words()
    texts = (ill_in_words(), replace(other, line=LINE + 1))

    assert ids(case(PLAIN, coded(code(UNINSURED), diagnoses=(ill(UNINSURED),), uncoded=texts))) == []


def test_a_found_disease_of_the_other_sex_is_looked_at_by_a_person() -> None:
    man = coded(code(OF_WOMEN))

    assert ids(case(PLAIN, man)) == ["coding.other-sex"]
    assert ids(case(PLAIN, replace(man, sex=Sex.FEMALE))) == []


def test_where_the_disease_master_is_not_loaded_found_codes_say_nothing() -> None:
    assert ids(case(replace(ROWS, diseases=None), coded(code("9999999"), code(EPILEPSY, line=7)))) == []


@pytest.mark.parametrize("disease_code", [EPILEPSY, UNINSURED, ALONE, OF_WOMEN, DISEASE, "9999999"])
@pytest.mark.parametrize("diagnoses", [(), (ill(DISEASE),), (ill(UNINSURED),), (ill("9999999"),)])
@pytest.mark.parametrize("rows", [ROWS, PLAIN], ids=["demanding", "plain"])
def test_no_found_code_returns_or_cuts_what_stands_without_it(
    rows: Rows, diagnoses: tuple[Diagnosis, ...], disease_code: str
) -> None:
    grave = {Severity.RETURN, Severity.REDUCE}
    without, beside = (case(rows, coded(*codes, diagnoses=diagnoses)) for codes in ((), (code(disease_code),)))

    assert [each for each in find(beside) if each.edit.severity in grave] == [
        each for each in find(without) if each.edit.severity in grave
    ]


def test_found_codes_stand_in_the_places_of_their_texts_in_the_order_of_lines() -> None:
    texts = tuple(UncodedDiagnosis(line, "x", date(2024, 5, line), "1", main=line == 8) for line in (8, 9))
    treated = replace(receipt(), uncoded=texts, lines_before=2)

    codes = [code("b", line=7), code("a", "1", line=6), code("c", line=6), code("d", line=3)]
    assert with_found_codes(treated, codes).found == (
        Diagnosis(8, "a", ("1",), date(2024, 5, 8), "1", main=True),
        Diagnosis(9, "b", (), date(2024, 5, 9), "1", main=False),
    )


def test_without_codes_the_treatment_is_the_same_object() -> None:
    treated = receipt()

    assert with_found_codes(treated, ()) is treated
