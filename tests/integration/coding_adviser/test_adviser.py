"""The adviser over a real socket: what it asks, how it is held to the candidates, when it is silent."""

import json
from typing import Any

import pytest

from services.coding.adapters.adviser.client import Ladder
from services.coding.adapters.adviser.limits import Allowance
from services.coding.adapters.adviser.metering import Prices
from services.coding.adapters.adviser.prompting import SYSTEM_PROMPT
from services.coding.application.advising import Advice
from tests.support.advisers import advised, question
from tests.support.recording_model import Reply, Script, chat, data_of, is_canary, picking, recording_model
from tests.support.waiting import until


def honest_to_canaries(script: Script) -> Script:
    """Answers canaries as it should and everything else by the script."""
    good = picking("急性上気道炎")
    return lambda body, number: good(body, number) if is_canary(body) else script(body, number)


async def test_a_pick_comes_back_as_the_place_in_the_ranker_s_order() -> None:
    async with recording_model(picking("胃潰瘍")) as model, advised(model.base_url) as it:
        advice = await it.adviser.advise(question())

    assert advice == Advice(index=2, model="tiny", prompt_version="pick-1")
    assert it.outcomes() == {"picked": 1}


async def test_none_of_them_is_an_answer() -> None:
    async with recording_model(picking("骨粗鬆症")) as model, advised(model.base_url) as it:
        advice = await it.adviser.advise(question())

    assert advice is not None
    assert advice.index is None


async def test_nothing_is_sent_but_mention_sex_age_band_and_names() -> None:
    async with recording_model(picking("胃炎")) as model, advised(model.base_url) as it:
        await it.adviser.advise(question())

    (asked,) = model.questions
    assert asked["messages"][0] == {"role": "system", "content": SYSTEM_PROMPT}
    data = data_of(asked)
    assert set(data) == {"mention", "sex", "age_band", "candidates"}
    assert (data["mention"], data["sex"], data["age_band"]) == ("胃のあれ", "female", 70)
    assert {each["name"] for each in data["candidates"]} == {"胃炎", "びらん性胃炎", "胃潰瘍"}
    assert b"8300000" not in model.raw
    assert b"b_20240601" not in model.raw
    assert not any("traceparent" in head.lower() for head in model.heads)


async def test_candidates_are_shuffled_for_each_request() -> None:
    async with recording_model(picking("胃炎")) as model, advised(model.base_url) as it:
        for number in range(12):
            await it.adviser.advise(question(f"胃のあれ{number}"))

    orders = {tuple(each["name"] for each in data_of(body)["candidates"]) for body in model.questions}
    assert len(orders) > 1


async def test_the_same_question_is_asked_once_even_in_another_order() -> None:
    async with recording_model(picking("胃潰瘍")) as model, advised(model.base_url) as it:
        first = await it.adviser.advise(question())
        turned = question()
        turned = type(turned)(
            mention=turned.mention,
            candidates=tuple(reversed(turned.candidates)),
            master_version=turned.master_version,
            patient=turned.patient,
        )
        second = await it.adviser.advise(turned)

    assert len(model.questions) == 1
    assert first is not None
    assert second is not None
    assert (first.index, second.index) == (2, 0)


def refusing(*formats: str, logprobs: bool = False) -> Script:
    """A server that refuses these response formats with a 500, and logprobs where told so."""

    def answer(body: dict[str, Any], number: int) -> Reply:
        form = body.get("response_format", {"type": "plain"})["type"]
        if form in formats or (logprobs and "logprobs" in body):
            return Reply(status=500, body=b'{"detail": "Input should be text or json_object"}')
        return picking("胃炎")(body, number)

    return answer


