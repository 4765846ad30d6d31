"""A batch of decisions posted and told, on the ledger in memory (tests/contracts/settlement)."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.settlement.application.post_decisions import ContradictoryDecision, Told, post_decisions
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.posting import Settled
from tests.contracts.settlement.fakes import LedgerInMemory
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, part


def write_event(settled: Settled, posted_at: datetime) -> bytes:
    return f"{settled.event_id} {settled.sequence}".encode()


async def post(ledger: LedgerInMemory, *decisions: Decision) -> list[Told]:
    async with ledger.transaction():
        return list(await post_decisions(decisions, ledger, write_event=write_event, now=NOW))


def places(told: list[Told]) -> list[tuple[str, int]]:
    return [(each.settled.share.part.payer_number, each.settled.sequence) for each in told]


async def test_every_payer_is_told_of_its_own_part_in_the_order_of_its_stream() -> None:
    ledger = LedgerInMemory()

    told = await post(ledger, decision(1, part(), part(PROGRAMME, yen=200)), decision(2, part()))

    assert places(told) == [(INSURER, 1), (PROGRAMME, 1), (INSURER, 2)]
    assert [each.movement.amount_yen for each in ledger.transfers.values()] == [700, 200, 700]
    assert ledger.events == told


async def test_a_batch_that_comes_again_with_a_new_decision_adds_the_new_one_only() -> None:
    ledger = LedgerInMemory()
    await post(ledger, decision(1, part()))

    assert places(await post(ledger, decision(1, part()), decision(2, part()), decision(2, part()))) == [(INSURER, 2)]


async def test_a_share_of_0_yen_is_told_without_a_transfer() -> None:
    ledger = LedgerInMemory()

    assert places(await post(ledger, decision(1, part(yen=0)))) == [(INSURER, 1)]
    assert ledger.transfers == {}


async def test_a_decision_that_moves_no_money_is_remembered_and_told_to_nobody() -> None:
    ledger = LedgerInMemory()
    returned = decision(1, outcome=Outcome.RETURNED)

    assert await post(ledger, returned) == []
    assert await ledger.posted_among([returned.decision_id]) != {}


async def test_a_decision_with_other_content_under_its_id_is_refused_and_leaves_nothing() -> None:
    ledger = LedgerInMemory()
    first = decision(1, part(yen=700))
    await post(ledger, first)

    with pytest.raises(ContradictoryDecision):
        await post(ledger, decision(2, part()), replace(first, parts=(part(yen=701),)))

    assert len(ledger.events) == 1


async def test_events_of_a_payer_with_a_topic_are_published_now() -> None:
    ledger = LedgerInMemory()
    await ledger.enrol(INSURER)

    told = await post(ledger, decision(1, part(), part(PROGRAMME, yen=200)))

    assert [each.is_enrolled for each in told] == [True, False]
