"""The backlog: answered requests in PostgreSQL, and `coding.backlog`, where they are announced to be coded anew.

An event of the backlog is the request once more: the same message under the same id, with the lines that were chosen
and the spelling that is kept of each, since the text itself is not. Answers from before spellings were kept are never
chosen.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from services.coding.adapters.answers import patient_of
from services.coding.adapters.events import MAX_TEXT_CHARACTERS, request_announcement
from services.coding.application.backlog import Choice, Page, Position
from services.coding.application.code_batch import CodingRequest, Mention
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries
from services.shared.chassis.traceparent import new_traceparent
from services.shared.kernel.months import Month

BACKLOG_TOPIC: Final = "coding.backlog"
_FIRST: Final = Position(answered_at=datetime(1, 1, 1, tzinfo=UTC), claim_id="", cause_event_id="")
_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "backlog.sql")


class PostgresBacklog:
    """The answered requests as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def count(self, choice: Choice) -> int:
        """How many requests have a line that is chosen."""
        counted: int = await self._tx.fetchval(_QUERIES["count_backlog"], *_chosen(choice))
        return counted

    async def page(self, choice: Choice, after: Position | None, size: int) -> Page:
        """The next requests in the order of their first answers."""
        last = after if after is not None else _FIRST
        rows = await self._tx.fetch(
            _QUERIES["page_of_backlog"],
            *_chosen(choice),
            last.answered_at,
            last.claim_id,
            last.cause_event_id,
            size,
        )
        grouped = groupby(rows, key=lambda row: (row["completed_at"], row["claim_id"], row["cause_event_id"]))
        requests: list[CodingRequest] = []
        for (answered_at, claim_id, cause_event_id), group in grouped:
            lines = list(group)
            last = Position(answered_at=answered_at, claim_id=claim_id, cause_event_id=cause_event_id)
            requests.append(
                CodingRequest(
                    claim_id=claim_id,
                    cause_event_id=cause_event_id,
                    treatment_month=Month.parse(lines[0]["treatment_month"]),
                    mentions=tuple(Mention(line=row["line"], text=row["spelling"]) for row in lines),
                    traceparent=new_traceparent(raised=False, trace_id=int(lines[0]["trace_id"], 16)),
                    patient=patient_of(lines[0]),
                    hospital_code=lines[0]["hospital_code"],
                )
            )
        return Page(requests=tuple(requests), last=last if len(requests) == size else None)

    def announce(self, requests: Sequence[CodingRequest], now: datetime) -> None:
        """One event on `coding.backlog` for each request, through the outbox."""
        self._tx.announce([request_announcement(request, BACKLOG_TOPIC, now) for request in requests])


def _chosen(choice: Choice) -> tuple[object, ...]:
    routes = sorted(route.value for route in choice.routes)
    return (choice.since, choice.until, routes, choice.coder_version, MAX_TEXT_CHARACTERS)
