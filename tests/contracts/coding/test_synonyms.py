"""What every store of synonyms keeps: the fake of the use cases' tests and the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.coding.adapters.postgres_synonyms import PostgresSynonyms, SynonymReader
from services.coding.application.learning_synonyms import KeptSynonym, Synonyms
from services.coding.domain.synonyms import Synonym, SynonymState, Trial
from services.shared.chassis.postgres import Database, open_pool
from tests.support.stack import PostgresCluster
from tests.unit.coding.builders import MASTER
from tests.usecases.coding.synonym_fakes import MemorySynonyms

NOW = datetime(2024, 11, 1, 9, 30, tzinfo=UTC)
PROPOSED = KeptSynonym(
    synonym_id="syn_1",
    synonym=Synonym(spelling="シロソコヒ", disease_code="3669004", proposer="akiko", why="old word"),
    proposed_at=NOW,
    source_item="rvw_1",
)
ONCE = replace(PROPOSED, synonym=replace(PROPOSED.synonym, approvers=("beniko",)))
TRIED = replace(
    PROPOSED,
    synonym=replace(
        PROPOSED.synonym, approvers=("beniko", "chiyo"), trial=Trial(asked=3, support=2, better=1, worse=0)
    ),
)
WITHDRAWN = replace(TRIED, synonym=replace(TRIED.synonym, withdrawn_by="dai"))


@dataclass(slots=True)
class Store:
    database: Database | None
    memory: MemorySynonyms = field(default_factory=MemorySynonyms)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Synonyms]:
        if self.database is None:
            yield self.memory
        else:
            async with self.database.transaction(label="test") as tx:
                yield PostgresSynonyms(tx, MASTER)


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.getfixturevalue("database") if request.param == "postgres" else None)


async def test_a_synonym_is_found_as_its_steps_leave_it(store: Store) -> None:
    found: list[KeptSynonym | None] = []
    async with store.open() as synonyms:
        await synonyms.propose(PROPOSED)
        found.append(await synonyms.find("syn_1"))
        await synonyms.approve(ONCE, "beniko", now=NOW)
        found.append(await synonyms.find("syn_1"))
        await synonyms.approve(TRIED, "chiyo", now=NOW + timedelta(hours=1))
        found.append(await synonyms.find("syn_1"))
        await synonyms.withdraw(WITHDRAWN, "it means glaucoma", now=NOW)
        found.append(await synonyms.find("syn_1"))

    assert found == [PROPOSED, ONCE, TRIED, WITHDRAWN]


async def test_what_nobody_proposed_is_not_found(store: Store) -> None:
    async with store.open() as synonyms:
        assert await synonyms.find("syn_1") is None
        assert list(await synonyms.lock("シロソコヒ")) == []


async def test_all_of_a_spelling_are_found_the_oldest_first(store: Store) -> None:
    later = replace(PROPOSED, synonym_id="syn_0", proposed_at=NOW + timedelta(days=1))
    other = replace(PROPOSED, synonym_id="syn_2", synonym=replace(PROPOSED.synonym, spelling="アオソコヒ"))
    async with store.open() as synonyms:
        for each in (replace(later, synonym=replace(later.synonym, number=2)), PROPOSED, other):
            await synonyms.propose(each)
        assert [each.synonym_id for each in await synonyms.lock("シロソコヒ")] == ["syn_1", "syn_0"]


async def test_only_what_passed_and_was_not_withdrawn_counts(store: Store) -> None:
    counting: list[list[str]] = []
    async with store.open() as synonyms:
        await synonyms.propose(PROPOSED)
        await synonyms.approve(ONCE, "beniko", now=NOW)
        counting.append([each.synonym_id for each in await synonyms.counting()])
        await synonyms.approve(TRIED, "chiyo", now=NOW)
        counting.append([each.synonym_id for each in await synonyms.counting()])
        await synonyms.withdraw(WITHDRAWN, "it means glaucoma", now=NOW)
        counting.append([each.synonym_id for each in await synonyms.counting()])

    assert counting == [[], ["syn_1"], []]


async def test_pages_follow_each_other_by_state(database: Database) -> None:
    async with database.transaction(label="test") as tx:
        synonyms = PostgresSynonyms(tx, MASTER)
        for number in range(1, 4):
            synonym = replace(PROPOSED.synonym, number=number)
            await synonyms.propose(replace(PROPOSED, synonym_id=f"syn_{number}", synonym=synonym))
        await synonyms.approve(replace(TRIED, synonym_id="syn_2"), "chiyo", now=NOW)
        first = await synonyms.page(None, (NOW - timedelta(days=1), ""), 2)
        rest = await synonyms.page(None, (first[-1].proposed_at, first[-1].synonym_id), 2)
        waiting = await synonyms.page(SynonymState.PROPOSED, (NOW - timedelta(days=1), ""), 9)

    assert [each.synonym_id for each in (*first, *rest)] == ["syn_1", "syn_2", "syn_3"]
    assert [each.synonym_id for each in waiting] == ["syn_1", "syn_3"]


async def test_the_generation_rises_with_what_comes_into_force_and_what_is_withdrawn(database: Database) -> None:
    reader = SynonymReader(database)
    generations = [await reader.generation()]
    async with database.transaction(label="test") as tx:
        await PostgresSynonyms(tx, MASTER).propose(PROPOSED)
        await PostgresSynonyms(tx, MASTER).approve(TRIED, "chiyo", now=NOW)
    generations.append(await reader.generation())
    learned = await reader.learned()
    async with database.transaction(label="test") as tx:
        await PostgresSynonyms(tx, MASTER).withdraw(WITHDRAWN, "it means glaucoma", now=NOW)
    generations.append(await reader.generation())

    assert generations == [0, 1, 2]
    assert (learned, await reader.learned()) == ({"シロソコヒ": "3669004"}, {})


@pytest.mark.parametrize("statement", ["UPDATE synonym SET spelling = ''", "DELETE FROM synonym_approval"])
async def test_the_service_s_own_role_changes_no_synonym(database: Database, statement: str) -> None:
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
