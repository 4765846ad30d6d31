"""The comparison of a model with the embedded coder: what it counts, what it writes, what it never allows."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.coding.adapters.adviser.prompting import PROMPT_VERSION
from services.coding.application.advising import Advice, weighed
from services.coding.settings import ModelSettings
from services.coding.training.comparing import accepted, agreement_of
from tests.evals.model_comparison import Comparison, compare, report
from tests.support.compared import THRESHOLD, invented
from tests.support.recording_model import Reply, Script, chat, data_of, is_canary, picking, recording_model


def settings(base_url: str) -> ModelSettings:
    return ModelSettings(
        coding_model_hosts="127.0.0.1",
        coding_model_networks="127.0.0.1/32",
        coding_model_plain_loopback=True,
        coding_model_name="tiny",
        coding_model_base_url=base_url,
        coding_model_input_yen=100,
        coding_model_output_yen=200,
    )


def knowing(body: dict[str, Any], number: int) -> Reply:
    """A model that knows: it picks the name that the mention begins with."""
    if is_canary(body):
        return picking("急性上気道炎")(body, number)
    data = data_of(body)
    labels = [each["id"] for each in data["candidates"] if data["mention"].startswith(f"{each['name']}の")]
    return chat(json.dumps({"pick": labels[0] if labels else "none"}))


def guessing(body: dict[str, Any], number: int) -> Reply:
    """A model that knows nothing: whatever stands first after the shuffle."""
    return chat(json.dumps({"pick": data_of(body)["candidates"][0]["id"]}))


async def compared(script: Script, sample: int = 2_000) -> Comparison:
    master, listed = invented()
    async with recording_model(script) as model:
        return await compare(settings(model.base_url), master, listed, threshold=THRESHOLD, sample=sample)


def taken(comparison: Comparison) -> int:
    return len(comparison.effect.taken)


async def test_a_model_that_knows_makes_what_it_confirms_automatic() -> None:
    comparison = await compared(knowing)

    assert len(comparison.cases) == len(comparison.band)
    assert taken(comparison) > 200
    assert all(case.is_right for case in comparison.cases if case.advice is not None and case.advice.index == 0)


@pytest.mark.parametrize("script", [guessing, lambda _body, _number: Reply(status=500)], ids=["guessing", "failing"])
async def test_a_model_that_knows_nothing_adds_nothing(script: Script) -> None:
    assert taken(await compared(script)) == 0


async def test_only_a_seeded_sample_of_the_band_is_asked() -> None:
    first, second = await compared(knowing, 30), await compared(knowing, 30)

    assert [case.text for case in first.cases] == [case.text for case in second.cases]
    assert len(first.cases) == 30
    assert sum(first.use.outcomes.values()) == 30


async def test_the_report_tells_stands_effect_and_price() -> None:
    comparison = await compared(knowing, 30)
    told = "\n".join(report(comparison))

    assert "| confirmed | " in told
    assert "| uncodable mentions accepted automatically | 0.0 % | 0.0 % |" in told
    assert "Tokens: 3000 in, 240 out." in told
    assert "Cost: 0.35 yen." in told


async def test_what_is_written_can_be_weighed_by() -> None:
    comparison = await compared(knowing)
    measured = agreement_of(comparison.cases, comparison.thresholds, model="tiny", prompt_version=PROMPT_VERSION)
    (case, *_) = [each for each in comparison.cases if each.advice is not None and each.advice.index == 0]

    assert weighed(case.p, case.advice, comparison.thresholds, measured).is_automatic
    assert not weighed(case.p, case.advice, comparison.thresholds, None).is_automatic


async def test_parts_of_the_band_that_would_make_the_whole_wrong_too_often_are_left_out() -> None:
    """This model confirms whatever the ranker is more than half sure of, right or not."""
    comparison = await compared(knowing)
    misled = [
        replace(case, advice=Advice(index=0, model="tiny", prompt_version=PROMPT_VERSION)) for case in comparison.cases
    ]
    flattered = replace(comparison, cases=tuple(misled), thresholds=replace(comparison.thresholds, automatic_from=0.6))

    assert accepted(flattered.cases, flattered.thresholds, model="tiny", prompt_version=PROMPT_VERSION)
    assert flattered.effect.taken == ()
    assert flattered.effect.from_p == 0.6
