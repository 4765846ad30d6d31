import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import Progress, replayed
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import ContradictoryDecision
from services.settlement.domain.decision import Outcome
from services.shared.chassis.postgres import ConstraintViolated, Database
from tests.support.settlement import HOSPITAL, INSURER, NOW, PROGRAMME, decision, part, post


async def balances(database: Database) -> dict[str, tuple[int, int]]:
    rows = await database.fetch(QUERIES["list_accounts"])
    return {row["account_id"]: (row["balance_yen"], row["version"]) for row in rows}


async def verdict(database: Database) -> Progress:
    return [progress async for progress in replayed(database)][-1]


async def counts(database: Database) -> tuple[int, ...]:
    return tuple((await database.fetch(QUERIES["count_postings"]))[0])


async def test_each_payer_owes_its_share_and_the_hospital_is_owed_the_sum(database: Database) -> None:
    await post(database, [decision(1, part(yen=700), part(PROGRAMME, yen=200)), decision(2, part(yen=50))])

    assert await balances(database) == {
        f"hospital:{HOSPITAL}": (950, 3),
        f"payer:{INSURER}": (-750, 2),
        f"payer:{PROGRAMME}": (-200, 1),
    }
    assert (await verdict(database)).faults == ()


async def test_a_decision_posted_twice_moves_money_once(database: Database) -> None:
    one, other = decision(1, part()), decision(2, part())
    await post(database, [one])
    told = await post(database, [other, one, other])

    assert [each.settled.sequence for each in told] == [2]
    assert await counts(database) == (2, 4)


async def test_a_share_of_0_yen_is_told_and_moves_nothing(database: Database) -> None:
    told = await post(database, [decision(1, part(yen=0))])

    assert [each.settled.transfer for each in told] == [None]
    assert await counts(database) == (0, 0)
    assert (await verdict(database)).events_checked == 1


async def test_a_returned_decision_is_posted_and_moves_nothing(database: Database) -> None:
    returned = decision(1, outcome=Outcome.RETURNED)

    assert await post(database, [returned]) == []
    rows = await database.fetch(QUERIES["posted_among"], [returned.decision_id])
    assert [row["decision_id"] for row in rows] == [returned.decision_id]


async def test_the_same_decision_with_other_money_is_a_contradiction(database: Database) -> None:
    await post(database, [decision(1, part(yen=700))])

    with pytest.raises(ContradictoryDecision):
        await post(database, [decision(1, part(yen=701))])


TABLES = ["account", "transfer", "entry", "posted_decision", "later_decision", "payer_stream", "announced_event"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"])
async def test_the_services_role_may_not_change_a_ledger_table(
    fresh: ServiceDatabase, database: Database, table: str, change: str
) -> None:
    await post(database, [decision(1, part())])
    connection = await asyncpg.connect(fresh.dsn)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(change.format(table))
    await connection.close()


@pytest.mark.parametrize("assignment", ["account SET balance_yen = 0", "entry SET amount_yen = 1"])
async def test_the_services_role_may_not_update_the_ledger(fresh: ServiceDatabase, assignment: str) -> None:
    connection = await asyncpg.connect(fresh.dsn)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(f"UPDATE {assignment}")
    await connection.close()


@pytest.mark.parametrize("table", ["transfer", "entry", "posted_decision", "announced_event"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}"])
async def test_even_the_owner_may_not_shrink_the_ledger(
    fresh: ServiceDatabase, database: Database, table: str, change: str
) -> None:
    await post(database, [decision(1, part())])
    connection = await asyncpg.connect(fresh.owner_dsn)

    with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
        await connection.execute(change.format(table))
    await connection.close()


async def test_even_the_owner_may_not_insert_an_entry_without_its_counterpart(fresh: ServiceDatabase) -> None:
    connection = await asyncpg.connect(fresh.owner_dsn)

    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        await connection.execute("INSERT INTO entry VALUES ('payer:1', 1, 'trf_1', 5, 0, 5)")
    await connection.close()


async def call_post(database: Database, *, amount: int = 700, content: bytes = b"a", to: str = "hospital:1") -> int:
    async with database.transaction(label="test.raw") as tx:
        columns = [["trf_1"], ["payer:1"], [to], [amount], ["clm_1"], ["dec_1"], ["evt_1"], ["0"], [content]]
        posted: int = await tx.fetchval(QUERIES["post_transfers"], *columns, ["202604"], ["1"], [100], [None], NOW)
        return posted


async def test_a_transfer_repeated_with_the_same_content_is_left_alone(database: Database) -> None:
    assert [await call_post(database), await call_post(database)] == [1, 0]
    assert await counts(database) == (1, 2)


async def test_a_transfer_repeated_with_other_content_is_a_named_conflict(database: Database) -> None:
    await call_post(database)

    with pytest.raises(ConstraintViolated, match="transfer_same_content"):
        await call_post(database, content=b"b")


@pytest.mark.parametrize("amount", [0, -1])
async def test_the_database_refuses_a_transfer_that_is_not_positive(database: Database, amount: int) -> None:
    with pytest.raises(ConstraintViolated):
        await call_post(database, amount=amount)


async def test_the_database_refuses_a_transfer_to_the_account_it_comes_from(database: Database) -> None:
    with pytest.raises(ConstraintViolated):
        await call_post(database, to="payer:1")


@pytest.mark.parametrize("sequence", [0, 2, 3])
async def test_the_database_refuses_a_sequence_with_a_gap_or_a_repetition(database: Database, sequence: int) -> None:
    await post(database, [])
    columns = [[INSURER], [sequence], ["evt_1"], ["clm_1"], ["dec_1"], [b"v"], ["t"], [1], [10], ["202604"], [None]]

    await database.fetch(QUERIES["lock_payer_streams"], [INSURER])
    with pytest.raises(ConstraintViolated, match="announced_event_without_gap"):
        await database.fetch(QUERIES["announce_events"], *columns, NOW)


PLANTED = {
    "UPDATE entry SET amount_yen = amount_yen - 1, balance_after = balance_after - 1 WHERE version = 2": "no leg of",
    "UPDATE account SET balance_yen = balance_yen + 1 WHERE kind = 'payer'": "balance and version",
    "DELETE FROM entry WHERE version = 1": "follows",
    "UPDATE transfer SET amount_yen = amount_yen + 1": "both of its entries",
    "UPDATE announced_event SET value = value || '\\x00'": "digest",
    "UPDATE announced_event SET points = points + 1": "in its columns",
    "DELETE FROM announced_event WHERE sequence = 1": "follows",
    "DELETE FROM announced_event WHERE sequence = 3": "go on after",
    "DELETE FROM transfer": "no leg of",
    "UPDATE posted_decision SET points = ARRAY[points[1] + 1]": "other parts",
    "UPDATE posted_decision SET claim_month = '202605'": "other parts",
    "DELETE FROM posted_decision": "other parts",
}


@pytest.mark.parametrize(("change", "sentence"), PLANTED.items())
async def test_a_planted_change_is_found(
    fresh: ServiceDatabase, database: Database, change: str, sentence: str
) -> None:
    await post(database, [decision(number, part(yen=100 * number)) for number in (1, 2, 3)])
    connection = await asyncpg.connect(fresh.owner_dsn)
    for table in ("transfer", "entry", "announced_event", "posted_decision"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(change)
    await connection.close()

    assert any(sentence in fault for fault in (await verdict(database)).faults)
