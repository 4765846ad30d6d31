"""Ages, and diseases of one sex."""

from dataclasses import replace

import pytest

from services.claims.domain.edits.tables import one_sex_in
from services.claims.domain.uke.facts import Sex
from tests.unit.claims.edits.builders import (
    DISEASE,
    MAY,
    TEST,
    Rows,
    case,
    cuts,
    disease,
    found,
    ids,
    ill,
    receipt,
    unit,
)
from tests.unit.claims.pricing.builders import act, done, material, used


@pytest.mark.parametrize(
    ("limit", "last_refused", "first_admitted"),
    [
        ("06", "2018-05-09", "2018-05-08"),
        ("AA", "2024-04-10", "2024-04-09"),
        ("B3", "2021-05-02", "2021-05-01"),
        ("BK", "2004-05-02", "2004-05-01"),
    ],
)
def test_a_lower_limit_admits_whoever_has_reached_it_on_the_treatment_day(
    limit: str, last_refused: str, first_admitted: str
) -> None:
    """項番41, treatment on 7 May 2024: an age is attained on the day before the birthday, ＡＡ 28 days after birth,
    Ｂ３ and ＢＫ on the first of the month after the third and the twentieth year."""
    rows = Rows(acts=[act(TEST, "100.00", {41: limit})])
    treated = unit(done(TEST), points=100)

    assert cuts("act.age-low", case(rows, receipt(treated, born=last_refused))) == [(11, 100, 0)]
    assert ids(case(rows, receipt(treated, born=first_admitted))) == []


@pytest.mark.parametrize(
    ("limit", "admitted", "refused"),
    [
        ("06", "2018-05-09", "2018-05-08"),
        ("AE", "2024-02-08", "2024-02-07"),
        ("B6", "2018-05-02", "2018-04-30"),
        ("BF", "2009-05-02", "2009-04-30"),
        ("MG", "2018-04-02", "2018-04-01"),
    ],
)
def test_an_upper_limit_admits_whoever_has_not_reached_it(limit: str, admitted: str, refused: str) -> None:
    """項番42; 未就学児 are children until the 31 March after their sixth year."""
    rows = Rows(acts=[act(TEST, "100.00", {42: limit})])
    treated = unit(done(TEST), points=100)

    assert ids(case(rows, receipt(treated, born=admitted))) == []
    assert cuts("act.age-high", case(rows, receipt(treated, born=refused))) == [(11, 100, 0)]


def test_a_birthday_within_the_month_cuts_only_the_days_after_it() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {42: "06"})])
    treated = receipt(unit(done(TEST), points=100, days=(7, 8, 20)), born="2018-05-20", days=3)

    assert cuts("act.age-high", case(rows, treated)) == [(11, 300, 200)]


def test_without_days_an_age_that_some_day_of_the_month_admits_is_admitted() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {42: "06"})])

    assert ids(case(rows, receipt(unit(done(TEST), points=100, days=(), times=1), born="2018-05-20"))) == []


def test_a_findings_text_never_shows_a_birth_date() -> None:
    rows = Rows(acts=[act(TEST, "100.00", {42: "06"})])

    details = [each.detail for each in found("act.age-high", case(rows, receipt(unit(done(TEST), points=100))))]

    assert details == [f"{TEST} is for ages below 06"]


@pytest.mark.parametrize(
    ("edit", "columns", "innocent", "guilty"),
    [
        ("material.age-low", {15: "18"}, "2000-01-01", "2015-01-01"),
        ("material.age-high", {16: "06"}, "2020-01-01", "2000-01-01"),
    ],
)
def test_materials_have_ages_too(edit: str, columns: dict[int, str], innocent: str, guilty: str) -> None:
    """特定器材マスター 項番15, 16."""
    rows = Rows(materials=[material("710010856", "100.00", columns)])
    treated = unit(used("710010856"), points=10)

    assert ids(case(rows, receipt(treated, born=innocent))) == []
    assert cuts(edit, case(rows, receipt(treated, born=guilty))) == [(11, 10, 0)]


@pytest.mark.parametrize(
    ("icd10", "sex"), [("N40", Sex.MALE), ("C61", Sex.MALE), ("D259", Sex.FEMALE), ("O800", Sex.FEMALE)]
)
def test_a_disease_of_one_sex_is_looked_at_in_the_other(icd10: str, sex: Sex) -> None:
    rows = Rows(acts=[act(TEST, "100.00")], diseases=[disease(DISEASE, {16: icd10})])
    other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
    treated = receipt(unit(done(TEST), points=100), sex=sex)
    treated = replace(treated, diagnoses=(ill(),))

    assert ids(case(rows, treated)) == []
    assert ids(case(rows, replace(treated, sex=other))) == ["disease.other-sex"]


REDUCTION_OF_HERNIA, INFANT = "140007510", "140049470"


@pytest.mark.parametrize(
    ("born", "said_of_it"),
    [
        ("2024-04-10", [(12, 345, 290)]),
        ("2024-04-09", []),
        ("2021-05-08", []),
    ],
)
def test_an_addition_for_age_is_taken_at_the_ages_that_its_act_names(
    born: str, said_of_it: list[tuple[int, int, int]]
) -> None:
    """項番100 to 102 of 140007510 in the real master: 140049470 (own ages: below 3) from 28 days (AA) to 3 years."""
    rows = Rows(
        acts=[
            act(REDUCTION_OF_HERNIA, "290.00", {100: "AA", 101: "03", 102: INFANT, 46: "2"}),
            act(INFANT, "55.00", {42: "03", 46: "2", 68: "7", 69: "7"}),
        ]
    )
    treated = receipt(unit(done(REDUCTION_OF_HERNIA), done(INFANT), points=345, section="40"), born=born, kind="1114")

    assert cuts("addition.age", case(rows, treated)) == said_of_it


def test_an_addition_that_no_act_of_the_receipt_names_has_its_own_ages_alone() -> None:
    rows = Rows(acts=[act(TEST, "290.00", {46: "2"}), act(INFANT, "55.00", {42: "03", 46: "2", 68: "7", 69: "7"})])
    newborn = receipt(unit(done(TEST), done(INFANT), points=345, section="40"), born="2024-05-01", kind="1114")

    assert found("addition.age", case(rows, newborn)) == []


@pytest.mark.parametrize("icd10", ["E119", "C509", "N390", "E280", "", "Z000"])
def test_a_disease_of_both_sexes_has_none(icd10: str) -> None:
    categories = one_sex_in(MAY)

    assert categories is not None
    assert categories.of(icd10) is None
