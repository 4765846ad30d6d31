"""`seikyu bank import`, `queue`, `match`, `undo`, `returns`, `recall`, `positions`: what banks say, and what it is."""

import uuid
from pathlib import Path
from typing import Final

import click
from rich.table import Table
from seikyu.settlement.v1 import bank_service_pb2 as wire
from seikyu.settlement.v1.bank_service_pb2_grpc import ReconciliationServiceStub

from services.cli.client import Client, content_of, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode

MOST_BYTES: Final = 4 * 1024 * 1024
"""Some 20,000 lines; the bank gives more in several files."""
SHORTER: Final = "let the bank give shorter spans; a span may end in the middle of a day"
IMPORT_TIMEOUT_S: Final = 60.0
TIMEOUT_S: Final = 30.0
PAGE: Final = 500
DAYS: Final = {"imperial": wire.BANK_DAYS_IMPERIAL, "western": wire.BANK_DAYS_WESTERN}
PURPOSES: Final = {
    "payer": wire.BANK_PURPOSE_PAYER,
    "payment": wire.BANK_PURPOSE_PAYMENT,
    "return": wire.BANK_PURPOSE_RETURN,
    "refund": wire.BANK_PURPOSE_REFUND,
    "own": wire.BANK_PURPOSE_OWN,
}
RECALLS: Final = {
    "requested": wire.RECALL_STATE_REQUESTED,
    "sent": wire.RECALL_STATE_SENT,
    "refused": wire.RECALL_STATE_REFUSED,
}


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--days", type=click.Choice(list(DAYS)), default="imperial", help="How FILE writes years: 和暦 or 西暦.")
@json_option
def import_command(*, file: Path, days: str, as_json: bool) -> None:
    """Take the bank's FILE: 入出金取引明細 or 振込入金通知, 200 bytes or camt.052 and camt.054 of ZEDI.

    Whole or not at all, and once: the same file again changes nothing, lines of files that overlap count once. Exit
    code 1 where it is refused; every violation is told by record, offset and rule, never with what stands there.
    """
    with progress("importing"):
        answer = run(import_file(load_client(), file, DAYS[days]))
    if as_json:
        print_json(as_dict(answer))
    elif answer.accepted:
        console().print(imported_table(answer))
    else:
        for each in answer.violations:
            console().print(f"record {each.record}, offset {each.offset}: {each.field} {each.said} ({each.rule})")
        console().print(f"[red]refused: {answer.violation_count:,} violations; nothing of the file was taken")
    raise click.exceptions.Exit(ExitCode.DONE if answer.accepted else ExitCode.REFUSED)


@click.command(name="queue")
@json_option
def queue_command(*, as_json: bool) -> None:
    """Lines that wait for a person, each with what it could be. Exit code 1: one is overdue."""
    with progress("reading the queue"):
        found = run(_queue(load_client()))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(queue_table(found))
    raise click.exceptions.Exit(ExitCode.REFUSED if any(each.is_overdue for each in found) else ExitCode.DONE)


@click.command(name="match")
@click.argument("line_id", required=False)
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="PURPOSE[:TARGET]=YEN",
    help="payer:NUMBER[/STATEMENT]=YEN, payment:ID=YEN, return:ID=YEN, refund:NUMBER=YEN or own=YEN; may be repeated.",
)
@click.option("--reason", default="", help="Why, for whoever asks later; names no person.")
@click.option("--request-id", default="", help="The same id again has no further effect.")
@json_option
def match_command(
    *, line_id: str | None, targets: tuple[str, ...], reason: str, request_id: str, as_json: bool
) -> None:
    """Say what LINE_ID of the queue is; without one, try the rules again on all that waits."""
    request = request_id or str(uuid.uuid4())
    if line_id is None:
        with progress("trying the rules"):
            tried = run(_match_queue(load_client(), wire.MatchQueueRequest(request_id=request)))
        if as_json:
            print_json(as_dict(tried))
        else:
            console().print(f"{tried.matched:,} of {tried.tried:,} waiting lines matched")
        return
    if not targets or not reason:
        raise CommandFailure(
            "a match names what the line is and why",
            advice="give --to and --reason; see seikyu bank queue",
            code=ExitCode.USAGE,
        )
    parts = [part_of(each) for each in targets]
    asked = wire.MatchLineRequest(request_id=request, line_id=line_id, parts=parts, reason=reason)
    with progress("matching"):
        answer = run(_match_line(load_client(), asked))
    if as_json:
        print_json(as_dict(answer))
    else:
        for each in answer.matches:
            console().print(f"{each.match_id}  {yen(each.yen)} yen to {each.target or 'own money'}")
        console().print(f"{yen(answer.line.open_yen)} yen of the line stay open")


