"""The coding process with a language model: who answers what, and that nothing is lost or told twice over it."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from services.shared.chassis.messages import Event
from services.shared.kernel.ids import event_id
from tests.support.chassis_parts import ChassisBroker
from tests.support.coding_process import (
    TRACEPARENT,
    CodingProcess,
    answers,
    cause,
    claim,
    process_on,
    publish,
    request,
)
from tests.support.recording_model import (
    RecordingModel,
    Reply,
    Script,
    chat,
    data_of,
    is_canary,
    picking,
    recording_model,
)
from tests.support.stack import KafkaBroker, PostgresCluster
from tests.support.waiting import until

OPEN = "本態性高血圧"
"""The ranker of the project's own extract is half sure of it."""
SURE = "高血圧症"
REVIEW = coding_service_pb2.CODING_ROUTE_REVIEW
HELD_OVER_S = 0.5
MODEL = {
    "SEIKYU_CODING_MODEL_NAME": "tiny",
    "SEIKYU_CODING_MODEL_HOSTS": "127.0.0.1",
    "SEIKYU_CODING_MODEL_NETWORKS": "127.0.0.1/32",
    "SEIKYU_CODING_MODEL_PLAIN_LOOPBACK": "true",
    "SEIKYU_CODING_MODEL_DEADLINE_S": str(HELD_OVER_S),
}


