"""`seikyu hospital standards import` and `show`: what hospitals have registered with their bureaus (届出)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import click
from seikyu.claims.v1 import registration_service_pb2 as wire
from seikyu.claims.v1.registration_service_pb2_grpc import RegistrationServiceStub

from services.cli.client import Client, load_client, unreadable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table
from services.cli.failures import ExitCode

CHUNK_BYTES: Final = 256 * 1024
_ITEMS: Final = {
    wire.REGISTRATION_ITEM_STANDARD: "standard",
    wire.REGISTRATION_ITEM_FACILITY: "facility",
    wire.REGISTRATION_ITEM_LICENSED_BEDS: "licensed beds",
    wire.REGISTRATION_ITEM_GENERAL_BEDS: "general beds",
}


@click.group(name="standards")
def standards() -> None:
    """Facility standards (施設基準) and what else hospitals have registered; acts are held against it."""


@standards.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_command(*, file: Path, as_json: bool) -> None:
    """Tell the whole registration of each hospital that FILE names; whole or not at all.

    A CSV in UTF-8 with the header hospital_code,item,value,valid_from,valid_to. Items: standard (a 施設基準 code),
    facility (hospital or clinic), licensed_beds, general_beds. Days are YYYY-MM-DD; an empty valid_to is no end.
    Exit code 1 where the file is refused.
    """
    with progress("registering"):
        answer = run(import_file(load_client(), file))
    if as_json:
        print_json(as_dict(answer))
    elif answer.accepted:
        console().print(f"{answer.hospitals} hospitals told of, {answer.changed_hospitals} of them changed")
    else:
        _show_errors(answer)
    if not answer.accepted:
        raise click.exceptions.Exit(ExitCode.REFUSED)


@standards.command(name="show")
@click.argument("hospital_code")
@json_option
def show_command(*, hospital_code: str, as_json: bool) -> None:
    """What is known of HOSPITAL_CODE. Exit code 5 where it was never told of."""
    answer = run(_show(load_client(), hospital_code))
    if as_json:
        print_json(as_dict(answer))
        return
    shown = table(f"hospital {hospital_code}", "item", "value", "from", "to", right=["value"])
    for each in answer.registrations:
        shown.add_row(_ITEMS.get(each.item, "?"), each.value, each.valid_from, each.valid_to)
    console().print(shown)


async def import_file(client: Client, file: Path) -> wire.ImportRegistrationsResponse:
    """Send the file. Raises AioRpcError, CommandFailure."""
    async with client.channel("claims") as channel:
        return await RegistrationServiceStub(channel).ImportRegistrations(_chunks(file))


async def _chunks(file: Path) -> AsyncIterator[wire.ImportRegistrationsRequest]:
    try:
        with file.open("rb") as opened:
            while chunk := opened.read(CHUNK_BYTES):
                yield wire.ImportRegistrationsRequest(chunk=chunk)
    except OSError as error:
        raise unreadable(error) from error


async def _show(client: Client, hospital_code: str) -> wire.GetRegistrationResponse:
    async with client.channel("claims") as channel:
        return await RegistrationServiceStub(channel).GetRegistration(
            wire.GetRegistrationRequest(hospital_code=hospital_code), timeout=30.0
        )


def _show_errors(answer: wire.ImportRegistrationsResponse) -> None:
    shown = table("refused", "line", "column", "rule", right=["line"])
    for each in answer.errors:
        shown.add_row(str(each.line), each.column, each.rule)
    console().print(shown)
    console().print(f"{answer.error_count} errors; nothing of the file took effect")
