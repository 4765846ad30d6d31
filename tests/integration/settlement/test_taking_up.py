"""Unpaid statements that a hospital's balance does not cover go into its next one, and are paid by nothing else."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.periods.cutting import Step, cut_hospitals
from services.settlement.adapters.statements.statement_check import statement_faults
from services.settlement.application import paying
from services.settlement.application.closing import Asked as CloseAsked
from services.settlement.application.closing import Stage
from services.settlement.application.proposing_payments import Asked, left_out, propose
from services.settlement.application.releasing import Released, approve
from services.settlement.domain.decision import Decision
from services.settlement.domain.payments.batches import Batch, Refusal, Refused
from services.settlement.domain.payments.files import FileForm
from services.shared.chassis.postgres import Database
from services.shared.kernel.money import Yen
from tests.support.closing import close, closing, load, statements
from tests.support.payments import (
    AT,
    CHECKER,
    FUNDED_YEN,
    MAKER,
    OTHER,
    PAY_DAY,
    TERMS,
    TRACE,
    cause,
    confirmed_payee,
    fund,
    payments_of,
    released,
)
from tests.support.settlement import HOSPITAL, INSURER, PROGRAMME, decision, part, post
from tests.support.waiting import until_awaited

APRIL, MAY, JUNE, JULY = "202604", "202605", "202606", "202607"
CLINIC, OTHERS = f"hospital:{HOSPITAL}", "1320000009"
WAITING = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database WHERE NOT granted"
WAITING += " AND locktype = 'advisory' AND datname = current_database()"
TAKE_UP = "INSERT INTO period_taken_up VALUES ($1, $2, $3, $4)"


def claim(number: int, yen: int, month: str = APRIL, *, hospital: str = HOSPITAL, nth: int = 1) -> Decision:
    return replace(decision(number, part(yen=yen), hospital=hospital, patient_yen=0, nth=nth), claim_month=month)


async def corrected(database: Database, *, is_proposed: bool = False) -> None:
    """April leaves 100 to pay, a correction takes the 100 back, and May adds 50: the hospital is owed 50."""
    await load(database, [APRIL, MAY, JUNE, JULY])
    await fund(database, FUNDED_YEN)
    await confirmed_payee(database, HOSPITAL)
    await post(database, [claim(1, 100)])
    await close(database, APRIL)
    if is_proposed:
        assert isinstance(await proposed(database, APRIL), Batch)
    await post(database, [claim(1, 0, nth=2), claim(2, 50, MAY)])


async def proposed(database: Database, period: str) -> Batch | Sequence[Refused]:
    asked = Asked(period=period, pays_on=PAY_DAY, by=MAKER, traceparent=TRACE)
    async with database.transaction(label="test.propose") as tx:
        return await propose(PostgresPayments(tx), TERMS, asked, now=AT)


async def instructed(database: Database, period: str) -> list[str]:
    """The payments of what a month's statements leave, in a file for the bank."""
    batch = await proposed(database, period)
    assert isinstance(batch, Batch), batch
    async with database.transaction(label="test.approve") as tx:
        await approve(PostgresPayments(tx), batch.batch_id, CHECKER, now=AT)
    assert isinstance(await released(database, batch), Released)
    rows = await database.pool.fetch("SELECT payment_id FROM payment WHERE batch_id = $1", batch.batch_id)
    return [row["payment_id"] for row in rows]


async def moved(database: Database, what: str, ids: Sequence[str], number: int) -> None:
    async with database.transaction(label="test.move") as tx:
        await getattr(paying, what)(PostgresPayments(tx), PostgresBooks(tx), ids, cause(number, by=OTHER), at=AT)


async def statement(database: Database, period: str, account: str = CLINIC) -> asyncpg.Record:
    return (await statements(database))[period, account]


async def figures(database: Database, period: str) -> tuple[int, int, int]:
    """Brought, payable, carried."""
    row = await statement(database, period)
    return row["brought_yen"], row["payable_yen"], row["carried_yen"]


async def taken(database: Database) -> Mapping[str, str]:
    """By statement: the month that took it up."""
    rows = await database.pool.fetch("SELECT statement_id, period FROM period_taken_up")
    return {row["statement_id"]: row["period"] for row in rows}


