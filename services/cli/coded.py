"""`seikyu claims coded`: which claims a code was found for, and what it was to their decisions."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import coded_claim_service_pb2 as wire
from seikyu.claims.v1.coded_claim_service_pb2_grpc import CodedClaimServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table

PAGE: Final = 100
ANSWER_WITHIN_S: Final = 30.0
ROUTES: Final = ("exact", "decomposed", "ranked", "reviewed")


@click.command(name="coded")
@click.option("--code", required=True, metavar="CODE", help="The disease code, 7 digits.")
@click.option("--route", default=None, type=click.Choice(ROUTES), help="Only where it was found by this route.")
@click.option(
    "--since", default=None, type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Only codes given since."
)
@click.option("--limit", default=1_000, show_default=True, type=click.IntRange(1, 1_000_000), help="At most this many.")
@json_option
def coded(*, code: str, route: str | None, since: datetime | None, limit: int, as_json: bool) -> None:
    """Claims whose free text has this disease code in force, and whether a decision depended on it.

    `use` says what the code is to the latest decision: not_seen, seen, depended, or unknown where the receipt is read
    no longer. With --json one per line. For operators.
    """
    request = wire.ListCodedClaimsRequest(
        disease_code=code,
        route=route or "",
        since=since.date().isoformat() if since is not None else "",
        page_size=min(limit, PAGE),
    )
    found = run(_listed(load_client(), request, limit))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(coded_table(found, code))


def coded_table(found: Sequence[wire.CodedClaim], code: str) -> Table:
    """A row per line of a claim."""
    heads = ("claim", "state", "line", "route", "revision", "by", "given (UTC)", "coder", "use", "late decisions")
    numbers = ("line", "revision", "late decisions")
    made = table(f"Claims with {code} in force: {len(found):,}", *heads, right=numbers)
    for each in found:
        made.add_row(
            each.claim_id,
            claim_pb2.ClaimState.Name(each.state).removeprefix("CLAIM_STATE_").lower(),
            str(each.diagnosis.line),
            each.diagnosis.route,
            str(each.diagnosis.revision),
            each.diagnosis.decided_by,
            each.given_time.ToJsonString(),
            each.coder_version,
            wire.CodeUse.Name(each.use).removeprefix("CODE_USE_").lower(),
            str(len(each.late_decision_ids)),
        )
    return made


async def _listed(client: Client, request: wire.ListCodedClaimsRequest, limit: int) -> list[wire.CodedClaim]:
    found: list[wire.CodedClaim] = []
    with progress("looking for claims") as tell:
        async with client.channel("claims") as channel:
            async for each in _every_line(channel, request):
                found.append(each)
                tell(f"{len(found):,}")
                if len(found) >= limit:
                    break
    return found


async def _every_line(
    channel: grpc.aio.Channel, request: wire.ListCodedClaimsRequest
) -> AsyncIterator[wire.CodedClaim]:
    """Page after page until there is no next one."""
    stub = CodedClaimServiceStub(channel)
    while True:
        answer = await stub.ListCodedClaims(request, timeout=ANSWER_WITHIN_S)
        for each in answer.claims:
            yield each
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token
