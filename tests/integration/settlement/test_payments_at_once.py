"""Two operators at the same moment: one of them does it, the other sees it done."""

import asyncio

from services.settlement.application.releasing import Released
from services.settlement.domain.payments.batches import Batch, Refusal, Refused
from services.shared.chassis.postgres import Database
from tests.support.payments import HOSPITALS, approved, confirmed_payee, payments_of, proposed, ready, released


async def test_two_proposals_at_once_are_one_batch(database: Database) -> None:
    await ready(database)

    found = await asyncio.gather(*(proposed(database) for _ in range(4)))

    assert len([each for each in found if isinstance(each, Batch)]) == 1
    assert [each for each in found if not isinstance(each, Batch)] == [[Refused(why=Refusal.NOTHING_TO_PAY)]] * 3
    assert len(await payments_of(database)) == len(HOSPITALS)


async def test_two_releases_at_once_are_one_file(database: Database) -> None:
    await ready(database)
    batch = await approved(database)

    found = await asyncio.gather(*(released(database, batch) for _ in range(4)))

    files = [each for each in found if isinstance(each, Released)]
    assert [each.is_new for each in files].count(True) == 1
    assert len({each.file.content for each in files}) == 1
    assert len(files) == 4
    assert len(await database.pool.fetch("SELECT FROM pending_transfer")) == len(HOSPITALS)


async def test_two_accounts_of_one_hospital_at_once_are_two_versions(database: Database) -> None:
    found = await asyncio.gather(*(confirmed_payee(database, "1310000001") for _ in range(3)), return_exceptions=True)

    rows = await database.pool.fetch("SELECT version FROM payee ORDER BY version")
    confirmed = [each for each in found if not isinstance(each, BaseException)]
    assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
    assert 1 <= len(confirmed) <= len(rows)
