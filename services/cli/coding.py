"""`seikyu code TEXT`: the standard code of a diagnosis written as free text."""

from typing import Final

import click
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.coding_service_pb2_grpc import CodingServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, run, table, today
from services.cli.failures import ExitCode

_SURE: Final = frozenset({coding_service_pb2.CODING_ROUTE_EXACT, coding_service_pb2.CODING_ROUTE_DECOMPOSED})


@click.command(name="code")
@click.argument("text")
@click.option("--month", default="", metavar="YYYYMM", help="Treatment month; this month without it.")
@json_option
def code(*, text: str, month: str, as_json: bool) -> None:
    """Find the disease code of TEXT with its modifiers; exit code 1 where none is sure."""
    asked = coding_service_pb2.CodeTextRequest(text=text, treatment_month=month or f"{today():%Y%m}")
    found = run(_coded(load_client(), asked))
    if as_json:
        print_json(as_dict(found))
    else:
        _show(found)
    resolved = found.route in _SURE
    raise click.exceptions.Exit(ExitCode.DONE if resolved else ExitCode.REFUSED)


async def _coded(client: Client, asked: coding_service_pb2.CodeTextRequest) -> coding_service_pb2.CodeTextResponse:
    async with client.channel("coding") as channel:
        return await CodingServiceStub(channel).CodeText(asked)


def _show(found: coding_service_pb2.CodeTextResponse) -> None:
    made = table("Coding", "route", "code", "modifiers", "name", "ICD-10", "reason", "normalised", "coder")
    route = coding_service_pb2.CodingRoute.Name(found.route).removeprefix("CODING_ROUTE_").lower().replace("_", "-")
    code = (found.disease_code, " ".join(found.modifier_codes), found.disease_name, found.icd10)
    made.add_row(route, *code, found.reason, found.normalised_text, found.coder_version)
    console().print(made)
