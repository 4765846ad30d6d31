"""Holds the masters in memory for all batches, and picks up new files between batches, without a restart.

Reading files and telling schedules happens in a thread, one at a time; who asks in the meantime gets what was known.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from services.claims.application.master_shelf import MasterShelf, Shelved, published_file
from services.claims.application.masters import Masters
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.readied import read_acts
from services.shared.kernel.months import Month

Answer = TypeVar("Answer")

LOOK_EVERY: Final = timedelta(seconds=5)
"""How long a file that another process loaded may go unseen while batches come."""
MOST_MONTHS: Final = 64
"""Schedules held ready; past them all are told anew."""


@dataclass(slots=True, kw_only=True)
class MasterKeeper:
    """One per process. `open` it before the first schedule is asked for.

    `transient` is what the shelf raises when the world fails for now: looking is then tried again later, and what is
    known stays. Anything else that looking raises is raised to whoever asks for a schedule next.
    """

    shelf: MasterShelf
    now: Callable[[], datetime]
    transient: type[Exception]
    look_every: timedelta = LOOK_EVERY
    _masters: Masters = field(default_factory=lambda: Masters.of([]))
    _ready: dict[tuple[Month, date | None], MonthSchedule] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked_at: datetime | None = None
    _looking: "asyncio.Task[bool] | None" = None

    async def open(self) -> None:
        """Load all files that are kept. Raises what the shelf raises, and BrokenMaster."""
        await self.look()

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The month's schedule as known on a day, None by all files; a dict lookup where it was asked for before."""
        self._look_by_the_way()
        known = self._ready.get((month, as_of))
        if known is not None:
            return known
        async with self._lock:
            masters = self._masters
            like = next(reversed(self._ready.values()), None)
            schedule = await asyncio.to_thread(_told, masters, month, as_of, like)
            if len(self._ready) >= MOST_MONTHS:
                self._ready.clear()
            self._ready[month, as_of] = schedule
        return schedule

    async def ask(self, question: Callable[[Masters], Answer]) -> Answer:
        """The answer of a question to the masters, found in a thread."""
        async with self._lock:
            return await asyncio.to_thread(question, self._masters)

    async def look(self) -> bool:
        """Load what was added since; whether there was anything.

        Schedules as known by all files are ready again after; those of another day are told when they are asked for.
        """
        async with self._lock:
            self._looked_at = self.now()
            missing = await self.shelf.missing(list(self._masters.files))
            if not missing:
                return False
            self._masters, self._ready = await asyncio.to_thread(_with_files, self._masters, missing, self._ready)
        return True

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def _look_by_the_way(self) -> None:
        if self._looking is not None:
            if not self._looking.done():
                return
            done, self._looking = self._looking, None
            fault = done.exception()
            if fault is not None and not isinstance(fault, self.transient):
                raise fault
        if self._looked_at is None or self.now() - self._looked_at >= self.look_every:
            self._looking = asyncio.create_task(self.look())


Ready = dict[tuple[Month, date | None], MonthSchedule]


def _told(masters: Masters, month: Month, as_of: date | None, like: MonthSchedule | None) -> MonthSchedule:
    """The month's schedule with its acts read, where claims are to be decided by it."""
    schedule = masters.schedule(month, as_of)
    if as_of is None:
        read_acts(schedule, like)
    return schedule


def _with_files(masters: Masters, missing: Sequence[Shelved], before: Ready) -> tuple[Masters, Ready]:
    """The masters with these files, and the schedules told of them that were ready before as known by all files.

    Every kind's history is told here, so that no claim waits while the first month is asked for. They stay for long and
    hold no cycles: the collector neither runs while they are made nor looks at them after.
    """
    gc.disable()
    try:
        more = masters.with_files([published_file(each) for each in missing])
        for kind in MasterKind:
            more.history(kind)
        ready: Ready = {}
        like: MonthSchedule | None = None
        for (month, as_of), old in before.items():
            if as_of is None:
                like = ready[month, None] = _told(more, month, None, like or old)
    finally:
        gc.enable()
    gc.freeze()
    return more, ready
