"""`seikyu ledger`: balances now and at past moments, entries, and the ledger replayed from its entries."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import settlement_service_pb2
from seikyu.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode

MOST_ENTRIES: Final = 1_000
BALANCE_COLUMNS: Final = ("balance yen", "pending in", "pending out", "entries")
ENTRY_COLUMNS: Final = ("account", "number", "posted", "kind", "other account", "yen", "balance after", "claim")


async def verify(channel: grpc.aio.Channel, tell: Callable[[str], None]) -> settlement_service_pb2.VerifyLedgerResponse:
    """The verdict on the whole ledger; `tell` hears how far it is. Raises AioRpcError, CommandFailure."""
    request = settlement_service_pb2.VerifyLedgerRequest()
    async for step in SettlementServiceStub(channel).VerifyLedger(request):
        if step.finished:
            return step
        tell(f"{step.transfers_checked:,} of {step.transfers_total:,} transfers")
    raise CommandFailure("the check ended without a verdict", advice="try again", code=ExitCode.UNAVAILABLE)


async def trial_balance(channel: grpc.aio.Channel) -> settlement_service_pb2.GetTrialBalanceResponse:
    """Every account, page by page, and the sums over all of them as the last page tells them. Raises AioRpcError."""
    request = settlement_service_pb2.GetTrialBalanceRequest()
    whole = settlement_service_pb2.GetTrialBalanceResponse()
    while True:
        page = await SettlementServiceStub(channel).GetTrialBalance(request)
        whole.accounts.extend(page.accounts)
        if not page.next_page_token:
            whole.sum_yen, whole.transfers, whole.entries = page.sum_yen, page.transfers, page.entries
            return whole
        request.page_token = page.next_page_token


def trial_balance_table(found: settlement_service_pb2.GetTrialBalanceResponse) -> Table:
    """One row per account, and the sum."""
    title = f"Trial balance: {found.transfers:,} transfers, {found.entries:,} entries"
    made = table(title, "account", "balance yen", "entries", right=("balance yen", "entries"))
    for account in found.accounts:
        made.add_row(account.account_id, yen(account.balance_yen), f"{account.version:,}")
    made.add_section()
    made.add_row("sum", yen(found.sum_yen), f"{found.entries:,}", style="green" if found.sum_yen == 0 else "red")
    return made


@click.group(name="ledger")
def ledger() -> None:
    """Read the ledger, and check it."""


@ledger.command(name="balance")
@click.argument("account")
@click.option("--as-of", help="A moment with its offset, like 2026-04-30T23:59:59+09:00; otherwise now.")
@json_option
def balance_command(*, account: str, as_of: str | None, as_json: bool) -> None:
    """Show ACCOUNT: payer:06132013, hospital:1310000001, fee:1, suspense:, own: or bank: and 15 digits."""
    request = settlement_service_pb2.GetBalanceRequest(account_id=account)
    if as_of is not None:
        request.as_of.FromDatetime(_moment(as_of))
    found = run(_balance(load_client(), request)).account
    if as_json:
        print_json(as_dict(found))
        return
    made = table(f"{found.account_id}", *BALANCE_COLUMNS, right=BALANCE_COLUMNS)
    sums = (found.balance_yen, found.pending_in_yen, found.pending_out_yen, found.version)
    made.add_row(*(yen(each) for each in sums))
    console().print(made)


@ledger.command(name="entries")
@click.option("--account", default="", help="Of this account.")
@click.option("--claim", default="", help="Of this claim.")
@click.option("--trace", default="", help="Of this trace id.")
@click.option("--limit", type=click.IntRange(1, MOST_ENTRIES), default=100, show_default=True)
@click.option("--page-token", default="", help="Where the page before ended.")
@json_option
def entries_command(*, account: str, claim: str, trace: str, limit: int, page_token: str, as_json: bool) -> None:
    """List entries of an account, a claim or a trace, a page at a time."""
    if sum(map(bool, (account, claim, trace))) != 1:
        raise click.UsageError("give one of --account, --claim and --trace")
    request = settlement_service_pb2.ListEntriesRequest(
        account_id=account, claim_id=claim, trace_id=trace, page_size=limit, page_token=page_token
    )
    found = run(_entries(load_client(), request))
    if as_json:
        print_json(as_dict(found))
        return
    made = table("Entries", *ENTRY_COLUMNS, right=("number", "yen", "balance after"))
    for each in found.entries:
        made.add_row(
            each.account_id,
            f"{each.version:,}",
            each.posted_time.ToJsonString(),
            _kind(each.kind),
            each.other_account_id,
            yen(each.amount_yen),
            yen(each.balance_after_yen),
            each.claim_id,
        )
    console().print(made)
    if found.next_page_token:
        console().print(f"more: --page-token {found.next_page_token}")


@ledger.command(name="verify")
@json_option
def verify_command(*, as_json: bool) -> None:
    """Replay the ledger from its entries; exit code 1 where it is not sound."""
    found, balance = run(_verified(load_client()))
    if as_json:
        print_json(as_dict(found))
    else:
        console().print(trial_balance_table(balance))
        for fault in found.faults:
            console().print(f"[red]{fault}")
        verdict = "[green]sound" if found.sound else "[red]not sound"
        console().print(
            f"{found.transfers_checked:,} transfers, {found.events_checked:,} events, {found.blocks_checked:,} sealed "
            f"blocks checked, {found.unsealed_rows:,} rows not sealed yet: {verdict}"
        )
    raise click.exceptions.Exit(ExitCode.DONE if found.sound else ExitCode.REFUSED)


async def _verified(
    client: Client,
) -> tuple[settlement_service_pb2.VerifyLedgerResponse, settlement_service_pb2.GetTrialBalanceResponse]:
    with progress("verifying the ledger") as tell:
        async with client.channel("settlement") as channel:
            return await verify(channel, tell), await trial_balance(channel)


async def _balance(
    client: Client, request: settlement_service_pb2.GetBalanceRequest
) -> settlement_service_pb2.GetBalanceResponse:
    async with client.channel("settlement") as channel:
        return await SettlementServiceStub(channel).GetBalance(request)


async def _entries(
    client: Client, request: settlement_service_pb2.ListEntriesRequest
) -> settlement_service_pb2.ListEntriesResponse:
    async with client.channel("settlement") as channel:
        return await SettlementServiceStub(channel).ListEntries(request)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as unread:
        raise click.BadParameter("must be a moment like 2026-04-30T23:59:59+09:00", param_hint="--as-of") from unread
    if moment.tzinfo is None:
        raise click.BadParameter("must say its offset, like +09:00", param_hint="--as-of")
    return moment


def _kind(kind: "settlement_service_pb2.TransferKind.ValueType") -> str:
    return settlement_service_pb2.TransferKind.Name(kind).removeprefix("TRANSFER_KIND_").lower()
