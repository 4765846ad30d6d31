"""Columns of the other five masters, each against the specification (April 2022), by item (項番)."""

from datetime import date
from decimal import Decimal

import pytest

from services.claims.domain.masters.ages import AgeRange, age_limit
from services.claims.domain.masters.comments import CommentPattern, Insertion, MasterComment
from services.claims.domain.masters.diseases import DentalSpecialDisease, Disease, IntractableDisease, SpecialDisease
from services.claims.domain.masters.drugs import ContrastMedium, ControlledDrug, DosageForm, Drug, DrugPriceKind
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.materials import Material, MaterialPointsRule, MaterialPriceKind, OxygenKind
from services.claims.domain.masters.modifiers import Modifier, ModifierRole
from services.claims.domain.masters.records import row_of
from services.claims.domain.masters.rows import Row
from tests.unit.claims.masters.rows.samples import record


def row(kind: MasterKind, changes: dict[int, str] | None = None) -> Row:
    found = row_of(kind, record(kind, changes))
    assert not isinstance(found, tuple), found
    return found


def test_a_drug_is_read_with_its_price_for_one_unit() -> None:
    drug = row(MasterKind.DRUG)

    assert isinstance(drug, Drug)
    assert (drug.code, drug.unit_code, drug.unit_name) == ("620000020", "16", "錠")
    assert (drug.price_kind, drug.price, drug.old_price) == (DrugPriceKind.PRICE, Decimal("5.90"), Decimal("6.20"))
    assert (drug.form, drug.valid_from, drug.valid_to) == (DosageForm.INTERNAL, date(2024, 4, 1), None)
    assert (drug.notified_code, drug.transition_to, drug.standard_code) == ("", None, "6141004F1038")


def test_a_material_is_read_with_its_place_in_the_price_standard() -> None:
    film = row(MasterKind.MATERIAL)

    assert isinstance(film, Material)
    assert (film.code, film.price_kind, film.price) == ("700010000", MaterialPriceKind.PRICE, Decimal(120))
    assert (film.table, film.section, film.age_addition) == ("3", "1", True)
    assert (film.transition_to, film.most_points, film.ages) == (None, 0, AgeRange(None, None))


def test_a_comment_is_read_with_the_places_of_its_digits() -> None:
    comment = row(MasterKind.COMMENT)

    assert isinstance(comment, MasterComment)
    assert (comment.code, comment.pattern) == ("840000013", CommentPattern.DIGITS_INSERTED)
    assert comment.insertions == (Insertion(7, 2), Insertion(10, 2), Insertion(13, 2))
    assert not comment.chosen


def test_a_disease_is_read_with_its_codes() -> None:
    disease = row(MasterKind.DISEASE)

    assert isinstance(disease, Disease)
    assert (disease.code, disease.successor, disease.icd10) == ("8841395", "8841395", "T808")
    assert (disease.listed_on, disease.changed_on, disease.valid_to) == (date(2002, 6, 1), None, None)
    assert disease.valid_from == date(2002, 6, 1)
    assert (disease.needs_modifier, disease.outside_insurance) == (False, False)


def test_what_a_disease_changed_last_is_from_when_it_holds() -> None:
    disease = row(MasterKind.DISEASE, {1: "5", 23: "20240601"})

    assert disease.valid_from == date(2024, 6, 1)
    assert disease.change is ChangeClass.CHANGED


def test_a_modifier_is_read_with_its_role() -> None:
    left = row(MasterKind.MODIFIER)

    assert isinstance(left, Modifier)
    assert (left.code, left.name, left.role) == ("2049", "左", ModifierRole.POSITION)


