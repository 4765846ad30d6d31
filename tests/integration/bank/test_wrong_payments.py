"""A debit that was matched with the wrong payment: taken back by another person, with a trail, and matched anew."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.paying import SamePersonAbandons, abandon, accept, refuse
from services.settlement.domain.decision import Outcome
from services.settlement.domain.payments.batches import Refusal
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line
from tests.support.instructed import file, instructed, reference_of
from tests.support.payments import AT, PAY_DAY, cause, payments_of
from tests.support.reconciling import ACT, balances, queue, say, standing, take
from tests.support.settlement import decision, post
from tests.support.stack import PostgresCluster
from tests.support.taking_back import OTHER, faults, in_order, lines, states, taken_back

THIRD = "operator:third"
NEXT = PAY_DAY + timedelta(days=1)
TWO = {"1310000001": 700, "1310000002": 700}
"""Hospitals that are owed the same."""


async def paid_wrongly(database: Database) -> tuple[str, str, str]:
    """A person took the debit of the second hospital's payment for the first one's. Its line, and both payments."""
    await instructed(database, TWO)
    await take(database, file(10_000, Line(day=PAY_DAY + timedelta(days=4), yen=-700)))
    (waiting,) = await queue(database)
    (first, *_), (second, *_) = await payments_of(database)
    await say(database, waiting, Part(purpose=Purpose.PAYMENT, target=first, yen=700))
    return waiting.placed.line_id, first, second


async def test_the_wrong_payment_is_in_transit_again_and_the_right_one_is_settled(database: Database) -> None:
    line, _, second = await paid_wrongly(database)
    before = await balances(database)
    (match,) = await taken_back(database, line)
    between = (await standing(database, PAY_DAY)).accounts[0]
    await in_order(database)
    (waiting,) = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.PAYMENT, target=second, yen=700))

    assert [before[f"hospital:{code}"] for code in TWO] == [0, 700]
    assert (between.in_transit_yen, between.pending_yen, between.queued_out_yen) == (1_400, 1_400, 700)
    assert await states(database) == ["instructed", "settled"]
    assert [(await balances(database))[f"hospital:{code}"] for code in TWO] == [700, 0]
    [row] = await database.pool.fetch("SELECT * FROM payment_unsettled")
    assert (row["match_id"], row["matched_by"], row["undone_by"]) == (match.match_id, ACT.by, OTHER.by)
    await in_order(database)


async def test_what_was_taken_back_is_shown_by_its_own_line_and_may_come_back_then(database: Database) -> None:
    line, first, second = await paid_wrongly(database)
    await taken_back(database, line)
    (waiting,) = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.PAYMENT, target=second, yen=700))
    reference = await reference_of(database, "1310000001")
    later = PAY_DAY + timedelta(days=5)
    await take(database, file(9_300, Line(day=later, yen=-700, edi=reference), Line(day=later, yen=700, edi=reference)))

    assert [(each, state) for each, _, state, _ in await payments_of(database)] == [
        (first, "returned"),
        (second, "settled"),
    ]
    await in_order(database)


async def test_a_payment_that_was_accepted_is_accepted_again_and_may_be_taken_back_twice(database: Database) -> None:
    await instructed(database, TWO)
    ids = [each for each, _, _, _ in await payments_of(database)]
    async with database.transaction(label="test.accept") as tx:
        await accept(PostgresPayments(tx), PostgresBooks(tx), ids, cause(1), at=AT)
    await take(database, file(10_000, Line(day=PAY_DAY, yen=-1_400)))
    [line] = await lines(database)
    for nth, act in enumerate((OTHER, replace(ACT, by=THIRD))):
        assert await states(database) == ["settled", "settled"]
        await taken_back(database, line, act)
        assert await states(database) == ["accepted", "accepted"]
        [waiting] = await queue(database)
        batch = await database.pool.fetchval("SELECT batch_id FROM payment_batch")
        later = replace(OTHER, at=OTHER.at + timedelta(hours=nth))
        await say(database, waiting, Part(purpose=Purpose.PAYMENT, target=batch, yen=1_400), act=later)

    assert await states(database) == ["settled", "settled"]
    assert [(await balances(database))[f"hospital:{code}"] for code in TWO] == [0, 0]
    await in_order(database)


async def test_who_matched_or_imported_a_debit_does_not_take_it_back_alone(database: Database) -> None:
    line, *_ = await paid_wrongly(database)

    with pytest.raises(WrongMatch) as fault:
        await taken_back(database, line, ACT)
    assert (fault.value.field, fault.value.rule) == ("line_id", "same_person")
    assert await states(database) == ["settled", "instructed"]


@pytest.mark.parametrize("end", [abandon, refuse])
async def test_who_took_it_back_does_not_end_the_payment_which_could_then_be_paid_again(
    database: Database, end: Callable[..., Awaitable[int]]
) -> None:
    line, first, _ = await paid_wrongly(database)
    await taken_back(database, line)

    async def ended(by: str) -> None:
        async with database.transaction(label="test.end") as tx:
            await end(PostgresPayments(tx), PostgresBooks(tx), [first], cause(3, by=by), at=AT)

    with pytest.raises(SamePersonAbandons) as fault:
        await ended(OTHER.by)
    assert [each.why for each in fault.value.refused] == [Refusal.SAME_PERSON_UNSETTLED]
    await ended(THIRD)
    await in_order(database)


async def test_what_came_back_since_is_not_taken_back(database: Database) -> None:
    line, *_ = await paid_wrongly(database)
    back = Line(day=PAY_DAY + timedelta(days=5), yen=700, edi=await reference_of(database, "1310000001"))
    await take(database, file(9_300, back))

    with pytest.raises(WrongMatch, match="returned by now"):
        await taken_back(database, line)
    assert await states(database) == ["returned", "instructed"]


async def test_a_correction_meanwhile_does_not_keep_a_slip_from_being_taken_back(database: Database) -> None:
    line, *_ = await paid_wrongly(database)
    await post(database, [decision(1, outcome=Outcome.WITHDRAWN, hospital="1310000001", nth=2, patient_yen=0)])
    owing = (await balances(database))["hospital:1310000001"]
    await taken_back(database, line)

    assert owing == -700
    assert await states(database) == ["instructed", "instructed"]
    await in_order(database)


PLANTED = {
    "UPDATE payment_unsettled SET undone_by = 'operator:x'": "was taken back otherwise",
    "DELETE FROM payment_unsettled": "stands otherwise than its transfer",
    "UPDATE payment_unsettled SET former_transfer_id = (SELECT max(transfer_id) FROM pending_transfer)": "was taken",
    "UPDATE payment_event SET done_by = 'operator:x' WHERE before_state = 'settled'": "was taken back otherwise",
}


@pytest.mark.parametrize("change", PLANTED)
async def test_a_planted_change_of_what_was_taken_back_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, change: str
) -> None:
    line, *_ = await paid_wrongly(database)
    await taken_back(database, line)
    connection = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(change)
    await connection.close()

    found = await faults(database)
    assert any(PLANTED[change] in each for each in found), found


async def test_not_even_the_owner_takes_a_step_back_of_the_same_person(
    fresh: ServiceDatabase, database: Database
) -> None:
    line, *_ = await paid_wrongly(database)
    await taken_back(database, line)
    connection = await asyncpg.connect(fresh.owner_dsn)
    with pytest.raises(asyncpg.CheckViolationError, match="payment_unsettled_by_another"):
        await connection.execute(
            "INSERT INTO payment_unsettled SELECT payment_id, number, state, match_id, matched_by, matched_by,"
            " former_transfer_id, transfer_id || 'x' FROM payment_unsettled"
        )
    with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
        await connection.execute("DELETE FROM payment_unsettled")
    await connection.close()
