"""`seikyu payee ...`: hospitals' bank accounts, proposed by one operator and confirmed by another."""

import uuid
from typing import Any, Final

import click
from rich.table import Table
from seikyu.settlement.v1 import payment_service_pb2 as wire
from seikyu.settlement.v1.payment_service_pb2_grpc import PaymentServiceStub

from services.cli.client import Client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table
from services.cli.operators import as_option, client_as

ACCOUNT_TYPES: Final[dict[str, Any]] = {
    "ordinary": wire.BANK_ACCOUNT_TYPE_ORDINARY,
    "current": wire.BANK_ACCOUNT_TYPE_CURRENT,
    "savings": wire.BANK_ACCOUNT_TYPE_SAVINGS,
    "other": wire.BANK_ACCOUNT_TYPE_OTHER,
}
"""普通, 当座, 貯蓄, その他."""
TYPE_NAMES: Final = {number: name for name, number in ACCOUNT_TYPES.items()}


@click.group(name="payee")
def payee() -> None:
    """Bank accounts that hospitals are paid to (受取口座)."""


@payee.command(name="propose")
@click.argument("hospital_code")
@click.option("--bank", required=True, help="金融機関コード, 4 digits.")
@click.option("--branch", required=True, help="支店コード, 3 digits.")
@click.option("--type", "account_type", type=click.Choice(list(ACCOUNT_TYPES)), default="ordinary", help="預金種目.")
@click.option("--account", required=True, help="口座番号, up to 7 digits.")
@click.option("--name", required=True, help="口座名義, in kana as the bank has it.")
@as_option
@json_option
def propose_command(
    *,
    hospital_code: str,
    bank: str,
    branch: str,
    account_type: str,
    account: str,
    name: str,
    operator: str,
    as_json: bool,
) -> None:
    """Propose the account of HOSPITAL_CODE; it holds once another operator has confirmed it."""
    request = wire.ProposePayeeRequest(
        request_id=str(uuid.uuid4()),
        hospital_code=hospital_code,
        account=wire.PayeeAccount(
            bank=bank, branch=branch, account_type=ACCOUNT_TYPES[account_type], account_number=account, name=name
        ),
    )
    with progress("proposing"):
        made = run(propose(client_as(operator), request))
    _show(made, as_json=as_json, then="confirm it as another operator: seikyu payee confirm {code} {version} --as NAME")


@payee.command(name="confirm")
@click.argument("hospital_code")
@click.argument("version", type=int)
@as_option
@json_option
def confirm_command(*, hospital_code: str, version: int, operator: str, as_json: bool) -> None:
    """Confirm VERSION of the account of HOSPITAL_CODE, as another operator than proposed it."""
    with progress("confirming"):
        done = run(confirm(client_as(operator), hospital_code, version))
    _show(done, as_json=as_json, then="")


@payee.command(name="show")
@click.argument("hospital_code")
@as_option
@json_option
def show_command(*, hospital_code: str, operator: str, as_json: bool) -> None:
    """The versions of the account of HOSPITAL_CODE, with who proposed and who confirmed them."""
    found = run(_versions(client_as(operator), hospital_code))
    if as_json:
        print_json(as_dict(found))
    else:
        console().print(payee_table(hospital_code, list(found.versions)))


async def propose(client: Client, request: wire.ProposePayeeRequest) -> wire.Payee:
    """The proposed version. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).ProposePayee(request)).payee


async def confirm(client: Client, hospital_code: str, version: int) -> wire.Payee:
    """The confirmed version. Raises AioRpcError."""
    request = wire.ConfirmPayeeRequest(request_id=str(uuid.uuid4()), hospital_code=hospital_code, version=version)
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).ConfirmPayee(request)).payee


async def _versions(client: Client, hospital_code: str) -> wire.GetPayeeResponse:
    async with client.channel("settlement") as channel:
        return await PaymentServiceStub(channel).GetPayee(wire.GetPayeeRequest(hospital_code=hospital_code))


def _show(made: wire.Payee, *, as_json: bool, then: str) -> None:
    if as_json:
        print_json(as_dict(made))
        return
    console().print(payee_table(made.hospital_code, [made]))
    if then:
        console().print(then.format(code=made.hospital_code, version=made.version))


def payee_table(hospital_code: str, versions: list[wire.Payee]) -> Table:
    """One row per version."""
    listed = f", held against the list of banks of {versions[0].banks_of}" if versions else ""
    made = table(
        f"Payee {hospital_code}{listed}",
        "version",
        "bank",
        "branch",
        "type",
        "account",
        "name",
        "proposed",
        "confirmed",
    )
    for each in versions:
        account = each.account
        bank = account.bank if each.is_assigned else f"{account.bank} (assigned to nobody)"
        kind = TYPE_NAMES[account.account_type]
        who = (each.proposed_by, each.confirmed_by or "waits for another operator")
        made.add_row(str(each.version), bank, account.branch, kind, account.account_number, account.name, *who)
    return made
