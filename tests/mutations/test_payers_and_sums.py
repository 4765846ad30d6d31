"""Faults of payers and sums, planted into generated receipts and taken to the decision."""

from dataclasses import replace
from typing import Final

import pytest

from services.claims.domain.outcome import Outcome, ReasonCode
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Rule
from tests.evals.straight_through import decision_on
from tests.support.mutator.faults import declared
from tests.support.mutator.raw import HO_POINTS, KO_POINTS, MARKS, PROGRAMME, SHARE, RawReceipt
from tests.support.official_data import official_data
from tests.support.valid_receipts.generate import ValidReceipt, valid_receipts

COUNT: Final = 250
SEED: Final = 52


@pytest.fixture(scope="module")
def receipts() -> list[ValidReceipt]:
    return list(valid_receipts(official_data("masters"), COUNT, SEED))


def reason_of(made: ValidReceipt, receipt: RawReceipt) -> tuple[Outcome, list[object]]:
    decision = decision_on(replace(made, receipt=receipt))
    return decision.outcome, [reason.code for reason in decision.reasons]


def of_an_insurer_alone(made: ValidReceipt) -> bool:
    return bool(made.receipt.lines("HO")) and not made.receipt.lines("KO")


def with_a_programme(made: ValidReceipt) -> bool:
    return bool(made.receipt.lines("HO")) and len(made.receipt.lines("KO")) == 1


def test_a_line_that_a_payer_without_a_record_should_share_is_refused_in_form(receipts: list[ValidReceipt]) -> None:
    alone = [made.receipt for made in receipts if of_an_insurer_alone(made)]
    for receipt in alone:
        line = receipt.lines("SI", "IY", "TO")[-1]
        read = assess(receipt.put(line, SHARE, "2").to_bytes())

        assert [(each.rule, each.line) for each in read.findings] == [(Rule.SHARE_PAYERS, line)]
        assert read.rejected
    assert alone


def test_more_declared_than_the_lines_hold_is_cut_with_code_h(receipts: list[ValidReceipt]) -> None:
    for made in filter(of_an_insurer_alone, receipts):
        decision = decision_on(replace(made, receipt=declared(made.receipt, 13)))

        assert decision.outcome is Outcome.REDUCED
        assert [(reason.code, reason.official_code) for reason in decision.reasons] == [
            (ReasonCode.DECLARED_ABOVE_LINES, "H")
        ]
        assert decision.reduced_yen == 130


def test_less_declared_than_the_lines_hold_is_returned(receipts: list[ValidReceipt]) -> None:
    for made in filter(of_an_insurer_alone, receipts):
        found = reason_of(made, declared(made.receipt, -1))

        assert found == (Outcome.RETURNED, [ReasonCode.DECLARED_BELOW_LINES])


def test_points_of_a_programme_that_its_lines_do_not_carry_are_returned(receipts: list[ValidReceipt]) -> None:
    shared = [made for made in receipts if with_a_programme(made)]
    for made in shared:
        line = made.receipt.lines("KO")[0]
        points = int(made.receipt.fields(line)[KO_POINTS])
        found = reason_of(made, made.receipt.put(line, KO_POINTS, str(points + 100)))

        assert found == (Outcome.RETURNED, [ReasonCode.SHARES_CONTRADICT])
    assert shared


def test_a_line_moved_to_the_insurer_alone_is_returned(receipts: list[ValidReceipt]) -> None:
    """負担区分: the programme's points then lack the line's."""
    shared = [made for made in receipts if with_a_programme(made)]
    for made in shared:
        lines = [
            line
            for line in made.receipt.lines("SI", "IY", "TO")
            if made.receipt.fields(line)[5] not in {"", "0"} and made.receipt.fields(line)[SHARE] == "2"
        ]
        outcome, reasons = reason_of(made, made.receipt.put(lines[0], SHARE, "1"))

        assert outcome is Outcome.RETURNED
        assert reasons == [ReasonCode.SHARES_CONTRADICT]


def test_one_programme_that_stands_twice_is_returned(receipts: list[ValidReceipt]) -> None:
    both = [made for made in receipts if len(made.receipt.lines("KO")) == 2]
    for made in both:
        first, second = made.receipt.lines("KO")
        number = made.receipt.fields(first)[PROGRAMME]
        outcome, reasons = reason_of(made, made.receipt.put(second, PROGRAMME, number))

        assert outcome is Outcome.RETURNED
        assert reasons == [ReasonCode.PAYER_REPEATED]
    assert both


def test_an_injury_by_another_person_waits_for_a_person(receipts: list[ValidReceipt]) -> None:
    for made in receipts:
        outcome, reasons = reason_of(made, made.receipt.put(1, MARKS, "10"))

        assert outcome is Outcome.PENDED
        assert reasons == [ReasonCode.THIRD_PARTY]


def test_the_same_wrong_sum_for_insurer_and_programme_is_cut_once(receipts: list[ValidReceipt]) -> None:
    for made in filter(with_a_programme, receipts):
        insurer, programme = made.receipt.lines("HO", "KO")
        receipt = made.receipt
        for line, place in ((insurer, HO_POINTS), (programme, KO_POINTS)):
            receipt = receipt.put(line, place, str(int(receipt.fields(line)[place]) + 7))
        decision = decision_on(replace(made, receipt=receipt))

        assert decision.outcome is Outcome.REDUCED
        assert decision.reduced_yen == 70
