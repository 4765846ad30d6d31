"""`seikyu outcomes returns|reductions`: a hospital's decided receipts of a month as the files its own system reads."""

import os
import re
import uuid
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from seikyu.claims.v1 import claim_pb2, claim_service_pb2
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub

from services.cli.client import PRIVATE_MODE, Client, load_client, unreadable
from services.cli.command import json_option, print_json, progress, run
from services.cli.failures import CommandFailure, ExitCode

AGENCIES: Final = {"ssk": claim_pb2.REVIEW_AGENCY_SSK, "kokuhoren": claim_pb2.REVIEW_AGENCY_KOKUHOREN}
Request = claim_service_pb2.DownloadOutcomesRequest
_MONTH: Final = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")


class ClaimMonth(click.ParamType):
    """YYYY-MM or YYYYMM, given on as YYYYMM."""

    name = "YYYY-MM"

    def convert(  # type: ignore[explicit-override]  # typing has no override before Python 3.12
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The month's six digits; fails for anything else."""
        found = _MONTH.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no month: write YYYY-MM", param, ctx)
        return "".join(found.groups())


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: bytes and receipts."""

    size: int
    receipts: int


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands take."""
    for option in (
        json_option,
        click.option(
            "-o",
            "--output",
            required=True,
            type=click.Path(dir_okay=False, path_type=Path),
            help="The file to write; only its owner may read it, for it names patients.",
        ),
        click.option("--hospital", default="", metavar="CODE", help="As this hospital, whose token `enrol` kept."),
        click.option("--agency", type=click.Choice(list(AGENCIES)), default="ssk", show_default=True),
        click.option("--month", required=True, type=ClaimMonth(), help="The claim month (請求年月)."),
    ):
        command = option(command)
    return command


@click.group(name="outcomes")
def outcomes() -> None:
    """Fetch the files of a month's outcomes that hospitals' own systems read."""


@outcomes.command(name="returns")
@_options
def returns(*, month: str, agency: str, hospital: str, output: Path, as_json: bool) -> None:
    """Returned receipts (返戻) with their reasons, as RECEIPTC.HEN."""
    _fetch(claim_service_pb2.OUTCOME_FILE_RETURNS, (month, agency, hospital), output, as_json=as_json)


@outcomes.command(name="reductions")
@_options
def reductions(*, month: str, agency: str, hospital: str, output: Path, as_json: bool) -> None:
    """Cut points (増減点連絡書) by receipt and line, as CSV."""
    _fetch(claim_service_pb2.OUTCOME_FILE_REDUCTIONS, (month, agency, hospital), output, as_json=as_json)


def _fetch(
    file: "claim_service_pb2.OutcomeFile.ValueType", asked: tuple[str, str, str], output: Path, *, as_json: bool
) -> None:
    month, agency, hospital = asked
    client = speaking_as(load_client(), hospital)
    written = run(_write(client, Request(file=file, review_agency=AGENCIES[agency], claim_month=month), output))
    if as_json:
        print_json({"file": str(output), "bytes": written.size, "receipts": written.receipts})
    else:
        click.echo(f"{output}: {written.receipts:,} receipts, {written.size:,} bytes")


def speaking_as(client: Client, hospital: str) -> Client:
    """The client with the hospital's kept token; as it is where no hospital is named."""
    if not hospital:
        return client
    kept = client.hospital_token_file(hospital)
    if not kept.exists():
        raise CommandFailure(
            f"there is no token of hospital {hospital} at {kept}",
            advice=f"enrol it first: seikyu hospital enrol {hospital} --name NAME",
            code=ExitCode.NOT_FOUND,
        )
    return client.speaking_with(kept)


async def _write(client: Client, request: Request, output: Path) -> Written:
    """Write the whole file, or leave what was there; raises AioRpcError, CommandFailure."""
    async with client.channel("claims") as channel:
        responses = ClaimServiceStub(channel).DownloadOutcomes(request)
        with progress("fetching") as tell:
            try:
                return await _replaced(output, responses, tell)
            except OSError as fault:
                raise unreadable(fault) from fault


async def _replaced(
    output: Path, responses: AsyncIterable[claim_service_pb2.DownloadOutcomesResponse], tell: Callable[[str], None]
) -> Written:
    passing = output.with_name(f"{output.name}.{uuid.uuid4().hex}")
    receipts = 0
    try:
        with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "wb") as stream:
            async for response in responses:
                stream.write(response.chunk)
                receipts = response.receipts
                tell(f"{receipts:,} receipts")
            size = stream.tell()
        passing.replace(output)
    finally:
        passing.unlink(missing_ok=True)
    return Written(size=size, receipts=receipts)
