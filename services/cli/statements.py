"""`seikyu statement list`, `show`, `csv`, `pdf`: what payers owe and hospitals are owed for a claim month."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1.period_service_pb2_grpc import PeriodServiceStub

from services.cli.client import Client, load_client, unwritable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode
from services.cli.outcomes import ClaimMonth, speaking_as
from services.cli.payer_desk import as_payer
from services.cli.periods import TIMEOUT_S, month_text
from services.shared.chassis.whole_file import Different, Standing, replace_whole, write_whole

PAGE_SIZE: Final = 1_000
DRAWING_TIMEOUT_S: Final = 600.0
"""A statement is drawn up again: some seconds for each hundred thousand lines."""
COLUMNS: Final = {"claim": "claims", "adjustment": "adjustments", "fee": "review fees", "paid": "paid"}
_statement_argument = click.argument("statement_id")
_AS_HOSPITAL: Final = click.option(
    "--hospital", default="", metavar="CODE", help="As this hospital, enrolled from here."
)
_AS_PAYER: Final = click.option("--payer", default="", metavar="NUMBER", help="As this payer, enrolled from here.")
_output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here; without it into the present folder, named by account and month.",
)
_force_option = click.option("--force", is_flag=True, help="Replace a file of other content that has the name.")


@click.group(name="statement")
def statement() -> None:
    """Statements (明細書) of closed claim months. A payer and a hospital see their own."""


@statement.command(name="list")
@click.option("--month", type=ClaimMonth(), help="Of this claim month only.")
@click.option("--account", default="", metavar="ACCOUNT", help="payer:<number> or hospital:<code>.")
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def list_command(*, month: str | None, account: str, hospital: str, payer: str, as_json: bool) -> None:
    """All statements, the latest month first."""
    with progress("reading") as tell:
        found = run(_listed(client_of(hospital, payer), account, month or "", tell))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(statements_table(found))


@statement.command(name="show")
@_statement_argument
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def show_command(*, statement_id: str, hospital: str, payer: str, as_json: bool) -> None:
    """One statement with its sums, its breakdown and its proofs, drawn up again from the ledger."""
    found = run(_shown(client_of(hospital, payer), statement_id))
    if as_json:
        print_json(as_dict(found))
        return
    console().print(sums_table(found))
    console().print(shares_table(found.shares))
    for name, digest in proofs(found):
        console().print(f"{name}: {digest}", markup=False)


@statement.command(name="csv")
@_statement_argument
@_output_option
@_force_option
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def csv_command(
    *, statement_id: str, output: Path | None, force: bool, hospital: str, payer: str, as_json: bool
) -> None:
    """Write the statement as CSV: a line per claim, correction, fee and payment."""
    write = replace_whole if force else write_whole
    _fetch(client_of(hospital, payer), statement_id, wire.STATEMENT_FORM_CSV, Target(output, write), as_json=as_json)


@statement.command(name="pdf")
@_statement_argument
@_output_option
@_force_option
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def pdf_command(
    *, statement_id: str, output: Path | None, force: bool, hospital: str, payer: str, as_json: bool
) -> None:
    """Write the statement as a PDF to print."""
    write = replace_whole if force else write_whole
    _fetch(client_of(hospital, payer), statement_id, wire.STATEMENT_FORM_PDF, Target(output, write), as_json=as_json)


def client_of(hospital: str, payer: str) -> Client:
    """The client as it is, or with the token of a hospital or a payer that was enrolled from here."""
    if hospital and payer:
        raise click.UsageError("give --hospital or --payer, not both")
    return as_payer(payer) if payer else speaking_as(load_client(), hospital)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a document goes: the file asked for, if any, and how it is written."""

    file: Path | None
    write: Callable[..., Awaitable[object]]


def _fetch(
    client: Client, statement_id: str, form: "wire.StatementForm.ValueType", target: Target, *, as_json: bool
) -> None:
    with progress("writing") as tell:
        file, digest = run(_fetched(client, statement_id, form, target, tell=tell))
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size, "sha256": digest})
    else:
        console().print(f"{file}: {size:,} bytes, SHA-256 {digest}", markup=False)


async def _fetched(
    client: Client,
    statement_id: str,
    form: "wire.StatementForm.ValueType",
    target: Target,
    *,
    tell: Callable[[str], None],
) -> tuple[Path, str]:
    async with client.channel("settlement") as channel:
        found = await get_statement(channel, statement_id)
        suffix, wanted = ("csv", found.csv_sha256) if form == wire.STATEMENT_FORM_CSV else ("pdf", found.pdf_sha256)
        file = target.file or Path(f"statement-{found.account_id.replace(':', '-')}-{found.period}.{suffix}")
        request = wire.ReadStatementFileRequest(statement_id=statement_id, form=form)
        await _written(target, file, _pieces(channel, request, tell), wanted)
    return file, wanted


async def get_statement(channel: grpc.aio.Channel, statement_id: str) -> wire.Statement:
    """One statement with its breakdown. Raises AioRpcError."""
    request = wire.GetStatementRequest(statement_id=statement_id)
    return (await PeriodServiceStub(channel).GetStatement(request, timeout=DRAWING_TIMEOUT_S)).statement


