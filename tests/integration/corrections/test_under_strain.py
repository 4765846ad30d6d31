"""Corrections at once, beside the first decision, and while settlement does not have them. On real databases."""

import asyncio
from datetime import timedelta

import asyncpg
import grpc.aio

from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_corrections import CORRECTIONS
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.adapters.unposted import UnpostedDecisions
from services.claims.application.correcting import Corrected
from services.claims.application.deciding import Deciding
from services.claims.domain.correction import Refusal, State
from services.shared.chassis.queries import parse_queries
from services.shared.kernel.ids import decision_id
from tests.integration.claims.test_ledger import (
    HOSPITAL,
    KEY,
    NOW,
    TRACES,
    accept,
    assessed,
    claim_ids,
    covered,
    new_intake,
)
from tests.integration.claims.test_unposted import Settlement
from tests.integration.corrections.world import LATER, World
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry
from tests.support.examined import NoMasters
from tests.support.waiting import until_awaited

WAITING = parse_queries(
    "-- name: waiting\n-- Sessions that wait for a lock.\n"
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database();"
)["waiting"]


async def test_two_withdrawals_at_once_are_one(world: World) -> None:
    [claim] = await world.decided()
    done = await asyncio.gather(*[world.withdraw(claim) for _ in range(4)])
    await world.settle(shuffled=1)

    assert sum(isinstance(each, Corrected) for each in done) == 1
    assert [each for each in done if not isinstance(each, Corrected)] == [Refusal.ALREADY_WITHDRAWN] * 3
    assert len(await world.announced()) == 2
    assert set((await world.balances()).values()) == {0}


async def test_a_withdrawal_beside_the_first_decision_waits_for_it_and_replaces_it(world: World) -> None:
    intake, receipts = new_intake(), assessed(1)
    [claim] = claim_ids(await accept(world.claims, receipts, intake))
    deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())
    async with world.claims.transaction(label="test") as tx:
        await deciding.eligibility_determined(PostgresLedger(tx, KEY), [covered(claim, receipts[0])], now=NOW)
        withdrawal = asyncio.create_task(world.withdraw(claim))
        await until_awaited(lambda: world.claims.fetch(WAITING))
    done = await withdrawal
    await world.settle()

    assert isinstance(done, Corrected)
    assert done.decided is not None
    assert (done.state, done.decided.replaces) == (State.WITHDRAWN, decision_id(claim, 1))
    assert await world.balances() == {f"hospital:{HOSPITAL}": 0, "payer:01130012": 0}


async def test_eligibility_s_answer_to_a_withdrawn_claim_is_known_and_changes_nothing(world: World) -> None:
    intake, receipts = new_intake(), assessed(1)
    [claim] = claim_ids(await accept(world.claims, receipts, intake))
    await world.withdraw(claim)
    deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())
    async with world.claims.transaction(label="test") as tx:
        unknown = await deciding.eligibility_determined(
            PostgresLedger(tx, KEY), [covered(claim, receipts[0])], now=LATER
        )

    assert unknown == set()
    assert len(await world.announced()) == 1


async def sweep(world: World, there: Settlement) -> None:
    async with there.answering() as channel:
        await _sweep(world, channel)


async def _sweep(world: World, channel: grpc.aio.Channel) -> None:
    metrics = MemoryTelemetry().build("claims").metrics
    await UnpostedDecisions(
        database=world.claims,
        clock=SetClock(LATER + timedelta(minutes=2)),
        channel=channel,
        measures=ClaimMeasures(metrics),
        metrics=metrics,
        settled_after=timedelta(minutes=1),
        valid_for_s=180.0,
    ).sweep()


async def test_a_withdrawal_that_settlement_lacks_is_announced_again_though_it_has_no_part(world: World) -> None:
    [claim] = await world.decided()
    await world.withdraw(claim)
    there = Settlement()
    await sweep(world, there)

    assert set(there.asked) == {decision_id(claim, 1), decision_id(claim, 2)}
    again = [event.header("ce_id") for event in await world.announced()]
    assert (len(again), len(set(again))) == (4, 2)
    await world.settle(shuffled=3)
    assert set((await world.balances()).values()) == {0}


async def test_postgres_accepts_every_statement_of_corrections(world: World) -> None:
    connection = await asyncpg.connect(world.claims_dsn)
    try:
        for name in CORRECTIONS.names:
            await connection.prepare(CORRECTIONS[name].sql)
    finally:
        await connection.close()
    assert len(CORRECTIONS.names) > 5
