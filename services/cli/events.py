"""`seikyu events tail PAYER`: a payer's settlement events, read as that payer's own principal."""

from collections.abc import Sequence
from typing import Final

import click
from rich.table import Table
from seikyu.settlement.v1.events_pb2 import SETTLEMENT_KIND_REVERSAL, ClaimSettled

from services.cli.client import Client, load_client
from services.cli.command import json_option, table, yen
from services.cli.payer_topics import Listing, PayerTopic, PayerTopicKind, tell_events


def settlement_events(client: Client, payer_number: str) -> PayerTopic[ClaimSettled]:
    """The payer's settlement events. CommandFailure where it was not enrolled from here."""
    return PayerTopic(client, payer_number, PayerTopicKind.SETTLEMENTS, ClaimSettled.FromString)


_TITLES: Final = ("seq", "claim", "transfer", "hospital", "claimed", "kind", "points", "yen")


def events_table(found: Sequence[ClaimSettled], title: str) -> Table:
    """One row per event; why, where not all are shares of first decisions."""
    titles = (*_TITLES, "why") if any(map(_why, found)) else _TITLES
    made = table(title, *titles, right=("seq", "points", "yen"))
    for event in found:
        made.add_row(*(*_cells(event), _why(event))[: len(titles)])
    return made


def _cells(event: ClaimSettled) -> tuple[str, ...]:
    return (
        str(event.sequence),
        event.claim_id,
        event.transfer_id or "none (0 yen)",
        event.hospital_code,
        event.claim_month,
        event.receipt_kind,
        f"{event.points:,}",
        yen(event.share_yen),
    )


def _why(event: ClaimSettled) -> str:
    """Nothing for the share of a first decision; else the cause, and whether a share is taken back."""
    cause = event.cause.lower() if event.cause not in {"", "SUBMITTED"} else ""
    return f"reversal: {cause}" if event.kind == SETTLEMENT_KIND_REVERSAL else cause


@click.group(name="events")
def events() -> None:
    """Read payers' settlement events."""


@events.command(name="tail")
@click.argument("payer_number")
@click.option("--from-beginning", is_flag=True, help="From the topic's first event.")
@click.option("--no-follow", is_flag=True, help="Print what the topic holds now, then stop.")
@json_option
def tail(*, payer_number: str, from_beginning: bool, no_follow: bool, as_json: bool) -> None:
    """Follow PAYER_NUMBER's events until Ctrl-C; with --json one per line."""
    reader = settlement_events(load_client(), payer_number)
    listing = Listing(table=events_table, heading=_aligned(_TITLES), line=_line)
    tell_events(reader, listing, from_beginning=from_beginning, no_follow=no_follow, as_json=as_json)


def _line(event: ClaimSettled) -> str:
    return f"{_aligned(_cells(event))}  {_why(event)}".rstrip()


def _aligned(cells: Sequence[str]) -> str:
    """One line of a table that has no end."""
    seq, claim, transfer, hospital, claimed, kind, points, amount = cells
    return f"{seq:>6}  {claim:<36}  {transfer:<36}  {hospital:<10}  {claimed:<7}  {kind:<4}  {points:>8}  {amount:>10}"
