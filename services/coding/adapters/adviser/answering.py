"""A server's answer read strictly: exactly one allowed label, or a failure. Nothing of it is kept but the label."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_ANSWER_BYTES: Final = 65_536
MAX_CONTENT_CHARACTERS: Final = 256
MAX_TOKENS_TOLD: Final = 1_000_000


class AnswerRefused(Exception):
    """An answer outside the allowed ones. Says the rule, never the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The label that was answered, its logprob where told, and what the server says it used."""

    label: str
    logprob: float | None
    input_tokens: int
    output_tokens: int


def pick_of(body: bytes, allowed: Sequence[str], *, is_constrained: bool) -> Pick:
    """The one pick of a chat completion. Raises AnswerRefused for whatever else came.

    A constrained answer must be {"pick": label}; an unconstrained one may be the bare label as well, and nothing more.
    """
    if len(body) > MAX_ANSWER_BYTES:
        raise AnswerRefused("too long")
    read = _object(body)
    choices = read.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise AnswerRefused("not one choice")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict) or message.get("tool_calls") or choice.get("finish_reason") not in ("stop", None):
        raise AnswerRefused("not a finished message")
    content = message.get("content")
    if not isinstance(content, str) or len(content) > MAX_CONTENT_CHARACTERS:
        raise AnswerRefused("no content, or too much")
    label = _label(content, allowed, is_constrained=is_constrained)
    usage = read.get("usage")
    return Pick(
        label=label,
        logprob=_logprob(choice.get("logprobs"), content, label),
        input_tokens=_tokens(usage, "prompt_tokens"),
        output_tokens=_tokens(usage, "completion_tokens"),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise AnswerRefused("not JSON") from None
    if not isinstance(read, dict):
        raise AnswerRefused("not an object")
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _label(content: str, allowed: Sequence[str], *, is_constrained: bool) -> str:
    written = content.strip(" \t\r\n")
    if not is_constrained and written in allowed:
        return written
    answer = _object(written.encode("utf-8", "replace"))
    label = answer.get("pick")
    if answer.keys() != {"pick"} or not isinstance(label, str) or label not in allowed:
        raise AnswerRefused("outside the allowed answers")
    return label


def _logprob(told: object, content: str, label: str) -> float | None:
    """The sum over the tokens that write the label; None where the tokens do not add up to the content."""
    tokens = told.get("content") if isinstance(told, dict) else None
    if not isinstance(tokens, list):
        return None
    begin = content.rindex(label)
    end, at, total = begin + len(label), 0, 0.0
    for token in tokens:
        text, logprob = _token(token)
        if text is None or content[at : at + len(text)] != text:
            return None
        if at < end and at + len(text) > begin:
            total += logprob
        at += len(text)
    return total if at == len(content) and math.isfinite(total) and total <= 0.0 else None


def _token(token: object) -> tuple[str | None, float]:
    if not isinstance(token, dict):
        return None, 0.0
    text, logprob = token.get("token"), token.get("logprob")
    if not isinstance(text, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float) or logprob > 0:
        return None, 0.0
    return text, float(logprob)


def _tokens(usage: object, name: str) -> int:
    told = usage.get(name) if isinstance(usage, dict) else None
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= MAX_TOKENS_TOLD else 0
