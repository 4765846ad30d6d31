"""What a later decision takes back, and how its event says so."""

from dataclasses import replace

import pytest
from seikyu.claims.v1 import claim_pb2, events_pb2
from seikyu.settlement.v1 import events_pb2 as settled_pb2

from services.settlement.adapters.messages import parse_adjudicated, read_settled, read_share, write_settled
from services.settlement.domain.decision import MOST_DECISIONS, Decision, Outcome, content_sha256
from services.settlement.domain.posting import Change, Settled, replacement_of, settle, share_of
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent
from services.shared.kernel.double_entry import is_balanced
from services.shared.kernel.ids import ClaimId, decision_id
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, part

FIRST = decision(1, part(yen=700), part(PROGRAMME, points=100, yen=0))
SECOND = decision(1, part(points=80, yen=560), nth=2)


def change() -> list[Settled]:
    """The first decision replaced by the second."""
    standing = tuple(share_of(FIRST, each) for each in FIRST.parts)
    return settle([Change(decision=SECOND, takes_back=standing)], {INSURER: 4, PROGRAMME: 9})


def test_what_stood_is_taken_back_as_a_whole_before_the_new_share_is_posted() -> None:
    told = [(each.share.part.payer_number, each.sequence, each.sign * each.share.part.share_yen) for each in change()]

    assert told == [(INSURER, 4, -700), (PROGRAMME, 9, 0), (INSURER, 5, 560)]


def test_a_reversal_mirrors_its_transfer_and_balances() -> None:
    [shared, _] = settle([Change(decision=FIRST)], {INSURER: 1, PROGRAMME: 1})
    reversal = change()[0].transfer

    assert shared.transfer is not None
    assert reversal is not None
    assert reversal.reverses == shared.transfer.transfer_id
    assert (reversal.movement.from_account, reversal.movement.to_account) == (
        shared.transfer.movement.to_account,
        shared.transfer.movement.from_account,
    )
    assert (reversal.movement.amount_yen, reversal.points) == (700, -100)
    assert is_balanced(reversal.movement.legs)


def test_a_share_of_0_yen_is_taken_back_without_a_transfer() -> None:
    assert [each.transfer is None for each in change()] == [False, True, False]


def test_ids_of_reversals_derive_from_what_they_take_back_alone() -> None:
    late = settle([Change(decision=FIRST, replaced=replacement_of(SECOND))], {INSURER: 1, PROGRAMME: 1})

    reversals = [each for each in late if each.replaced_by is not None]
    assert [each.event_id for each in reversals] == [each.event_id for each in change()[:2]]
    assert reversals[0].transfer is not None
    assert reversals[0].transfer.transfer_id == getattr(change()[0].transfer, "transfer_id", None)


def test_a_decision_that_comes_after_its_replacement_is_posted_and_taken_back_at_once() -> None:
    late = settle([Change(decision=FIRST, replaced=replacement_of(SECOND))], {INSURER: 1, PROGRAMME: 1})

    assert [each.sign * each.share.part.share_yen for each in late] == [700, -700, 0, 0]


def test_the_payers_event_says_what_it_takes_back_why_and_what_took_its_place() -> None:
    reversal, _, share = [read_settled(write_settled(each, NOW)) for each in change()]

    assert (reversal.kind, share.kind) == (settled_pb2.SETTLEMENT_KIND_REVERSAL, settled_pb2.SETTLEMENT_KIND_SHARE)
    assert (reversal.points, reversal.share_yen) == (-100, -700)
    assert (reversal.decision_id, reversal.replaced_by_decision_id) == (FIRST.decision_id, SECOND.decision_id)
    assert reversal.reverses_event_id == share_of(FIRST, part()).event_id
    assert reversal.reverses_transfer_id == share_of(FIRST, part()).transfer_id
    assert (share.replaces_decision_id, share.cause) == (FIRST.decision_id, "READJUDICATED")


def test_a_share_is_read_back_from_the_bytes_that_told_of_it() -> None:
    for settled in settle([Change(decision=FIRST)], {INSURER: 1, PROGRAMME: 1}):
        assert read_share(write_settled(settled, NOW)) == settled.share


def test_the_content_of_a_later_decision_holds_its_number_and_a_first_one_s_is_as_it_always_was() -> None:
    assert content_sha256(FIRST).hex() == "b0bb9f2968419ea7307c71174e1616aea79f3dd7784fa4f9f59b393f1cf1e3bc"
    assert content_sha256(SECOND) != content_sha256(replace(SECOND, number=3))


@pytest.mark.parametrize("number", [0, -1, MOST_DECISIONS + 1])
def test_a_number_that_cannot_be_cannot_be_built(number: int) -> None:
    with pytest.raises(ValueError, match="numbered"):
        replace(FIRST, number=number)


CLAIM = ClaimId("clm_" + "1" * 32)


def message(number: int) -> events_pb2.ClaimAdjudicated:
    return events_pb2.ClaimAdjudicated(
        claim_id=CLAIM,
        decision_id=decision_id(CLAIM, number),
        hospital_code="1310000001",
        claim_month="202604",
        outcome=claim_pb2.CLAIM_STATE_WITHDRAWN,
        number=number,
        replaces_decision_id=decision_id(CLAIM, number - 1) if number > 1 else "",
        cause=claim_pb2.DECISION_CAUSE_WITHDRAWN,
    )


def parsed(sent: events_pb2.ClaimAdjudicated) -> Decision:
    headers = [("ce_id", b"evt_1"), ("traceparent", f"00-{1:032x}-{1:016x}-00".encode())]
    return parse_adjudicated(Event("claims.adjudicated", 0, 0, CLAIM, sent.SerializeToString(), headers))


def test_a_withdrawal_is_read_with_its_number_and_cause() -> None:
    read = parsed(message(2))

    assert (read.outcome, read.number, read.cause) == (Outcome.WITHDRAWN, 2, "WITHDRAWN")
    assert read.replaces == decision_id(CLAIM, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", 3), ("number", -1), ("number", MOST_DECISIONS + 1), ("replaces_decision_id", ""), ("number", 1)],
)
def test_a_link_that_does_not_fit_its_number_is_invalid(field: str, value: object) -> None:
    wrong = message(2)
    setattr(wrong, field, value)

    with pytest.raises(PoisonEvent) as poison:
        parsed(wrong)
    assert poison.value.reason is DeadLetterReason.INVALID
