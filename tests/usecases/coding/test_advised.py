"""What is passed on to a model, what its word comes to, and that without a word in time everything stays as it was."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.application.advised import FORGOTTEN_AFTER_S, Heard, Room, lines_for_advice, with_advice
from services.coding.application.advising import Advice, Agreement, Question, Standing
from services.coding.application.code_batch import Answer, answer_of
from services.coding.domain.coding import Route
from tests.support.advised_batches import BAND, MEASURED, TEXTS, coded, request, terms

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALL = request("all")
OPEN = ("白内障ラシイ", "胃ノアレ")
"""Of the texts: in the middle band, with nothing else against the code. 骨折 may not stand alone, 再発 is not said."""


@dataclass(slots=True)
class Saying:
    """An adviser that says what a function makes of each question, and keeps the questions."""

    said: Callable[[Question], Advice | None]
    asked: list[Question] = field(default_factory=list)

    async def advise(self, question: Question) -> Advice | None:
        self.asked.append(question)
        return self.said(question)


def advice(index: int | None, model: str = "tiny", prompt_version: str = "pick-1") -> Advice:
    return Advice(index=index, logprob=-0.1, model=model, prompt_version=prompt_version)


def saying(index: int | None) -> Saying:
    return Saying(lambda _question: advice(index))


async def heard(adviser: Saying, agreement: Agreement | None = None) -> Heard:
    (only,) = await with_advice(coded(ALL), adviser, terms(agreement))
    return only


def answered(of: Heard) -> Answer:
    return answer_of(of.coded, NOW)


def embedded() -> Answer:
    (only,) = coded(ALL)
    return answer_of(only, NOW)


def line_of(text: str) -> int:
    return 3 + TEXTS.index(text)


def routes(answer: Answer) -> dict[str, Route]:
    return {TEXTS[coding.line - 3]: coding.route for coding in answer.codings}


def test_lines_of_the_middle_band_are_passed_on_and_no_others() -> None:
    (only,) = coded(ALL)

    assert lines_for_advice(only, BAND) == tuple((*ALL.key, line_of(text)) for text in OPEN)
    assert routes(embedded())["胃ノアレガヒドイ"] is Route.RANKED
    assert routes(embedded())["骨ガオレタ"] is Route.REVIEW


async def test_a_question_tells_the_text_the_person_s_band_and_the_candidates() -> None:
    adviser = saying(0)
    await heard(adviser)

    assert [each.mention for each in adviser.asked] == list(OPEN)
    assert [option.key for option in adviser.asked[0].candidates] == ["3669004", "5359011"]
    assert adviser.asked[0].patient == ALL.patient


async def test_what_a_measured_model_confirms_becomes_automatic_where_confirming_is_worth_it() -> None:
    came = answered(await heard(saying(0), MEASURED))

    assert routes(came)["白内障ラシイ"] is Route.RANKED
    assert routes(came)["胃ノアレ"] is Route.REVIEW
    assert routes(came)["白内障再発カモ"] is Route.REVIEW


async def test_a_model_that_was_not_measured_changes_nothing() -> None:
    assert answered(await heard(saying(0))) == embedded()


@pytest.mark.parametrize("index", [1, None])
async def test_disagreement_stays_a_person_s_with_both_views(index: int | None) -> None:
    came = await heard(saying(index), MEASURED)

    assert answered(came) == embedded()
    assert {each.standing for each in came.advice} == {Standing.PREFERRED_ANOTHER if index else Standing.NONE_FITS}
    assert [each.pick for each in came.advice] == (["5359011", "5350004"] if index else ["none", "none"])


async def test_model_prompt_and_confidence_are_told_of_each_line() -> None:
    first = (await heard(saying(0), MEASURED)).advice[0]

    assert (first.claim_id, first.line, first.model, first.prompt_version, first.logprob) == (
        ALL.claim_id,
        line_of("白内障ラシイ"),
        "tiny",
        "pick-1",
        -0.1,
    )
    assert first.p == 0.8
    assert 0.96 < first.weighed_p < 0.98


def broken(_question: Question) -> Advice | None:
    raise RuntimeError("a bug, or worse")


@pytest.mark.parametrize("said", [lambda _question: None, broken], ids=["silent", "broken"])
async def test_silence_leaves_the_embedded_coder_s_outcome(said: Callable[[Question], Advice | None]) -> None:
    came = await heard(Saying(said), MEASURED)

    assert answered(came) == embedded()
    assert came.advice == ()
    assert {line for _, _, line in came.silent} == {line_of("白内障ラシイ"), line_of("胃ノアレ")}


@dataclass(slots=True)
class Slow:
    """Answers the first question, and none of the others ever."""

    begun: int = 0
    given_up: int = 0

    async def advise(self, question: Question) -> Advice | None:
        self.begun += 1
        if self.begun == 1:
            return advice(0)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return None


async def test_a_slow_model_costs_the_deadline_and_the_rest_is_as_it_was() -> None:
    slow, loop = Slow(), asyncio.get_running_loop()
    batch = coded(*[request(f"slow {number}") for number in range(10)])
    began_s = loop.time()
    came = await with_advice(batch, slow, terms(MEASURED, deadline_s=0.1, places=4))

    assert loop.time() - began_s < 2.0
    assert sum(len(each.advice) for each in came) == 1
    assert sum(len(each.silent) for each in came) == 19
    assert slow.begun == 5
    assert slow.given_up == 4
    assert [answer_of(each.coded, NOW) for each in came[1:]] == [answer_of(each, NOW) for each in batch[1:]]


async def test_no_more_are_asked_at_a_time_than_there_are_places() -> None:
    at_once, most = 0, 0

    @dataclass
    class Counting:
        async def advise(self, question: Question) -> Advice | None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            return None

    await with_advice(coded(*[request(f"many {number}") for number in range(20)]), Counting(), terms(places=3))

    assert most == 3


ADVICES = st.none() | st.builds(
    Advice,
    index=st.none() | st.integers(0, 11),
    logprob=st.none() | st.floats(max_value=0.0, allow_nan=False, allow_infinity=False),
    model=st.sampled_from(["tiny", "other"]),
    prompt_version=st.sampled_from(["pick-1", "pick-0"]),
)


@given(st.lists(ADVICES, min_size=2, max_size=2))
def test_whatever_a_model_says_no_code_is_another_and_only_confirmed_ones_are_raised(
    said: list[Advice | None],
) -> None:
    told = iter(said)
    within = [
        replace(each, index=None if each.index is None else each.index % 2) if each is not None else None
        for each in said
    ]
    told = iter(within)
    came = answered(asyncio.run(heard(Saying(lambda _question: next(told)), MEASURED)))
    alone = embedded()

    assert [(each.disease_code, each.modifier_codes) for each in came.codings] == [
        (each.disease_code, each.modifier_codes) for each in alone.codings
    ]
    raised = [
        was for was, now in zip(alone.codings, came.codings, strict=True) if (was.route, was.p) != (now.route, now.p)
    ]
    assert {each.line for each in raised} <= {line_of("白内障ラシイ")}
    if raised:
        assert within[0] == advice(0) or (within[0] is not None and within[0].index == 0 and within[0].model == "tiny")


def test_only_so_many_requests_wait_for_the_model() -> None:
    room = Room(2)
    keys = [(f"clm_{number}", "evt") for number in range(4)]

    assert [room.takes(key, 0.0) for key in keys[:3]] == [True, True, False]
    assert room.takes(keys[0], 1.0)
    room.left([keys[0]])
    assert room.takes(keys[2], 2.0)
    assert not room.takes(keys[3], 3.0)
    assert room.takes(keys[3], FORGOTTEN_AFTER_S)
