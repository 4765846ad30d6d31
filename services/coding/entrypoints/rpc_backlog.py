"""BacklogService: an operator puts answered requests on the backlog, one transaction per page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any, Final

import grpc.aio
from seikyu.coding.v1 import backlog_service_pb2 as wire
from seikyu.coding.v1 import backlog_service_pb2_grpc
from typing_extensions import override

from services.coding.adapters.backlog import PostgresBacklog
from services.coding.adapters.events import WIRE_ROUTES
from services.coding.application.backlog import MOST_REQUESTS, Choice, Position, put_on_backlog
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.months import BUSINESS_ZONE

NAME: Final = "seikyu.coding.v1.BacklogService"
ACCESS: Final = access_table(NAME, RecodeBacklog=allow(operator=Role.ADMIN))
LABEL: Final = "coding.recode"
"""Names the crash points around a page's commit."""
_ROUTES: Final = {number: route for route, number in WIRE_ROUTES.items()}

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogServicer(backlog_service_pb2_grpc.BacklogServiceServicer):
    """The one method."""

    database: Database
    clock: Clock

    @override
    async def RecodeBacklog(self, request: wire.RecodeBacklogRequest, context: Context) -> wire.RecodeBacklogResponse:
        """The next page; the first tells how many requests there are in all."""
        choice = _choice(request)
        bound_to = _bound_to(request)
        after = read_position(request.page_token, bound_to=bound_to, read=_position)
        async with self.database.transaction(label=LABEL) as tx:
            backlog = PostgresBacklog(tx)
            total = await backlog.count(choice) if after is None else 0
            page = await put_on_backlog(
                backlog,
                choice,
                after=after,
                size=request.page_size or MOST_REQUESTS,
                now=self.clock.now(),
                dry_run=request.dry_run,
            )
        return wire.RecodeBacklogResponse(
            requests=len(page.requests),
            lines=page.lines,
            total_requests=total,
            next_page_token=_token(page.last, bound_to),
        )


def _choice(request: wire.RecodeBacklogRequest) -> Choice:
    since, until = _day(request.since, "since"), _day(request.until, "until")
    if since > until:
        raise invalid("until", "after_since", "must not lie before the first day")
    if not _ROUTES.keys() >= set(request.routes):
        raise invalid("routes", "of_a_disease", "is a route by which no disease is coded")
    return Choice(
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)),
        routes=frozenset(_ROUTES[route] for route in request.routes),
        coder_version=request.coder_version,
    )


def _day(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise invalid(field, "day", "must be a day of the calendar, YYYY-MM-DD") from None
    if not MINYEAR < day.year < MAXYEAR:
        raise invalid(field, "day", "must have a day before it and one after it")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BUSINESS_ZONE)


def _bound_to(request: wire.RecodeBacklogRequest) -> tuple[str, ...]:
    routes = " ".join(str(route) for route in sorted(request.routes))
    return (caller().subject, request.since, request.until, routes, request.coder_version, str(request.dry_run))


def _position(written: Sequence[str]) -> Position:
    """Where the last page ended. Raises ValueError."""
    at, claim_id, cause_event_id = written
    return Position(answered_at=datetime.fromisoformat(at), claim_id=claim_id, cause_event_id=cause_event_id)


def _token(last: Position | None, bound_to: tuple[str, ...]) -> str:
    if last is None:
        return ""
    return write_page_token((last.answered_at.isoformat(), last.claim_id, last.cause_event_id), bound_to=bound_to)


def register(server: grpc.aio.Server, servicer: BacklogServicer) -> None:
    """Add the servicer to a server."""
    backlog_service_pb2_grpc.add_BacklogServiceServicer_to_server(servicer, server)
