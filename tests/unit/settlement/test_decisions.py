import dataclasses

import pytest

from services.settlement.domain.decision import Outcome, content_sha256, is_conserved, merged
from services.settlement.domain.posting import Change, settle
from services.shared.kernel.double_entry import Leg, Movement, is_balanced
from services.shared.kernel.money import Yen
from tests.support.settlement import INSURER, PROGRAMME, decision, part


def test_a_yen_that_nobody_pays_is_not_conserved() -> None:
    right = decision(1, part(yen=700), part(PROGRAMME, yen=200), patient_yen=50, reduced_yen=50)

    assert is_conserved(right)
    assert not is_conserved(dataclasses.replace(right, billed_yen=Yen(1_001)))


def test_a_returned_decision_with_a_share_is_not_conserved() -> None:
    assert is_conserved(decision(1, outcome=Outcome.RETURNED))
    assert not is_conserved(decision(1, part(yen=1), outcome=Outcome.RETURNED))


def test_a_payer_that_stands_twice_on_a_receipt_is_told_one_sum() -> None:
    assert merged([part(yen=700), part(PROGRAMME, yen=1), part(yen=5)]) == (
        part(points=200, yen=705),
        part(PROGRAMME, yen=1),
    )


def test_sequences_go_on_per_payer_and_0_yen_has_no_transfer() -> None:
    decisions = [decision(1, part(yen=0), part(PROGRAMME)), decision(2, part())]

    settled = settle([Change(decision=each) for each in decisions], {INSURER: 7, PROGRAMME: 1})

    assert [(each.share.part.payer_number, each.sequence) for each in settled] == [
        (INSURER, 7),
        (PROGRAMME, 1),
        (INSURER, 8),
    ]
    assert [each.transfer is None for each in settled] == [True, False, False]


def test_a_transfer_goes_from_the_payer_to_the_hospital() -> None:
    [settled] = settle([Change(decision=decision(1, part(yen=700)))], {INSURER: 1})

    transfer = settled.transfer
    assert transfer is not None
    assert transfer.movement.legs == (Leg("payer:06132013", Yen(-700)), Leg("hospital:1310000001", Yen(700)))
    assert is_balanced(transfer.movement.legs)


def test_other_money_is_other_content_and_another_trace_is_not() -> None:
    one = decision(1, part(yen=700))

    assert content_sha256(one) == content_sha256(dataclasses.replace(one, traceparent="other"))
    assert content_sha256(one) != content_sha256(decision(1, part(yen=701)))


@pytest.mark.parametrize(("to", "yen"), [("a", 0), ("a", -1), ("b", 1)])
def test_a_movement_that_cannot_balance_cannot_be_built(to: str, yen: int) -> None:
    with pytest.raises(ValueError, match="transfer moves"):
        Movement(from_account="b", to_account=to, amount_yen=Yen(yen))