@pytest.fixture
def coding(postgres_cluster: PostgresCluster, kafka_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    process = process_on(postgres_cluster, kafka_broker, tmp_path)
    yield process
    process.end()


def sensible(said: Script) -> Script:
    """Answers canaries as it should, and everything else as told."""
    good = picking("急性上気道炎")
    return lambda body, number: good(body, number) if is_canary(body) else said(body, number)


def second(body: dict[str, Any], _number: int) -> Reply:
    """A model that prefers another candidate than the ranker."""
    ids = [each["id"] for each in data_of(body)["candidates"] if each["name"] != "本態性高血圧症"]
    return chat(json.dumps({"pick": ids[0]}))


async def started(coding: CodingProcess, model: RecordingModel, **more: str) -> None:
    place = {"SEIKYU_CODING_MODEL_BASE_URL": model.base_url, "XDG_DATA_HOME": str(coding.folder)}
    coding.start(**(MODEL | place | more))
    await coding.until_serving()
    await until(lambda: model.bodies)  # the canary: the model is known to answer


async def answered(broker: KafkaBroker, claims: set[str]) -> dict[str, Event]:
    events = await asyncio.to_thread(answers, broker, claims, at_least=len(claims))
    return {event.key: event for event in events}


def codings(event: Event) -> list[tuple[int, int, str]]:
    message = events_pb2.CodingCompleted.FromString(event.value)
    return [(each.line, each.route, each.disease_code) for each in message.codings]


async def kept(coding: CodingProcess, claim_id: str) -> list[tuple[str, str, str, str]]:
    connection = await asyncpg.connect(coding.dsn)
    try:
        rows = await connection.fetch(
            "SELECT pick, standing, model, prompt_version FROM advice WHERE claim_id = $1", claim_id
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def test_the_model_is_asked_about_the_middle_band_alone_and_its_view_is_kept(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    half, sure = claim("half sure"), claim("sure")
    passed_on = ChassisBroker(real=kafka_broker).size("coding.advice")
    async with recording_model(sensible(second)) as model:
        await started(coding, model)
        publish(kafka_broker, request(half, OPEN), request(sure, SURE))
        by_claim = await answered(kafka_broker, {half, sure})

    assert codings(by_claim[half])[0] == (3, REVIEW, "8840107")
    assert by_claim[half].event_id == event_id("jp.seikyu.coding.completed.v1", half, cause(half))
    assert by_claim[half].traceparent == TRACEPARENT
    assert [data_of(body)["mention"] for body in model.questions] == [OPEN]
    [(pick, *view)] = await kept(coding, half)
    assert view == ["preferred_another", "tiny", "pick-1"]
    assert pick not in {"8840107", "none"}
    [forwarded] = ChassisBroker(real=kafka_broker).read("coding.advice", passed_on + 1)[passed_on:]
    assert (forwarded.key, forwarded.event_id, forwarded.traceparent) == (half, cause(half), TRACEPARENT)
    assert coding.stop() == 0


HOSTILE = {
    "confirming all": picking("本態性高血圧症"),
    "another": second,
    "a code": lambda _body, _number: chat('{"pick": "8830592"}'),
    "an error": lambda _body, _number: Reply(status=500),
    "silence": lambda _body, _number: Reply(hold=True),
    "a redirect": lambda _body, _number: Reply(status=307, headers=(("Location", "http://127.0.0.1:9/"),)),
    "a dropped connection": lambda _body, _number: Reply(drop=True),
}


async def test_whatever_an_unmeasured_model_does_the_answers_are_the_embedded_coder_s(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    alone = claim("without a model")
    coding.start(XDG_DATA_HOME=str(coding.folder))
    publish(kafka_broker, request(alone, OPEN))
    expected = codings((await answered(kafka_broker, {alone}))[alone])
    assert coding.stop() == 0
    for name, script in HOSTILE.items():
        claims = {claim(f"{name} {number}") for number in range(3)}
        async with recording_model(sensible(script)) as model:
            await started(coding, model)
            publish(kafka_broker, *[request(each, OPEN) for each in sorted(claims)])
            came = await answered(kafka_broker, claims)
            assert coding.stop() == 0
        assert {str(codings(event)) for event in came.values()} == {str(expected)}, name
        assert model.questions, name


async def test_where_the_model_does_not_answer_the_first_agent_answers_at_once(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    half = claim("broken model")
    passed_on = ChassisBroker(real=kafka_broker).size("coding.advice")
    async with recording_model(lambda _body, _number: Reply(status=500)) as model:
        await started(coding, model)
        await until(lambda: len(model.bodies) == 5)  # every form of request was tried
        publish(kafka_broker, request(half, OPEN))
        came = await answered(kafka_broker, {half})

    assert codings(came[half])[0][1] == REVIEW
    assert model.questions == []
    assert ChassisBroker(real=kafka_broker).size("coding.advice") == passed_on
    assert coding.stop() == 0


async def test_nobody_waits_behind_a_question_but_who_it_is_about(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    half, others = claim("in the model's hands"), {claim(f"behind it {number}") for number in range(20)}
    may_answer = asyncio.Event()

    async def slow(body: dict[str, Any], number: int) -> Reply:
        if not is_canary(body):
            await may_answer.wait()
        return picking("急性上気道炎" if is_canary(body) else "本態性高血圧症")(body, number)

    async with recording_model(slow) as model:
        await started(coding, model, SEIKYU_CODING_MODEL_DEADLINE_S="12")
        publish(kafka_broker, request(half, OPEN))
        await until(lambda: model.questions)
        publish(kafka_broker, *[request(each, SURE) for each in sorted(others)])
        await answered(kafka_broker, others)
        reader = ChassisBroker(real=kafka_broker)
        told = reader.read("coding.completed", reader.size("coding.completed"))
        assert half not in {event.key for event in told}
        may_answer.set()
        came = await answered(kafka_broker, {half})

        assert codings(came[half])[0] == (3, REVIEW, "8840107")
        assert coding.stop() == 0


@pytest.mark.parametrize("point", ["decided", "before-commit", "after-commit"])
@pytest.mark.parametrize("topic", ["coding.requested", "coding.advice"])
async def test_a_process_killed_between_advice_and_answer_loses_nothing_and_answers_once(
    kafka_broker: KafkaBroker, coding: CodingProcess, topic: str, point: str
) -> None:
    claims = {claim(f"{topic} {point} {number}") for number in range(6)}
    async with recording_model(sensible(second)) as model:
        await started(coding, model, SEIKYU_CRASHPOINT=f"{topic}.{point}")
        publish(kafka_broker, *[request(each, OPEN) for each in sorted(claims)])
        assert await asyncio.to_thread(coding.wait) == -signal.SIGKILL
        await started(coding, model)
        came = await asyncio.to_thread(answers, kafka_broker, claims, at_least=len(claims))

        assert {event.event_id for event in came} == {
            event_id("jp.seikyu.coding.completed.v1", each, cause(each)) for each in claims
        }
        assert len({(event.key, event.value) for event in came}) == len(claims)
        assert [len(await kept(coding, each)) for each in sorted(claims)] == [1] * len(claims)
        assert coding.stop() == 0


async def test_what_was_passed_on_is_answered_where_no_model_is_configured_any_more(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    left = claim("left behind")
    publish(kafka_broker, request(left, OPEN), topic="coding.advice")
    coding.start(XDG_DATA_HOME=str(coding.folder))

    came = await answered(kafka_broker, {left})

    assert codings(came[left])[0] == (3, REVIEW, "8840107")
    assert coding.stop() == 0
