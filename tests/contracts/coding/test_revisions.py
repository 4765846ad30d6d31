"""What every store of revisions keeps: the fake of the use cases' tests and the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import asyncpg
import pytest
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from services.coding.adapters.answers import PostgresAnswers
from services.coding.adapters.events import announcement_of
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.code_batch import Answer, LineCoding
from services.coding.application.revising import Revision, RevisionCause, Revisions, revised
from services.coding.domain.coding import Route
from services.coding.domain.verify import Patient, Sex
from services.shared.chassis.postgres import Database, TransientFault, open_pool
from tests.contracts.coding.test_answers import ANSWER as WITHOUT_PATIENT
from tests.support.stack import PostgresCluster
from tests.usecases.coding.fakes import MemoryAnswers, MemoryRevisions

ANSWER = replace(WITHOUT_PATIENT, patient=Patient(sex=Sex.FEMALE, age_band_years=60))
ASKED = {ANSWER.key: ANSWER.traceparent}
RECODED = LineCoding(line=1, route=Route.RANKED, disease_code="3669004", spelling="謎", p=0.96)
DENIED = LineCoding(line=4, route=Route.REVIEWED, disease_code="")
LATER = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def next_of(standing: Answer, *lines: LineCoding, cause: RevisionCause = RevisionCause.RECODED) -> Revision:
    return revised(standing, lines, cause=cause, coder_version="later", now=LATER)


@dataclass(slots=True)
class Store:
    database: Database | None
    memory: MemoryRevisions = field(default_factory=MemoryRevisions)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Revisions]:
        if self.database is None:
            yield self.memory
        else:
            async with self.database.transaction(label="test") as tx:
                yield PostgresRevisions(tx)


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    database = Database(pool)
    async with database.transaction(label="test") as tx:
        await PostgresAnswers(tx).add([ANSWER])
    yield database
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "postgres":
        return Store(request.getfixturevalue("database"))
    return Store(None, MemoryRevisions(MemoryAnswers({ANSWER.key: ANSWER})))


async def test_an_answer_that_nobody_revised_stands_as_it_was_given(store: Store) -> None:
    async with store.open() as revisions:
        assert await revisions.standing(ASKED) == {ANSWER.key: ANSWER}


async def test_what_was_never_answered_does_not_stand(store: Store) -> None:
    async with store.open() as revisions:
        assert await revisions.standing({("clm_none", "evt_none"): ANSWER.traceparent}) == {}


async def test_lines_stand_as_their_last_revision_has_them_and_the_others_as_first_answered(store: Store) -> None:
    first = next_of(ANSWER, RECODED)
    async with store.open() as revisions:
        await revisions.add([first])
    second = next_of(first.answer, DENIED, cause=RevisionCause.REVIEWED)
    async with store.open() as revisions:
        await revisions.add([second])

    raised = ANSWER.traceparent[:-1] + "1"
    async with store.open() as revisions:
        [standing] = (await revisions.standing({ANSWER.key: raised})).values()
    assert standing == replace(second.answer, traceparent=raised)
    assert (standing.revision, standing.codings) == (2, (RECODED, *ANSWER.codings[1:3], DENIED, *ANSWER.codings[4:]))


async def test_a_number_that_another_process_gave_meanwhile_is_not_given_twice(store: Store) -> None:
    async with store.open() as revisions:
        await revisions.add([next_of(ANSWER, RECODED)])

    with pytest.raises(TransientFault):
        async with store.open() as revisions:
            await revisions.add([next_of(ANSWER, DENIED)])


def test_a_revision_is_an_event_of_its_own_with_all_lines() -> None:
    revision = next_of(ANSWER, DENIED, cause=RevisionCause.REVIEWED).answer
    events = [announcement_of(each) for each in (ANSWER, revision, replace(revision, revision=2))]

    assert len({event.event_id for event in events}) == 3
    message = events_pb2.CodingCompleted.FromString(events[1].value)
    assert (message.revision, [coding.line for coding in message.codings]) == (1, [1, 2, 3, 4, 5, 6])
    assert message.codings[3].route == coding_service_pb2.CODING_ROUTE_REVIEWED
    assert events[1].key == ANSWER.claim_id


@pytest.mark.parametrize("statement", ["UPDATE revision SET revision = 9", "DELETE FROM revision_line"])
async def test_the_service_s_own_role_changes_no_revision(database: Database, statement: str) -> None:
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
