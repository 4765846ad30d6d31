"""Payments on the real ledger: proposed, approved by another person, released in a file, and what comes of them."""

from services.settlement.adapters.queries import QUERIES as LEDGER
from services.settlement.application.releasing import Released
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payments.batches import Batch, Refusal, Refused
from services.shared.chassis.postgres import Database
from tests.support.payments import HOSPITALS, approved, payments_of, proposed, ready, released


async def balances(database: Database) -> dict[str, int]:
    return {row["account_id"]: row["balance_yen"] for row in await database.fetch(LEDGER["list_accounts"])}


async def test_what_the_statements_leave_goes_to_the_bank_in_one_file(database: Database) -> None:
    await ready(database)
    batch = await approved(database)

    done = await released(database, batch)

    assert isinstance(done, Released)
    found = checked(done.file.content)
    assert found.violations == []
    paid = [(row["reference"][10:], row.number("amount_yen")) for row in found.groups[0].data]
    assert paid == list(HOSPITALS.items())
    assert [state for _, _, state, _ in await payments_of(database)] == ["instructed"] * 3


async def test_the_same_batch_gives_the_same_file_byte_for_byte(database: Database) -> None:
    await ready(database)
    batch = await approved(database)
    first, again = await released(database, batch), await released(database, batch)

    assert isinstance(first, Released)
    assert isinstance(again, Released)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.file.content == first.file.content
    assert again.file.sha256 == first.file.sha256


async def test_a_batch_that_nobody_approved_is_not_released(database: Database) -> None:
    await ready(database)
    batch = await proposed(database)
    assert isinstance(batch, Batch)

    assert await released(database, batch) == [Refused(why=Refusal.NOT_APPROVED)]
