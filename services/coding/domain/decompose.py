"""A text as one disease of the master with modifiers around it that together say all of it. Never part of a text.

The record format (記録条件仕様, SY, 修飾語コード) takes up to 20 modifier codes "in order": those before the disease
(0001-7999) as they are written, then those behind it (8000-8999).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from services.coding.domain.master import Disease, DiseaseMaster, Modifier, Spelled
from services.shared.kernel.months import Month

MOST_MODIFIERS: Final = 20
"""記録条件仕様, SY: 最大２０個."""
MOST_CHARACTERS: Final = 64
"""Longer texts are no names: twice the longest name of the master."""
MOST_READINGS: Final = 8
"""Readings of one text that are kept; with more than one it is ambiguous anyhow."""
_SEPARATORS: Final = frozenset("・、,/()[]:;")
_LINK: Final = "ノ"
_BRACKETED: Final = re.compile(r"(.+)\(([^()]+)\)")

Run = tuple[Modifier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposed:
    """A disease with its modifiers in the order of the record format."""

    base: Disease
    modifiers: Run

    def __post_init__(self) -> None:
        if len(self.modifiers) > MOST_MODIFIERS:
            raise ValueError("a diagnosis has at most 20 modifiers")

    @property
    def modifier_codes(self) -> tuple[str, ...]:
        """The 4-digit codes in the order of the record format."""
        return tuple(modifier.code for modifier in self.modifiers)


def decompose(spelling: str, month: Month, master: DiseaseMaster) -> tuple[Decomposed, ...]:
    """The readings of a normalised text with the longest disease, and of these the fewest modifiers; empty: none.

    Several readings mean that the text is ambiguous. A part in brackets at the end is read as if it stood before.
    """
    if len(spelling) > MOST_CHARACTERS:
        return ()
    found = _readings(spelling, month, master)
    bracketed = _BRACKETED.fullmatch(spelling) if not found else None
    return _readings(bracketed[2] + bracketed[1], month, master) if bracketed else found


def _readings(text: str, month: Month, master: DiseaseMaster) -> tuple[Decomposed, ...]:
    behind = _runs_from(text, month, master.suffixes)
    before = _runs_to(text, month, master.prefixes)
    by_length: dict[int, list[Decomposed]] = defaultdict(list)
    for start in range(len(text)):
        for end, bases in master.named.at(text, start) if before[start] else ():
            for base in bases if behind[end] else ():
                if base.is_live(month):
                    by_length[end - start].extend(_around(base, before[start], behind[end]))
    return _shortest(next((by_length[length] for length in sorted(by_length, reverse=True) if by_length[length]), []))


def _around(base: Disease, before: Sequence[Run], behind: Sequence[Run]) -> Iterable[Decomposed]:
    for prefixes, suffixes in product(before, behind):
        if len(prefixes) + len(suffixes) <= MOST_MODIFIERS:
            yield Decomposed(base=base, modifiers=prefixes + suffixes)


def _shortest(readings: Sequence[Decomposed]) -> tuple[Decomposed, ...]:
    fewest = min((len(reading.modifiers) for reading in readings), default=0)
    kept = {(r.base.code, r.modifier_codes): r for r in readings if len(r.modifiers) == fewest}
    return tuple(_each_once(reading) for _, reading in sorted(kept.items())[:MOST_READINGS])


def _each_once(reading: Decomposed) -> Decomposed:
    """The reading with each modifier at its first place: what is written twice is said once."""
    told = {modifier.code: modifier for modifier in reversed(reading.modifiers)}
    if len(told) == len(reading.modifiers):
        return reading
    codes = dict.fromkeys(reading.modifier_codes)
    return Decomposed(base=reading.base, modifiers=tuple(told[code] for code in codes))


def _runs_to(text: str, month: Month, modifiers: Spelled[Modifier]) -> list[list[Run]]:
    """For each place, the shortest runs of modifiers that say all of the text up to it."""
    runs: list[list[Run]] = [[()], *([] for _ in text)]
    for start, character in enumerate(text):
        if not runs[start]:
            continue
        runs[start] = _fewest(runs[start])
        for end, rows in modifiers.at(text, start):
            runs[end] += [(*run, row) for row in rows if row.is_live(month) for run in runs[start]]
        if character in _SEPARATORS or (character == _LINK and start):
            runs[start + 1] += runs[start]
    return runs


def _runs_from(text: str, month: Month, modifiers: Spelled[Modifier]) -> list[list[Run]]:
    """For each place, the shortest runs of modifiers that say all of the text from it on."""
    runs: list[list[Run]] = [*([] for _ in text), [()]]
    for start in range(len(text) - 1, -1, -1):
        found = [
            (row, *run)
            for end, rows in modifiers.at(text, start)
            if runs[end]
            for row in rows
            if row.is_live(month)
            for run in runs[end]
        ]
        told = found + runs[start + 1] if text[start] in _SEPARATORS else found
        runs[start] = _fewest(told) if told else told
    return runs


def _fewest(runs: Sequence[Run]) -> list[Run]:
    """The shortest runs, each once; `runs` holds some."""
    if len(runs) == 1:
        return list(runs)
    fewest = min(map(len, runs))
    return list(dict.fromkeys(run for run in runs if len(run) == fewest))[:MOST_READINGS]
