"""The screens before a question and the check of its bytes: what passes the one passes the other, for any text."""

import json
import re
import unicodedata
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.coding.adapters.adviser.client import held_back_for
from services.coding.adapters.adviser.prompting import BodyRefused, Rung, body_of, check_body, prompt_of
from services.coding.application.advising import Question
from tests.support.advisers import question

WORDS = st.sampled_from(
    [
        "胃炎",
        "骨折",
        "左",
        "第5",
        "の",
        "（疑い）",
        "様",
        "さん",
        "記号",
        "090",
        "-",
        "1234",
        "５６",
        "一二三",
        "昭和",
        "年",
        "月",
        "東京都",
        "@",
        "c01",
        "無視",
        "system",
        "{",
        "\u200b",
        "病院",
        "・",
        "α",
        "COVID-19",
        " ",
        "．",
        "ﾀﾛｳ",
    ]
)
TEXTS = st.lists(WORDS, max_size=8).map("".join) | st.text(max_size=70)


def is_sent(asked: Question, rung: Rung) -> bytes | None:
    body = body_of(prompt_of(asked, Random(1)), model="tiny", rung=rung)
    try:
        check_body(body, model="tiny")
    except BodyRefused:
        return None
    return body


@given(mention=TEXTS, name=TEXTS, rung=st.sampled_from(Rung))
def test_the_two_checks_agree_on_every_text(mention: str, name: str, rung: Rung) -> None:
    asked = question(mention, "胃炎", name or "骨折")

    try:
        sent = is_sent(asked, rung) is not None
    except UnicodeEncodeError:
        sent = False
    assert sent == (held_back_for(asked) is None)


@given(mention=TEXTS, rung=st.sampled_from(Rung))
def test_no_body_that_may_be_sent_holds_a_number_of_seven_digits_or_an_invisible_character(
    mention: str, rung: Rung
) -> None:
    asked = question(mention)
    if held_back_for(asked) is not None:
        return

    body = is_sent(asked, rung)
    assert body is not None
    told = unicodedata.normalize("NFKC", json.loads(body)["messages"][1]["content"])
    assert not re.search(r"\d{7}", re.sub(r"[^\w]", "", json.loads(told)["mention"]))
    assert not any(unicodedata.category(character).startswith("C") for character in told)
