"""`seikyu payments ...`: batches that one operator proposes and another approves, the bank's file, and what it says."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import payment_service_pb2 as wire
from seikyu.settlement.v1.payment_service_pb2_grpc import PaymentServiceStub

from services.cli.client import Client, shown, unwritable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode
from services.cli.operators import as_option, client_as
from services.shared.chassis.whole_file import Different, Standing, write_whole

LONG_S: Final = 300.0
"""For a batch of 100,000 payments."""
FORMS: Final[dict[str, Any]] = {"zengin": wire.PAYMENT_FILE_FORM_ZENGIN, "pain001": wire.PAYMENT_FILE_FORM_PAIN001}
MOST_RESULT_BYTES: Final = 6_000_000
MOST_FORMERS: Final = 100
"""That a batch names."""
MOST_LEFT_OUT: Final = 20
"""Hospitals told of at a proposal."""
BATCH, PAYMENT = "pmb_", "pay_"


@click.group(name="payments")
def payments() -> None:
    """Pay hospitals: propose, approve, file, and what the bank says of it (支払)."""


@payments.command(name="propose")
@click.argument("period")
@click.option("--pays-on", default="", metavar="YYYY-MM-DD", help="Another day than the statements name.")
@click.option("--except", "excepted", multiple=True, metavar="HOSPITAL", help="Leave this hospital out; repeatable.")
@as_option
@json_option
def propose_command(*, period: str, pays_on: str, excepted: Sequence[str], operator: str, as_json: bool) -> None:
    """Propose to pay what the hospitals' statements of PERIOD (YYYYMM, closed) leave."""
    request = wire.ProposePaymentsRequest(
        request_id=str(uuid.uuid4()), period=period, pays_on=pays_on, except_hospital_codes=excepted
    )
    with progress("proposing payments"):
        made = run(propose(client_as(operator), request))
    if as_json:
        print_json(as_dict(made.batch) | {"left_out": [as_dict(each) for each in made.left_out]})
        return
    _tell_left_out(made.left_out)
    _show_batch(made.batch, as_json=False, then=f"seikyu payments approve {made.batch.batch_id} --as NAME")


@payments.command(name="approve")
@click.argument("batch_id")
@as_option
@json_option
def approve_command(*, batch_id: str, operator: str, as_json: bool) -> None:
    """Approve BATCH_ID as it was proposed, as another operator than proposed it."""
    with progress("approving"):
        batch = run(approve(client_as(operator), batch_id))
    if not as_json:
        _warn_of_formers(batch)
    _show_batch(batch, as_json=as_json, then=f"seikyu payments file {batch.batch_id} --out FILE")


@payments.command(name="file")
@click.argument("batch_ids", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the file goes.")
@click.option("--form", type=click.Choice(list(FORMS)), default="zengin", help="全銀 総合振込 or ISO 20022.")
@click.option("--line-ends", is_flag=True, help="CR LF behind every record of 総合振込.")
@as_option
@json_option
def file_command(
    *, batch_ids: Sequence[str], out: Path, form: str, line_ends: bool, operator: str, as_json: bool
) -> None:
    """Instruct approved batches in one file for the bank, and write it to FILE, whole or not at all.

    The same batches give the same file again, byte for byte, whenever it was lost.
    """
    request = wire.ReleaseFileRequest(
        request_id=str(uuid.uuid4()), batch_ids=batch_ids, form=FORMS[form], line_ends=line_ends
    )
    with progress("making the file"):
        made, is_new = run(release_file(client_as(operator), request, out))
    _show_file(made, out, is_new=is_new, as_json=as_json)


@payments.command(name="fetch")
@click.argument("file_id")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the file goes.")
@as_option
@json_option
def fetch_command(*, file_id: str, out: Path, operator: str, as_json: bool) -> None:
    """Write a file that was released (bkf_..., as `payments list` names it) once more, whatever its form."""
    with progress("fetching the file"):
        made, is_new = run(fetch_file(client_as(operator), file_id, out))
    _show_file(made, out, is_new=is_new, as_json=as_json)


@payments.command(name="list")
@click.option("--period", default="", metavar="YYYYMM", help="Of this period only.")
@as_option
@json_option
def list_command(*, period: str, operator: str, as_json: bool) -> None:
    """Batches, the latest first."""
    found = run(_batches(client_as(operator), period))
    if as_json:
        print_json([as_dict(each) for each in found])
    else:
        console().print(batches_table(found))


@payments.command(name="show")
@click.argument("name")
@as_option
@json_option
def show_command(*, name: str, operator: str, as_json: bool) -> None:
    """The payments of NAME: a batch (pmb_...), a hospital's 10-digit code, or one payment (pay_...) with its steps."""
    found = run(payments_of(client_as(operator), name))
    if as_json:
        print_json([as_dict(each) for each in found])
        return
    console().print(payments_table(found))
    if name.startswith(PAYMENT):
        for each in found:
            console().print(_steps_table(each))


@payments.command(name="accept")
@click.argument("names", nargs=-1)
@click.option(
    "--result", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The bank's pain.002, read whole."
)
@as_option
@json_option
def accept_command(*, names: Sequence[str], result: Path | None, operator: str, as_json: bool) -> None:
    """Record that the bank took payments in: a batch, some payments, or what its acceptance RESULT says."""
    client = client_as(operator)
    if bool(names) == (result is not None):
        raise CommandFailure(
            "name payments or a result", advice="give a batch, payments, or --result", code=ExitCode.USAGE
        )
    if result is not None:
        with progress("reading the result"):
            read = run(_read_result(client, result))
        if as_json:
            print_json(as_dict(read))
            return
        console().print(f"{read.accepted:,} accepted, {read.refused:,} refused, {read.pending:,} not decided")
        if read.refused_payments:
            console().print(payments_table(list(read.refused_payments)))
        return
    with progress("accepting"):
        accepted = run(_accept(client, names))
    _told(accepted, "accepted", as_json=as_json)


@payments.command(name="abandon")
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="REASON", help="A constant in capitals, for example WRONG_DAY.")
@as_option
@json_option
def abandon_command(*, names: Sequence[str], reason: str, operator: str, as_json: bool) -> None:
    """Give up a batch or some payments that are not settled, or that came back. What is owed stays owed.

    What stands in a file is given up by another operator than proposed it or released the file.
    """
    with progress("abandoning"):
        abandoned = run(_abandon(client_as(operator), names, reason))
    _told(abandoned, "abandoned", as_json=as_json)


