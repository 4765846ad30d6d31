"""Two claims of a person, decided by transactions that overlap: one of them is a duplicate, whoever sees whom."""

import asyncio
from collections.abc import Sequence

import asyncpg

from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Assessed
from services.claims.application.model import Determined
from services.claims.application.recent import RecentReceipts
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import Statement
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import twins
from tests.integration.claims.test_ledger import (
    KEY,
    NOW,
    SENDER,
    TRACES,
    accept,
    claim_ids,
    covered,
    decide,
    new_intake,
)
from tests.support.examined import NoMasters
from tests.support.waiting import until_awaited

APPROVED, RETURNED = 4, 6
OUTCOMES = Statement(name="outcomes", purpose="test", sql="SELECT claim_id, outcome FROM decision")
WAITING = Statement(
    name="waiting",
    purpose="test",
    sql="SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
)


async def accept_in(tx: Transaction, receipt: Assessed) -> ClaimId:
    answers = await new_intake().accept(PostgresLedger(tx, KEY), TRACES, SENDER, [receipt], now=NOW)
    return claim_ids(answers)[0]


async def decide_in(tx: Transaction, determined: Sequence[Determined]) -> None:
    deciding = Deciding(recent=RecentReceipts(), traces=TRACES, schedules=NoMasters())
    await deciding.eligibility_determined(PostgresLedger(tx, KEY), determined, now=NOW)


async def outcomes(database: Database) -> dict[str, int]:
    rows = await database.fetch(OUTCOMES)
    return {row["claim_id"]: row["outcome"] for row in rows}


async def waits_for_a_lock(database: Database) -> list[asyncpg.Record]:
    return await database.fetch(WAITING)


async def test_an_earlier_claim_that_was_committed_later_waits_for_the_decision_that_did_not_see_it(
    database: Database,
) -> None:
    one, other = twins()
    async with database.transaction(label="test") as deciding_later:
        async with database.transaction(label="test") as slow:
            earlier = await accept_in(slow, one)
            (later,) = claim_ids(await accept(database, [other], new_intake()))
            await decide_in(deciding_later, [covered(later, other)])
        deciding_earlier = asyncio.create_task(decide(database, [covered(earlier, one)], RecentReceipts()))
        await until_awaited(lambda: waits_for_a_lock(database))
    await deciding_earlier

    assert await outcomes(database) == {later: APPROVED, earlier: RETURNED}


async def test_two_that_see_each_other_are_decided_at_the_same_time_without_a_deadlock(database: Database) -> None:
    one, other = twins()
    earlier, later = [claim_ids(await accept(database, [each], new_intake()))[0] for each in (one, other)]

    async with database.transaction(label="test") as deciding_later:
        await decide_in(deciding_later, [covered(later, other)])
        deciding_earlier = asyncio.create_task(decide(database, [covered(earlier, one)], RecentReceipts()))
        await until_awaited(lambda: waits_for_a_lock(database))
    await deciding_earlier

    assert await outcomes(database) == {earlier: APPROVED, later: RETURNED}