async def balance(database: Database) -> int:
    found: int = await database.pool.fetchval("SELECT balance_yen FROM account WHERE account_id = $1", CLINIC)
    return found


async def faults(database: Database) -> tuple[str, ...]:
    """What `ledger verify` says."""
    return [progress async for progress in replayed(database, [statement_faults])][-1].faults


async def test_a_hospital_gets_what_it_is_owed_where_corrections_took_from_an_unpaid_statement(
    database: Database,
) -> None:
    await corrected(database)
    await close(database, MAY)

    april = (await statement(database, APRIL))["statement_id"]
    assert await figures(database, MAY) == (100, 50, 0)
    assert await taken(database) == {april: MAY}
    assert await proposed(database, APRIL) == [Refused(why=Refusal.NOTHING_TO_PAY)]
    await moved(database, "settle", await instructed(database, MAY), 1)
    assert await balance(database) == 0
    assert await faults(database) == ()


async def test_payers_of_what_was_taken_up_are_told_and_the_remittance_names_its_claims(database: Database) -> None:
    await load(database, [APRIL, MAY, JUNE])
    await fund(database, FUNDED_YEN)
    await confirmed_payee(database, HOSPITAL)
    april = replace(claim(1, 0), parts=(part(yen=100), part(PROGRAMME, yen=20)), billed_yen=Yen(120))
    await post(database, [april])
    for taking, (number, yen) in {MAY: (2, 50), JUNE: (3, 30)}.items():
        await close(database, f"{int(taking) - 1}")
        await post(database, [claim(number - 1, 10, f"{int(taking) - 1}", nth=2), claim(number, yen, taking)])
    await close(database, JUNE)

    batch = await proposed(database, JUNE)
    assert isinstance(batch, Batch)
    assert list((await taken(database)).values()) == [MAY, JUNE]
    async with database.transaction(label="test.told") as tx:
        book = PostgresPayments(tx)
        told = await book.payers_of([batch])
        [due] = (await book.filed(batch, FileForm.PAIN001)).due
    assert told == {batch.batch_id: [INSURER, PROGRAMME]}
    assert list(due.claims.ids) == [claim(number, 0).claim_id for number in (1, 2, 3)]


async def test_a_hospital_that_stopped_claiming_gets_its_yen_with_the_next_close(database: Database) -> None:
    await corrected(database, is_proposed=True)
    await close(database, MAY)
    assert (await figures(database, MAY), await taken(database)) == ((0, 0, -50), {})  # a payment is under way
    [(payment, *_)] = await payments_of(database)
    await moved(database, "abandon", [payment], 1)
    assert await proposed(database, APRIL) == [Refused(why=Refusal.OVER_BALANCE, hospital_code=HOSPITAL)]

    await close(database, JUNE)

    assert await figures(database, JUNE) == (50, 50, 0)
    await moved(database, "settle", await instructed(database, JUNE), 2)
    assert await balance(database) == 0
    assert await faults(database) == ()


async def test_what_came_back_and_was_given_up_is_taken_up(database: Database) -> None:
    await load(database, [APRIL, MAY, JUNE])
    await fund(database, FUNDED_YEN)
    await confirmed_payee(database, HOSPITAL)
    await post(database, [claim(1, 100)])
    await close(database, APRIL)
    ids = await instructed(database, APRIL)
    await moved(database, "settle", ids, 1)
    await moved(database, "give_back", ids, 2)
    await post(database, [claim(1, 0, nth=2), claim(2, 50, MAY)])
    await close(database, MAY)
    assert (await figures(database, MAY), await taken(database)) == ((0, 0, -50), {})  # it may be instructed anew

    await moved(database, "abandon", ids, 3)
    await close(database, JUNE)

    assert await figures(database, JUNE) == (50, 50, 0)
    await moved(database, "settle", await instructed(database, JUNE), 4)
    assert await balance(database) == 0
    assert await faults(database) == ()