@pytest.mark.parametrize(
    ("script", "probes", "form"),
    [
        (refusing(), 1, "json_schema"),
        (refusing(logprobs=True), 2, "json_schema"),
        (refusing("json_schema"), 3, "json_object"),
        (refusing("json_schema", logprobs=True), 4, "json_object"),
        (refusing("json_schema", "json_object"), 5, "plain"),
    ],
)
async def test_the_ladder_is_climbed_once_with_canaries(script: Script, probes: int, form: str) -> None:
    ladder = Ladder()
    async with recording_model(script) as model:
        async with advised(model.base_url, ladder=ladder) as it:
            first = await it.adviser.advise(question())
        async with advised(model.base_url, ladder=ladder) as it:
            second = await it.adviser.advise(question())

    assert first == second
    assert first is not None
    assert len(model.bodies) - len(model.questions) == probes + 1
    assert {body.get("response_format", {"type": "plain"})["type"] for body in model.questions} == {form}


async def test_a_plain_server_may_answer_the_bare_label_and_nothing_more() -> None:
    def answer(body: dict[str, Any], number: int) -> Reply:
        if "response_format" in body:
            return Reply(status=400)
        label = data_of(body)["candidates"][0]["id"]
        return chat(f" {label}\n" if number < 7 else f"I choose {label}")

    async with recording_model(answer) as model, advised(model.base_url) as it:
        taken = [await it.adviser.advise(question(f"胃のあれ{number}")) for number in range(3)]

    assert [each is not None for each in taken] == [True, True, False]


LIES = {
    "a label that was not offered": chat('{"pick": "c99"}'),
    "a code": chat('{"pick": "8830592"}'),
    "a name": chat('{"pick": "胃炎"}'),
    "a key twice": chat('{"pick": "c01", "pick": "c02"}'),
    "another key beside": chat('{"pick": "c01", "code": "8830592"}'),
    "a list": chat('{"pick": ["c01"]}'),
    "a number": chat('{"pick": 1}'),
    "words around": chat('Sure! {"pick": "c01"}'),
    "a full-width label": chat('{"pick": "ｃ０１"}'),
    "nothing": chat(""),
    "no content": Reply(body=b'{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}'),
    "two choices": Reply(body=json.dumps({"choices": [{"message": {"content": '{"pick": "c01"}'}}] * 2}).encode()),
    "a tool call": Reply(
        body=json.dumps(
            {"choices": [{"message": {"content": '{"pick": "c01"}', "tool_calls": [{"id": "x"}]}}]}
        ).encode()
    ),
    "cut off": chat('{"pick": "c01"}', finish_reason="length"),
    "not JSON": Reply(body=b"<html>"),
    "not UTF-8": Reply(body=b"\xff\xfe"),
    "too long": Reply(body=b'{"a": "' + b"x" * 70_000 + b'"}'),
    "deeply nested": Reply(body=b"[" * 60_000),
    "an error": Reply(status=500),
    "a bad request": Reply(status=400),
    "a redirect": Reply(status=307, headers=(("Location", "http://127.0.0.1:9/v1/chat/completions"),)),
    "a dropped connection": Reply(drop=True),
    "compressed": Reply(body=b"\x1f\x8b\x08", headers=(("Content-Encoding", "gzip"),)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_whatever_is_no_allowed_answer_is_silence(lie: Reply) -> None:
    script = honest_to_canaries(lambda _body, _number: lie)
    async with recording_model(script) as model, advised(model.base_url) as it:
        advice = await it.adviser.advise(question())

    assert advice is None
    assert sum(it.outcomes().values()) == 1
    assert not {"picked", "none", "cached"} & set(it.outcomes())


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_server_is_asked_once_more_after_the_pause_it_asks_for(status: int) -> None:
    def answer(body: dict[str, Any], number: int) -> Reply:
        return Reply(status=status, headers=(("Retry-After", "2"),)) if number == 1 else picking("胃炎")(body, number)

    async with recording_model(answer) as model, advised(model.base_url) as it:
        advice = await it.adviser.advise(question())

    assert advice is not None
    assert it.slept == [2.05]
    assert len(model.questions) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 500])
