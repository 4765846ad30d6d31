"""The proof judges rightly: what may repeat is no fault, and each kind of fault is seen. Pure, on invented evidence."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import settlement_service_pb2 as settlement

from services.shared.chassis.messages import Event
from tests.support.proof import Evidence, Expected, Kind, faults

MONTH, CLAIM = "202201", "clm_1"
EXPECTED = Expected(
    receipts=1,
    payer_records=2,
    points=100,
    owed_yen=Counter({"A": 700, "B": 200}),
    charged_points=Counter({"A": 100, "B": 100}),
)


def told(payer: str, yen: int, *, sequence: int = 1, claim: str = CLAIM, event_id: str = "") -> Event:
    settled = events_pb2.ClaimSettled(
        event_id=event_id or f"evt_{payer}",
        payer_number=payer,
        sequence=sequence,
        claim_id=claim,
        claim_month=MONTH,
        points=100,
        share_yen=yen,
    )
    return event(f"settlement.{payer}", settled.event_id, settled.SerializeToString(), key=claim)


def event(topic: str, event_id: str, value: bytes = b"", *, key: str = CLAIM) -> Event:
    return Event(topic, 0, 0, key, value, [("ce_id", event_id.encode())])


def whole() -> Evidence:
    shares = [
        claim_pb2.PayerShare(payer_number="A", points=100, share_yen=700),
        claim_pb2.PayerShare(payer_number="B", points=100, share_yen=200),
    ]
    return Evidence(
        claims=[
            claim_pb2.Claim(
                claim_id=CLAIM,
                claim_month=MONTH,
                state=claim_pb2.CLAIM_STATE_APPROVED,
                decision=claim_pb2.Decision(billed_points=100, payers=shares),
            )
        ],
        readings=[[told("A", 700), told("B", 200)]],
        internal=[event("claims.received", "evt_received")],
        totals=[
            settlement.ControlTotal(payer_number="A", claim_month=MONTH, posted_yen=700),
            settlement.ControlTotal(payer_number="B", claim_month=MONTH, posted_yen=200),
        ],
        entries=[entry("trf_A", 700), entry("trf_B", 200)],
        balance=settlement.GetTrialBalanceResponse(
            accounts=[
                settlement.Account(account_id="payer:A", balance_yen=-700),
                settlement.Account(account_id="payer:B", balance_yen=-200),
            ]
        ),
        verdict=settlement.VerifyLedgerResponse(finished=True, sound=True),
    )


def entry(transfer: str, yen: int) -> settlement.Entry:
    return settlement.Entry(transfer_id=transfer, claim_id=CLAIM, amount_yen=yen)


def with_internal(*more: Event) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, internal=[*sound.internal, *more])


def with_readings(*readings: list[Event]) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, readings=list(readings))


def with_entries(*more: settlement.Entry) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, entries=[*sound.entries, *more])


BOTH = [told("A", 700), told("B", 200)]


@pytest.mark.parametrize(
    "seen_again",
    [
        pytest.param(lambda sound: sound, id="once"),
        pytest.param(with_readings([*BOTH, *BOTH]), id="events-again"),
        pytest.param(with_readings(BOTH, BOTH), id="topics-read-again"),
        pytest.param(with_internal(event("claims.received", "evt_received")), id="received-again"),
    ],
)
def test_the_same_event_again_is_no_fault(seen_again: Callable[[Evidence], Evidence]) -> None:
    assert faults(seen_again(whole()), [MONTH], EXPECTED) == []


@pytest.mark.parametrize(
    ("kind", "spoilt"),
    [
        (Kind.LOST, with_readings([told("A", 700)])),
        (Kind.LOST, with_internal(event("coding.requested", "evt_asked"))),
        (Kind.LOST, lambda sound: replace(sound, claims=[])),
        (Kind.TWICE, with_entries(entry("trf_C", 200))),
        (Kind.TWICE, with_entries(entry("trf_A", 700))),
        (Kind.TWICE, with_readings([*BOTH, told("A", 700, sequence=2, event_id="evt_C")])),
        (Kind.PHANTOM, with_readings([*BOTH, told("A", 699)])),
        (Kind.PHANTOM, with_readings([*BOTH, told("A", 700, event_id="evt_C")])),
        (Kind.PHANTOM, with_internal(event("claims.received", "evt_other", key="clm_2"))),
        (Kind.PHANTOM, with_internal(event("claims.received", "evt_received", b"other"))),
        (Kind.GAP, with_readings([told("A", 700), told("B", 200, sequence=2)])),
        (Kind.PUT_ASIDE, with_internal(event("claims.received.dlq", "evt_received"))),
        (Kind.UNBALANCED, lambda sound: replace(sound, balance=settlement.GetTrialBalanceResponse(sum_yen=1))),
        (Kind.UNBALANCED, lambda sound: replace(sound, verdict=settlement.VerifyLedgerResponse(finished=True))),
    ],
)
def test_each_kind_of_fault_is_seen(kind: Kind, spoilt: Callable[[Evidence], Evidence]) -> None:
    assert kind in {fault.kind for fault in faults(spoilt(whole()), [MONTH], EXPECTED)}
