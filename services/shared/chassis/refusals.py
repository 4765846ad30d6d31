"""Callers whose proofs hold no more: an unenrolled payer's tokens and certificates, until it is enrolled again.

A service keeps who was unenrolled in its own database; this keeps what it says in memory, for the gate asks at every
call. What another process of the service writes is known here within REFRESH_INTERVAL_S.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.shared.chassis.identity import Principal
from services.shared.chassis.postgres import TransientFault

REFRESH_INTERVAL_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Proofs issued before the instant hold no more; none holds while the caller is `gone`."""

    issued_before: datetime
    is_gone: bool


Load = Callable[[], Awaitable[Mapping[str, Refusal]]]
"""Refusals by subject (`payer:01130012`). Raises TransientFault."""


class RefusedCallers:
    """Background work that reads refusals again and again; the gate asks it."""

    def __init__(self, load: Load) -> None:
        """Knows of nobody before `refresh`."""
        self._load = load
        self._refusals: Mapping[str, Refusal] = {}
        self._stop = asyncio.Event()

    def __call__(self, principal: Principal) -> bool:
        """Whether the caller is refused. A proof of unknown age counts as one from before."""
        refusal = self._refusals.get(principal.subject)
        if refusal is None:
            return False
        return refusal.is_gone or principal.issued_at is None or principal.issued_at < refusal.issued_before

    async def refresh(self) -> None:
        """Learn what holds now. Raises TransientFault."""
        self._refusals = await self._load()

    async def run(self) -> None:
        """Refresh until `stop`; what was known holds while the database does not answer."""
        while not await self._stopped():
            try:
                await self.refresh()
            except TransientFault:
                continue

    def stop(self) -> None:
        """Ask `run` to return."""
        self._stop.set()

    async def _stopped(self) -> bool:
        try:
            async with asyncio.timeout(REFRESH_INTERVAL_S):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True


def nobody_refused(_principal: Principal) -> bool:
    """For services that have nobody to refuse."""
    return False