@click.command(name="undo")
@click.argument("line_id")
@click.option("--reason", required=True, help="Why, for whoever asks later; names no person.")
@click.option("--request-id", default="", help="The same id again has no further effect.")
@json_option
def undo_command(*, line_id: str, reason: str, request_id: str, as_json: bool) -> None:
    """Take back what LINE_ID was matched with, by a rule or a person; it waits again, and its payers are told.

    A payment that it was matched with is taken back by another operator than who matched or imported it.
    """
    request = wire.UndoMatchesRequest(request_id=request_id or str(uuid.uuid4()), line_id=line_id, reason=reason)
    answer = run(_undo(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        for each in answer.matches:
            console().print(f"{each.match_id} taken back: {yen(each.yen)} yen wait again")


@click.command(name="returns")
@json_option
def returns_command(*, as_json: bool) -> None:
    """Payments that came back (資金返却) or are called back (組戻). Exit code 1: an answer is overdue."""
    with progress("reading returns"):
        found = run(returned_payments(load_client()))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(returns_table(found))
    raise click.exceptions.Exit(ExitCode.REFUSED if any(each.is_overdue for each in found) else ExitCode.DONE)


@click.command(name="recall")
@click.argument("payment_id")
@click.option("--state", type=click.Choice(list(RECALLS)), default="requested", help="What became of it.")
@click.option("--reason", required=True, help="Why, for whoever asks later; names no person.")
@click.option("--request-id", default="", help="The same id again has no further effect.")
@json_option
def recall_command(*, payment_id: str, state: str, reason: str, request_id: str, as_json: bool) -> None:
    """Ask for a payment back (組戻), or record what the bank said. That it came back, only its statement tells."""
    request = wire.RecallPaymentRequest(
        request_id=request_id or str(uuid.uuid4()), payment_id=payment_id, state=RECALLS[state], reason=reason
    )
    answer = run(_recall(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        console().print(f"{answer.recall_id}: {state}; the bank answers by {answer.answer_by}")


@click.command(name="positions")
@click.option("--as-of", metavar="YYYY-MM-DD", default="", help="Which dates have passed; today in Tokyo without it.")
@json_option
def positions_command(*, as_of: str, as_json: bool) -> None:
    """Where every yen is: matched, in transit until its date, or in the queue; proved against the ledger.

    Exit code 1 where an account is not proved or a date has passed.
    """
    with progress("adding up"):
        found = run(positions(load_client(), as_of))
    if as_json:
        print_json(as_dict(found))
    else:
        for made in position_tables(found):
            console().print(made)
        verdict = "[green]in order" if found.in_order else "[red]NOT IN ORDER"
        console().print(f"{verdict}; payers' money to come: {yen(found.expected_yen)} yen")
    raise click.exceptions.Exit(ExitCode.DONE if found.in_order else ExitCode.REFUSED)


async def import_file(client: Client, file: Path, days: "wire.BankDays.ValueType") -> wire.ImportBankFileResponse:
    """Send the file. Raises AioRpcError, CommandFailure."""
    request = wire.ImportBankFileRequest(content=content_of(file, most_bytes=MOST_BYTES, advice=SHORTER), days=days)
    async with client.channel("settlement") as channel:
        return await ReconciliationServiceStub(channel).ImportBankFile(request, timeout=IMPORT_TIMEOUT_S)


async def positions(client: Client, as_of: str = "") -> wire.GetPositionsResponse:
    """Where every yen is. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        request = wire.GetPositionsRequest(as_of=as_of)
        return await ReconciliationServiceStub(channel).GetPositions(request, timeout=TIMEOUT_S)


def part_of(text: str) -> wire.BankPart:
    """`payer:06132013/STATEMENT=700` as a part. Raises CommandFailure."""
    left, _, amount = text.rpartition("=")
    purpose, _, target = left.partition(":")
    target, _, statement = target.partition("/")
    if purpose not in PURPOSES or not (amount.isascii() and amount.isdigit()):
        raise CommandFailure(
            f"{text} does not say what of the line is what",
            advice="write PURPOSE:TARGET=YEN, for example payer:06132013=70000",
            code=ExitCode.USAGE,
        )
    return wire.BankPart(purpose=PURPOSES[purpose], target=target, statement_id=statement, yen=int(amount))


def imported_table(answer: wire.ImportBankFileResponse) -> Table:
    """What the file brought, per account."""
    title = f"{answer.source} {answer.file_id}" + (": imported before" if answer.repeated else "")
    amounts = ("opening", "in", "out", "closing", "lines", "new", "matched", "queued", "days not told")
    made = table(title, "account", "days", *amounts, right=amounts)
    for each in answer.statements:
        counts = (each.lines, each.new_lines, each.matched_lines, each.queued_lines, each.days_not_told)
        balances = (each.opening_yen, each.in_yen, each.out_yen, each.closing_yen)
        made.add_row(each.account, f"{each.since} to {each.until}", *map(yen, (*balances, *counts)))
    return made


def queue_table(found: list[wire.QueuedLine]) -> Table:
    """One row per waiting line, its candidates below."""
    made = table(
        f"{len(found):,} lines wait", "line", "day", "yen open", "why", "from", "answer by", right=("yen open",)
    )
    for each in found:
        line = each.line
        amount = yen(line.open_yen if line.is_credit else -line.open_yen)
        by = f"[red]{each.answer_by}" if each.is_overdue else each.answer_by
        made.add_row(line.line_id, line.booked, amount, line.verdict, line.remitter or line.narrative, by)
        for other in each.candidates:
            purpose = wire.BankPurpose.Name(other.purpose).removeprefix("BANK_PURPOSE_").lower()
            target = "/".join(filter(None, (other.target, other.statement_id)))
            made.add_row(f"  {purpose}:{target}={other.yen}", "", yen(other.yen), other.because, "", "", style="dim")
    return made


def returns_table(found: list[wire.ReturnedPayment]) -> Table:
    """One row per payment."""
    made = table(
        "Payments that came back or are called back",
        "payment",
        "hospital",
        "yen",
        "state",
        "on",
        "instead",
        right=("yen",),
    )
    for each in found:
        on = f"[red]{each.on}" if each.is_overdue else each.on
        made.add_row(each.payment_id, each.hospital_code, yen(each.yen), each.state, on, each.reinstructed_by)
    return made


def position_tables(found: wire.GetPositionsResponse) -> list[Table]:
    """The accounts, and where something is overdue, what."""
    amounts = ("opening", "matched in", "matched out", "own", "queue in", "queue out", "closing", "in transit")
    made = table(f"Positions as of {found.as_of}", "account", "until", *amounts, "proof", right=amounts)
    for each in found.accounts:
        figures = (
            *(each.opening_yen, each.matched_in_yen, each.matched_out_yen, each.own_yen, each.queued_in_yen),
            *(each.queued_out_yen, each.closing_yen, each.in_transit_yen),
        )
        proof = "[green]proved" if each.is_proved else f"[red]{'; '.join(each.differences)}"
        made.add_row(each.account, each.until, *map(yen, figures), proof)
    if not found.overdue_count:
        return [made]
    late = table(f"WARNING: {found.overdue_count:,} dates have passed", "due on", "what", "id", "yen", right=("yen",))
    for due in found.overdue:
        late.add_row(due.due_on, due.kind, due.id, yen(due.yen), style="red")
    return [made, late]


async def _queue(client: Client) -> list[wire.QueuedLine]:
    async with client.channel("settlement") as channel:
        stub, found, token = ReconciliationServiceStub(channel), list[wire.QueuedLine](), ""
        while True:
            request = wire.ListQueueRequest(page_size=PAGE, page_token=token)
            answer = await stub.ListQueue(request, timeout=TIMEOUT_S)
            found += answer.lines
            token = answer.next_page_token
            if not token:
                return found


async def returned_payments(client: Client) -> list[wire.ReturnedPayment]:
    """Payments that came back or are called back. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        stub, found, token = ReconciliationServiceStub(channel), list[wire.ReturnedPayment](), ""
        while True:
            request = wire.ListReturnsRequest(page_size=PAGE, page_token=token)
            answer = await stub.ListReturns(request, timeout=TIMEOUT_S)
            found += answer.payments
            token = answer.next_page_token
            if not token:
                return found


async def _match_queue(client: Client, request: wire.MatchQueueRequest) -> wire.MatchQueueResponse:
    async with client.channel("settlement") as channel:
        return await ReconciliationServiceStub(channel).MatchQueue(request, timeout=IMPORT_TIMEOUT_S)


async def _match_line(client: Client, request: wire.MatchLineRequest) -> wire.MatchLineResponse:
    async with client.channel("settlement") as channel:
        return await ReconciliationServiceStub(channel).MatchLine(request, timeout=TIMEOUT_S)


async def _undo(client: Client, request: wire.UndoMatchesRequest) -> wire.UndoMatchesResponse:
    async with client.channel("settlement") as channel:
        return await ReconciliationServiceStub(channel).UndoMatches(request, timeout=TIMEOUT_S)


async def _recall(client: Client, request: wire.RecallPaymentRequest) -> wire.RecallPaymentResponse:
    async with client.channel("settlement") as channel:
        return await ReconciliationServiceStub(channel).RecallPayment(request, timeout=TIMEOUT_S)
