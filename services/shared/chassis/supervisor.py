"""Runs a process's components side by side and notices the first one that ends before it was told to.

A component that raises, or returns early (a consumer past its dead-letter limit), is a failure of the whole process:
the process drains and exits non-zero, and whoever supervises it starts it anew or calls somebody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.shared.chassis.logs import get_logger

CANCEL_GRACE_S: Final = 1.0
"""How long a cancelled component may take to end; then it is abandoned."""

_log = get_logger(__name__)


class Background(Protocol):
    """Work of a process's own that runs until it is stopped (a relay, a consumer, a Faust application)."""

    async def run(self) -> None:
        """Until `stop`; to return earlier or to raise is a failure of the process."""

    def stop(self) -> None:
        """Ask `run` to return soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    name: str
    work: Background
    task: asyncio.Task[None]


class Supervisor:
    """The running components of one process, in the order they were started."""

    def __init__(self) -> None:
        self._running: list[_Running] = []
        self._stopping: set[str] = set()
        self.failed = asyncio.Event()
        self.abandoned: list[str] = []
        """Components that did not end although they were cancelled; their process has to be ended over their heads."""

    def start(self, name: str, work: Background) -> None:
        """Run the component as a task of its own; `name` is for the log."""
        task = asyncio.create_task(work.run(), name=name)
        running = _Running(name=name, work=work, task=task)
        self._running.append(running)
        task.add_done_callback(lambda _task: self._ended(running))

    async def stop(self, names: Sequence[str], *, within_s: float) -> bool:
        """Ask the named components to end and wait; cancels those that take longer. False when one had to be.

        One that does not end `CANCEL_GRACE_S` after that is abandoned.
        """
        chosen = [each for each in self._running if each.name in names]
        self._stopping.update(names)
        for each in chosen:
            each.work.stop()
        tasks = {each.task for each in chosen if not each.task.done()}
        if not tasks:
            return True
        _, late = await asyncio.wait(tasks, timeout=within_s)
        for task in late:
            _log.warning("component did not end in time; cancelling it", component=task.get_name())
            task.cancel()
        if late:
            _, deaf = await asyncio.wait(late, timeout=CANCEL_GRACE_S)
            self._abandon(deaf)
        return not late

    @property
    def names(self) -> list[str]:
        """Everything started, in order."""
        return [each.name for each in self._running]

    @property
    def unfinished(self) -> list[str]:
        """Those that still run, in order."""
        return [each.name for each in self._running if not each.task.done()]

    def _abandon(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            _log.error("component did not end although it was cancelled; abandoned", component=task.get_name())
            self.abandoned.append(task.get_name())

    def _ended(self, running: _Running) -> None:
        if running.task.cancelled():
            return
        fault = running.task.exception()
        if fault is not None:
            _log.error("component crashed", component=running.name, exc_info=fault)
            self.failed.set()
        elif running.name not in self._stopping:
            _log.error("component ended by itself", component=running.name)
            self.failed.set()