async def test_what_the_balance_covers_stays_payable_under_its_own_number(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await fund(database, FUNDED_YEN)
    await confirmed_payee(database, HOSPITAL)
    await post(database, [claim(1, 100)])
    await close(database, APRIL)
    await post(database, [claim(2, 50, MAY)])
    await close(database, MAY)

    assert (await figures(database, MAY), await taken(database)) == ((0, 50, 0), {})
    for number, period in enumerate((APRIL, MAY)):
        await moved(database, "settle", await instructed(database, period), number)
    assert await balance(database) == 0


async def test_more_taken_back_than_is_owed_is_carried_and_no_statement_is_left_payable(database: Database) -> None:
    await corrected(database)
    await post(database, [claim(2, 0, MAY, nth=2)])
    await close(database, MAY)
    await close(database, JUNE)

    assert [await figures(database, each) for each in (MAY, JUNE)] == [(100, 0, 0), (0, 0, 0)]
    assert await payable(database) == await balance(database) == 0


async def test_what_statements_ask_for_is_what_hospitals_are_owed(database: Database) -> None:
    await short(database)
    assert await payable(database) == 160
    await close(database, JUNE)

    assert await payable(database) == await balance(database) == 110
    assert await faults(database) == ()


async def payable(database: Database) -> int:
    """Of all statements that were not taken up."""
    found: int = await database.pool.fetchval(
        "SELECT sum(payable_yen)::bigint FROM statement AS s WHERE kind = 'hospital'"
        " AND NOT EXISTS (SELECT FROM period_taken_up AS t WHERE t.statement_id = s.statement_id)"
    )
    return found


async def short(database: Database) -> None:
    """April's 100 and May's 60 are not paid, and a correction takes 50: the balance covers either but not both."""
    await load(database, [APRIL, MAY, JUNE])
    await fund(database, FUNDED_YEN)
    await confirmed_payee(database, HOSPITAL)
    for month, (number, yen) in {APRIL: (1, 100), MAY: (2, 60)}.items():
        await post(database, [claim(number, yen, month)])
        await close(database, month)
    await post(database, [claim(2, 10, MAY, nth=2)])


async def waits(database: Database) -> None:
    """Until somebody waits for the lock of proposals."""

    async def somebody() -> bool:
        return bool(await database.pool.fetchval(WAITING))

    await until_awaited(somebody)


async def test_a_cut_that_comes_while_payments_are_proposed_leaves_them_their_statement(database: Database) -> None:
    await short(database)
    asked = Asked(period=APRIL, pays_on=PAY_DAY, by=MAKER, traceparent=TRACE)
    async with database.transaction(label="test.propose") as tx:
        assert isinstance(await propose(PostgresPayments(tx), TERMS, asked, now=AT), Batch)
        closed = asyncio.create_task(close(database, JUNE))
        await waits(database)
    await closed

    assert list((await taken(database)).values()) == [JUNE]
    assert await figures(database, JUNE) == (60, 10, 0)
    assert await payable(database) == await balance(database) == 110
    assert await faults(database) == ()


async def test_payments_that_are_proposed_while_statements_are_taken_up_find_nothing_to_pay(
    database: Database,
) -> None:
    await short(database)
    await close_up_to_the_payers_cuts(database, JUNE)
    async with database.transaction(label="test.cut") as tx:
        await cut_hospitals(Step(tx=tx, period=JUNE, now=AT, traceparent=TRACE), [CLINIC])
        proposing = asyncio.create_task(proposed(database, APRIL))
        await waits(database)
    assert await proposing == [Refused(why=Refusal.NOTHING_TO_PAY)]

    await close(database, JUNE)
    assert await figures(database, JUNE) == (160, 110, 0)
    assert await faults(database) == ()


async def close_up_to_the_payers_cuts(database: Database, period: str) -> None:
    asked = CloseAsked(period=period, is_early=True, by=MAKER, traceparent=TRACE)
    steps = closing(database).close(asked)
    while (await anext(steps)).stage is not Stage.CUTTING:
        pass
    await steps.aclose()  # type: ignore[attr-defined]  # an async generator


async def refused_by(database: Database, constraint: str, query: str, *args: object) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await database.pool.execute(query, *args)
    assert caught.value.constraint_name == constraint


async def test_whoever_writes_a_statement_with_a_live_payment_is_not_taken_up(database: Database) -> None:
    await corrected(database, is_proposed=True)
    await close_up_to_the_payers_cuts(database, MAY)
    april = (await statement(database, APRIL))["statement_id"]
    cut = "INSERT INTO period_cut SELECT $1, account_id, kind, 9, 0, 0, 0, 0, closes_on, due_on, pays_on, cut_at"
    await database.pool.execute(f"{cut} FROM period_cut WHERE account_id = $2", MAY, CLINIC)

    await refused_by(database, "period_taken_up_unpaid", TAKE_UP, april, MAY, CLINIC, 100)
    [(payment, *_)] = await payments_of(database)
    await moved(database, "abandon", [payment], 1)
    await refused_by(database, "period_taken_up_of_statement", TAKE_UP, april, MAY, CLINIC, 99)
    await refused_by(database, "period_taken_up_by_a_later", TAKE_UP, april, APRIL, CLINIC, 100)
    await database.pool.execute(TAKE_UP, april, MAY, CLINIC, 100)


async def test_whoever_writes_a_statement_that_was_taken_up_is_not_paid(database: Database) -> None:
    await corrected(database)
    await close(database, MAY)
    april = (await statement(database, APRIL))["statement_id"]
    await instructed(database, MAY)
    again = "INSERT INTO payment (payment_id, batch_id, place, hospital_code, statement_id, attempt, yen, reference,"
    again += " payee_version, transfer_id) SELECT 'pay_again', batch_id, 1, hospital_code, $1, 1, 100, '9999999999',"
    again += " payee_version, 'trf_again' FROM payment"

    await refused_by(database, "payment_of_statement_not_taken_up", again, april)
    for change in ("DELETE FROM period_taken_up", "UPDATE period_taken_up SET period = '202607'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM period_taken_up",
        "UPDATE period_taken_up SET period = '202606'",
        "UPDATE period_taken_up SET statement_id = (SELECT statement_id FROM statement WHERE payable_yen = 60)",
        "INSERT INTO period_taken_up SELECT statement_id, '202606', account_id, 60 FROM statement WHERE payable_yen=60",
    ],
)
async def test_the_ledgers_check_finds_what_was_planted_or_removed(
    fresh: ServiceDatabase, database: Database, change: str
) -> None:
    await corrected(database)
    await post(database, [claim(3, 10, MAY)])
    await close(database, MAY)
    await post(database, [claim(4, 5, JUNE)])
    await close(database, JUNE)
    assert await faults(database) == ()
    connection = await asyncpg.connect(fresh.owner_dsn)
    await connection.execute("ALTER TABLE period_taken_up DISABLE TRIGGER USER")
    await connection.execute(f"ALTER TABLE period_taken_up DROP CONSTRAINT period_taken_up_of_statement; {change}")
    await connection.close()

    found = await faults(database)
    assert any("is not what the ledger gives" in fault or "was taken up and is not" in fault for fault in found), found
    assert any(fault.startswith("chain of statements") for fault in found), found


async def test_one_hospital_that_is_short_does_not_stop_the_others(database: Database) -> None:
    await load(database, [APRIL])
    await fund(database, FUNDED_YEN)
    for hospital in (HOSPITAL, OTHERS):
        await confirmed_payee(database, hospital)
    await post(database, [claim(1, 100), claim(2, 70, hospital=OTHERS)])
    await close(database, APRIL)
    await post(database, [claim(1, 0, nth=2), claim(3, 50, MAY)])

    asked = Asked(period=APRIL, pays_on=PAY_DAY, by=MAKER, traceparent=TRACE)
    async with database.transaction(label="test.propose") as tx:
        batch = await propose(PostgresPayments(tx), TERMS, asked, now=AT)
        out = await left_out(PostgresPayments(tx), asked)
    assert isinstance(batch, Batch)
    assert (batch.payments, batch.total_yen) == (1, 70)
    assert [(each.hospital_code, each.yen) for each in out] == [(HOSPITAL, 100)]
