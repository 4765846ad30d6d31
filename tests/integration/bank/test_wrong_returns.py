"""A credit that was matched with the wrong returned payment: taken back by another person, and matched anew."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.paying import abandon
from services.settlement.application.proposing_payments import reinstruct
from services.settlement.application.recalling import recall
from services.settlement.domain.decision import Outcome
from services.settlement.domain.payments.batches import Batch
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.recall import RecallState
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line
from tests.support.instructed import PLATFORM, file, instructed, reference_of
from tests.support.payments import AT, PAY_DAY, TERMS, cause, payments_of
from tests.support.reconciling import ACT, balances, queue, say, standing, take
from tests.support.settlement import decision, post
from tests.support.stack import PostgresCluster
from tests.support.taking_back import OTHER, faults, in_order, lines, states, taken_back

ONE, TWO = "1310000001", "1310000002"
OWED = {ONE: 700, TWO: 700}
NEXT = PAY_DAY + timedelta(days=1)
SUSPENSE = f"suspense:{PLATFORM}"
DEBIT = Line(day=PAY_DAY, yen=-1_400)
THIRD = replace(ACT, by="operator:third")


async def named_wrongly(database: Database) -> tuple[str, str, str]:
    """A person took what came back of the second payment for the first one's. The line, and both payments."""
    await instructed(database, OWED)
    await take(database, file(10_000, DEBIT, Line(day=NEXT, yen=700, name="ｷﾞﾝｺｳ")))
    (first, *_), (second, *_) = await payments_of(database)
    await said(database, first)
    assert await states(database) == ["returned", "settled"]
    return (await lines(database))[1], first, second


async def said(database: Database, payment: str) -> None:
    (waiting,) = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.RETURN, target=payment, yen=700))


async def ruled_wrongly(database: Database) -> tuple[str, str, str]:
    """The bank's line itself names the first payment, though the second came back."""
    await instructed(database, OWED)
    await take(database, file(10_000, DEBIT, Line(day=NEXT, yen=700, edi=await reference_of(database, ONE))))
    (first, *_), (second, *_) = await payments_of(database)
    assert await states(database) == ["returned", "settled"]
    return (await lines(database))[1], first, second


async def of_hospitals(database: Database) -> Sequence[int]:
    found = await balances(database)
    return [found[f"hospital:{code}"] for code in OWED]


async def came_back(database: Database) -> list[str]:
    return [row["payment_id"] for row in await database.fetch(BANK["returned_payments"], "", 10)]


@pytest.mark.parametrize("slip", [named_wrongly, ruled_wrongly])
async def test_the_wrong_payment_is_paid_again_and_the_right_one_came_back(
    database: Database, slip: Callable[[Database], Awaitable[tuple[str, str, str]]]
) -> None:
    line, first, second = await slip(database)
    before = await of_hospitals(database)
    await taken_back(database, line)
    between = (await standing(database, NEXT)).accounts[0]
    await in_order(database)

    assert (before, await of_hospitals(database)) == ([700, 0], [0, 0])
    assert (between.queued_in_yen, (await balances(database))[SUSPENSE]) == (700, 700)
    assert await states(database) == ["settled", "settled"]
    assert await came_back(database) == []
    await said(database, second)

    after = (await standing(database, NEXT)).accounts[0]
    assert await states(database) == ["settled", "returned"]
    assert await of_hospitals(database) == [0, 700]
    assert (after.closing_yen, after.queued_in_yen, (await balances(database))[SUSPENSE]) == (9_300, 0, 0)
    assert await came_back(database) == [second]
    await in_order(database)
    assert [first] == [each for each, code, _, _ in await payments_of(database) if code == ONE]


async def test_it_may_be_taken_back_twice_and_the_first_may_come_back_after_all(database: Database) -> None:
    line, first, second = await named_wrongly(database)
    for nth, (payment, act) in enumerate(((second, OTHER), (first, THIRD))):
        await taken_back(database, line, replace(act, at=ACT.at + timedelta(hours=nth)))
        await said(database, payment)
        await in_order(database)

    assert await states(database) == ["returned", "settled"]
    assert await of_hospitals(database) == [700, 0]
    assert await came_back(database) == [first]


