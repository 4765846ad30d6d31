"""Decisions that replace others, on the real ledger: to the yen, and what Postgres refuses."""

from collections.abc import Sequence

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.control_totals import add_up
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.decision import Outcome
from services.shared.chassis.postgres import ConstraintViolated, Database
from tests.support.settlement import HOSPITAL, INSURER, NOW, PROGRAMME, decision, part, post

FIRST = decision(1, part(yen=700), part(PROGRAMME, points=100, yen=200))
REDUCED = decision(1, part(points=80, yen=560), part(PROGRAMME, points=80, yen=160), nth=2)
WITHDRAWN = decision(1, outcome=Outcome.WITHDRAWN, nth=2)


async def balances(database: Database) -> dict[str, int]:
    return {row["account_id"]: row["balance_yen"] for row in await database.fetch(QUERIES["list_accounts"])}


async def faults(database: Database) -> tuple[str, ...]:
    return [progress async for progress in replayed(database)][-1].faults


async def stream(database: Database, payer: str) -> list[tuple[int, int, int]]:
    """Sequence, points and yen of each event of a payer."""
    told = [read_settled(row["value"]) for row in await database.fetch(QUERIES["replay_events"])]
    return [(each.sequence, each.points, each.share_yen) for each in told if each.payer_number == payer]


async def test_after_a_withdrawal_the_claim_s_sum_is_0_for_every_payer_and_the_hospital(database: Database) -> None:
    await post(database, [FIRST])
    await post(database, [WITHDRAWN])

    assert await balances(database) == {f"hospital:{HOSPITAL}": 0, f"payer:{INSURER}": 0, f"payer:{PROGRAMME}": 0}
    assert await stream(database, INSURER) == [(1, 100, 700), (2, -100, -700)]
    assert await faults(database) == ()


async def test_after_another_decision_the_claim_s_sum_is_the_new_one_s(database: Database) -> None:
    await post(database, [FIRST])
    await post(database, [REDUCED])

    assert await balances(database) == {
        f"hospital:{HOSPITAL}": 720,
        f"payer:{INSURER}": -560,
        f"payer:{PROGRAMME}": -160,
    }
    assert await stream(database, PROGRAMME) == [(1, 100, 200), (2, -100, -200), (3, 80, 160)]
    assert await faults(database) == ()


@pytest.mark.parametrize(
    "batches",
    [
        [[FIRST, REDUCED]],
        [[REDUCED, FIRST]],
        [[REDUCED], [FIRST]],
        [[FIRST], [REDUCED], [FIRST], [REDUCED, FIRST]],
    ],
)
async def test_the_order_of_decisions_and_their_repetition_change_no_sum(
    database: Database, batches: Sequence[Sequence[object]]
) -> None:
    for batch in batches:
        await post(database, batch)  # type: ignore[arg-type]  # pytest's parameters are objects

    assert await balances(database) == {
        f"hospital:{HOSPITAL}": 720,
        f"payer:{INSURER}": -560,
        f"payer:{PROGRAMME}": -160,
    }
    assert await faults(database) == ()


async def test_a_decision_between_two_that_are_posted_comes_late_and_moves_nothing_in_sum(database: Database) -> None:
    third = decision(1, part(yen=10), nth=3)
    await post(database, [FIRST, third])
    told = await post(database, [REDUCED])

    assert sum(each.settled.sign * each.settled.share.part.share_yen for each in told) == 0
    assert await balances(database) == {f"hospital:{HOSPITAL}": 10, f"payer:{INSURER}": -10, f"payer:{PROGRAMME}": 0}
    assert await faults(database) == ()


async def test_totals_keep_everything_posted_and_what_of_it_was_reversed_apart(database: Database) -> None:
    await post(database, [FIRST])
    await add_up(database)
    await post(database, [REDUCED])
    await add_up(database)

    found = await database.fetch(QUERIES["control_totals"], "202604", "", "", 1_000)
    rows = {row["payer_number"]: tuple(row)[2:] for row in found}
    assert rows[INSURER] == (2, 180, 1_260) * 2 + (1, 100, 700) * 2
    assert rows[PROGRAMME] == (2, 180, 360) * 2 + (1, 100, 200) * 2


async def raw(
    database: Database, transfer: str, *, amount: int, points: int, reverses: str | None, back: bool = True
) -> None:
    accounts = [["hospital:1"], ["payer:1"]] if back else [["payer:1"], ["hospital:1"]]
    content = [transfer.encode()]
    async with database.transaction(label="test.raw") as tx:
        columns = [[transfer], *accounts, [amount], ["clm_1"], ["dec_1"], ["evt_1"], ["0"], content, ["202604"], ["1"]]
        await tx.fetchval(QUERIES["post_transfers"], *columns, [points], [reverses], NOW)


@pytest.mark.parametrize(
    ("amount", "points", "back"), [(699, -100, True), (700, -99, True), (700, -100, False)], ids=str
)
async def test_the_database_refuses_a_reversal_that_is_not_the_mirror_of_its_transfer(
    database: Database, amount: int, points: int, back: bool
) -> None:
    await raw(database, "trf_1", amount=700, points=100, reverses=None, back=False)

    with pytest.raises(ConstraintViolated, match="reversal_mirrors"):
        await raw(database, "trf_2", amount=amount, points=points, reverses="trf_1", back=back)


async def test_the_database_refuses_a_second_reversal_and_one_of_nothing(database: Database) -> None:
    await raw(database, "trf_1", amount=700, points=100, reverses=None, back=False)
    await raw(database, "trf_2", amount=700, points=-100, reverses="trf_1")

    with pytest.raises(ConstraintViolated, match="transfer_reversed_once"):
        await raw(database, "trf_3", amount=700, points=-100, reverses="trf_1")
    with pytest.raises(ConstraintViolated):
        await raw(database, "trf_4", amount=700, points=-100, reverses="trf_9")


async def test_a_process_of_the_version_before_reversals_still_posts_and_announces(database: Database) -> None:
    connection_free = [["trf_1"], ["payer:1"], ["hospital:1"], [700], ["clm_1"], ["dec_1"], ["evt_1"], ["0"], [b"a"]]
    async with database.transaction(label="test.old") as tx:
        posted = await tx.connection.fetchval(
            "SELECT post_transfers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            *connection_free,
            ["202604"],
            ["1"],
            [100],
            NOW,
        )
        await tx.fetch(QUERIES["lock_payer_streams"], [INSURER])
        await tx.connection.fetchval(
            "SELECT announce_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            *([INSURER], [1], ["evt_1"], ["clm_1"], ["dec_1"], [b"v"], ["t"], [1], [10], ["202604"], NOW),
        )

    assert posted == 1


PLANTED = {
    "DELETE FROM announced_event WHERE reverses IS NOT NULL": "announced by no event",
    "UPDATE transfer SET points = points - 1 WHERE reverses IS NOT NULL": "whole of what it takes back",
    "DELETE FROM transfer WHERE reverses IS NOT NULL": "stands though a later decision",
}


@pytest.mark.parametrize(("change", "sentence"), PLANTED.items())
async def test_a_planted_change_of_a_reversal_is_found(
    fresh: ServiceDatabase, database: Database, change: str, sentence: str
) -> None:
    await post(database, [FIRST])
    await post(database, [REDUCED])
    connection = await asyncpg.connect(fresh.owner_dsn)
    for table in ("transfer", "announced_event"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(change)
    await connection.close()

    assert any(sentence in fault for fault in await faults(database))