@payments.command(name="reinstruct")
@click.argument("payment_ids", nargs=-1, required=True)
@click.option("--pays-on", required=True, metavar="YYYY-MM-DD", help="The day of payment.")
@as_option
@json_option
def reinstruct_command(*, payment_ids: Sequence[str], pays_on: str, operator: str, as_json: bool) -> None:
    """Propose new payments in the place of PAYMENT_IDS that came back or were refused, to the payees of today."""
    request = wire.ReinstructPaymentsRequest(request_id=str(uuid.uuid4()), payment_ids=payment_ids, pays_on=pays_on)
    with progress("proposing payments"):
        batch = run(reinstruct(client_as(operator), request))
    _show_batch(batch, as_json=as_json, then=f"seikyu payments approve {batch.batch_id} --as NAME")


async def propose(client: Client, request: wire.ProposePaymentsRequest) -> wire.ProposePaymentsResponse:
    """The proposed batch and what is left out. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        return await PaymentServiceStub(channel).ProposePayments(request, timeout=LONG_S)


async def approve(client: Client, batch_id: str) -> wire.PaymentBatch:
    """The approved batch. Raises AioRpcError."""
    request = wire.ApprovePaymentsRequest(request_id=str(uuid.uuid4()), batch_id=batch_id)
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).ApprovePayments(request)).batch


async def reinstruct(client: Client, request: wire.ReinstructPaymentsRequest) -> wire.PaymentBatch:
    """The proposed batch of payments in the place of others. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).ReinstructPayments(request, timeout=LONG_S)).batch


async def release_file(client: Client, request: wire.ReleaseFileRequest, out: Path) -> tuple[wire.PaymentFile, bool]:
    """The file, and whether it was written now: it may stand there already. Raises AioRpcError, CommandFailure."""
    async with client.channel("settlement") as channel:
        made = (await PaymentServiceStub(channel).ReleaseFile(request, timeout=LONG_S)).file
        return await _written(channel, made.file_id, out)


async def fetch_file(client: Client, file_id: str, out: Path) -> tuple[wire.PaymentFile, bool]:
    """A file that was released before. See release_file."""
    async with client.channel("settlement") as channel:
        return await _written(channel, file_id, out)


async def _written(channel: grpc.aio.Channel, file_id: str, out: Path) -> tuple[wire.PaymentFile, bool]:
    request = wire.DownloadFileRequest(file_id=file_id)
    stream = aiter(PaymentServiceStub(channel).DownloadFile(request, timeout=LONG_S))
    made = (await anext(stream)).file
    try:
        return made, await write_whole(out, _parts(stream), sha256=made.sha256)
    except (Standing, Different) as fault:
        advice = "name another file with --out; the bytes are kept and are given out again"
        raise CommandFailure(str(fault), advice=advice, code=ExitCode.REFUSED) from fault
    except OSError as fault:
        raise unwritable(fault, out) from fault


async def _parts(stream: AsyncIterator[wire.DownloadFileResponse]) -> AsyncIterator[bytes]:
    async for each in stream:
        yield each.content


async def _batches(client: Client, period: str) -> list[wire.PaymentBatch]:
    found: list[wire.PaymentBatch] = []
    request = wire.ListBatchesRequest(period=period, page_size=1_000)
    async with client.channel("settlement") as channel:
        while True:
            page = await PaymentServiceStub(channel).ListBatches(request)
            found += page.batches
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


async def payments_of(client: Client, name: str) -> list[wire.Payment]:
    """All payments of a batch or a hospital, or one payment, by its name. Raises AioRpcError."""
    found: list[wire.Payment] = []
    field = {BATCH: "batch_id", PAYMENT: "payment_id"}.get(name[:4], "hospital_code")
    request = wire.ListPaymentsRequest(page_size=1_000)
    setattr(request, field, name)
    async with client.channel("settlement") as channel:
        while True:
            page = await PaymentServiceStub(channel).ListPayments(request)
            found += page.payments
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


