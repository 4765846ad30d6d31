"""`seikyu statement list`, `show`, `csv`, `pdf`: what payers owe and hospitals are owed for a claim month."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1.period_service_pb2_grpc import PeriodServiceStub

from services.cli.client import Client, load_client, unreadable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode
from services.cli.outcomes import ClaimMonth, speaking_as
from services.cli.payer_desk import as_payer
from services.cli.periods import TIMEOUT_S, month_text

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
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def csv_command(*, statement_id: str, output: Path | None, hospital: str, payer: str, as_json: bool) -> None:
    """Write the statement as CSV: a line per claim, correction, fee and payment."""
    _fetch(client_of(hospital, payer), statement_id, wire.STATEMENT_FORM_CSV, output=output, as_json=as_json)


@statement.command(name="pdf")
@_statement_argument
@_output_option
@_AS_HOSPITAL
@_AS_PAYER
@json_option
def pdf_command(*, statement_id: str, output: Path | None, hospital: str, payer: str, as_json: bool) -> None:
    """Write the statement as a PDF to print."""
    _fetch(client_of(hospital, payer), statement_id, wire.STATEMENT_FORM_PDF, output=output, as_json=as_json)


def client_of(hospital: str, payer: str) -> Client:
    """The client as it is, or with the token of a hospital or a payer that was enrolled from here."""
    if hospital and payer:
        raise click.UsageError("give --hospital or --payer, not both")
    return as_payer(payer) if payer else speaking_as(load_client(), hospital)


def _fetch(
    client: Client, statement_id: str, form: "wire.StatementForm.ValueType", *, output: Path | None, as_json: bool
) -> None:
    with progress("writing") as tell:
        file, digest, size = run(_fetched(client, statement_id, form, output=output, tell=tell))
    if as_json:
        print_json({"file": str(file), "bytes": size, "sha256": digest})
    else:
        console().print(f"{file}: {size:,} bytes, SHA-256 {digest}", markup=False)


async def _fetched(
    client: Client,
    statement_id: str,
    form: "wire.StatementForm.ValueType",
    *,
    output: Path | None,
    tell: Callable[[str], None],
) -> tuple[Path, str, int]:
    async with client.channel("settlement") as channel:
        found = await get_statement(channel, statement_id)
        suffix, wanted = ("csv", found.csv_sha256) if form == wire.STATEMENT_FORM_CSV else ("pdf", found.pdf_sha256)
        file = output or Path(f"statement-{found.account_id.replace(':', '-')}-{found.period}.{suffix}")
        request = wire.ReadStatementFileRequest(statement_id=statement_id, form=form)
        digest, size = await written(channel, request, file, wanted=wanted, tell=tell)
    return file, digest, size


async def get_statement(channel: grpc.aio.Channel, statement_id: str) -> wire.Statement:
    """One statement with its breakdown. Raises AioRpcError."""
    request = wire.GetStatementRequest(statement_id=statement_id)
    return (await PeriodServiceStub(channel).GetStatement(request, timeout=DRAWING_TIMEOUT_S)).statement


async def written(
    channel: grpc.aio.Channel,
    request: wire.ReadStatementFileRequest,
    file: Path,
    *,
    wanted: str,
    tell: Callable[[str], None],
) -> tuple[str, int]:
    """Write a document to a file, the whole of it or nothing: its SHA-256 and its bytes.

    Raises:
        CommandFailure: it cannot be written, or is not what the statement says.
    """
    passing = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    digest, size = hashlib.sha256(), 0
    try:
        with passing.open("xb") as out:
            async for piece in PeriodServiceStub(channel).ReadStatementFile(request):
                out.write(piece.content)
                digest.update(piece.content)
                size += len(piece.content)
                tell(f"{size:,} bytes")
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != wanted:
            message = "the document is not the one that the statement names"
            raise CommandFailure(message, advice="ask the operator to verify the ledger", code=ExitCode.REFUSED)
        passing.replace(file)
    except OSError as fault:
        raise unreadable(fault) from fault
    finally:
        passing.unlink(missing_ok=True)
    return digest.hexdigest(), size


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
    return shown


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
