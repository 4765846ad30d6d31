"""`seikyu programmes import`, `list`, `show`: what local programmes (地方単独事業) leave to patients."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.claims.v1 import programme_service_pb2 as wire
from seikyu.claims.v1.programme_service_pb2_grpc import ProgrammeServiceStub

from services.cli.client import Client, content_of, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table
from services.cli.failures import CommandFailure, ExitCode
from services.shared.kernel.months import BUSINESS_ZONE, Month

MOST_BYTES: Final = 4 * 1024 * 1024
DIVIDE: Final = "divide it into files that name different numbers"
"""Some 40,000 rows; more is imported in several files, which name different numbers."""
_ORDERS: Final = {value: name.removeprefix("LIMIT_ORDER_").lower() for name, value in wire.LimitOrder.items()}
_ROUNDINGS: Final = {value: name.removeprefix("LEFT_ROUNDING_").lower() for name, value in wire.LeftRounding.items()}
_COLUMNS: Final = (
    *("number", "name", "percent", "inpatient", "outpatient", "order", "rounding"),
    *("from", "to", "known since", "source"),
)

as_of_option = click.option("--as-of", metavar="YYYY-MM-DD", default="", help="As known when this day ended.")


@click.group(name="programmes")
def programmes() -> None:
    """Local programmes (地方単独事業): tables that decisions split receipts' money with."""


@programmes.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_command(*, file: Path, as_json: bool) -> None:
    """Tell all rows of each number that FILE names; whole or not at all, the same file again without an effect.

    A CSV with the columns of `seikyu share --programmes` (docs/share.md). What was told of a number before stays known
    for what was decided before. Exit code 1 where the file is refused: every bad row is named by line, column and rule.
    """
    with progress("telling"):
        answer = run(import_file(load_client(), file))
    if as_json:
        print_json(as_dict(answer))
    elif answer.accepted:
        changed = ", ".join(answer.changed_numbers) or "none"
        console().print(f"{answer.rows} rows of {answer.numbers} numbers; changed: {changed}")
    else:
        _show_errors(answer)
    if not answer.accepted:
        raise click.exceptions.Exit(ExitCode.REFUSED)


@programmes.command(name="list")
@click.option("--on", metavar="YYYY-MM", default="", help="Only rows that hold in this treatment month.")
@as_of_option
@json_option
def list_command(*, on: str, as_of: str, as_json: bool) -> None:
    """All local programmes that were told of."""
    request = wire.ListProgrammesRequest(on=_month_of(on) if on else "", as_of=_day_of(as_of))
    found = run(_list(load_client(), request))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        _show_rows("Local programmes", found)


@programmes.command(name="show")
@click.argument("number")
@click.option("--on", metavar="YYYY-MM", default="", help="The treatment month; this one without it.")
@as_of_option
@json_option
def show_command(*, number: str, on: str, as_of: str, as_json: bool) -> None:
    """The rows that NUMBER (法別番号 or 負担者番号) could fall under, and the one that a decision would take.

    National programmes are shown too. Exit code 5 where no row holds: then the programme leaves what its record
    declares, or nothing.
    """
    month = _month_of(on) if on else str(Month.of(datetime.now(BUSINESS_ZONE).date()))
    request = wire.ShowProgrammeRequest(number=number, on=month, as_of=_day_of(as_of))
    answer = run(_show(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_rows(f"Programme {number} in {_month_text(month)}", answer.programmes, in_force=answer.in_force)
    if answer.in_force < 0:
        raise click.exceptions.Exit(ExitCode.NOT_FOUND)


async def import_file(client: Client, file: Path) -> wire.ImportProgrammesResponse:
    """Send the file. Raises AioRpcError, CommandFailure."""
    request = wire.ImportProgrammesRequest(
        request_id=str(uuid.uuid4()), content=content_of(file, most_bytes=MOST_BYTES, advice=DIVIDE)
    )
    async with client.channel("claims") as channel:
        return await ProgrammeServiceStub(channel).ImportProgrammes(request, timeout=60.0)


async def _list(client: Client, request: wire.ListProgrammesRequest) -> list[wire.Programme]:
    async with client.channel("claims") as channel:
        answers = ProgrammeServiceStub(channel).ListProgrammes(request)
        return [each async for answer in answers for each in answer.programmes]


async def _show(client: Client, request: wire.ShowProgrammeRequest) -> wire.ShowProgrammeResponse:
    async with client.channel("claims") as channel:
        return await ProgrammeServiceStub(channel).ShowProgramme(request, timeout=30.0)


def _month_of(text: str) -> str:
    year, dash, month = text.partition("-")
    try:
        if not dash:
            raise ValueError
        return str(Month.parse(year + month))
    except ValueError as wrong:
        raise CommandFailure(f"--on is no month: {text}", advice="write it YYYY-MM", code=ExitCode.USAGE) from wrong


def _day_of(text: str) -> str:
    try:
        return str(date.fromisoformat(text)) if text else ""
    except ValueError as wrong:
        message = f"--as-of is no day: {text}"
        raise CommandFailure(message, advice="write it YYYY-MM-DD", code=ExitCode.USAGE) from wrong


def _show_errors(answer: wire.ImportProgrammesResponse) -> None:
    errors = table("refused", "line", "column", "rule", right=["line"])
    for each in answer.errors:
        errors.add_row(str(each.line), each.column, each.rule)
    console().print(errors)
    console().print(f"{answer.error_count} errors; nothing of the file took effect")


def _show_rows(title: str, rows: Sequence[wire.Programme], *, in_force: int | None = None) -> None:
    shown = table(title, *_COLUMNS, "", right=["percent", "inpatient", "outpatient"])
    for place, row in enumerate(rows):
        shown.add_row(*_cells(row), "in force" if place == in_force else "")
    console().print(shown)
    if in_force is not None and in_force < 0:
        console().print("No row holds: the programme leaves what its record declares, or nothing.")


def _cells(row: wire.Programme) -> list[str]:
    return [
        row.number,
        row.name,
        f"{row.percent} %" if row.HasField("percent") else "",
        f"{row.inpatient_limit_yen:,}" if row.HasField("inpatient_limit_yen") else "",
        f"{row.outpatient_limit_yen:,}" if row.HasField("outpatient_limit_yen") else "",
        _ORDERS[row.limit_order],
        _ROUNDINGS[row.rounding],
        _month_text(row.since),
        _month_text(row.until),
        _day_text(row.known_time) if row.HasField("known_time") else "national",
        f"{row.source} {row.source_mark}",
    ]


def _month_text(month: str) -> str:
    return f"{month[:4]}-{month[4:]}" if month else ""


def _day_text(instant: Timestamp) -> str:
    return f"{instant.ToDatetime(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