def _selection(names: Sequence[str]) -> wire.PaymentSelection:
    batches = [each for each in names if each.startswith(BATCH)]
    if batches and len(names) > 1:
        raise CommandFailure("one batch at a time", advice="name one batch, or payments only", code=ExitCode.USAGE)
    return wire.PaymentSelection(batch_id=batches[0]) if batches else wire.PaymentSelection(payment_ids=names)


async def _accept(client: Client, names: Sequence[str]) -> int:
    request = wire.AcceptPaymentsRequest(request_id=str(uuid.uuid4()), payments=_selection(names))
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).AcceptPayments(request, timeout=LONG_S)).payments


async def _abandon(client: Client, names: Sequence[str], reason: str) -> int:
    request = wire.AbandonPaymentsRequest(request_id=str(uuid.uuid4()), payments=_selection(names), reason=reason)
    async with client.channel("settlement") as channel:
        return (await PaymentServiceStub(channel).AbandonPayments(request, timeout=LONG_S)).payments


async def _read_result(client: Client, file: Path) -> wire.ReadResultResponse:
    content = await asyncio.to_thread(file.read_bytes)
    if len(content) > MOST_RESULT_BYTES:
        raise CommandFailure("the result is too large", advice="is it the bank's pain.002?", code=ExitCode.USAGE)
    request = wire.ReadResultRequest(request_id=str(uuid.uuid4()), content=content)
    async with client.channel("settlement") as channel:
        return await PaymentServiceStub(channel).ReadResult(request, timeout=LONG_S)


def _told(count: int, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"payments": count})
    else:
        console().print(f"{count:,} payments {done}")


def _show_file(made: wire.PaymentFile, out: Path, *, is_new: bool, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(made) | {"path": str(out), "written": is_new})
        return
    console().print(f"{shown(out)}: {made.payments:,} payments, {yen(made.total_yen)} yen, {made.size_bytes:,} bytes")
    console().print(f"sha256 {made.sha256}, block {made.chain_block} of the chain of files {made.chain_sha256}")
    if not is_new:
        console().print("it stood there already, byte for byte the same")


def _show_batch(batch: wire.PaymentBatch, *, as_json: bool, then: str) -> None:
    if as_json:
        print_json(as_dict(batch))
        return
    console().print(batches_table([batch]))
    console().print(f"next: {then}")


def _tell_left_out(left_out: Sequence[wire.LeftOutStatement]) -> None:
    """What stands in no batch now, at most so many by name."""
    for each in left_out[:MOST_LEFT_OUT]:
        said = f"left out: {each.reason} hospital {each.hospital_code}, {yen(each.yen)} yen"
        console().print(f"{said}; its next statement takes {each.statement_id} up")
    if (more := len(left_out) - MOST_LEFT_OUT) > 0:
        console().print(f"left out: {more:,} more; --json names all")


def _warn_of_formers(batch: wire.PaymentBatch) -> None:
    """The bank may have made what stood in a file: what is approved would be paid a second time."""
    for former in batch.formers_in_file:
        console().print(f"warning: {former} paid one of these statements before and stood in a released file")
    if len(batch.formers_in_file) >= MOST_FORMERS:
        console().print(f"warning: there may be more: seikyu payments show {batch.batch_id}")


def state_name(state: Any) -> str:  # noqa: ANN401 - the number of an enum of the contract
    """`PAYMENT_STATE_SETTLED` as `settled`."""
    return wire.PaymentState.Name(state).removeprefix("PAYMENT_STATE_").lower()


def batches_table(batches: Sequence[wire.PaymentBatch]) -> Table:
    """One row per batch."""
    columns = ("batch", "period", "pays on", "payments", "yen", "states", "proposed", "approved", "file")
    made = table("Payment batches", *columns, right=("payments", "yen"))
    for each in batches:
        states = ", ".join(f"{one.payments:,} {state_name(one.state)}" for one in each.states)
        sums = (f"{each.payments:,}", yen(each.total_yen))
        who = (each.proposed_by, each.approved_by or "-", each.file_id or "-")
        made.add_row(each.batch_id, f"{each.period}/{each.number}", each.pays_on, *sums, states, *who)
    return made


def payments_table(found: Sequence[wire.Payment]) -> Table:
    """One row per payment."""
    made = table(
        "Payments",
        "payment",
        "hospital",
        "yen",
        "reference",
        "state",
        "in the place of",
        "filed before",
        right=("yen",),
    )
    for each in found:
        state = state_name(each.state)
        row = (each.payment_id, each.hospital_code, yen(each.yen), each.reference, state)
        made.add_row(*row, each.reinstructs, each.former_in_file)
    return made


def _steps_table(payment: wire.Payment) -> Table:
    made = table("Steps", "state", "when", "by", "reason", "cause")
    for each in payment.steps:
        made.add_row(state_name(each.state), each.time.ToJsonString(), each.done_by, each.reason, each.cause)
    return made
