"""The payers' streams of household statements are a CursorSource like any other."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet

import pytest

from services.claims.adapters.household_messages import topic_of
from services.claims.adapters.postgres_households import PostgresHouseholds
from services.claims.adapters.statement_streams import StatementStreams
from services.claims.application.household_statements import Stated
from services.claims.domain.households.statement import Household
from services.claims.domain.households.versions import Span, next_version
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.months import Month
from tests.contracts.chassis.cursor_source import CursorSourceContract, places
from tests.contracts.claims.builders import NOW
from tests.support.stack import PostgresCluster

MONTH = Month(2026, 5)


class FilledStreams:
    first = "01130012"
    second = "06132013"

    def __init__(self, database: Database) -> None:
        self.source = StatementStreams(database, self.topics)
        self.there = {topic_of(self.first), topic_of(self.second), "household.stated"}
        self._database = database
        self._stated = 0

    async def topics(self) -> AbstractSet[str]:
        return self.there

    async def append(self, stream: str, count: int) -> None:
        numbers = range(self._stated, self._stated + count)
        self._stated += count
        for number in numbers:
            version = next_version(f"hst_{number:032x}", None, b"")
            assert version is not None
            household = Household(key=f"{number:032x}", payer_number=stream)
            stated = Stated(version=version, household=household, high_cost=False, content=b"")
            async with self._database.transaction(label="test") as tx:
                await PostgresHouseholds(tx).save(Span.MONTH, MONTH, [stated], NOW)


class TestStatementStreams(CursorSourceContract):
    @pytest.fixture
    async def streams(self, postgres_cluster: PostgresCluster) -> AsyncIterator[FilledStreams]:
        migrated = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
        pool = await open_pool(migrated.dsn, application_name="test")
        yield FilledStreams(Database(pool))
        await pool.close()

    async def test_a_payer_without_a_topic_waits_and_holds_up_nobody(self, streams: FilledStreams) -> None:
        await streams.append(streams.first, 2)
        await streams.append(streams.second, 1)
        streams.there.remove(topic_of(streams.first))

        held = places(await streams.source.pending(10))
        streams.there.add(topic_of(streams.first))

        assert held == [(streams.second, 1)]
        assert places(await streams.source.pending(10)) == [(streams.first, 1), (streams.first, 2), (streams.second, 1)]

    async def test_statements_go_to_their_payers_topic_and_keep_their_trace(self, streams: FilledStreams) -> None:
        await streams.append(streams.first, 1)

        (item,) = await streams.source.pending(10)
        (again,) = await streams.source.pending(10)

        assert item.announcement.topic == f"statements.{streams.first}"
        assert item == again
