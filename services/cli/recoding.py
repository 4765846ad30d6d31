"""`seikyu coding recode`: answered requests are coded anew, after another master or model or learned words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import click
import grpc.aio
from seikyu.coding.v1 import backlog_service_pb2 as wire
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.backlog_service_pb2_grpc import BacklogServiceStub
from typing_extensions import override

from services.cli.client import Client, load_client
from services.cli.command import json_option, print_json, progress, run
from services.cli.failures import CommandFailure, ExitCode, failure_of

ROUTES: Final = {
    "unresolved": coding_service_pb2.CODING_ROUTE_UNRESOLVED,
    "review": coding_service_pb2.CODING_ROUTE_REVIEW,
    "ranked": coding_service_pb2.CODING_ROUTE_RANKED,
    "decomposed": coding_service_pb2.CODING_ROUTE_DECOMPOSED,
    "exact": coding_service_pb2.CODING_ROUTE_EXACT,
    "not-a-diagnosis": coding_service_pb2.CODING_ROUTE_NOT_A_DIAGNOSIS,
}
NOT_SURE: Final = "unresolved,review"

Stub = Any
"""mypy-protobuf's stub for asynchronous channels exists for type checkers only."""


@dataclass(slots=True, kw_only=True)
class Put:
    """How far it is, and where it goes on."""

    requests: int = 0
    lines: int = 0
    total: int = 0
    page_token: str = ""


class Routes(click.ParamType):
    """Names of routes with commas between them."""

    name = "routes"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The wire's numbers, each once."""
        names = [name.strip() for name in str(value).split(",")]
        unknown = [name for name in names if name not in ROUTES]
        if unknown:
            self.fail(f"{unknown[0]!r} is no route; there are {', '.join(ROUTES)}", param, ctx)
        return tuple(dict.fromkeys(ROUTES[name] for name in names))


@click.command(name="recode")
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First answered on this day or later.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First answered on this day or before.")
@click.option("--route", "routes", type=Routes(), default=NOT_SURE, show_default=True, help="Lines as they stand now.")
@click.option("--coder-version", default="", metavar="OLD", help="Only lines decided by a version that begins so.")
@click.option("--dry-run", is_flag=True, help="Count, and announce nothing.")
@click.option("--page-token", default="", help="Go on with a call that broke off: its token.")
@json_option
def recode(
    *,
    since: datetime,
    until: datetime,
    routes: tuple[int, ...],
    coder_version: str,
    dry_run: bool,
    page_token: str,
    as_json: bool,
) -> None:
    """Put answered requests on the backlog, to be coded anew by the coder of now.

    They are coded behind all claims on their way. What people decided stands; only what gets another answer is
    announced, as the request's next revision. Once more is harmless.
    """
    request = wire.RecodeBacklogRequest(
        since=f"{since:%Y-%m-%d}",
        until=f"{until:%Y-%m-%d}",
        routes=routes,  # type: ignore[arg-type]  # the wire's numbers, of ROUTES
        coder_version=coder_version,
        dry_run=dry_run,
        page_token=page_token,
    )
    put = run(_put(load_client(), request))
    if as_json:
        print_json({"requests": put.requests, "lines": put.lines, "dry_run": dry_run})
        return
    verb = "would be coded anew" if dry_run else "put on the backlog; `seikyu lag` tells when they are coded"
    click.echo(f"{put.requests:,} requests with {put.lines:,} texts {verb}")


async def _put(client: Client, request: wire.RecodeBacklogRequest) -> Put:
    """Page after page to the last. Raises CommandFailure that says how to go on with a call that broke off."""
    put = Put(page_token=request.page_token)
    with progress("choosing requests") as tell:
        async with client.channel("coding") as channel:
            try:
                await _pages(BacklogServiceStub(channel), request, put, tell)
            except grpc.aio.AioRpcError as error:
                failure = failure_of(error)
                if failure.exit_code != ExitCode.UNAVAILABLE or not put.page_token:
                    raise
                advice = f"what was put there stays; go on with the same options and --page-token {put.page_token}"
                raise CommandFailure(failure.message, advice=advice, code=ExitCode.UNAVAILABLE) from error
    return put


async def _pages(stub: Stub, request: wire.RecodeBacklogRequest, put: Put, tell: Callable[[str], None]) -> None:
    while True:
        page = await stub.RecodeBacklog(request)
        put.requests += page.requests
        put.lines += page.lines
        put.total = put.total or page.total_requests
        of_all = f" of {put.total:,}" if put.total else ""
        tell(f"{put.requests:,}{of_all} requests, {put.lines:,} texts")
        put.page_token = request.page_token = page.next_page_token
        if not page.next_page_token:
            return
