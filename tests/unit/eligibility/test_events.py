from collections.abc import Callable

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_events

from services.eligibility.adapters.events import asked_claim, decode, encode
from services.eligibility.domain.coverage import Sex
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent
from tests.contracts.eligibility.suites import determination

Spoil = Callable[[claims_events.ClaimReceived], None]


def body() -> claims_events.ClaimReceived:
    message = claims_events.ClaimReceived(claim_id="clm_1", treatment_month="202509", sex=2)
    message.payers.add(payer_number="01130012", kind=claim_pb2.PAYER_KIND_INSURER, member_key="m1", branch="01")
    message.payers.add(payer_number="21130010", kind=claim_pb2.PAYER_KIND_PROGRAMME, member_key="m2")
    return message


def event(value: bytes, *, ce_id: bytes = b"evt_1", key: str = "clm_1") -> Event:
    return Event("claims.received", 0, 7, key, value, [("ce_id", ce_id), ("traceparent", b"00-a-b-01")])


def test_a_received_claim_is_asked_about_payer_by_payer() -> None:
    claim = asked_claim(event(body().SerializeToString()))

    assert (claim.claim_id, claim.cause_event_id, claim.traceparent) == ("clm_1", "evt_1", "00-a-b-01")
    assert [(each.member_key, each.question.is_programme) for each in claim.payers] == [("m1", False), ("m2", True)]
    assert {each.question.sex for each in claim.payers} == {Sex.FEMALE}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda message: setattr(message, "claim_id", ""),
        lambda message: setattr(message, "claim_id", "clm_2"),
        lambda message: setattr(message, "sex", 3),
        lambda message: setattr(message, "treatment_month", "202513"),
        lambda message: setattr(message.payers[1], "member_key", ""),
    ],
    ids=["no claim", "another claim than the key", "unknown sex", "no month", "no member"],
)
def test_a_message_that_breaks_its_contract_is_poison(spoil: Spoil) -> None:
    message = body()
    spoil(message)

    with pytest.raises(PoisonEvent) as poison:
        asked_claim(event(message.SerializeToString()))
    assert poison.value.reason is DeadLetterReason.INVALID


def test_an_event_without_id_is_poison() -> None:
    with pytest.raises(PoisonEvent):
        asked_claim(event(body().SerializeToString(), ce_id=b""))


def test_bytes_that_are_no_message_are_unreadable() -> None:
    with pytest.raises(PoisonEvent) as poison:
        asked_claim(event(b"\xff\xff\xff"))
    assert poison.value.reason is DeadLetterReason.UNREADABLE


def test_a_determination_survives_the_wire() -> None:
    assert decode(encode(determination())) == determination()
