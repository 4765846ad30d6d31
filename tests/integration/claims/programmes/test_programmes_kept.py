"""What was told of local programmes, in Postgres."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.claims.adapters.postgres_programmes import PostgresProgrammeReader, PostgresProgrammes
from services.claims.application.programmes import ProgrammeKeeper, import_programmes
from services.shared.chassis.postgres import Database
from tests.contracts.claims.programmes import AUGUST, CHILDREN, FIRST, JULY, JUNE, MONTH, SECOND, ProgrammeContract


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[PostgresProgrammes]:
    async with database.transaction(label="test.programmes") as tx:
        yield PostgresProgrammes(tx)


class TestPostgresProgrammes(ProgrammeContract):
    """The real ledger."""


async def test_another_process_picks_up_what_was_told_once_it_is_committed(database: Database) -> None:
    keeper, reader = ProgrammeKeeper(), PostgresProgrammeReader(database)
    async with database.transaction(label="test.telling") as tx:
        await import_programmes(PostgresProgrammes(tx), FIRST, now=JUNE)
        before = await keeper.history(reader)
    after = await keeper.history(reader)

    assert (before.latest, after.latest) == (None, JUNE)
    assert after.known(JUNE).table.find(CHILDREN, MONTH).outpatient_limit_yen == 500


async def test_two_told_at_one_time_are_known_one_after_the_other(database: Database) -> None:
    async def tell(content: bytes) -> None:
        async with database.transaction(label="test.telling") as tx:
            await import_programmes(PostgresProgrammes(tx), content, now=JULY)

    await asyncio.gather(tell(FIRST), tell(SECOND))
    told = await PostgresProgrammeReader(database).told_after(None)

    assert len({(each.number, each.known_at) for each in told}) == 3
    assert (await ProgrammeKeeper().history(PostgresProgrammeReader(database))).known(AUGUST).told[0].known_at >= JULY
