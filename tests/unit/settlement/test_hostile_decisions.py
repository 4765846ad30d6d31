"""What no receipt can come to never reaches the ledger: it is refused as it is read, and nothing behind it waits."""

import pytest
from seikyu.claims.v1 import events_pb2

from services.settlement.domain.transfers import MOST_YEN
from services.shared.chassis.messages import DeadLetterReason
from tests.support.settlement import INSURER
from tests.unit.settlement.test_messages import message, refused

HOSTILE = [-1, -(2**63), MOST_YEN + 1, 2**63 - 1]


def of(*parts: tuple[int, int]) -> bytes:
    """A decision of these points and yen, all one payer's, which adds up."""
    told = message()
    del told.parts[:]
    told.parts.extend(events_pb2.PayerPart(payer_number=INSURER, points=points, share_yen=yen) for points, yen in parts)
    told.billed_yen = min(sum(yen for _, yen in parts) + 300, 2**63 - 1)
    return told.SerializeToString()


@pytest.mark.parametrize("yen", HOSTILE)
def test_a_share_beyond_what_can_be_is_invalid(yen: int) -> None:
    assert refused(of((90, yen))) is DeadLetterReason.INVALID


@pytest.mark.parametrize("points", HOSTILE)
def test_points_beyond_what_can_be_are_invalid(points: int) -> None:
    assert refused(of((points, 700))) is DeadLetterReason.INVALID


def test_shares_of_one_payer_that_come_to_more_than_can_be_are_invalid() -> None:
    assert refused(of((1, MOST_YEN), (1, 1))) is DeadLetterReason.INVALID


@pytest.mark.parametrize("field", ["patient_yen", "reduced_yen"])
@pytest.mark.parametrize("yen", HOSTILE)
def test_what_of_a_receipt_is_no_payers_and_cannot_be_is_invalid(field: str, yen: int) -> None:
    told = message()
    del told.parts[:]
    told.patient_yen, told.reduced_yen = 0, 0
    setattr(told, field, yen)
    told.billed_yen = yen

    assert refused(told.SerializeToString()) is DeadLetterReason.INVALID


@pytest.mark.parametrize("month", ["", "2026-04", "202613", "202600", "20260", "2026040", "２０２６０４", "202604\0"])
def test_a_claim_month_that_is_no_month_is_invalid(month: str) -> None:
    wrong = message()
    wrong.claim_month = month

    assert refused(wrong.SerializeToString()) is DeadLetterReason.INVALID


@pytest.mark.parametrize("field", ["claim_id", "decision_id", "hospital_code", "receipt_kind", "treatment_month"])
@pytest.mark.parametrize("word", ["a\0b", "a b", "あ", "\n", "x" * 129])
def test_a_word_that_no_id_or_code_is_written_in_is_invalid(field: str, word: str) -> None:
    wrong = message()
    setattr(wrong, field, word)

    assert refused(wrong.SerializeToString()) is DeadLetterReason.INVALID


@pytest.mark.parametrize("number", ["", "0613\0", "0613 2013", "０６１３２０１３"])
def test_a_payer_whose_number_is_no_word_is_invalid(number: str) -> None:
    wrong = message()
    wrong.parts[0].payer_number = number

    assert refused(wrong.SerializeToString()) is DeadLetterReason.INVALID
