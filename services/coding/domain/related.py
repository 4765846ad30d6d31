"""Names that a mention becomes by a change or two: a related word for another, a qualifier left out. Pure.

Only what is a name after the change is told, so that many changes can be tried and few are searched for.
"""

import re
from collections.abc import Container, Iterator
from typing import Final

from services.coding.domain.words import Words

MOST_CHANGES: Final = 2
MOST_TRIED: Final = 60
ENDINGS: Final = frozenset({"症", "病", "症候群"})
"""Told apart at the end of a name alone: inside, they belong to a word (糖尿病性)."""
ENDING: Final = "症"
_ENDED: Final = re.compile(r"(?:症|病|炎|群)$")
_DOUBT: Final = re.compile(r"ノ?疑イ?$")


def related(text: str, words: Words, named: Container[str]) -> Iterator[str]:
    """What a normalised text may be changed to so that it ends in a spelling of `named` that holds the change.

    Where the text itself ends in one, only longer ones are told. Those of one change come before those of two. A doubt
    at the end is left out.
    """
    body = _DOUBT.sub("", text)
    own = _begin_of_name(body, len(body), named)
    tried = {body}
    level = [body]
    for _ in range(MOST_CHANGES):
        changed = list(_all_changed(level, words, tried))
        yield from (other for other, place in changed if _ends_in_name(other, min(place + 1, own, len(other)), named))
        level = [other for other, _ in changed]


def _all_changed(texts: list[str], words: Words, tried: set[str]) -> Iterator[tuple[str, int]]:
    for text in texts:
        for other, place in _changed(text, words):
            if other and other not in tried and len(tried) < MOST_TRIED:
                tried.add(other)
                yield other, place


def _changed(text: str, words: Words) -> Iterator[tuple[str, int]]:
    """Every text that is one change away, and where it was changed."""
    for start in range(len(text)):
        for word in words.tried.at(text, start):
            end = start + len(word)
            other = words.kin.get(word, "")
            if (word not in ENDINGS or end == len(text)) and not text.startswith(other or "\n", start):
                yield text[:start] + other + text[end:], start
            if word in words.kin and word in words.left_out:
                yield text[:start] + text[end:], start
    if not _ENDED.search(text):
        yield text + ENDING, len(text)


def _ends_in_name(text: str, before: int, named: Container[str]) -> bool:
    """Whether a name that begins before the place ends the text."""
    return _begin_of_name(text, before, named) < before


def _begin_of_name(text: str, before: int, named: Container[str]) -> int:
    """Where the longest name begins that ends the text and begins before the place; the place where none does."""
    for start in range(before):
        if text[start:] in named:
            return start
    return before
