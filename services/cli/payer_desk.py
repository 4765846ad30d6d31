"""`seikyu payer show|receipt|reads|review|statement`: what a payer asks, with the credentials kept at its enrolment."""

import uuid
from pathlib import Path
from typing import Final

import click
from rich.text import Text
from seikyu.claims.v1 import correction_service_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceStub
from seikyu.settlement.v1.period_service_pb2 import Statement

from services.cli.claims import state_text
from services.cli.client import Client, keep_private, load_client, read_payer, shown
from services.cli.command import as_dict, console, json_option, print_json, run, table, yen
from services.cli.outcomes import ClaimMonth

READ_REASONS: Final = {
    name.removeprefix("RECEIPT_READ_REASON_").lower().replace("_", "-"): number
    for name, number in payers.ReceiptReadReason.items()
    if number
}
REVIEW_REASONS: Final = {
    name.removeprefix("REVIEW_REASON_").lower().replace("_", "-"): number
    for name, number in correction_service_pb2.ReviewReason.items()
    if number
}
WORD_OF_REASON: Final = {number: word for word, number in READ_REASONS.items()}
AMOUNTS: Final = ("opening", "claims", "adjustments", "fees", "paid", "closing")
TITLES: Final = ("when", "payer", "claim", "why", "reader", "given", "read")


def as_payer(payer_number: str) -> Client:
    """The client with the payer's own token. CommandFailure where it was not enrolled from here."""
    client = load_client()
    file = client.payer_file(payer_number).with_suffix(".jwt")
    keep_private(file, str(read_payer(client, payer_number)["token"]))
    return client.speaking_with(file)


@click.command(name="show")
@click.argument("payer_number")
@json_option
def show(*, payer_number: str, as_json: bool) -> None:
    """The state of PAYER_NUMBER's stream: whether it is enrolled, how many events, how many of them are out."""
    found = run(_get_payer(load_client(), payer_number))
    if as_json:
        print_json(as_dict(found))
        return
    state = "enrolled" if found.enrolled else "not enrolled"
    events = f"{found.last_sequence:,} events, {found.published_sequence:,} on {found.topic}"
    console().print(f"payer {payer_number} is {state}: {events}")


async def _get_payer(client: Client, payer_number: str) -> payers.GetPayerResponse:
    async with client.channel("settlement") as channel:
        return await PayerServiceStub(channel).GetPayer(payers.GetPayerRequest(payer_number=payer_number))


@click.command(name="receipt")
@click.argument("payer_number")
@click.argument("claim_id")
@click.option("--reason", required=True, type=click.Choice(list(READ_REASONS)), help="Why; it is kept.")
@click.option("--reader", default="", metavar="ID", help="Your own opaque id of the person who reads; it is kept.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; only its owner may read it, for it names the patient.",
)
@json_option
def receipt(*, payer_number: str, claim_id: str, reason: str, reader: str, output: Path, as_json: bool) -> None:
    """The receipt (レセプト) behind a payable, as PAYER_NUMBER. Who read it, when and why is kept for good."""
    request = payers.GetReceiptRequest(claim_id=claim_id, reason=READ_REASONS[reason], reader=reader)
    found = run(_get_receipt(as_payer(payer_number), request))
    keep_private(output, found.receipt)
    told = {"read_id": found.read_id, "claim_id": found.claim_id, "file": str(output), "bytes": len(found.receipt)}
    if as_json:
        print_json(told)
    else:
        console().print(f"the receipt of {found.claim_id} is in {shown(output)}; read {found.read_id}")


async def _get_receipt(client: Client, request: payers.GetReceiptRequest) -> payers.GetReceiptResponse:
    async with client.channel("settlement") as channel:
        return await PayerServiceStub(channel).GetReceipt(request)


@click.command(name="reads")
@click.argument("payer_number")
@json_option
def reads(*, payer_number: str, as_json: bool) -> None:
    """Who read which receipts of PAYER_NUMBER's payables, when and why; the latest first."""
    found = run(_reads(load_client(), payer_number))
    if as_json:
        for each in found:
            print_json(as_dict(each))
        return
    made = table(f"Receipts read by payer {payer_number}", *TITLES)
    for each in found:
        given = "yes" if each.given else "no"
        word = WORD_OF_REASON.get(each.reason, str(each.reason))
        row = (each.read_time.ToJsonString(), each.payer_number, each.claim_id, word, each.reader, given, each.read_id)
        made.add_row(*row)
    console().print(made)


async def _reads(client: Client, payer_number: str) -> list[payers.ReceiptRead]:
    """All pages."""
    found: list[payers.ReceiptRead] = []
    request = payers.ListReceiptReadsRequest(payer_number=payer_number)
    async with client.channel("settlement") as channel:
        while True:
            page = await PayerServiceStub(channel).ListReceiptReads(request)
            found += page.reads
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


@click.command(name="review")
@click.argument("payer_number")
@click.argument("claim_id")
@click.option("--reason", required=True, type=click.Choice(list(REVIEW_REASONS)))
@json_option
def review(*, payer_number: str, claim_id: str, reason: str, as_json: bool) -> None:
    """再審査: ask for another review of CLAIM_ID, as PAYER_NUMBER. No money moves."""
    request = payers.RequestReviewRequest(
        request_id=str(uuid.uuid4()), claim_id=claim_id, reason=REVIEW_REASONS[reason]
    )
    done = run(_request_review(as_payer(payer_number), request))
    if as_json:
        print_json(as_dict(done))
    else:
        console().print(Text.assemble(done.claim_id, " is ", state_text(done.state)))


async def _request_review(client: Client, request: payers.RequestReviewRequest) -> payers.RequestReviewResponse:
    async with client.channel("settlement") as channel:
        return await PayerServiceStub(channel).RequestReview(request)


@click.command(name="statement")
@click.argument("payer_number")
@click.option("--period", required=True, type=ClaimMonth(), help="The claim month (請求年月).")
@json_option
def statement(*, payer_number: str, period: str, as_json: bool) -> None:
    """PAYER_NUMBER's statement (請求書) of a month: what it owes, and until when it is to be paid."""
    found = run(_get_statement(load_client(), payer_number, period))
    if as_json:
        print_json(as_dict(found))
        return
    made = table(f"Statement {found.statement_id} of {period} for payer {payer_number}", "", "yen", right=("yen",))
    for name in AMOUNTS:
        made.add_row(name, yen(getattr(found, f"{name}_yen")))
    console().print(made)
    console().print(f"to be paid: {yen(found.payable_yen)} yen until {found.due_on}")


async def _get_statement(client: Client, payer_number: str, period: str) -> Statement:
    request = payers.PayerServiceGetStatementRequest(payer_number=payer_number, period=period)
    async with client.channel("settlement") as channel:
        return (await PayerServiceStub(channel).GetStatement(request)).statement