VALUES = [
    (MasterKind.DRUG, 8, "0", "unit_code", ""),
    (MasterKind.DRUG, 11, "7", "price_kind", DrugPriceKind.REDUCTION),
    (MasterKind.DRUG, 14, "5", "controlled", ControlledDrug.PSYCHOTROPIC),
    (MasterKind.DRUG, 17, "1", "generic", True),
    (MasterKind.DRUG, 20, "2", "contrast", ContrastMedium.ADJUVANT),
    (MasterKind.DRUG, 21, "500", "injection_ml", 500),
    (MasterKind.DRUG, 23, "610412136", "notified_code", "610412136"),
    (MasterKind.DRUG, 34, "20250331", "transition_to", date(2025, 3, 31)),
    (MasterKind.MATERIAL, 11, "9", "price_kind", MaterialPriceKind.MULTIPLIER),
    (MasterKind.MATERIAL, 15, "18", "ages", AgeRange(age_limit("18"), None)),
    (MasterKind.MATERIAL, 16, "AA", "ages", AgeRange(None, age_limit("AA"))),
    (MasterKind.MATERIAL, 21, "9", "oxygen", OxygenKind.NITROGEN),
    (MasterKind.MATERIAL, 22, "4", "points_rule", MaterialPointsRule.COBALT_BY_1000),
    (MasterKind.MATERIAL, 29, "20241130", "transition_to", date(2024, 11, 30)),
    (MasterKind.MATERIAL, 31, "0", "table", ""),
    (MasterKind.DISEASE, 1, "2", "change", ChangeClass.REVIVED),
    (MasterKind.DISEASE, 19, "01", "needs_modifier", True),
    (MasterKind.DISEASE, 20, "1", "outside_insurance", True),
    (MasterKind.DISEASE, 21, "08", "special", SpecialDisease.SPECIFIED_OR_EPILEPSY),
    (MasterKind.DISEASE, 43, "09", "intractable", IntractableDisease.OUTPATIENT_GUIDANCE),
    (MasterKind.DISEASE, 44, "10", "dental_special", DentalSpecialDisease.DENTAL_GUIDANCE),
    (MasterKind.DISEASE, 24, "20090228", "valid_to", date(2009, 2, 28)),
    (MasterKind.DISEASE, 4, "", "successor", ""),
    (MasterKind.COMMENT, 20, "1", "chosen", True),
    (MasterKind.MODIFIER, 16, "20040331", "valid_to", date(2004, 3, 31)),
]


@pytest.mark.parametrize("case", VALUES)
def test_a_column_becomes_the_value_that_the_specification_names(
    case: tuple[MasterKind, int, str, str, object],
) -> None:
    kind, item, text, field, value = case

    assert getattr(row(kind, {item: text}), field) == value


BAD = [
    (MasterKind.DRUG, 1, "2"),
    (MasterKind.DRUG, 3, "720000020"),
    (MasterKind.DRUG, 11, "2"),
    (MasterKind.DRUG, 14, "4"),
    (MasterKind.DRUG, 22, "4"),
    (MasterKind.DRUG, 28, "2"),
    (MasterKind.DRUG, 30, ""),
    (MasterKind.MATERIAL, 1, "2"),
    (MasterKind.MATERIAL, 11, "3"),
    (MasterKind.MATERIAL, 15, "AA"),
    (MasterKind.MATERIAL, 16, "MG"),
    (MasterKind.MATERIAL, 22, "1"),
    (MasterKind.MATERIAL, 31, "10"),
    (MasterKind.COMMENT, 3, "9"),
    (MasterKind.COMMENT, 23, "840000014"),
    (MasterKind.COMMENT, 18, "1"),
    (MasterKind.DISEASE, 3, "88413950"),
    (MasterKind.DISEASE, 19, "02"),
    (MasterKind.DISEASE, 21, "09"),
    (MasterKind.DISEASE, 25, ""),
    (MasterKind.MODIFIER, 3, "20490"),
    (MasterKind.MODIFIER, 19, "A0000000"),
]


@pytest.mark.parametrize(("kind", "item", "text"), BAD)
def test_a_value_outside_its_columns_rule_stops_the_row(kind: MasterKind, item: int, text: str) -> None:
    faults = row_of(kind, record(kind, {item: text}))

    assert isinstance(faults, tuple)
    assert [fault.item for fault in faults] == [item]


def test_a_pattern_outside_the_specification_stops_a_comment() -> None:
    faults = row_of(MasterKind.COMMENT, record(MasterKind.COMMENT, {4: "41"}))

    assert isinstance(faults, tuple)
    assert [fault.item for fault in faults] == [4]


def test_columns_behind_the_specification_are_kept_raw() -> None:
    assert row(MasterKind.DRUG, {36: "0", 38: "【般】", 42: "1"}).extra == ("0", "0", "【般】", "0", "0", "0", "1")
    assert row(MasterKind.MATERIAL, {38: "001"}).extra == ("001",)
