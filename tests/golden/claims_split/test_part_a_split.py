"""The real file of October 2021: every receipt's yen against literals worked out by hand and a separate count."""

import pytest

from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.outcome import Decision, Outcome
from services.claims.domain.uke.codes import PatientClass
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from tests.golden.claims_split.oracle import expected_splits
from tests.support.examined import NOTHING_EXAMINED
from tests.support.official_data import part_a


def _facts() -> list[ReceiptFacts]:
    reader = SubmissionReader(Profile.LENIENT)
    receipts = reader.feed(part_a())
    rest, _ = reader.finish()
    return [each.assessment.facts for each in (*receipts, *rest) if each.assessment.facts is not None]


def _decided(receipt: ReceiptFacts) -> Decision:
    facts = adjudication_facts(receipt)
    tenths = 2 if receipt.kind.patient_class is PatientClass.PRESCHOOL else 3
    covers = [
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="COVERED",
            copay_tenths=0 if payer.position else tenths,
            public_programme=payer.position > 0,
        )
        for payer in facts.payers
    ]
    return adjudicate(facts, covers, NOTHING_EXAMINED)


def _decisions() -> dict[int, Decision]:
    return {each.receipt_number: _decided(each) for each in _facts()}


# By hand. 1: 13,642 points, of which 677 with the programme. 13,642 × 7 = 95,494; 677 × 3 = 2,031, less the burden of
# 1,354 = 677; patient 12,965 × 3 + 1,354 = 40,249. 18: 606 × 8 = 4,848; 1,212 − 346 = 866. 28: 813 × 7 = 5,691;
# 2,439 − 300 = 2,139. 67: a programme alone, 569 × 10. 72: 1,272 × 8 = 10,176; 2,544 − 2,500 = 44.
# 73: 364 × 7 = 2,548; 1,092 − 728 = 364.
_BY_HAND = {
    1: ({"01010016": 95_494, "83136019": 677}, 40_249),
    2: ({"01130012": 1_932}, 828),
    6: ({"34130021": 2_016, "81140048": 864}, 0),
    18: ({"01350016": 4_848, "83124065": 866}, 346),
    28: ({"01010016": 5_691, "83123067": 2_139}, 300),
    66: ({"01010016": 4_568}, 1_142),
    67: ({"12141024": 5_690}, 0),
    72: ({"01010016": 10_176, "52148020": 44}, 2_500),
    73: ({"01010016": 2_548, "54147012": 364}, 728),
}


@pytest.mark.parametrize("number", _BY_HAND)
def test_a_receipt_comes_to_what_was_worked_out_by_hand(number: int) -> None:
    decision = _decisions()[number]

    assert decision.outcome is Outcome.APPROVED
    assert ({part.payer_number: part.share_yen for part in decision.parts}, decision.patient_yen) == _BY_HAND[number]


def test_every_receipt_comes_to_what_the_separate_count_says() -> None:
    expected = expected_splits(part_a())
    decisions = _decisions()

    assert set(decisions) == set(expected)
    for number, decision in decisions.items():
        parts = {part.payer_number: part.share_yen for part in decision.parts}
        assert (parts, decision.patient_yen, decision.billed_yen) == expected[number], number


def test_the_whole_file_is_approved_and_comes_to_its_declared_points() -> None:
    decisions = _decisions().values()

    assert {each.outcome for each in decisions} == {Outcome.APPROVED}
    assert {each.notes for each in decisions} == {()}
    assert sum(len(each.parts) for each in decisions) == 85
    assert sum(each.billed_points for each in decisions) == 61_495
    assert sum(each.billed_yen for each in decisions) == 614_950
