"""The local programmes as they were told: importing them, and holding them in memory for whoever splits money.

Whoever asks gets what stands at that moment: each time it is looked up when something was told last, and only what was
told since is read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from services.claims.domain.faulty_rows import FaultyRows
from services.claims.domain.share.local import programmes_in, programmes_text, read_programmes
from services.claims.domain.share.told import NOTHING_TOLD, ProgrammeHistory, Told


class ToldText(NamedTuple):
    """All rows of a number, as they were told at an instant, as text (`domain.share.local`)."""

    number: str
    known_at: datetime
    text: str


class ProgrammeReader(Protocol):
    """What is kept of local programmes, in a transaction that is open or each call in its own."""

    async def latest(self) -> datetime | None:
        """When something was told last; None before the first."""
        ...

    async def told_after(self, after: datetime | None) -> Sequence[ToldText]:
        """What was told since, everything after None."""
        ...


class ProgrammeLedger(ProgrammeReader, Protocol):
    """Where local programmes are kept. It only grows. One open transaction."""

    async def put(self, texts: Mapping[str, str], now: datetime) -> Sequence[str]:
        """Keep those that differ from what was known last; returns their numbers.

        They are known from now on, or from just after what was told last where that is later: nothing that is told
        later is known earlier.
        """
        ...


class Programmes(Protocol):
    """The local programmes, as told until now."""

    async def history(self, reader: ProgrammeReader) -> ProgrammeHistory:
        """All that was told, read through an open transaction's reader."""
        ...


class NothingTold:
    """Programmes where none was ever told."""

    __slots__ = ()

    async def history(self, _reader: ProgrammeReader) -> ProgrammeHistory:
        """Nothing."""
        return NOTHING_TOLD


NO_LOCAL_PROGRAMMES: Final = NothingTold()


class Imported(NamedTuple):
    """What became of a file that was accepted: rows, the numbers that it names, and those that it changed."""

    rows: int
    numbers: int
    changed: tuple[str, ...]


async def import_programmes(ledger: ProgrammeLedger, content: bytes, *, now: datetime) -> Imported | FaultyRows:
    """Take a file, whole or not at all."""
    read = await asyncio.to_thread(read_programmes, content)
    if isinstance(read, FaultyRows):
        return read
    changed = await ledger.put({number: programmes_text(rows) for number, rows in read.items()}, now)
    return Imported(sum(map(len, read.values())), len(read), tuple(changed))


@dataclass(slots=True)
class ProgrammeKeeper:
    """One per process."""

    _history: ProgrammeHistory = NOTHING_TOLD

    async def history(self, reader: ProgrammeReader) -> ProgrammeHistory:
        """All that was told; the same object until something else is."""
        history = self._history
        if await reader.latest() != history.latest:
            texts = await reader.told_after(history.latest)
            self._history = history = await asyncio.to_thread(_with_texts, history, texts)
        return history


def _with_texts(history: ProgrammeHistory, texts: Sequence[ToldText]) -> ProgrammeHistory:
    return history.with_told([Told(each.number, each.known_at, programmes_in(each.text)) for each in texts])
