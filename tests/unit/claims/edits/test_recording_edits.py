"""What may stand on such a receipt at all."""

import pytest

from services.claims.domain.treatment import Line
from tests.unit.claims.edits.builders import TEST, Rows, case, found, ids, receipt, unit
from tests.unit.claims.pricing.builders import act, done, drug, given, material, stepped_act, used


@pytest.mark.parametrize(
    ("edit", "columns", "guilty", "innocent"),
    [
        ("act.inpatient-only", {13: "1"}, "1112", "1111"),
        ("act.outpatient-only", {13: "2"}, "1111", "1112"),
        ("act.insurance-only", {14: "1"}, "1318", "1118"),
        ("act.late-elderly-only", {14: "2"}, "1118", "1318"),
        ("act.forensic", {21: "4"}, "1112", "1212"),
    ],
)
def test_an_act_for_another_receipt_is_found_there_and_not_on_its_own(
    edit: str, columns: dict[int, str], guilty: str, innocent: str
) -> None:
    """項番13, 14, 21."""
    rows = Rows(acts=[act(TEST, "100.00", columns)])
    treated = unit(done(TEST), points=100)

    assert [each.line for each in found(edit, case(rows, receipt(treated, kind=guilty)))] == [11]
    assert ids(case(rows, receipt(treated, kind=innocent))) == []


@pytest.mark.parametrize(("value", "stays"), [("0", True), ("1", True), ("9", True), ("2", False), ("3", False)])
def test_an_act_of_dpc_receipts_alone_returns_a_receipt_by_acts(value: str, stays: bool) -> None:
    """項番18: ２, ３ and ４ are ＤＰＣ専用."""
    judged = case(Rows(acts=[act(TEST, "100.00", {18: value})]), receipt(unit(done(TEST), points=100)))

    assert (ids(judged) == []) is stays
    assert bool(found("act.dpc-only", judged)) is not stays


def test_a_drug_code_that_only_dentists_use_returns_a_medical_receipt() -> None:
    """別紙4-2 1 ⑵."""
    rows = Rows(drugs=[drug("630010021", "24.00", {11: "3"}), drug("620000001", "100.00")])

    assert found("drug.dental", case(rows, receipt(unit(given("630010021")))))
    assert not found("drug.dental", case(rows, receipt(unit(given("620000001"), points=10))))


STEPPED = Rows(
    acts=[
        stepped_act(TEST, "250.00", "30", "99999999", "30", "40.00", "0", columns={8: "1"}),
        stepped_act("160000110", "100.00", "60", "99999999", "30", "100.00", "2", columns={8: "1"}),
        stepped_act("160000210", "100.00", "30", "300", "60", "40.00", "0", columns={8: "1"}),
    ]
)


@pytest.mark.parametrize(
    ("edit", "line", "innocent"),
    [
        ("quantity.missing", done(TEST), done(TEST, "30")),
        ("quantity.missing", done(TEST, "30.5"), done(TEST, "31")),
        ("quantity.zero", done(TEST, "0"), done(TEST, "1")),
        ("quantity.below-lower", done("160000110", "30"), done("160000110", "31")),
        ("quantity.above-upper", done("160000210", "301"), done("160000210", "300")),
    ],
)
def test_a_stepped_quantity_outside_its_limits_is_returned_or_looked_at(edit: str, line: Line, innocent: Line) -> None:
    """別紙7-5."""
    assert [each.line for each in found(edit, case(STEPPED, receipt(unit(line))))] == [11]
    assert not found(edit, case(STEPPED, receipt(unit(innocent))))


def test_a_quantity_on_an_act_that_is_counted_by_none_is_noted() -> None:
    rows = Rows(acts=[act(TEST, "100.00")])

    assert ids(case(rows, receipt(unit(done(TEST, "3"), points=100)))) == ["quantity.unasked"]
    assert ids(case(rows, receipt(unit(done(TEST), points=100)))) == []


def test_a_drug_without_its_amount_is_returned() -> None:
    rows = Rows(drugs=[drug("620000001", "100.00")])

    assert found("drug.quantity-missing", case(rows, receipt(unit(given("620000001", None)))))
    assert ids(case(rows, receipt(unit(given("620000001"), points=10)))) == []


def test_a_material_at_its_purchase_price_states_the_price() -> None:
    """別紙5-1 1 ⑵."""
    rows = Rows(materials=[material("700590000", "0.00", {11: "2"})])

    assert found("material.price-missing", case(rows, receipt(unit(used("700590000")))))
    assert ids(case(rows, receipt(unit(used("700590000", yen="100"), points=10)))) == []


def test_a_material_is_counted_in_the_unit_that_is_priced() -> None:
    rows = Rows(materials=[material("700590000", "100.00", {8: "6", 9: "1", 10: "枚"})])

    assert found("material.unit-wrong", case(rows, receipt(unit(used("700590000", unit_code="037"), points=10))))
    assert ids(case(rows, receipt(unit(used("700590000", unit_code="006"), points=10)))) == []


def test_a_stated_price_above_the_official_one_is_noted() -> None:
    rows = Rows(materials=[material("700590000", "100.00")])

    assert found("material.price-above", case(rows, receipt(unit(used("700590000", yen="101"), points=10))))
    assert not found("material.price-above", case(rows, receipt(unit(used("700590000", yen="100"), points=10))))


@pytest.mark.parametrize(
    ("column", "section", "said"),
    [
        ("600", "60", []),
        ("600", "40", ["line.section"]),
        ("122", "12", []),
        ("311", "33", []),
        ("500", "54", ["line.section"]),
        ("0", "60", []),
    ],
)
def test_an_act_in_another_section_than_its_column_is_noted(column: str, section: str, said: list[str]) -> None:
    """項番15; 別紙7-2: 600 is 検査・病理診断, 122 再診（外来管理加算）, 311 注射（皮下筋肉内）."""
    rows = Rows(acts=[act(TEST, "100.00", {15: column})])

    assert ids(case(rows, receipt(unit(done(TEST), points=100, section=section)))) == said
