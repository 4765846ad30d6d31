"""An operator's command takes effect once, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.shared.chassis.calls import Call, enter_call
from services.shared.chassis.identity import parse_subject
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import Database, open_pool
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal
from tests.support.echo_service import Word, as_message
from tests.support.stack import PostgresCluster


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_database, "edge")
    await migrate(made.owner_dsn, CHASSIS_SQL_DIR)
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


def call_by(subject: str, method: str = "/seikyu.test.v1.EchoService/Say") -> None:
    principal = parse_subject(subject, ["admin"])
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    enter_call(Call(method=method, principal=principal, deadline_s=None, traceparent=traceparent))


def answering(text: str, performed: list[str]) -> Callable[[], Awaitable[StringValue]]:
    async def perform() -> StringValue:
        performed.append(text)
        return StringValue(value=text)

    return perform


async def send(database: Database, performed: list[str], text: str, *, request_id: str = "r1", says: str = "") -> str:
    request = as_message(Word(text=text, request_id=request_id))
    async with database.transaction(label="edge") as tx:
        answer = await answer_once(tx, request, StringValue, perform=answering(says or text, performed))
    return answer.value


async def test_the_same_request_gets_the_first_answer_and_is_performed_once(database: Database) -> None:
    call_by("operator:kiku")
    performed: list[str] = []

    answers = [await send(database, performed, "enrol", says=says) for says in ("first", "second")]

    assert answers == ["first", "first"]
    assert performed == ["first"]


async def test_the_same_id_with_other_content_is_a_conflict_that_names_the_field(database: Database) -> None:
    call_by("operator:kiku")
    performed: list[str] = []
    await send(database, performed, "enrol")

    with pytest.raises(RpcRefusal) as caught:
        await send(database, performed, "other")

    assert caught.value.code is grpc.StatusCode.ALREADY_EXISTS
    assert [violation.field for violation in caught.value.violations] == ["text"]
    assert performed == ["enrol"]


async def test_an_id_belongs_to_its_caller_and_method(database: Database) -> None:
    performed: list[str] = []
    for subject, method in (("operator:a", "/s/A"), ("operator:b", "/s/A"), ("operator:a", "/s/B")):
        call_by(subject, method)
        await send(database, performed, f"{subject}{method}")

    assert len(performed) == 3


async def test_two_calls_with_one_id_at_the_same_time_are_performed_once(database: Database) -> None:
    call_by("operator:kiku")
    performed: list[str] = []

    answers = await asyncio.gather(*(send(database, performed, "enrol", says=f"answer {n}") for n in range(5)))

    assert len(set(answers)) == 1
    assert len(performed) == 1


async def test_a_command_that_failed_may_be_sent_again(database: Database) -> None:
    call_by("operator:kiku")

    async def fail() -> StringValue:
        raise RuntimeError("world")

    with pytest.raises(RuntimeError):
        async with database.transaction(label="edge") as tx:
            await answer_once(tx, as_message(Word(text="enrol", request_id="r1")), StringValue, perform=fail)
    performed: list[str] = []
    again = await send(database, performed, "enrol")

    assert again == "enrol"
