"""Intake by turns: receipts are answered no faster than claims are decided, so that what is answered is soon final.

Both run in one event loop, where each of fifty streams would else stand before every step of a decision. Batches wait
in line; few are worked on at once, and none is begun while too many claims are on their way and decisions are being
made. Where none is made, because eligibility is away, receipts are taken in all the same: they are stored and lose
nothing by waiting. Single receipts that would stand in line for too long are refused; streams and files wait, and so
does whoever fills them, for a stream that breaks off costs more than one that is slow.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from services.claims.application.recent import RecentReceipts

AT_ONCE: Final = 2
"""Batches of intake under way: one is read while another waits for Postgres."""
MOST_UNDECIDED: Final = 2_000
"""Claims on their way above which no batch is begun: a second and a half at 1,400 a second."""
MOST_IN_LINE: Final = 512
"""Single receipts that may stand in line."""
LONGEST_WAIT_S: Final = 5.0
LOOK_EVERY_S: Final = 0.1
LOOKS_WITHOUT_DECISION: Final = 20
"""So many looks without a decision, and decisions are taken to stand still."""


class IntakeOverloaded(Exception):
    """Too many stand in line, or this receipt stood there for too long; nothing of it was stored."""


async def _nobody_knows() -> int:
    """For a process that is alone: what it remembers is all there is."""
    return MOST_UNDECIDED + 1


@dataclass(slots=True, kw_only=True)
class IntakeTurns:
    """One per process. `undecided` counts the claims on their way of all processes, at most `most_undecided` + 1.

    It is asked only where this process remembers more than that: claims that it took in may be decided by another.
    """

    recent: RecentReceipts
    undecided: Callable[[], Awaitable[int]] = _nobody_knows
    most_undecided: int = MOST_UNDECIDED
    most_in_line: int = MOST_IN_LINE
    longest_wait_s: float = LONGEST_WAIT_S
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _in_line: int = 0
    _stood_still_at: int = -1

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Work on a batch within this, in the order of asking. Raises IntakeOverloaded."""
        if self._in_line >= self.most_in_line:
            raise IntakeOverloaded
        self._in_line += 1
        try:
            async with asyncio.timeout(self.longest_wait_s):
                await self._begin()
        except TimeoutError:
            raise IntakeOverloaded from None
        finally:
            self._in_line -= 1
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def patient_turn(self) -> AsyncGenerator[None]:
        """The same for a stream, or for what was accepted before: it waits for as long as it takes."""
        await self._begin()
        try:
            yield
        finally:
            self._free.release()

    async def _begin(self) -> None:
        await self._free.acquire()
        try:
            await self._until_decisions_keep_up()
        except BaseException:
            self._free.release()
            raise

    async def _until_decisions_keep_up(self) -> None:
        looks = 0
        while self.recent.decided != self._stood_still_at and await self._too_many():
            before = self.recent.decided
            await self.pause(LOOK_EVERY_S)
            looks = looks + 1 if self.recent.decided == before else 0
            if looks == LOOKS_WITHOUT_DECISION:
                self._stood_still_at = before

    async def _too_many(self) -> bool:
        most = self.most_undecided
        return self.recent.undecided > most and await self.undecided() > most
