"""Whatever order and however often decisions come, in whatever batches: ledger and streams are those of a plain sum."""

import asyncio
import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.decision import Decision, Outcome
from services.shared.chassis.postgres import Database
from tests.support.settlement import decision, opened, part, post
from tests.support.stack import PostgresCluster

PAYERS = ["06132013", "21136015", "31130001", "67130001"]
HOSPITALS = ["1310000001", "1310000002"]
shares = st.dictionaries(st.sampled_from(PAYERS), st.integers(0, 5_000), min_size=1, max_size=3)
plans = st.lists(st.tuples(shares, st.sampled_from(HOSPITALS), st.booleans()), min_size=1, max_size=12)


def decisions_of(plan: list[tuple[dict[str, int], str, bool]]) -> list[Decision]:
    return [
        decision(number, *(part(payer, yen=yen) for payer, yen in owed.items()), hospital=hospital)
        if pays
        else decision(number, hospital=hospital, outcome=Outcome.RETURNED)
        for number, (owed, hospital, pays) in enumerate(plan)
    ]


def expected_balances(plan: list[tuple[dict[str, int], str, bool]]) -> dict[str, int]:
    """The oracle: add and subtract, nothing else."""
    sums: Counter[str] = Counter()
    for owed, hospital, pays in plan:
        for payer, yen in owed.items() if pays else ():
            sums[f"payer:{payer}"] -= yen
            sums[f"hospital:{hospital}"] += yen
    return {account: yen for account, yen in sums.items() if yen}


async def check(fresh: ServiceDatabase, plan: list[tuple[dict[str, int], str, bool]], seed: int) -> None:
    shuffled = decisions_of(plan) * 3
    random.Random(seed).shuffle(shuffled)
    async with opened(fresh) as database:
        for at in range(0, len(shuffled), 4):
            await post(database, shuffled[at : at + 4])
        await compare(database, plan)


async def compare(database: Database, plan: list[tuple[dict[str, int], str, bool]]) -> None:
    rows = await database.fetch(QUERIES["list_accounts"])
    assert {row["account_id"]: row["balance_yen"] for row in rows if row["balance_yen"]} == expected_balances(plan)
    told = [read_settled(row["value"]) for row in await database.fetch(QUERIES["replay_events"])]
    owed = Counter((payer, yen) for shares, _, pays in plan if pays for payer, yen in shares.items())
    assert Counter((event.payer_number, event.share_yen) for event in told) == owed
    for payer in PAYERS:
        sequences = [event.sequence for event in told if event.payer_number == payer]
        assert sequences == list(range(1, len(sequences) + 1))
    assert [each async for each in replayed(database)][-1].faults == ()


@settings(max_examples=8, deadline=None)
@given(plan=plans, seed=st.integers(0, 1_000))
def test_repeated_and_shuffled_batches_post_each_decision_once(
    postgres_cluster: PostgresCluster, plan: list[tuple[dict[str, int], str, bool]], seed: int
) -> None:
    asyncio.run(check(postgres_cluster.create_migrated_database("settlement"), plan, seed))
