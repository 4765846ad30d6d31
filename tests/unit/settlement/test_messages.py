import pytest
from seikyu.claims.v1 import claim_pb2, events_pb2

from services.settlement.adapters.messages import parse_adjudicated, read_settled, write_settled
from services.settlement.domain.posting import Change, settle
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent
from tests.support.settlement import INSURER, NOW, decision, part


def message() -> events_pb2.ClaimAdjudicated:
    return events_pb2.ClaimAdjudicated(
        claim_id="clm_1",
        decision_id="dec_1",
        hospital_code="1310000001",
        claim_month="202604",
        outcome=claim_pb2.CLAIM_STATE_REDUCED,
        billed_yen=1_000,
        patient_yen=200,
        reduced_yen=100,
        parts=[events_pb2.PayerPart(payer_number=INSURER, points=90, share_yen=700)],
    )


def event(value: bytes) -> Event:
    headers = [("ce_id", b"evt_1"), ("traceparent", f"00-{1:032x}-{1:016x}-00".encode())]
    return Event("claims.adjudicated", 0, 0, "clm_1", value, headers)


def refused(value: bytes) -> DeadLetterReason:
    with pytest.raises(PoisonEvent) as poison:
        parse_adjudicated(event(value))
    return poison.value.reason


def test_a_decision_is_read_with_its_parts() -> None:
    assert parse_adjudicated(event(message().SerializeToString())).parts == (part(points=90, yen=700),)


def test_billed_yen_that_are_not_the_sum_are_contradictory() -> None:
    wrong = message()
    wrong.billed_yen += 1

    assert refused(wrong.SerializeToString()) is DeadLetterReason.CONTRADICTORY


@pytest.mark.parametrize("field", ["claim_id", "decision_id", "hospital_code", "claim_month", "outcome"])
def test_a_decision_without_a_needed_field_is_invalid(field: str) -> None:
    wrong = message()
    wrong.ClearField(field)  # type: ignore[arg-type]  # the stub lists the names as literals

    assert refused(wrong.SerializeToString()) is DeadLetterReason.INVALID


def test_a_negative_share_is_invalid() -> None:
    wrong = message()
    wrong.parts[0].share_yen = -1

    assert refused(wrong.SerializeToString()) is DeadLetterReason.INVALID


def test_bytes_that_are_no_message_are_unreadable() -> None:
    assert refused(b"\xff\xff\xff") is DeadLetterReason.UNREADABLE


def test_the_payers_event_says_its_place_and_share_in_the_same_bytes_each_time() -> None:
    [settled] = settle([Change(decision=decision(1, part(yen=700)))], {INSURER: 3})

    written = write_settled(settled, NOW)
    assert written == write_settled(settled, NOW)
    told = read_settled(written)
    assert (told.payer_number, told.sequence, told.points, told.share_yen) == (INSURER, 3, 100, 700)