async def test_who_matched_a_return_does_not_take_it_back_and_nobody_does_twice(database: Database) -> None:
    line, *_ = await named_wrongly(database)
    with pytest.raises(WrongMatch) as same:
        await taken_back(database, line, ACT)
    await taken_back(database, line)
    with pytest.raises(WrongMatch) as twice:
        await taken_back(database, line)

    assert [each.value.rule for each in (same, twice)] == ["same_person", "matched"]
    assert await states(database) == ["settled", "settled"]
    await in_order(database)


async def test_what_was_instructed_anew_since_is_not_taken_back(database: Database) -> None:
    line, first, _ = await named_wrongly(database)
    async with database.transaction(label="test.again") as tx:
        batch = await reinstruct(PostgresPayments(tx), TERMS, [first], cause(9), pays_on=NEXT, now=AT)
    assert isinstance(batch, Batch)

    with pytest.raises(WrongMatch, match="reinstructed by now") as fault:
        await taken_back(database, line)
    assert fault.value.rule == "payment"
    assert await states(database) == ["reinstructed", "proposed", "settled"]
    await in_order(database)


async def test_what_was_given_up_since_is_not_taken_back(database: Database) -> None:
    line, first, _ = await named_wrongly(database)
    async with database.transaction(label="test.end") as tx:
        await abandon(PostgresPayments(tx), PostgresBooks(tx), [first], cause(3, by=THIRD.by), at=AT)

    with pytest.raises(WrongMatch, match="abandoned by now"):
        await taken_back(database, line)
    assert await of_hospitals(database) == [700, 0]


async def test_no_balance_keeps_the_bank_from_having_paid(database: Database) -> None:
    line, *_ = await named_wrongly(database)
    await post(database, [decision(1, outcome=Outcome.WITHDRAWN, hospital=ONE, nth=2, patient_yen=0)])
    before = await of_hospitals(database)
    await taken_back(database, line)

    assert (before, await of_hospitals(database)) == ([0, 0], [-700, 0])
    await in_order(database)


async def test_a_recall_that_the_slip_closed_is_open_again(database: Database) -> None:
    await instructed(database, OWED)
    await take(database, file(10_000, DEBIT))
    (first, *_), _ = await payments_of(database)
    async with database.transaction(label="test.recall") as tx:
        await recall(till_of(tx), first, "settled", RecallState.REQUESTED, reason="wrong payee", act=ACT)
        sent = await recall(till_of(tx), first, "settled", RecallState.SENT, reason="wrong payee", act=ACT)
    await take(database, file(8_600, Line(day=NEXT, yen=700, edi=await reference_of(database, ONE))))
    await taken_back(database, (await lines(database))[1])

    async with database.transaction(label="test.recalls") as tx:
        (again,) = await till_of(tx).records.recalls([first])
    assert (again.recall_id, again.state, again.answer_by) == (sent.recall_id, RecallState.SENT, sent.answer_by)
    assert await came_back(database) == [first]


async def test_a_wrong_batch_is_taken_back_once_the_return_of_one_of_its_payments_is(database: Database) -> None:
    back, *_ = await ruled_wrongly(database)
    debit = (await lines(database))[0]
    with pytest.raises(WrongMatch, match="its return is undone first") as fault:
        await taken_back(database, debit)
    await taken_back(database, back)
    await taken_back(database, debit)

    assert fault.value.rule == "return_first"
    assert await states(database) == ["instructed", "instructed"]
    assert await of_hospitals(database) == [700, 700]
    assert [each.open_yen for each in await queue(database)] == [1_400, 700]
    await in_order(database)


PLANTED = {
    "UPDATE payment_unsettled SET undone_by = 'operator:x'": "was taken back otherwise",
    "DELETE FROM payment_unsettled": "was taken back otherwise",
    "UPDATE payment_event SET done_by = 'operator:x' WHERE before_state = 'returned'": "was taken back otherwise",
    "UPDATE undone_match SET transfer_id = ''": "is not what its transfer moved",
    "UPDATE undone_match SET transfer_id = (SELECT min(transfer_id) FROM transfer WHERE kind = 'claim')": "transfer",
}


@pytest.mark.parametrize("change", PLANTED)
async def test_a_planted_change_of_a_return_that_was_taken_back_is_found(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database, change: str
) -> None:
    line, *_ = await named_wrongly(database)
    await taken_back(database, line)
    connection = await asyncpg.connect(postgres_cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(change)
    await connection.close()

    found = await faults(database)
    assert any(PLANTED[change] in each for each in found), found
