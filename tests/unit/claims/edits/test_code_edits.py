"""Codes that the masters know, know no longer, or do not know."""

from dataclasses import replace

import pytest

from services.claims.domain.masters.kinds import MasterKind
from tests.unit.claims.edits.builders import (
    DISEASE,
    TEST,
    Rows,
    case,
    disease,
    found,
    ids,
    ill,
    master_comment,
    modifier,
    receipt,
    said,
    unit,
)
from tests.unit.claims.pricing.builders import act, done, drug, given, material, used

ROWS = Rows(
    acts=[
        act(TEST, "100.00"),
        act("160000110", "100.00", {88: "20240510"}),
        act("160000210", "9.00", {87: "20240520"}),
    ],
    drugs=[drug("620000001", "100.00"), drug("620000002", "100.00", {34: "20240510"})],
    materials=[material("710000001", "100.00"), material("710000002", "100.00", {30: "20240510"})],
)


@pytest.mark.parametrize(
    ("edit", "line", "innocent"),
    [
        ("act.unknown", done("169999999"), done(TEST)),
        ("drug.unknown", given("699999999"), given("620000001")),
        ("material.unknown", used("799999999"), used("710000001")),
    ],
)
def test_a_code_that_no_day_of_the_month_knows_is_found_by_its_kind(edit: str, line: object, innocent: object) -> None:
    assert [each.line for each in found(edit, case(ROWS, receipt(unit(line))))] == [11]  # type: ignore[arg-type]  # a line
    assert not found(edit, case(ROWS, receipt(unit(innocent))))  # type: ignore[arg-type]  # a line


@pytest.mark.parametrize(
    ("edit", "line", "guilty_day", "innocent_day"),
    [
        ("act.not-live", done("160000110"), 11, 10),
        ("act.not-live", done("160000210"), 19, 20),
        ("drug.not-live", given("620000002"), 11, 10),
        ("material.not-live", used("710000002"), 11, 10),
    ],
)
def test_a_code_is_in_force_on_its_last_day_and_not_on_the_next(
    edit: str, line: object, guilty_day: int, innocent_day: int
) -> None:
    guilty = receipt(unit(line, days=(innocent_day, guilty_day)), days=2)  # type: ignore[arg-type]  # a line
    innocent = receipt(unit(line, days=(innocent_day,)))  # type: ignore[arg-type]  # a line

    assert [each.detail for each in found(edit, case(ROWS, guilty))] == [
        f"{line.code} is not in force on day {guilty_day}"  # type: ignore[attr-defined]  # a line
    ]
    assert not found(edit, case(ROWS, innocent))


def test_of_a_kind_that_is_not_loaded_nothing_is_said() -> None:
    unloaded = Rows(acts=None, drugs=None, materials=None)
    treated = receipt(unit(done("169999999"), given("699999999"), used("799999999")))

    assert ids(case(unloaded, treated)) == []


def test_a_code_that_a_later_master_lacks_is_noted_and_does_not_return_the_receipt() -> None:
    judged = case(ROWS, receipt(unit(done("169999999"))))
    later = replace(judged, schedule=replace(judged.schedule, attested=frozenset({MasterKind.DRUG})))

    assert found("code.untold", later)
    assert not found("act.unknown", later)


def test_diseases_modifiers_and_comments_are_known_too() -> None:
    rows = Rows(
        acts=ROWS.acts, diseases=[disease()], modifiers=[modifier("2056")], comments=[master_comment("820000001")]
    )
    treated = receipt(unit(done(TEST), points=100))
    known = replace(treated, diagnoses=(ill(DISEASE, "2056"),), comments=(said("820000001"),))
    unknown = replace(treated, diagnoses=(ill("9999999"), ill(DISEASE, "9999")), comments=(said("829999999"),))

    assert ids(case(rows, known)) == []
    assert ids(case(rows, unknown)) == ["disease.unknown", "modifier.unknown", "comment.unknown"]


def test_a_comment_beside_a_line_is_looked_up_as_well() -> None:
    rows = Rows(acts=ROWS.acts, comments=[])
    line = done(TEST)._replace(comments=(said("829999999"),))  # type: ignore[arg-type]  # code and text are read

    assert [each.line for each in found("comment.unknown", case(rows, receipt(unit(line, points=100))))] == [11]


def test_a_disease_whose_code_moved_is_noted_and_read_by_its_new_code() -> None:
    old = disease("7338012", {1: "9", 4: DISEASE, 24: "20090228"})
    rows = Rows(acts=[act(TEST, "100.00", {25: "5"})], diseases=[disease(DISEASE, {21: "05"}), old])
    treated = replace(receipt(unit(done(TEST), points=100)), diagnoses=(ill("7338012"),))
    judged = case(rows, treated)

    assert ids(judged) == ["disease.abolished"]
    assert "moved to 2500013" in found("disease.abolished", judged)[0].detail


def test_a_disease_in_force_on_some_days_of_the_month_is_known() -> None:
    rows = Rows(acts=ROWS.acts, diseases=[disease("1000001", {24: "20240510"}), disease("1000002", {22: "20240520"})])
    treated = replace(receipt(unit(done(TEST), points=100)), diagnoses=(ill("1000001"), ill("1000002")))

    assert not found("disease.unknown", case(rows, treated))