async def _written(target: Target, file: Path, pieces: AsyncIterator[bytes], wanted: str) -> None:
    """The whole document or nothing. Raises CommandFailure: it cannot be written, or is not what the statement says."""
    try:
        await target.write(file, pieces, sha256=wanted)
    except Standing as fault:
        advice = "name another file with -o, or replace it with --force"
        raise CommandFailure(str(fault), advice=advice, code=ExitCode.REFUSED) from fault
    except Different as fault:
        message = "the document is not the one that the statement names"
        advice = "ask the operator to verify the ledger"
        raise CommandFailure(message, advice=advice, code=ExitCode.REFUSED) from fault
    except OSError as fault:
        raise unwritable(fault, file) from fault


async def _pieces(
    channel: grpc.aio.Channel, request: wire.ReadStatementFileRequest, tell: Callable[[str], None]
) -> AsyncIterator[bytes]:
    size = 0
    async for piece in PeriodServiceStub(channel).ReadStatementFile(request):
        size += len(piece.content)
        yield piece.content
        tell(f"{size:,} bytes")


async def list_statements(
    channel: grpc.aio.Channel, *, account: str = "", month: str = "", tell: Callable[[str], None] = lambda _: None
) -> list[wire.Statement]:
    """All statements that the caller may see. Raises AioRpcError."""
    found: list[wire.Statement] = []
    token = ""
    while True:
        request = wire.ListStatementsRequest(account_id=account, period=month, page_size=PAGE_SIZE, page_token=token)
        answer = await PeriodServiceStub(channel).ListStatements(request, timeout=TIMEOUT_S)
        found.extend(answer.statements)
        token = answer.next_page_token
        if not token:
            return found
        tell(f"{len(found):,} statements")


async def _listed(client: Client, account: str, month: str, tell: Callable[[str], None]) -> list[wire.Statement]:
    async with client.channel("settlement") as channel:
        return await list_statements(channel, account=account, month=month, tell=tell)


async def _shown(client: Client, statement_id: str) -> wire.Statement:
    async with client.channel("settlement") as channel:
        return await get_statement(channel, statement_id)


def statements_table(found: Iterable[wire.Statement]) -> Table:
    """One row per statement."""
    numbers = ("claims", "adjustments", "fees", "paid", "closing", "payable", "carried", "lines")
    shown = table("Statements", "month", "account", *numbers, "due or pays", "statement", right=numbers)
    for each in found:
        amounts = (
            each.claims_yen,
            each.adjustments_yen,
            each.fees_yen,
            each.paid_yen,
            each.closing_yen,
            each.payable_yen,
            each.carried_yen,
        )
        day = each.due_on if each.kind == wire.STATEMENT_KIND_PAYER else each.pays_on
        cells = (*map(yen, amounts), f"{each.lines:,}", day, each.statement_id)
        shown.add_row(month_text(each.period), each.account_id, *cells)
    return shown


def sums_table(found: wire.Statement) -> Table:
    """What a statement adds up."""
    shown = table(f"{found.account_id} {month_text(found.period)}", "what", "yen", right=["yen"])
    for word, amount in (
        ("opening", found.opening_yen),
        ("claims", found.claims_yen),
        ("adjustments", found.adjustments_yen),
        (f"review fees ({found.receipts:,} receipts)" if found.receipts else "review fees", found.fees_yen),
        ("paid", found.paid_yen),
        ("closing", found.closing_yen),
        ("brought over", found.brought_yen),
        ("payable", found.payable_yen),
        ("carried over", found.carried_yen),
    ):
        shown.add_row(word, yen(amount))
    for word, told in [*taken_up(found), *receipt_sums(found)]:
        shown.add_row(word, told)
    return shown


def taken_up(found: wire.Statement) -> list[tuple[str, str]]:
    """The statement that took this one up and is paid in its stead; those that this one took up (brought over)."""
    by = [(f"taken up by {found.taken_up_by}", "")] if found.taken_up_by else []
    took = [(f"took up {each.statement_id} of {month_text(each.period)}", yen(each.yen)) for each in found.taken_up]
    return [*by, *took]


def receipt_sums(found: wire.Statement) -> list[tuple[str, str]]:
    """What is no payer's of the statement's receipts, in no balance; unknown where its layout does not say it."""
    if not found.HasField("patient_yen"):
        return [("patients' part of the receipts", "unknown")]
    lines = found.patient_unknown_lines
    missing = f" (unknown on {lines:,} lines)" if lines else ""
    return [
        (f"patients' part of the receipts{missing}", yen(found.patient_yen)),
        ("cut from the receipts", yen(found.reduced_yen)),
    ]


def shares_table(shares: Sequence[wire.StatementShare]) -> Table:
    """The breakdown by counterparty."""
    shown = table("Breakdown", "counterparty", "column", "of month", "lines", "yen", right=["lines", "yen"])
    for each in shares:
        month = "earlier" if each.late else "this"
        shown.add_row(each.counterparty, COLUMNS[each.column], month, f"{each.lines:,}", yen(each.yen))
    return shown


def proofs(found: wire.Statement) -> list[tuple[str, str]]:
    """What the statement and the ledger behind it can be checked by."""
    heads = (("transfers", found.transfers_head), ("events", found.events_head), ("bank files", found.files_head))
    return [
        ("CSV SHA-256", found.csv_sha256),
        ("PDF SHA-256", found.pdf_sha256),
        *((f"chain of {name}", f"block {head.block} {head.sha256}" if head.sha256 else "-") for name, head in heads),
    ]
