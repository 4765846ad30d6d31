"""What every store of answers keeps: the fake of the use cases' tests and the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import asyncpg
import pytest

from services.coding.adapters.answers import PostgresAnswers
from services.coding.application.code_batch import Answer, Answers, CodingRequest, LineCoding, Mention, SeenCandidate
from services.coding.domain.coding import Route
from services.shared.chassis.postgres import Database, TransientFault, open_pool
from services.shared.kernel.months import Month
from tests.support.stack import PostgresCluster
from tests.usecases.coding.fakes import MemoryAnswers

REQUEST = CodingRequest(
    claim_id="clm_" + "a" * 32,
    cause_event_id="evt_" + "b" * 32,
    treatment_month=Month(2024, 10),
    mentions=tuple(Mention(line=line, text=text) for line, text in enumerate(("謎", "左白内障", "高血圧症"), 1)),
    traceparent=f"00-{'a' * 32}-{'b' * 16}-00",
    hospital_code="1310000003",
)
ANSWER = Answer(
    claim_id=REQUEST.claim_id,
    cause_event_id=REQUEST.cause_event_id,
    treatment_month=REQUEST.treatment_month,
    codings=(
        LineCoding(line=1, route=Route.UNRESOLVED, disease_code=""),
        LineCoding(line=2, route=Route.DECOMPOSED, disease_code="3669004", modifier_codes=("2049", "8002")),
        LineCoding(line=3, route=Route.EXACT, disease_code="8833421"),
        LineCoding(line=4, route=Route.REVIEW, disease_code="8290001", modifier_codes=("2049",), reason="not-alone"),
        LineCoding(line=5, route=Route.NOT_A_DIAGNOSIS, disease_code=""),
        LineCoding(
            line=6,
            route=Route.RANKED,
            disease_code="3669004",
            spelling="白内障ラシイ",
            p=0.9731,
            candidates=(
                SeenCandidate(code="3669004", p=0.9731, found_by="白内障"),
                SeenCandidate(code="8844028", p=0.01, found_by='"白\\内障'),
            ),
        ),
    ),
    coder_version="exact-1/test",
    completed_at=datetime(2024, 11, 1, 9, 30, 0, 123456, tzinfo=UTC),
    traceparent=REQUEST.traceparent,
    hospital_code=REQUEST.hospital_code,
)


@dataclass(slots=True)
class Store:
    database: Database | None
    memory: MemoryAnswers = field(default_factory=MemoryAnswers)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Answers]:
        if self.database is None:
            yield self.memory
        else:
            async with self.database.transaction(label="test") as tx:
                yield PostgresAnswers(tx)


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.getfixturevalue("database") if request.param == "postgres" else None)


async def test_an_answer_is_found_as_it_was_kept(store: Store) -> None:
    async with store.open() as answers:
        await answers.add([ANSWER])
    async with store.open() as answers:
        assert await answers.find([REQUEST]) == {REQUEST.key: ANSWER}


async def test_a_found_answer_carries_the_trace_of_the_request_of_now(store: Store) -> None:
    raised = replace(REQUEST, traceparent=REQUEST.traceparent[:-1] + "1")
    async with store.open() as answers:
        await answers.add([ANSWER])
    async with store.open() as answers:
        assert (await answers.find([raised]))[REQUEST.key].traceparent == raised.traceparent


async def test_what_nobody_answered_is_not_found(store: Store) -> None:
    async with store.open() as answers:
        await answers.add([ANSWER])
        assert await answers.find([replace(REQUEST, cause_event_id="evt_" + "c" * 32)]) == {}


async def test_an_answer_that_another_process_gave_meanwhile_is_read_anew(database: Database) -> None:
    async with database.transaction(label="first") as tx:
        await PostgresAnswers(tx).add([ANSWER])

    with pytest.raises(TransientFault):
        async with database.transaction(label="second") as tx:
            await PostgresAnswers(tx).add([ANSWER])


@pytest.mark.parametrize("statement", ["UPDATE suggestion SET line = 9", "DELETE FROM answer", "TRUNCATE suggestion"])
async def test_the_service_s_own_role_changes_no_answer(database: Database, statement: str) -> None:
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
