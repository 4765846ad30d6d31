"""Which mentions are learned from, which are chosen on, which are only measured: the same for ever for one seed.

A mention's part follows from a hash of the seed and its text, so that more mentions move none from one part to another.
In the grouped split the hash is of the gold code: no mention of a disease that is measured was ever learned.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.coding.training.labelled import Labelled

SEED: Final = 20240601
DEVELOPMENT_PERCENT: Final = 10
TEST_PERCENT: Final = 20
_BUCKETS: Final = 10_000


class Split(Enum):
    """By what mentions are kept apart."""

    RANDOM = "random"
    """Each mention by itself: other spellings of the same disease may have been learned."""
    GROUPED = "grouped"
    """All mentions of one disease together: no synonym of a measured disease is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The three parts of one split."""

    train: tuple[Labelled, ...]
    development: tuple[Labelled, ...]
    test: tuple[Labelled, ...]


def parted(mentions: Iterable[Labelled], split: Split, seed: int = SEED) -> Parts:
    """The parts in the order of the mentions. Mentions that cannot be coded are parted by their text in both splits."""
    key = _KEYS[split]
    train: list[Labelled] = []
    development: list[Labelled] = []
    test: list[Labelled] = []
    for mention in mentions:
        percent = share_of(key(mention), seed) * 100
        if percent < TEST_PERCENT:
            test.append(mention)
        elif percent < TEST_PERCENT + DEVELOPMENT_PERCENT:
            development.append(mention)
        else:
            train.append(mention)
    return Parts(train=tuple(train), development=tuple(development), test=tuple(test))


def share_of(key: str, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but the key and the seed."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS / _BUCKETS


def _own(mention: Labelled) -> str:
    return f"text:{mention.text}"


def _disease(mention: Labelled) -> str:
    return f"code:{mention.gold.code}" if mention.gold is not None else _own(mention)


_KEYS: Final[dict[Split, Callable[[Labelled], str]]] = {Split.RANDOM: _own, Split.GROUPED: _disease}
