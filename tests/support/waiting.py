"""Waiting for what another task, process or broker brings about: bounded, and looking often."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_S = 60.0
LOOK_S = 0.02


async def until(holds: Callable[[], object], *, patience_s: float | None = PATIENCE_S) -> None:
    """Return when the condition holds; TimeoutError when it does not in time. Without patience the caller bounds it."""
    async with asyncio.timeout(patience_s):
        while not holds():  # noqa: ASYNC110 - what is waited for happens outside this event loop
            await asyncio.sleep(LOOK_S)


async def until_awaited(
    holds: Callable[[], Awaitable[object]], *, patience_s: float = PATIENCE_S, look_s: float = LOOK_S
) -> None:
    """The same for a condition that must be awaited, a query for instance; what is dear is looked at less often."""
    async with asyncio.timeout(patience_s):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens outside this event loop
            await asyncio.sleep(look_s)


def wait_until(holds: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """The same where no event loop runs."""
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {patience_s} s")
        time.sleep(LOOK_S)


def seen(
    look: Callable[[], Found], is_enough: Callable[[Found], object] = bool, *, patience_s: float = PATIENCE_S
) -> Found:
    """What `look` finds once it is enough; AssertionError with what was there when it is not in time."""
    found: list[Found] = []

    def holds() -> object:
        found[:] = [look()]
        return is_enough(found[0])

    try:
        wait_until(holds, patience_s=patience_s)
    except TimeoutError as late:
        raise AssertionError(f"still only {found}") from late
    return found[0]
