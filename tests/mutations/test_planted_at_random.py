"""General faults on a line of a generated receipt that chance picks: found there, whatever stands around it."""

from dataclasses import replace
from random import Random
from typing import Final

import pytest

from services.claims.domain.edits.finding import EditFinding
from tests.evals.straight_through import judged_receipt
from tests.support.mutator.faults import attended
from tests.support.mutator.raw import CODE, POINTS, QUANTITY, SECTION, RawReceipt, restated
from tests.support.official_data import official_data
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipts

COUNT: Final = 250
SEED: Final = 31
MEALS: Final = "97"
UNKNOWN: Final = {"SI": "199999999", "IY": "699999999", "TO": "799999999"}
EDIT_OF_UNKNOWN: Final = {"SI": "act.unknown", "IY": "drug.unknown", "TO": "material.unknown"}


@pytest.fixture(scope="module")
def receipts() -> list[ValidReceipt]:
    return list(valid_receipts(official_data("masters"), COUNT, SEED))


def found(made: ValidReceipt, receipt: RawReceipt, edits: set[str]) -> list[EditFinding]:
    case = judged_receipt(replace(made, receipt=receipt))
    return [each for each in case.findings if each.edit.id in edits]


def priced_lines(receipt: RawReceipt) -> list[int]:
    """Lines that state points, those of meals left out."""
    lines, section = [], ""
    for line in receipt.lines("SI", "IY", "TO"):
        section = receipt.fields(line)[SECTION] or section
        if receipt.fields(line)[POINTS] and section != MEALS:
            lines.append(line)
    return lines


def test_points_that_are_too_high_are_cut_to_the_price_on_their_line(receipts: list[ValidReceipt]) -> None:
    random = Random(SEED)
    for made in receipts:
        line = random.choice(priced_lines(made.receipt))
        right = int(made.receipt.fields(line)[POINTS])
        more = random.choice((1, 2, 7, 50))
        guilty = restated(made.receipt.put(line, POINTS, str(right + more)))
        cuts = found(made, guilty, {"points.above-price", "points.above-sum"})

        assert [each.line for each in cuts] == [line]
        assert cuts[0].points_before is not None
        assert cuts[0].points_after is not None
        times = int(made.receipt.fields(line)[6])
        assert cuts[0].points_before - cuts[0].points_after == more * times


def test_points_that_are_too_low_are_noted_on_their_line(receipts: list[ValidReceipt]) -> None:
    random = Random(SEED + 1)
    for made in receipts:
        dear = [line for line in priced_lines(made.receipt) if int(made.receipt.fields(line)[POINTS]) > 1]
        line = random.choice(dear)
        guilty = restated(made.receipt.put(line, POINTS, str(int(made.receipt.fields(line)[POINTS]) - 1)))

        assert [each.line for each in found(made, guilty, {"points.below-price"})] == [line]


def test_a_code_that_no_master_has_is_found_on_its_line(receipts: list[ValidReceipt]) -> None:
    random = Random(SEED + 2)
    for made in receipts:
        line = random.choice(made.receipt.lines("SI", "IY", "TO"))
        kind = made.receipt.fields(line)[0]
        guilty = made.receipt.put(line, CODE, UNKNOWN[kind])

        assert [each.line for each in found(made, guilty, {EDIT_OF_UNKNOWN[kind]})] == [line]


def test_a_disease_that_no_master_has_is_found_on_its_line(receipts: list[ValidReceipt]) -> None:
    random = Random(SEED + 3)
    for made in receipts:
        line = random.choice([each for each in made.receipt.lines("SY") if not made.receipt.fields(each)[5]])

        assert [each.line for each in found(made, made.receipt.put(line, 1, "9999999"), {"disease.unknown"})] == [line]


def test_a_drug_without_its_quantity_is_found_on_its_line(receipts: list[ValidReceipt]) -> None:
    random = Random(SEED + 4)
    with_drugs = [made for made in receipts if made.receipt.lines("IY")]
    for made in with_drugs:
        line = random.choice(made.receipt.lines("IY"))
        guilty = made.receipt.put(line, QUANTITY, "")

        assert [each.line for each in found(made, guilty, {"drug.quantity-missing"})] == [line]
    assert with_drugs


def test_without_its_registration_every_act_that_asks_for_a_standard_is_found(receipts: list[ValidReceipt]) -> None:
    asking = [made for made in receipts if made.standards and not made.inpatient]
    for made in asking:
        case = judged_receipt(replace(made, standards=frozenset()))

        assert "act.standard-missing" in {each.edit.id for each in case.findings}
    assert asking


def test_one_visit_fee_too_many_returns_the_receipt(receipts: list[ValidReceipt]) -> None:
    outpatients = [made for made in receipts if not made.inpatient]
    for made in outpatients:
        days = int(made.receipt.fields(made.receipt.lines("HO", "KO")[0])[4])

        assert found(made, attended(made.receipt, days - 1), {"days.consultations"})
