"""Waiting for what another task, process or broker brings about: bounded, and looking often."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_S = 60.0
LOOK_S = 0.02


async def until(holds: Callable[[], object]) -> None:
    """Return when the condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is waited for happens outside this event loop
            await asyncio.sleep(LOOK_S)


async def until_awaited(holds: Callable[[], Awaitable[object]]) -> None:
    """The same for a condition that must be awaited, a query for instance."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens outside this event loop
            await asyncio.sleep(LOOK_S)


def wait_until(holds: Callable[[], object]) -> None:
    """The same where no event loop runs."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S} s")
        time.sleep(LOOK_S)
