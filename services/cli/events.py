"""`seikyu events tail|replay PAYER`: a payer's settlement events as its own principal reads them; and once more."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

import click
import grpc.aio
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceStub

from services.cli.client import Client, load_client, shown, unwritable
from services.cli.command import console, json_option, print_json, progress, run
from services.cli.failures import CommandFailure, ExitCode
from services.cli.payer_events import TITLES, PayerEvent, cells, events_table, read_event, why
from services.cli.payer_topics import Listing, PayerTopic, PayerTopicKind, tell_events
from services.shared.chassis.whole_file import Standing, replace_whole

PAGE: Final = 1_000


def settlement_events(client: Client, payer_number: str) -> PayerTopic[PayerEvent]:
    """The payer's settlement events. CommandFailure where it was not enrolled from here."""
    return PayerTopic(client, payer_number, PayerTopicKind.SETTLEMENTS, read_event)


@click.group(name="events")
def events() -> None:
    """Read payers' settlement events, and publish them once more."""


@events.command(name="tail")
@click.argument("payer_number")
@click.option("--from-beginning", is_flag=True, help="From the topic's first event.")
@click.option("--no-follow", is_flag=True, help="Print what the topic holds now, then stop.")
@json_option
def tail(*, payer_number: str, from_beginning: bool, no_follow: bool, as_json: bool) -> None:
    """Follow PAYER_NUMBER's events until Ctrl-C; with --json one per line."""
    reader = settlement_events(load_client(), payer_number)
    listing = Listing(table=events_table, heading=_aligned(TITLES), line=_line)
    tell_events(reader, listing, from_beginning=from_beginning, no_follow=no_follow, as_json=as_json)


@events.command(name="replay")
@click.argument("payer_number")
@click.option("--from", "first", required=True, type=click.IntRange(1), metavar="SEQ", help="The first sequence.")
@click.option("--to", "last", default=0, type=click.IntRange(0), metavar="SEQ", help="The last; all if not given.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write them to this file, a line of JSON each, instead of publishing them.",
)
@json_option
def replay(*, payer_number: str, first: int, last: int, output: Path | None, as_json: bool) -> None:
    """Publish PAYER_NUMBER's events once more on its topic, with the same ids, headers and bytes.

    Safe at any time: a consumer takes each id once.
    """
    if output is not None:
        count = run(_written(load_client(), payer_number, first, last, output=output))
        told = {"payer_number": payer_number, "events": count, "file": str(output)}
        words = f"{count:,} events of payer {payer_number} are in {shown(output)}"
    else:
        done = run(_replayed(load_client(), payer_number, first, last))
        told = {"payer_number": payer_number, "events": done.replayed, "last_sequence": done.last_sequence}
        words = f"{done.replayed:,} events are on settlement.{payer_number} again, up to {done.last_sequence:,}"
    if as_json:
        print_json(told)
    else:
        console().print(words)


async def _replayed(client: Client, payer_number: str, first: int, last: int) -> payers.ReplayEventsResponse:
    request = payers.ReplayEventsRequest(payer_number=payer_number, from_sequence=first, to_sequence=last)
    done = payers.ReplayEventsResponse()
    with progress("replaying") as tell:
        async with client.channel("settlement") as channel:
            async for done in PayerServiceStub(channel).ReplayEvents(request):
                tell(f"{done.replayed:,} events")
    return done


async def _written(client: Client, payer_number: str, first: int, last: int, *, output: Path) -> int:
    """Every event, a line each; the file stands once all are in it, and only its owner may read it."""
    request = payers.ListEventsRequest(payer_number=payer_number, from_sequence=first, to_sequence=last, page_size=PAGE)
    count = 0

    def told(events: int) -> None:
        nonlocal count
        count += events
        tell(f"{count:,} events")

    with progress("reading events") as tell:
        async with client.channel("settlement") as channel:
            try:
                output.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                await replace_whole(output, _pages(channel, request, told))
            except Standing as fault:
                advice = "wait for the other, or name another file with -o"
                raise CommandFailure(str(fault), advice=advice, code=ExitCode.REFUSED) from fault
            except OSError as fault:
                raise unwritable(fault, output) from fault
    return count


async def _pages(
    channel: grpc.aio.Channel, request: payers.ListEventsRequest, told: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """The lines of one page after the other."""
    while True:
        page = await PayerServiceStub(channel).ListEvents(request)
        yield "".join(json.dumps(_as_told(event)) + "\n" for event in page.events).encode()
        told(len(page.events))
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def _as_told(event: payers.PayerEvent) -> dict[str, str | int]:
    """Headers under their names, and the value in base64."""
    return {
        "sequence": event.sequence,
        "key": event.subject,
        "ce_id": event.event_id,
        "ce_type": event.type,
        "ce_source": event.source,
        "ce_time": event.time.ToJsonString(),
        "ce_subject": event.subject,
        "traceparent": event.traceparent,
        "value_base64": base64.b64encode(event.value).decode(),
    }


def _line(event: PayerEvent) -> str:
    return f"{_aligned(cells(event))}  {why(event)}".rstrip()


def _aligned(texts: Sequence[str]) -> str:
    """One line of a table that has no end."""
    seq, claim, transfer, hospital, claimed, kind, points, amount = texts
    return f"{seq:>6}  {claim:<36}  {transfer:<36}  {hospital:<10}  {claimed:<7}  {kind:<4}  {points:>8}  {amount:>10}"
