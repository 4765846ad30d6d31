"""The Postgres stores keep what the suites say, and their tables only grow."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.eligibility.adapters.determinations import PostgresDeterminations
from services.eligibility.adapters.events import DETERMINED_TOPIC, determined_event_id
from services.eligibility.adapters.store import PostgresCoverage
from services.shared.chassis.postgres import Database, Transaction
from tests.contracts.eligibility.suites import FIRST, CoverageContract, DeterminationsContract, determination, entry

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    async with database.transaction(label="test") as tx:
        yield tx


class TestPostgresCoverage(CoverageContract):
    @pytest.fixture
    def coverage(self, tx: Transaction) -> PostgresCoverage:
        return PostgresCoverage(tx)


class TestPostgresDeterminations(DeterminationsContract):
    @pytest.fixture
    def determinations(self, tx: Transaction) -> PostgresDeterminations:
        return PostgresDeterminations(tx)


async def test_a_first_answer_is_announced_again_byte_for_byte_under_the_same_id(database: Database) -> None:
    announced = []
    for tenths in (3, 2):
        async with database.transaction(label="test") as tx:
            log = PostgresDeterminations(tx)
            decided = determination("evt_1", tenths=tenths)
            first = await log.keep([decided])
            log.announce(first.get("evt_1", decided), TRACE)
            announced.extend(tx.announcements)

    assert announced[0] == announced[1]
    assert announced[0].topic == DETERMINED_TOPIC
    assert announced[0].key == announced[0].subject == "clm_evt_1"
    assert announced[0].event_id == determined_event_id(determination("evt_1"))


@pytest.mark.parametrize("role", ["dsn", "owner_dsn"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE coverage SET branch = '09'", "DELETE FROM coverage", "TRUNCATE coverage", "DELETE FROM determination_log"],
)
async def test_the_tables_only_grow_even_for_their_owner(
    database: Database, migrated: ServiceDatabase, role: str, statement: str
) -> None:
    async with database.transaction(label="test") as tx:
        await PostgresCoverage(tx).record([entry()], FIRST)

    connection = await asyncpg.connect(getattr(migrated, role))
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)):
            await connection.execute(statement)
    finally:
        await connection.close()
