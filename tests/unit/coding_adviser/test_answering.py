"""A label's probability, as far as a server tells it; what is told wrongly is not told."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.adapters.adviser.answering import AnswerRefused, pick_of

ALLOWED = ("c01", "c02", "none")
CONTENT = '{"pick": "c02"}'


def answer(tokens: object, usage: object = None, content: str = CONTENT) -> bytes:
    choice = {"message": {"content": content}, "finish_reason": "stop", "logprobs": {"content": tokens}}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def tokens(*pairs: tuple[object, object]) -> list[dict[str, object]]:
    return [{"token": text, "logprob": logprob} for text, logprob in pairs]


def test_the_tokens_that_write_the_label_are_summed() -> None:
    told = tokens(('{"pick": "', -3.0), ("c", -0.25), ("02", -0.5), ('"}', -4.0))

    pick = pick_of(answer(told), ALLOWED, is_constrained=True)
    assert (pick.label, pick.logprob) == ("c02", -0.75)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        [],
        tokens(("c02", -0.1)),
        tokens((CONTENT, 0.5)),
        tokens((CONTENT, "0")),
        tokens((CONTENT, True)),
        tokens((1, -0.1)),
        tokens((CONTENT, -0.1), ("more", -0.1)),
        ["c02"],
    ],
)
def test_what_does_not_add_up_is_no_probability(told: object) -> None:
    assert pick_of(answer(told), ALLOWED, is_constrained=True).logprob is None


def test_infinite_logprobs_are_none() -> None:
    raw = answer(tokens((CONTENT, -1.0))).replace(b"-1.0", b"-Infinity")

    assert pick_of(raw, ALLOWED, is_constrained=True).logprob is None


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": -1}, {"prompt_tokens": "9"}, {"prompt_tokens": 10**9}])
def test_a_usage_that_cannot_be_counts_nothing(usage: object) -> None:
    assert pick_of(answer(None, usage), ALLOWED, is_constrained=True).input_tokens == 0


@pytest.mark.parametrize("reason", [[], {}, 1, "length", "content_filter"])
def test_a_message_that_ended_otherwise_is_refused(reason: object) -> None:
    read = json.loads(answer(None))
    read["choices"][0]["finish_reason"] = reason

    assert outcome(json.dumps(read).encode(), is_constrained=True) is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([CONTENT, "c01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "logprobs", "usage", "pick", "tool_calls", "finish_reason"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def outcome(raw: bytes, *, is_constrained: bool) -> str | None:
    try:
        pick = pick_of(raw, ALLOWED, is_constrained=is_constrained)
    except AnswerRefused:
        return None
    assert pick.logprob is None or (pick.logprob <= 0.0 and math.isfinite(pick.logprob))
    return pick.label


@given(value=JSON_VALUES, is_constrained=st.booleans())
def test_no_answer_whatever_yields_more_than_an_allowed_label(value: Any, is_constrained: bool) -> None:  # noqa: ANN401
    label = outcome(json.dumps(value).encode(), is_constrained=is_constrained)

    assert label is None or label in ALLOWED


@given(content=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), is_constrained=st.booleans())
def test_no_content_whatever_yields_more_than_an_allowed_label(content: str, is_constrained: bool) -> None:
    label = outcome(answer(None, content=content), is_constrained=is_constrained)

    assert label is None or label in ALLOWED


@given(raw=st.binary(max_size=200))
def test_no_bytes_whatever_are_more_than_refused(raw: bytes) -> None:
    assert outcome(raw, is_constrained=False) is None
