"""Keeps a coding process at the synonyms in force: looks every so often, and takes in what changed."""

import asyncio
from typing import Final

from services.coding.adapters.postgres_synonyms import SynonymReader
from services.coding.bootstrap import Coder
from services.shared.chassis.postgres import TransientFault

LOOK_S: Final = 10.0
"""Between two looks: so long may a process code without what is in force, or with what was withdrawn."""
NEVER_LOOKED: Final = -1


class SynonymWatch:
    """A component of the supervisor. `take_in` is called once before the process takes any request."""

    def __init__(self, *, reader: SynonymReader, coder: Coder, look_s: float = LOOK_S) -> None:
        """`look_s`: seconds between two looks."""
        self._reader = reader
        self._coder = coder
        self._look_s = look_s
        self._seen = NEVER_LOOKED
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`. A fault of the database leaves what was learned as it is, until the next look."""
        while not await self._stopped():
            try:
                await self.take_in()
            except TransientFault:
                continue

    async def take_in(self) -> None:
        """Learn what is in force, where it changed since the last look. Raises TransientFault."""
        generation = await self._reader.generation()
        if generation == self._seen:
            return
        learned = await self._reader.learned()
        if learned != self._coder.master.synonyms:
            self._coder.master = await asyncio.to_thread(self._coder.master.with_synonyms, learned)
        self._seen = generation

    def stop(self) -> None:
        """Ask `run` to return."""
        self._stop.set()

    async def _stopped(self) -> bool:
        try:
            async with asyncio.timeout(self._look_s):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True
