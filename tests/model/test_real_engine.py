"""A real engine behind the adviser: llama.cpp, which holds answers to a schema in its way, and random weights."""

import json
from collections.abc import Iterator

import pytest

from services.coding.adapters.adviser.prompting import Rung, check_body
from services.coding.adapters.master_files import load_master
from services.coding.application.advising import Question, Thresholds, is_asked, question_of, weighed
from services.coding.domain.candidates import Candidate
from services.coding.domain.ranking import Ranker
from services.coding.domain.verify import Patient, Sex
from services.coding.settings import ModelSettings
from services.shared.kernel.months import Month
from tests.evals.model_comparison import compare
from tests.support.advisers import advised
from tests.support.compared import THRESHOLD, invented
from tests.support.engine import MODEL, Engine, is_answering, overheard, running_engine

MENTIONS = (
    "胃のあれ",
    "気管支の炎症",
    "高い血圧",
    "腰がいたい",
    "とうにょう",
    "肺のかげ",
    "足首をひねった",
    "目のかすみ",
)
BAND = Thresholds(asked_from=0.01, automatic_from=0.9)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(scope="module")
def ranked() -> list[tuple[Question, Candidate]]:
    """What the ranker of the project's extract holds of each mention, as a question, with its first candidate."""
    master = load_master(None, None)
    lists = Ranker(master, None).rank(MENTIONS, Month(2026, 6))
    patient = Patient(sex=Sex.FEMALE, age_band_years=70)
    asked = [
        (question_of(mention, held, master_version=master.version, patient=patient), held)
        for mention, held in zip(MENTIONS, lists, strict=True)
    ]
    return [(question, held[0]) for question, held in asked if question is not None]


async def test_the_ladder_is_climbed_down_to_what_the_engine_understands(engine: Engine) -> None:
    async with overheard(engine) as heard, advised(heard.asked.base_url, model=MODEL) as it:
        rung = it.adviser.rung

    forms = [body["response_format"]["type"] for body in heard.asked.bodies]
    assert rung is Rung.JSON_OBJECT_LOGPROBS
    assert forms == ["json_schema", "json_schema", "json_object"]
    assert [reply.status for reply in heard.answered] == [500, 500, 200]


async def test_whatever_it_answers_is_one_of_the_labels(
    engine: Engine, ranked: list[tuple[Question, Candidate]]
) -> None:
    async with overheard(engine) as heard, advised(heard.asked.base_url, model=MODEL) as it:
        advices = [await it.adviser.advise(question) for question, _ in ranked]

    assert len(heard.asked.questions) == len(ranked) >= len(MENTIONS) - 1
    assert all(pick in allowed for pick, allowed in heard.picks)
    assert len({pick for pick, _ in heard.picks}) > 1
    assert all(advice is not None for advice in advices)
    assert not {"answer_refused", "unreachable", "request_refused"} & set(it.outcomes())


async def test_nothing_but_the_allowed_fields_reaches_it(
    engine: Engine, ranked: list[tuple[Question, Candidate]]
) -> None:
    async with overheard(engine) as heard, advised(heard.asked.base_url, model=MODEL) as it:
        for question, _ in ranked:
            await it.adviser.advise(question)

    for body in heard.asked.bodies:
        check_body(json.dumps(body, ensure_ascii=False).encode(), model=MODEL)
    told = bytes(heard.asked.raw).decode()
    assert not [each.key for question, _ in ranked for each in question.candidates if each.key in told]
    assert not [question.master_version for question, _ in ranked if question.master_version in told]


async def test_the_outcome_stays_the_embedded_coder_s(engine: Engine, ranked: list[tuple[Question, Candidate]]) -> None:
    async with advised(engine.base_url, model=MODEL) as it:
        outcomes = [(first.p, weighed(first.p, await it.adviser.advise(asked), BAND)) for asked, first in ranked]

    assert all(is_asked(p, BAND) for p, _ in outcomes)
    assert not any(outcome.is_automatic for _, outcome in outcomes)
    assert all(outcome.p == p for p, outcome in outcomes)


def test_the_engine_is_stopped_when_nobody_needs_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_engine(tmp_path_factory.mktemp("stopped")) as running:
        assert is_answering(running.port)

    assert running.process.poll() is not None
    assert not is_answering(running.port)


async def test_a_model_that_knows_nothing_adds_nothing(engine: Engine) -> None:
    master, listed = invented(100)
    settings = ModelSettings(
        coding_model_hosts="127.0.0.1",
        coding_model_networks="127.0.0.1/32",
        coding_model_plain_loopback=True,
        coding_model_name=MODEL,
        coding_model_base_url=engine.base_url,
        coding_model_places=1,
    )
    compared = await compare(settings, master, listed, threshold=THRESHOLD, sample=40)

    assert sum(case.advice is not None for case in compared.cases) >= 30
    assert compared.effect.taken == ()
