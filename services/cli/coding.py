"""`seikyu code TEXT`: the standard code of a diagnosis written as free text."""

import click
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.coding_service_pb2_grpc import CodingServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, run, table, today
from services.cli.failures import ExitCode


@click.command(name="code")
@click.argument("text")
@click.option("--month", default="", metavar="YYYYMM", help="Treatment month; this month without it.")
@json_option
def code(*, text: str, month: str, as_json: bool) -> None:
    """Find the disease code of TEXT; exit code 1 where none is found."""
    asked = coding_service_pb2.CodeTextRequest(text=text, treatment_month=month or f"{today():%Y%m}")
    found = run(_coded(load_client(), asked))
    if as_json:
        print_json(as_dict(found))
    else:
        _show(found)
    resolved = found.route == coding_service_pb2.CODING_ROUTE_EXACT
    raise click.exceptions.Exit(ExitCode.DONE if resolved else ExitCode.REFUSED)


async def _coded(client: Client, asked: coding_service_pb2.CodeTextRequest) -> coding_service_pb2.CodeTextResponse:
    async with client.channel("coding") as channel:
        return await CodingServiceStub(channel).CodeText(asked)


def _show(found: coding_service_pb2.CodeTextResponse) -> None:
    made = table("Coding", "route", "code", "name", "ICD-10", "normalised", "coder")
    route = coding_service_pb2.CodingRoute.Name(found.route).removeprefix("CODING_ROUTE_").lower()
    cells = (found.disease_code, found.disease_name, found.icd10, found.normalised_text, found.coder_version)
    made.add_row(route, *cells)
    console().print(made)
