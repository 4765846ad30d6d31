"""Payments on the real ledger: proposed, approved by another person, released in a file, and what comes of them."""

from dataclasses import replace
from datetime import date

import pytest

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payment_notices import tell_payers
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.queries import QUERIES as LEDGER
from services.settlement.application import paying
from services.settlement.application.paying import ForbiddenStep, UnknownPayments
from services.settlement.application.payment_book import Cause
from services.settlement.application.proposing_payments import reinstruct
from services.settlement.application.releasing import Released, approve
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payments.batches import Batch, Limits, Refusal, Refused, bank_account_id
from services.settlement.domain.payments.files import FileForm
from services.settlement.domain.transfers import AlreadyResolved
from services.shared.chassis.postgres import Database
from tests.support.payments import (
    AT,
    CHECKER,
    FUNDED_YEN,
    HOSPITALS,
    MAKER,
    OTHER,
    PAY_DAY,
    PLATFORM,
    TERMS,
    account,
    approved,
    cause,
    closed_period,
    confirmed_payee,
    payments_of,
    proposed,
    ready,
    released,
)
from tests.support.settlement import INSURER

BANK = bank_account_id(PLATFORM)
FIRST = next(iter(HOSPITALS))
OWED = {f"hospital:{code}": yen for code, yen in HOSPITALS.items()}


async def balances(database: Database) -> dict[str, int]:
    return {row["account_id"]: row["balance_yen"] for row in await database.fetch(LEDGER["list_accounts"])}


async def hospitals_and_bank(database: Database) -> dict[str, int]:
    found = await balances(database)
    return {name: yen for name, yen in found.items() if not name.startswith("payer:")}


async def pending(database: Database) -> int:
    async with database.transaction(label="test.read") as tx:
        found = await PostgresBooks(tx).balances([BANK])
    return found[BANK].pending_in_yen


async def faults(database: Database) -> tuple[str, ...]:
    return [progress async for progress in replayed(database)][-1].faults


async def moved(database: Database, what: str, ids: list[str], why: Cause) -> int:
    async with database.transaction(label="test.move") as tx:
        done: int = await getattr(paying, what)(PostgresPayments(tx), PostgresBooks(tx), ids, why, at=AT)
    return done


async def instructed(database: Database) -> list[str]:
    """A released file's payments."""
    await ready(database)
    assert isinstance(await released(database, await approved(database)), Released)
    return [payment for payment, _, _, _ in await payments_of(database)]


async def states(database: Database) -> list[str]:
    return [state for _, _, state, _ in await payments_of(database)]


async def test_what_the_statements_leave_goes_to_the_bank_in_one_file(database: Database) -> None:
    await ready(database)
    batch = await approved(database)

    done = await released(database, batch)

    assert isinstance(done, Released)
    found = checked(done.file.content)
    assert found.violations == []
    paid = [(row["reference"][10:], row.number("amount_yen")) for row in found.groups[0].data]
    assert paid == list(HOSPITALS.items())
    assert await states(database) == ["instructed"] * 3
    assert await pending(database) == sum(HOSPITALS.values())
    assert await hospitals_and_bank(database) == OWED | {BANK: -FUNDED_YEN}


@pytest.mark.parametrize("form", FileForm)
async def test_the_same_batch_gives_the_same_file_byte_for_byte(database: Database, form: FileForm) -> None:
    await ready(database)
    batch = await approved(database)
    first = await released(database, batch, form=form)
    again = await released(database, batch, form=form)

    assert isinstance(first, Released)
    assert isinstance(again, Released)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.file.content == first.file.content
    assert again.file.sha256 == first.file.sha256
    assert await pending(database) == sum(HOSPITALS.values())


async def test_two_batches_are_two_groups_of_one_file(database: Database) -> None:
    await ready(database)
    one = await approved(database, excepted=[FIRST])
    other = await approved(database)

    done = await released(database, one, other, form=FileForm.ZENGIN_LINES)

    assert isinstance(done, Released)
    assert [(len(group.data), group.total_yen) for group in checked(done.file.content).groups] == [(2, 1_530), (1, 700)]
    assert checked(done.file.content).has_line_ends


async def test_a_batch_that_nobody_approved_is_not_released(database: Database) -> None:
    await ready(database)
    batch = await proposed(database)
    assert isinstance(batch, Batch)

    assert await released(database, batch) == [Refused(why=Refusal.NOT_APPROVED)]


