"""`seikyu coverage import` and `seikyu eligibility check`: who is covered by whom.

A coverage file is CSV in UTF-8 with a header line. Columns: payer_number, symbol, number, branch, birth_date
(YYYY-MM-DD), sex (1 男, 2 女), valid_from, valid_to (empty while it lasts), copay_class, limit_category,
next_payer_number. The classes are the names of the proto's enums in lower case; empty is unspecified.
"""

import csv
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import click
import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.eligibility.v1 import coverage_pb2, eligibility_service_pb2
from seikyu.eligibility.v1.eligibility_service_pb2_grpc import EligibilityServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, today
from services.cli.failures import CommandFailure, ExitCode

BATCH_ROWS: Final = 1_000
_PAYER_NUMBER: Final = re.compile(r"[0-9]{6}|[0-9]{8}", re.ASCII)
COLUMNS: Final = (
    "payer_number",
    "symbol",
    "number",
    "branch",
    "birth_date",
    "sex",
    "valid_from",
    "valid_to",
    "copay_class",
    "limit_category",
    "next_payer_number",
)


_COLUMNS_ARE: Final = f"the columns are {', '.join(COLUMNS)}"


def read_rows(file: Path) -> Iterator[eligibility_service_pb2.CoverageRow]:
    """The rows of a coverage file; CommandFailure that names the line which is wrong."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise _bad(file, 1, f"the header lacks {', '.join(missing)}")
        for found in reader:
            try:
                yield _row(found)
            except ValueError as wrong:
                raise _bad(file, reader.line_num, str(wrong)) from wrong


def check_file(file: Path) -> None:
    """Read the whole file before anything is sent. Raises CommandFailure."""
    try:
        for _ in read_rows(file):
            pass
    except UnicodeDecodeError as wrong:
        raise CommandFailure(f"{file} is not UTF-8", advice="save it as CSV in UTF-8", code=ExitCode.USAGE) from wrong
    except csv.Error as wrong:
        raise CommandFailure(f"{file} is no CSV: {wrong}", advice=_COLUMNS_ARE, code=ExitCode.USAGE) from wrong


def _bad(file: Path, line: int, what: str) -> CommandFailure:
    return CommandFailure(f"{file}, line {line}: {what}; nothing was sent", advice=_COLUMNS_ARE, code=ExitCode.USAGE)


def _row(found: Mapping[str, str | None]) -> eligibility_service_pb2.CoverageRow:
    values = {name: (found[name] or "").strip() for name in COLUMNS}
    if values["sex"] not in {"1", "2"}:
        raise ValueError("sex is 1 or 2")
    if _PAYER_NUMBER.fullmatch(values["payer_number"]) is None:
        raise ValueError("payer_number has 6 or 8 digits")
    for name in ("birth_date", "valid_from", "valid_to"):
        _check_day(name, values[name])
    member = eligibility_service_pb2.Member(
        payer_number=values["payer_number"],
        symbol=values["symbol"],
        number=values["number"],
        branch=values["branch"],
        birth_date=values["birth_date"],
        sex=int(values["sex"]),
    )
    return eligibility_service_pb2.CoverageRow(
        member=member,
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        copay_class=_copay_class(values["copay_class"]),
        limit_category=_limit_category(values["limit_category"]),
        next_payer_number=values["next_payer_number"],
    )


def _check_day(name: str, day: str) -> None:
    if not day and name == "valid_to":
        return
    try:
        date.fromisoformat(day)
    except ValueError as wrong:
        raise ValueError(f"{name} is no day of the calendar (YYYY-MM-DD)") from wrong


def _copay_class(name: str) -> "coverage_pb2.CopayClass.ValueType":
    try:
        return coverage_pb2.CopayClass.Value(f"COPAY_CLASS_{(name or 'unspecified').upper()}")
    except ValueError as unknown:
        raise ValueError("unknown copay_class") from unknown


def _limit_category(name: str) -> "coverage_pb2.LimitCategory.ValueType":
    try:
        return coverage_pb2.LimitCategory.Value(f"LIMIT_CATEGORY_{(name or 'unspecified').upper()}")
    except ValueError as unknown:
        raise ValueError("unknown limit_category") from unknown


async def import_coverage(
    channel: grpc.aio.Channel, file: Path, tell: Callable[[str], None]
) -> eligibility_service_pb2.ImportCoverageResponse:
    """Stream the file in batches. Raises AioRpcError, CommandFailure."""

    async def requests() -> AsyncIterator[eligibility_service_pb2.ImportCoverageRequest]:
        rows, sent = read_rows(file), 0
        while batch := list(islice(rows, BATCH_ROWS)):
            yield eligibility_service_pb2.ImportCoverageRequest(request_id=str(uuid.uuid4()), rows=batch)
            sent += len(batch)
            tell(f"{sent:,} rows sent")

    return await EligibilityServiceStub(channel).ImportCoverage(requests())


@click.group(name="coverage")
def coverage() -> None:
    """Import who is covered."""


@coverage.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(*, file: Path, as_json: bool) -> None:
    """Import coverage periods from a CSV file; the same file again changes nothing."""
    found = run(_imported(load_client(), file))
    if as_json:
        print_json(as_dict(found))
    else:
        console().print(f"{found.rows:,} rows: {found.recorded:,} recorded, {found.unchanged:,} known already")


async def _imported(client: Client, file: Path) -> eligibility_service_pb2.ImportCoverageResponse:
    with progress("importing coverage") as tell:
        check_file(file)
        async with client.channel("eligibility") as channel:
            return await import_coverage(channel, file, tell)


@click.group(name="eligibility")
def eligibility() -> None:
    """Ask who is covered."""


@eligibility.command(name="check")
@click.argument("payer_number")
@click.argument("number")
@click.option("--symbol", default="", help="記号; none for public programmes.")
@click.option("--branch", default="", help="枝番, two digits.")
@click.option("--birth", required=True, metavar="YYYY-MM-DD")
@click.option("--sex", required=True, type=click.Choice(["1", "2"]), help="1 男, 2 女.")
@click.option("--on", "treatment_date", default="", metavar="YYYY-MM-DD", help="Treatment date; today without it.")
@click.option("--as-known", default="", metavar="now|TIME", help="As known then; without it as the service decides.")
@json_option
def check(
    *,
    payer_number: str,
    number: str,
    symbol: str,
    branch: str,
    birth: str,
    sex: str,
    treatment_date: str,
    as_known: str,
    as_json: bool,
) -> None:
    """Check whether PAYER_NUMBER covers member NUMBER; exit code 1 where it does not."""
    request = eligibility_service_pb2.CheckEligibilityRequest(
        member=eligibility_service_pb2.Member(
            payer_number=payer_number, symbol=symbol, number=number, branch=branch, birth_date=birth, sex=int(sex)
        ),
        treatment_date=treatment_date or today().isoformat(),
        as_known_time=_moment(as_known) if as_known else None,
    )
    cover = run(_checked(load_client(), request))
    if as_json:
        print_json(as_dict(cover))
    else:
        _show(cover)
        if not (cover.covered or as_known) and request.treatment_date < today().isoformat():
            click.echo(f"as known on {request.treatment_date}; with today's knowledge: --as-known now", err=True)
    raise click.exceptions.Exit(ExitCode.DONE if cover.covered else ExitCode.REFUSED)


def _moment(text: str) -> Timestamp:
    try:
        moment = datetime.now(UTC) if text == "now" else datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.UsageError("--as-known takes `now` or a time such as 2026-04-01T00:00:00+09:00") from wrong
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp


async def _checked(client: Client, request: eligibility_service_pb2.CheckEligibilityRequest) -> coverage_pb2.Cover:
    async with client.channel("eligibility") as channel:
        return (await EligibilityServiceStub(channel).CheckEligibility(request)).cover


def _show(cover: coverage_pb2.Cover) -> None:
    made = table("Cover", "payer", "covered", "reason", "copay", "limit category")
    reason = coverage_pb2.CoverReason.Name(cover.reason).removeprefix("COVER_REASON_").lower()
    limit = coverage_pb2.LimitCategory.Name(cover.limit_category).removeprefix("LIMIT_CATEGORY_").lower()
    limit = limit if cover.limit_category else ""
    answer, copay = ("[green]yes", f"{cover.copay_tenths} tenths") if cover.covered else ("[red]no", "")
    made.add_row(cover.payer_number, answer, reason, copay, limit)
    console().print(made)
