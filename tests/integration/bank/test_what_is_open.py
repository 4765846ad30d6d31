"""What is open is kept by the database and is what a walk over everything finds, whatever happens in whatever order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.till import till_of
from services.settlement.application.reconciling import undo
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.settlement.domain.transfers import LimitExceeded
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line
from tests.support.instructed import FIRST, TOTAL, file, instructed, reference_of
from tests.support.payments import HOSPITALS, PAY_DAY
from tests.support.reconciling import ACT, owe, queue, say, take
from tests.support.settlement import INSURER, PROGRAMME
from tests.support.waiting import until_awaited
from tests.support.walked import differing

AMOUNTS: Final = [*HOSPITALS.values(), TOTAL, 1_000, 400, 300]
STEPS: Final = 14
KEPT: Final = ("payment_in_transit", "waiting_line", "owed_statement", "bank_account_sum")
WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass(slots=True)
class Bank:
    """An account as the bank sees it: its balance, and the day that its next statement is of."""

    balance: int = 10_000
    days: int = 0
    lines: list[str] = field(default_factory=list)

    async def shows(self, database: Database, *lines: tuple[int, str]) -> None:
        """The next day's statement with these lines: yen and what the bank says of them."""
        self.days += 1
        day = PAY_DAY + timedelta(days=self.days - 1)
        told = [Line(day=day, yen=yen, edi=edi) for yen, edi in lines if self.balance + yen >= 0]
        await take(database, file(self.balance, *told, day=day))
        self.balance += sum(line.yen for line in told)


async def begun(fresh: ServiceDatabase, database: Database) -> Bank:
    """Payments in a file, and what two payers owe."""
    await instructed(database)
    for payer, yen in ((INSURER, 1_000), (PROGRAMME, 400)):
        await owe(fresh.owner_dsn, payer, yen, due=PAY_DAY)
    return Bank()


async def next_line(database: Database, random: Random) -> tuple[int, str]:
    """A line as banks write them: a payment shown or come back, a payer's money, or what nobody knows."""
    hospital = random.choice(list(HOSPITALS))
    shown = (-HOSPITALS[hospital], await reference_of(database, hospital))
    came_back = (HOSPITALS[hospital], await reference_of(database, hospital))
    return random.choice(
        [shown, came_back, (-TOTAL, ""), (1_000, INSURER), (400, PROGRAMME), (300, ""), (-300, ""), (300, INSURER)]
    )


async def matched(database: Database, random: Random) -> None:
    """A person's word for some waiting line, in part or whole, right or wrong."""
    waiting = await queue(database)
    if not waiting:
        return
    one = random.choice(list(waiting))
    yen = random.choice([one.open_yen, max(1, one.open_yen // 2)])
    statement = random.choice(["", f"sta_{INSURER}202604"])
    part = random.choice(
        [
            Part(purpose=Purpose.OWN, target="", yen=yen),
            Part(purpose=Purpose.PAYER, target=INSURER, yen=yen, statement_id=statement),
            Part(purpose=Purpose.REFUND, target=INSURER, yen=yen),
        ]
    )
    with suppress(WrongMatch, LimitExceeded):
        await say(database, one, part)


async def taken_back(database: Database, random: Random) -> None:
    """What some line is matched with, if a person may."""
    lines = await database.pool.fetch("SELECT line_id FROM bank_line ORDER BY position")
    if not lines:
        return
    with suppress(WrongMatch, LimitExceeded):
        async with database.transaction(label="test.undo") as tx:
            await undo(till_of(tx), random.choice(lines)["line_id"], reason="another's", act=ACT)


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_kept_as_open_is_what_a_walk_over_everything_finds(
    fresh: ServiceDatabase, database: Database, seed: int
) -> None:
    random, bank = Random(seed), await begun(fresh, database)

    for step in range(STEPS):
        act = random.choice(["shows", "shows", "matched", "taken back"])
        match act:
            case "shows":
                lines = [await next_line(database, random) for _ in range(random.randint(1, 3))]
                await bank.shows(database, *lines)
            case "matched":
                await matched(database, random)
            case _:
                await taken_back(database, random)
        assert await differing(database, AMOUNTS) == [], (seed, step, act)


async def test_nothing_is_kept_as_open_once_everything_is_settled_and_paid(
    fresh: ServiceDatabase, database: Database
) -> None:
    bank = await begun(fresh, database)
    in_transit = await database.pool.fetch("SELECT yen FROM payment_in_transit ORDER BY yen")
    await bank.shows(database, (-TOTAL, ""), (1_000, INSURER), (400, PROGRAMME))

    assert [row["yen"] for row in in_transit] == sorted(HOSPITALS.values())
    for table in ("payment_in_transit", "waiting_line", "owed_statement"):
        assert await database.pool.fetch(f"SELECT * FROM {table}") == []
    assert await differing(database, AMOUNTS) == []


@pytest.mark.parametrize("table", KEPT)
async def test_the_service_writes_nothing_that_is_kept_as_open(
    fresh: ServiceDatabase, database: Database, table: str
) -> None:
    await begun(fresh, database)

    for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(statement)


MATCH: Final = (
    "INSERT INTO line_match SELECT $1, line_id, 'person', $2, '', $3, $4, '', 'me', 'so', now() FROM bank_line"
    " WHERE position = $5"
)


@asynccontextmanager
async def open_transaction(fresh: ServiceDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(fresh.dsn)
    try:
        await connection.execute("BEGIN")
        yield connection
        await connection.execute("COMMIT")
    finally:
        await connection.close()


async def at_once(
    fresh: ServiceDatabase, database: Database, one: tuple[object, ...], other: tuple[object, ...]
) -> BaseException | None:
    """Two write a match, neither holding the account: the second waits for the first, then does it or is refused."""
    outcome: BaseException | None = None
    async with open_transaction(fresh) as first:
        await first.execute(MATCH, *one)
        second = await asyncpg.connect(fresh.dsn)
        waits = asyncio.ensure_future(second.execute(MATCH, *other))
        await until_awaited(lambda: database.pool.fetchval(WAITING))
    try:
        await waits
    except asyncpg.PostgresError as refused:
        outcome = refused
    await second.close()
    return outcome


async def test_of_two_who_match_one_line_at_once_the_second_is_refused(
    fresh: ServiceDatabase, database: Database
) -> None:
    await take(database, file(0, Line(day=FIRST, yen=900)))

    refused = await at_once(fresh, database, ("mat_a", "own", "", 900, 1), ("mat_b", "own", "", 1, 1))

    assert isinstance(refused, asyncpg.CheckViolationError)
    assert refused.constraint_name == "line_match_within_line"
    assert await differing(database, AMOUNTS) == []


async def test_two_who_pay_one_statement_at_once_both_count(fresh: ServiceDatabase, database: Database) -> None:
    statement = await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=900), Line(day=FIRST, yen=700)))

    refused = await at_once(fresh, database, ("a", "payer", statement, 600, 1), ("b", "payer", statement, 700, 2))

    assert refused is None
    kept = await database.pool.fetch("SELECT open_yen FROM owed_statement")
    assert [row["open_yen"] for row in kept] == [-300]
    assert await differing(database, AMOUNTS) == []
