"""`seikyu synonyms propose`, `approve`, `withdraw`, `list`: spellings that people teach the coder (同義語)."""

import uuid
from collections.abc import Sequence
from typing import Final

import click
from seikyu.coding.v1 import synonym_service_pb2 as wire
from seikyu.coding.v1.synonym_service_pb2_grpc import SynonymServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, run, table
from services.shared.kernel.months import BUSINESS_ZONE

CALL_S: Final = 30.0
PAGE: Final = 200
_STATES: Final = {
    name.removeprefix("SYNONYM_STATE_").lower().replace("_", "-"): number
    for name, number in wire.SynonymState.items()
    if number
}
_NAMES: Final = {number: name for name, number in _STATES.items()}


@click.group(name="synonyms")
def synonyms() -> None:
    """Spellings that people teach the coder (同義語): proposed by one, approved by two others."""


@synonyms.command(name="propose")
@click.argument("spelling")
@click.option("--code", "disease_code", required=True, metavar="NNNNNNN", help="The disease code that it is to mean.")
@click.option("--why", required=True, help="In words that name nobody.")
@click.option("--item", "source_item", default="", metavar="ITEM", help="The item of the queue it was learned from.")
@json_option
def propose(*, spelling: str, disease_code: str, why: str, source_item: str, as_json: bool) -> None:
    """Propose that SPELLING means a disease. It counts once two others approved it and its trial passed."""
    request = wire.ProposeSynonymRequest(
        request_id=str(uuid.uuid4()),
        spelling=spelling,
        disease_code=disease_code,
        why=why,
        source_item=source_item,
    )
    _tell(run(_propose(load_client(), request)), as_json=as_json)


@synonyms.command(name="approve")
@click.argument("synonym_id", metavar="ID")
@json_option
def approve(*, synonym_id: str, as_json: bool) -> None:
    """Approve the proposal of another person. The second approval tries it on what people decided before."""
    request = wire.ApproveSynonymRequest(request_id=str(uuid.uuid4()), synonym_id=synonym_id)
    _tell(run(_approve(load_client(), request)), as_json=as_json)


@synonyms.command(name="withdraw")
@click.argument("synonym_id", metavar="ID")
@click.option("--why", required=True, help="In words that name nobody.")
@json_option
def withdraw(*, synonym_id: str, why: str, as_json: bool) -> None:
    """Let a synonym count no more. Coding processes notice within seconds; what was coded by it stays as it is."""
    request = wire.WithdrawSynonymRequest(request_id=str(uuid.uuid4()), synonym_id=synonym_id, why=why)
    _tell(run(_withdraw(load_client(), request)), as_json=as_json)


@synonyms.command(name="list")
@click.option("--state", type=click.Choice([*_STATES]), help="Only those that stand so.")
@json_option
def list_command(*, state: str | None, as_json: bool) -> None:
    """All synonyms, the oldest first, with their approvals and trials."""
    found = run(_list(load_client(), _STATES[state] if state else 0))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        _show(found)


async def _propose(client: Client, request: wire.ProposeSynonymRequest) -> wire.Synonym:
    async with client.channel("coding") as channel:
        return (await SynonymServiceStub(channel).ProposeSynonym(request, timeout=CALL_S)).synonym


async def _approve(client: Client, request: wire.ApproveSynonymRequest) -> wire.Synonym:
    async with client.channel("coding") as channel:
        return (await SynonymServiceStub(channel).ApproveSynonym(request, timeout=CALL_S)).synonym


async def _withdraw(client: Client, request: wire.WithdrawSynonymRequest) -> wire.Synonym:
    async with client.channel("coding") as channel:
        return (await SynonymServiceStub(channel).WithdrawSynonym(request, timeout=CALL_S)).synonym


async def _list(client: Client, state: int) -> list[wire.Synonym]:
    found: list[wire.Synonym] = []
    request = wire.ListSynonymsRequest(state=wire.SynonymState.ValueType(state), page_size=PAGE)
    async with client.channel("coding") as channel:
        stub = SynonymServiceStub(channel)
        while True:
            page = await stub.ListSynonyms(request, timeout=CALL_S)
            found.extend(page.synonyms)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


def _tell(synonym: wire.Synonym, *, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(synonym))
    else:
        _show([synonym])


def _show(found: Sequence[wire.Synonym]) -> None:
    shown = table("Synonyms", "id", "spelling", "code", "name", "ICD-10", "state", "proposed", "approved by", "trial")
    for each in found:
        shown.add_row(
            each.synonym_id,
            each.spelling,
            each.disease_code,
            each.disease_name,
            each.icd10,
            _NAMES[each.state],
            f"{each.proposer} {each.proposed_time.ToDatetime(BUSINESS_ZONE):%Y-%m-%d}",
            ", ".join(each.approvers),
            _trial(each),
        )
    console().print(shown)


def _trial(synonym: wire.Synonym) -> str:
    if not synonym.HasField("trial"):
        return ""
    trial = synonym.trial
    return f"{trial.support} of {trial.asked} say so, {trial.better} better, {trial.worse} worse"
