"""Chooses answered requests that are to be coded anew, page by page, and announces them to the backlog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.coding.application.code_batch import CodingRequest
from services.coding.domain.coding import Route

MOST_REQUESTS: Final = 500
"""Of a page."""
RECODABLE: Final = frozenset(Route) - {Route.REVIEWED}
"""Routes of lines that may be coded anew: what a person decided stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page ends: a request by the instant of its first answer."""

    answered_at: datetime
    claim_id: str
    cause_event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Lines on these routes, of requests first answered from `since` until before `until`.

    `coder_version`: how the version begins that decided the line; empty for any.
    """

    since: datetime
    until: datetime
    routes: frozenset[Route]
    coder_version: str = ""

    def __post_init__(self) -> None:
        if not self.since < self.until:
            raise ValueError("a span of time ends after it begins")
        if not self.routes or not self.routes <= RECODABLE:
            raise ValueError("some lines are chosen, and none that a person decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Requests with exactly the lines that were chosen, and where the next page begins; None after the last."""

    requests: tuple[CodingRequest, ...]
    last: Position | None

    @property
    def lines(self) -> int:
        """Texts to be coded anew."""
        return sum(len(request.mentions) for request in self.requests)


class Backlog(Protocol):
    """The answered requests, within one transaction."""

    async def count(self, choice: Choice) -> int:
        """How many requests have a line that is chosen."""
        ...

    async def page(self, choice: Choice, after: Position | None, size: int) -> Page:
        """The next requests in the order of their first answers."""
        ...

    def announce(self, requests: Sequence[CodingRequest], now: datetime) -> None:
        """Put requests on the backlog when the transaction commits."""
        ...


async def put_on_backlog(
    backlog: Backlog, choice: Choice, *, after: Position | None, size: int, now: datetime, dry_run: bool
) -> Page:
    """One page of what is chosen; announced unless it is only to be looked at.

    Once more is harmless: what was coded anew stands as it is.
    """
    page = await backlog.page(choice, after, size)
    if not dry_run:
        backlog.announce(page.requests, now)
    return page