async def test_the_maker_does_not_approve_and_the_checker_is_recorded_once(database: Database) -> None:
    await ready(database)
    batch = await proposed(database)
    assert isinstance(batch, Batch)

    async def approve_as(by: str) -> object:
        async with database.transaction(label="test.approve") as tx:
            done = await approve(PostgresPayments(tx), batch.batch_id, by, now=AT)
        return done if isinstance(done, Refusal) or done is None else done.approved_by

    assert await approve_as(MAKER) is Refusal.SAME_PERSON
    assert await approve_as(CHECKER) == CHECKER
    assert await approve_as(CHECKER) == CHECKER
    assert await approve_as("operator:third") is Refusal.ALREADY_APPROVED


async def test_a_statement_stands_in_one_live_payment(database: Database) -> None:
    await ready(database)
    await proposed(database)

    assert await proposed(database) == [Refused(why=Refusal.NOTHING_TO_PAY)]


async def test_an_open_period_and_hospitals_without_an_account_are_refused_by_name(database: Database) -> None:
    assert await proposed(database) == [Refused(why=Refusal.PERIOD_OPEN)]
    await closed_period(database)
    await confirmed_payee(database, FIRST)

    refused = await proposed(database)

    assert refused == [Refused(why=Refusal.NO_PAYEE, hospital_code=code) for code in list(HOSPITALS)[1:]]


async def test_limits_are_of_one_payment_and_of_the_batch(database: Database) -> None:
    await ready(database)

    one = await proposed(database, terms=replace(TERMS, limits=Limits(payment_yen=1_499, batch_yen=10**6)))
    both = await proposed(database, terms=replace(TERMS, limits=Limits(payment_yen=1_500, batch_yen=2_229)))

    assert one == [Refused(why=Refusal.OVER_PAYMENT_LIMIT, hospital_code="1310000002")]
    assert both == [Refused(why=Refusal.OVER_BATCH_LIMIT)]


async def test_a_payee_that_changed_since_the_proposal_stops_the_release(database: Database) -> None:
    await ready(database)
    batch = await approved(database)
    await confirmed_payee(database, FIRST, account("ベツ ノ ﾅﾏｴ"))

    assert await released(database, batch) == [Refused(why=Refusal.PAYEE_CHANGED, hospital_code=FIRST)]
    assert await pending(database) == 0


async def test_a_pay_day_that_has_passed_is_refused(database: Database) -> None:
    await ready(database)
    batch = await approved(database)

    assert await released(database, batch, now=AT.replace(month=7)) == [Refused(why=Refusal.PAY_DAY_PAST)]


async def test_money_that_is_not_in_the_bank_is_not_instructed(database: Database) -> None:
    await closed_period(database, funded_yen=2_229)
    for code in HOSPITALS:
        await confirmed_payee(database, code)
    batch = await approved(database)

    assert await released(database, batch) == [Refused(why=Refusal.NOT_FUNDED)]
    assert await states(database) == ["proposed"] * 3


async def test_a_settled_payment_moves_its_yen_from_hospital_to_bank_once(database: Database) -> None:
    ids = await instructed(database)
    assert await moved(database, "accept", ids, cause(1)) == 3

    assert await moved(database, "settle", ids[:1], cause(2)) == 1
    assert await moved(database, "settle", ids[:1], cause(2)) == 0

    assert await hospitals_and_bank(database) == OWED | {"hospital:1310000001": 0, BANK: 700 - FUNDED_YEN}
    assert await pending(database) == 1_530
    assert await faults(database) == ()


async def test_a_payment_that_came_back_is_reversed_as_a_whole_and_owed_again(database: Database) -> None:
    ids = await instructed(database)
    await moved(database, "settle", ids, cause(1))

    assert await moved(database, "give_back", ids[:1], cause(2, "NO_SUCH_ACCOUNT")) == 1
    assert await moved(database, "give_back", ids[:1], cause(2, "NO_SUCH_ACCOUNT")) == 0

    paid = {f"hospital:{code}": 0 for code in HOSPITALS} | {"hospital:1310000001": 700}
    assert await hospitals_and_bank(database) == paid | {BANK: 1_530 - FUNDED_YEN}
    assert await states(database) == ["returned", "settled", "settled"]
    assert await faults(database) == ()