async def test_a_refused_request_is_not_repeated(status: int) -> None:
    script = honest_to_canaries(lambda _body, _number: Reply(status=status))
    async with recording_model(script) as model, advised(model.base_url) as it:
        await it.adviser.advise(question())

    assert len(model.questions) == 1
    assert it.slept == []


async def test_a_server_that_never_answers_costs_the_deadline_and_no_more() -> None:
    script = honest_to_canaries(lambda _body, _number: Reply(hold=True))
    async with recording_model(script) as model, advised(model.base_url, total_s=0.2) as it:
        advice = await it.adviser.advise(question())

    assert advice is None
    assert it.outcomes() == {"unreachable": 1}


async def test_five_failures_open_the_breaker_and_only_a_canary_closes_it() -> None:
    sick = True

    def answer(body: dict[str, Any], number: int) -> Reply:
        return Reply(status=500) if sick and not is_canary(body) else picking("胃炎")(body, number)

    async with recording_model(answer) as model, advised(model.base_url) as it:
        for number in range(8):
            await it.adviser.advise(question(f"胃のあれ{number}"))
        assert len(model.questions) == 5
        sick = False
        it.clock.advance(15.0)
        canaries = len(model.bodies) - len(model.questions)
        assert await it.adviser.advise(question()) is None
        await until(lambda: len(model.bodies) - len(model.questions) == canaries + 1)
        await until(lambda: not it.adviser._limits.breaker.is_open)

        assert len(model.questions) == 5
        assert await it.adviser.advise(question()) is not None


async def test_a_server_that_is_down_at_the_start_is_tried_again_later() -> None:
    up = False

    def answer(body: dict[str, Any], number: int) -> Reply:
        return picking("胃炎")(body, number) if up else Reply(drop=True)

    async with recording_model(answer) as model, advised(model.base_url) as it:
        assert await it.adviser.advise(question()) is None
        assert model.questions == []
        up = True
        it.clock.advance(15.0)
        await it.adviser.advise(question())
        await until(lambda: not it.adviser._limits.breaker.is_open)

        assert await it.adviser.advise(question()) is not None


async def test_the_budget_of_a_period_is_kept() -> None:
    allowance = Allowance(calls=2, tokens=10_000, period_s=60.0)
    async with recording_model(picking("胃炎")) as model, advised(model.base_url, allowance=allowance) as it:
        for number in range(4):
            await it.adviser.advise(question(f"胃のあれ{number}"))
        assert it.outcomes() == {"picked": 2, "budget_spent": 2}
        it.clock.advance(60.0)

        assert await it.adviser.advise(question("胃のあれ9")) is not None


async def test_tokens_count_against_the_budget_too() -> None:
    allowance = Allowance(calls=100, tokens=200, period_s=60.0)
    async with recording_model(picking("胃炎")) as model, advised(model.base_url, allowance=allowance) as it:
        for number in range(4):
            await it.adviser.advise(question(f"胃のあれ{number}"))

    assert it.outcomes() == {"picked": 2, "budget_spent": 2}


async def test_where_every_place_is_taken_the_next_question_is_not_asked() -> None:
    async with recording_model(picking("胃炎")) as model, advised(model.base_url, places=1) as it:
        await it.adviser._limits.places.acquire()
        advice = await it.adviser.advise(question())

    assert advice is None
    assert it.outcomes() == {"saturated": 1}


async def test_spans_and_metrics_follow_the_conventions_and_hold_no_content() -> None:
    prices = Prices(input_yen=30, output_yen=90)
    async with recording_model(picking("胃炎")) as model, advised(model.base_url, prices=prices) as it:
        await it.adviser.advise(question())

    (span,) = it.memory.exporter.get_finished_spans()
    told = dict(span.attributes or {})
    assert span.name == "chat tiny"
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.request.model"] == "tiny"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (100, 8)
    assert "胃" not in span.to_json(indent=None).encode().decode("unicode_escape", "replace")
    assert set(it.memory.counted("seikyu.coding.model.cost").values()) == {100 * 30 + 8 * 90}
