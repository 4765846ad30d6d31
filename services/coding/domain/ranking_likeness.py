"""How alike a mention and a name are, character by character, and in what they differ. Plain Python, no table."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

DIFFERENCES: Final = 1 << 18
"""How many kinds of difference are told apart; others share a number."""
LIKENESS: Final = (
    "subsequence of mention",
    "subsequence of name",
    "common prefix",
    "common suffix",
    "name inside mention",
    "mention inside name",
    "same last character",
    "same first character",
    "length of name",
    "lengthening",
    "rest is modifiers",
)
NO_NAME_INSIDE: Final = -1.0
_MOST_PAIRED: Final = 5
"""Characters of either side that are paired with the other's."""
_LONGEST_MIDDLE: Final = 8
_ONLY_MENTION, _ONLY_NAME, _PAIR, _MIDDLES, _ENDS, _TWO_ONLY_MENTION, _TWO_ONLY_NAME, _BEFORE = range(1, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A normalised mention, with what every comparison needs of it."""

    text: str
    masks: dict[str, int]
    """Per character the bits of its positions."""


def written(text: str) -> Written:
    """The mention made ready for comparisons."""
    masks: dict[str, int] = {}
    for position, character in enumerate(text):
        masks[character] = masks.get(character, 0) | 1 << position
    return Written(text=text, masks=masks)


def common_subsequence(mention: Written, name: str) -> int:
    """Length of the longest common subsequence (bit-parallel, Hyyrö 2004)."""
    full = (1 << len(mention.text)) - 1
    row = full
    for character in name:
        met = row & mention.masks.get(character, 0)
        row = (row + met) | (row - met)
    return len(mention.text) - (row & full).bit_count()


def common_ends(text: str, name: str) -> tuple[int, int]:
    """Lengths of the common prefix, and of the common suffix of what the prefix leaves."""
    shorter = min(len(text), len(name))
    before = 0
    while before < shorter and text[before] == name[before]:
        before += 1
    after = 0
    while after < shorter - before and text[-1 - after] == name[-1 - after]:
        after += 1
    return before, after


def likeness(mention: Written, name: str, modifiers: frozenset[str]) -> tuple[float, ...]:
    """The figures of LIKENESS, in its order."""
    text = mention.text
    common = common_subsequence(mention, name)
    before, after = common_ends(text, name)
    shorter = min(len(text), len(name))
    place = text.find(name)
    return (
        common / len(text),
        common / len(name),
        before / shorter,
        after / shorter,
        len(name) / len(text) if place >= 0 else 0.0,
        len(text) / len(name) if text in name else 0.0,
        float(text[-1] == name[-1]),
        float(text[0] == name[0]),
        float(len(name)),
        float(len(text) - len(name)),
        NO_NAME_INSIDE if place < 0 else _modified(text[:place], text[place + len(name) :], modifiers),
    )


def _modified(before: str, after: str, modifiers: frozenset[str]) -> float:
    """The share of what stands around a name that is made of whole modifiers; 1.0 where nothing does."""
    if not before and not after:
        return 1.0
    return (_covered(before, modifiers) + _covered(after, modifiers)) / (len(before) + len(after))


def _covered(rest: str, modifiers: frozenset[str]) -> int:
    """The most characters that modifiers, one beside the other, can cover."""
    best = [0] * (len(rest) + 1)
    for end in range(1, len(rest) + 1):
        best[end] = best[end - 1]
        for begin in range(end):
            if rest[begin:end] in modifiers:
                best[end] = max(best[end], best[begin] + end - begin)
    return best[-1]


def differences(text: str, name: str) -> list[int]:
    """Numbers below DIFFERENCES for what one has and the other has not: characters, pairs of them, the middles."""
    return sorted(set(_differences(text, name)))


def _differences(text: str, name: str) -> Iterator[int]:
    only_text = [character for character in text if character not in name]
    only_name = [character for character in name if character not in text]
    for character in only_text:
        yield _number(_ONLY_MENTION, ord(character), 0)
    for character in only_name:
        yield _number(_ONLY_NAME, ord(character), 0)
    for one in only_text[:_MOST_PAIRED]:
        for other in only_name[:_MOST_PAIRED]:
            yield _number(_PAIR, ord(one), ord(other))
    yield from _twos(text, name, _TWO_ONLY_MENTION)
    yield from _twos(name, text, _TWO_ONLY_NAME)
    before, after = common_ends(text, name)
    middle, other_middle = text[before : len(text) - after], name[before : len(name) - after]
    if len(middle) <= _LONGEST_MIDDLE and len(other_middle) <= _LONGEST_MIDDLE:
        yield _number(_MIDDLES, _spelled(middle), _spelled(other_middle))
        yield _number(_BEFORE, _spelled(middle), int(before == 0))
    if text[-2:] != name[-2:]:
        yield _number(_ENDS, _spelled(text[-2:]), _spelled(name[-2:]))


def _twos(text: str, other: str, kind: int) -> Iterator[int]:
    for first, second in pairwise(text):
        if first + second not in other:
            yield _number(kind, ord(first), ord(second))


def _spelled(part: str) -> int:
    return zlib.crc32(part.encode())


def _number(kind: int, one: int, other: int) -> int:
    mixed = (kind * 0x9E3779B1 + one * 0x85EBCA6B + other * 0xC2B2AE35) & 0xFFFFFFFF
    mixed = ((mixed ^ mixed >> 15) * 0x27D4EB2F) & 0xFFFFFFFF
    return (mixed ^ mixed >> 13) % DIFFERENCES
