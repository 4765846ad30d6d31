"""Whatever order, however often and in whatever batches the decisions on claims come: the latest of each stands.

The oracle adds up the parts of each claim's latest decision and knows nothing of reversals.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.control_totals import add_up
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import read_settled, write_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import post_decisions
from services.settlement.domain.decision import Decision, Outcome
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.fakes import LedgerInMemory
from tests.support.settlement import HOSPITAL, NOW, decision, opened, part, post
from tests.support.stack import PostgresCluster

PAYERS = ["06132013", "21136015", "31130001"]
Shares = Mapping[str, int] | None
"""Yen by payer; None for a decision that moves no money."""
shares = st.none() | st.dictionaries(st.sampled_from(PAYERS), st.integers(0, 5_000), min_size=1, max_size=3)
lives = st.lists(st.lists(shares, min_size=1, max_size=4), min_size=1, max_size=4)
"""The decisions on each of some claims, in their order."""


def decisions_of(plan: Sequence[Sequence[Shares]]) -> list[Decision]:
    return [
        decision(number, *(part(payer, yen=yen) for payer, yen in owed.items()), nth=nth)
        if owed is not None
        else decision(number, outcome=Outcome.WITHDRAWN if nth > 1 else Outcome.RETURNED, nth=nth)
        for number, life in enumerate(plan)
        for nth, owed in enumerate(life, 1)
    ]


def owed_in_the_end(plan: Sequence[Sequence[Shares]]) -> dict[str, int]:
    """The oracle."""
    sums: Counter[str] = Counter()
    for life in plan:
        sums.update(life[-1] or {})
    return {payer: yen for payer, yen in sums.items() if yen}


def batches(plan: Sequence[Sequence[Shares]], seed: int) -> list[list[Decision]]:
    """Each decision twice, in any order, cut anywhere."""
    chance = random.Random(seed)
    mixed = decisions_of(plan) * 2
    chance.shuffle(mixed)
    cut: list[list[Decision]] = []
    while mixed:
        size = chance.randint(1, 6)
        cut.append(mixed[:size])
        mixed = mixed[size:]
    return cut


async def in_memory(plan: Sequence[Sequence[Shares]], seed: int) -> LedgerInMemory:
    ledger = LedgerInMemory()
    for batch in batches(plan, seed):
        async with ledger.transaction():
            await post_decisions(batch, ledger, write_event=write_settled, now=NOW)
    return ledger


@settings(max_examples=300, deadline=None)
@given(plan=lives, seed=st.integers(0, 10_000))
def test_what_stands_is_the_latest_decision_of_each_claim_in_whatever_order_they_come(
    plan: list[list[Shares]], seed: int
) -> None:
    ledger = asyncio.run(in_memory(plan, seed))

    moved: Counter[str] = Counter()
    for transfer in ledger.transfers.values():
        moved[transfer.movement.from_account] -= transfer.movement.amount_yen
        moved[transfer.movement.to_account] += transfer.movement.amount_yen
    owed = owed_in_the_end(plan)
    balances = {account: yen for account, yen in moved.items() if yen}
    hospital = {f"hospital:{HOSPITAL}": sum(owed.values())} if owed else {}
    assert balances == {f"payer:{payer}": -yen for payer, yen in owed.items()} | hospital


@settings(max_examples=200, deadline=None)
@given(plan=lives, seed=st.integers(0, 10_000), other=st.integers(0, 10_000))
def test_two_orders_make_the_same_transfers_and_the_same_events_but_for_their_places(
    plan: list[list[Shares]], seed: int, other: int
) -> None:
    one, two = asyncio.run(in_memory(plan, seed)), asyncio.run(in_memory(plan, other))

    assert {k: v.payload_sha256 for k, v in one.transfers.items()} == {
        k: v.payload_sha256 for k, v in two.transfers.items()
    }
    assert {each.settled.event_id for each in one.events} == {each.settled.event_id for each in two.events}


async def on_postgres(fresh: ServiceDatabase, plan: Sequence[Sequence[Shares]], seed: int) -> None:
    async with opened(fresh) as database:
        for batch in batches(plan, seed):
            await post(database, batch)
        await compare(database, plan)


async def compare(database: Database, plan: Sequence[Sequence[Shares]]) -> None:
    owed = owed_in_the_end(plan)
    rows = await database.fetch(QUERIES["list_accounts"])
    balances = {row["account_id"]: row["balance_yen"] for row in rows if row["balance_yen"]}
    hospital = {f"hospital:{HOSPITAL}": sum(owed.values())} if owed else {}
    assert balances == {f"payer:{payer}": -yen for payer, yen in owed.items()} | hospital
    told = [read_settled(row["value"]) for row in await database.fetch(QUERIES["replay_events"])]
    statement: Counter[str] = Counter()
    for event in told:
        statement[event.payer_number] += event.share_yen
    assert {payer: yen for payer, yen in statement.items() if yen} == owed
    for payer in PAYERS:
        sequences = [event.sequence for event in told if event.payer_number == payer]
        assert sequences == list(range(1, len(sequences) + 1))
    assert [each async for each in replayed(database)][-1].faults == ()
    await add_up(database)
    for row in await database.fetch(QUERIES["control_totals"], "", "", "", 1_000):
        assert row["posted_yen"] - row["reversed_yen"] == owed.get(row["payer_number"], 0)
        assert (row["posted_parts"], row["posted_points"], row["posted_yen"]) == (
            row["announced_events"],
            row["announced_points"],
            row["announced_yen"],
        )
        assert (row["reversed_parts"], row["reversed_points"], row["reversed_yen"]) == (
            row["announced_reversals"],
            row["announced_reversed_points"],
            row["announced_reversed_yen"],
        )


@settings(max_examples=8, deadline=None)
@given(plan=lives, seed=st.integers(0, 10_000))
def test_the_real_ledger_and_its_totals_and_streams_say_the_same(
    postgres_cluster: PostgresCluster, plan: list[list[Shares]], seed: int
) -> None:
    asyncio.run(on_postgres(postgres_cluster.create_migrated_database("settlement"), plan, seed))
