"""`seikyu ledger verify`: the ledger replayed from its entries; and the trial balance for whoever shows it."""

from collections.abc import Callable

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import settlement_service_pb2
from seikyu.settlement.v1.settlement_service_pb2_grpc import SettlementServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode


async def verify(channel: grpc.aio.Channel, tell: Callable[[str], None]) -> settlement_service_pb2.VerifyLedgerResponse:
    """The verdict on the whole ledger; `tell` hears how far it is. Raises AioRpcError, CommandFailure."""
    request = settlement_service_pb2.VerifyLedgerRequest()
    async for step in SettlementServiceStub(channel).VerifyLedger(request):
        if step.finished:
            return step
        tell(f"{step.transfers_checked:,} of {step.transfers_total:,} transfers")
    raise CommandFailure("the check ended without a verdict", advice="try again", code=ExitCode.UNAVAILABLE)


async def trial_balance(channel: grpc.aio.Channel) -> settlement_service_pb2.GetTrialBalanceResponse:
    """Every account and the sum over all of them. Raises AioRpcError."""
    request = settlement_service_pb2.GetTrialBalanceRequest()
    return await SettlementServiceStub(channel).GetTrialBalance(request)


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
    """Check the ledger."""


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
        console().print(f"{found.transfers_checked:,} transfers and {found.events_checked:,} events checked: {verdict}")
    raise click.exceptions.Exit(ExitCode.DONE if found.sound else ExitCode.REFUSED)


async def _verified(
    client: Client,
) -> tuple[settlement_service_pb2.VerifyLedgerResponse, settlement_service_pb2.GetTrialBalanceResponse]:
    with progress("verifying the ledger") as tell:
        async with client.channel("settlement") as channel:
            return await verify(channel, tell), await trial_balance(channel)