async def test_what_came_back_is_instructed_again_to_the_payee_of_today(database: Database) -> None:
    ids = await instructed(database)
    await moved(database, "settle", ids, cause(1))
    await moved(database, "give_back", ids[:1], cause(2))
    await confirmed_payee(database, FIRST, account("タダシイ ナマエ"))

    async def again() -> Batch:
        async with database.transaction(label="test.again") as tx:
            done = await reinstruct(PostgresPayments(tx), TERMS, ids[:1], cause(3), pays_on=date(2026, 6, 25), now=AT)
        assert isinstance(done, Batch), done
        return done

    batch = await again()
    assert await again() == batch
    async with database.transaction(label="test.approve") as tx:
        await approve(PostgresPayments(tx), batch.batch_id, MAKER, now=AT)
    done = await released(database, batch)

    assert isinstance(done, Released)
    [row] = checked(done.file.content).groups[0].data
    assert (row["payee_name"], row.number("amount_yen")) == ("ﾀﾀﾞｼｲ ﾅﾏｴ", 700)
    assert await states(database) == ["reinstructed", "instructed", "settled", "settled"]
    rows = await database.pool.fetch("SELECT payment_id, reinstructs FROM payment WHERE attempt = 2")
    assert [row["reinstructs"] for row in rows] == ids[:1]
    assert await moved(database, "settle", [rows[0]["payment_id"]], cause(4)) == 1
    assert await hospitals_and_bank(database) == {f"hospital:{code}": 0 for code in HOSPITALS} | {
        BANK: sum(HOSPITALS.values()) - FUNDED_YEN
    }
    assert await faults(database) == ()


async def test_a_payment_that_the_bank_refused_is_released_and_may_be_instructed_again(database: Database) -> None:
    ids = await instructed(database)

    await moved(database, "refuse", ids[:1], cause(1, "REFUSED_AC01"))

    assert await pending(database) == 1_530
    async with database.transaction(label="test.again") as tx:
        done = await reinstruct(PostgresPayments(tx), TERMS, ids[:1], cause(2), pays_on=PAY_DAY, now=AT)
    assert isinstance(done, Batch)
    assert await states(database) == ["reinstructed", "proposed", "instructed", "instructed"]


async def test_only_what_came_back_or_was_refused_is_instructed_again(database: Database) -> None:
    ids = await instructed(database)

    async with database.transaction(label="test.again") as tx:
        done = await reinstruct(PostgresPayments(tx), TERMS, ids[:1], cause(2), pays_on=PAY_DAY, now=AT)

    assert done == [Refused(why=Refusal.NOT_OPEN, hospital_code=FIRST)]


async def test_an_abandoned_payment_leaves_its_statement_to_another_one(database: Database) -> None:
    ids = await instructed(database)
    assert await moved(database, "abandon", ids, cause(1, "WRONG_DAY", by=OTHER)) == 3

    batch = await approved(database)

    assert await pending(database) == 0
    assert isinstance(await released(database, batch), Released)
    assert await states(database) == ["abandoned", "instructed"] * 3
    assert await faults(database) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [("settle", "abandon"), ("settle", "refuse"), ("abandon", "settle"), ("refuse", "settle"), ("settle", "accept")],
)
async def test_a_step_that_the_table_does_not_have_raises_and_does_nothing(
    database: Database, before: str, after: str
) -> None:
    ids = await instructed(database)
    await moved(database, before, ids, cause(1, by=OTHER))
    standing = await balances(database)

    with pytest.raises((ForbiddenStep, AlreadyResolved)):
        await moved(database, after, ids, cause(2, by=OTHER))

    assert await balances(database) == standing


async def test_unknown_payments_stop_the_whole(database: Database) -> None:
    ids = await instructed(database)

    with pytest.raises(UnknownPayments) as caught:
        await moved(database, "settle", [*ids, "pay_unknown"], cause(1))

    assert caught.value.payment_ids == ("pay_unknown",)
    assert await states(database) == ["instructed"] * 3


async def test_each_payer_whose_claims_are_paid_is_told_once(database: Database) -> None:
    await ready(database)
    batch = await approved(database)
    done = await released(database, batch)
    assert isinstance(done, Released)

    for _ in range(2):
        async with database.transaction(label="test.tell") as tx:
            await tell_payers(tx, done, AT)

    rows = await database.pool.fetch("SELECT payer_number, sequence, claim_id FROM announced_event WHERE yen = 0")
    assert [tuple(row) for row in rows] == [(INSURER, 4, batch.batch_id)]
    assert await faults(database) == ()


async def test_a_file_is_a_block_of_the_chain_of_files(database: Database) -> None:
    await ready(database)
    done = await released(database, await approved(database))

    assert isinstance(done, Released)
    [row] = await database.pool.fetch("SELECT file_id, kind, sha256 FROM sealed_file")
    assert tuple(row) == (done.file.file_id, "zengin", done.file.sha256)
