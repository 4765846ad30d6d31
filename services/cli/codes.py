"""`seikyu codes explain`, `reverse`, `measure`: what became of codes that coding found (傷病名コード化の監査)."""

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

import click
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.coding.v1 import audit_service_pb2 as wire
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.audit_service_pb2_grpc import CodingAuditServiceStub

from services.cli.client import Client, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, today
from services.cli.failures import ExitCode
from services.shared.kernel.months import BUSINESS_ZONE

CALL_S: Final = 60.0
PAGE: Final = 200
DAYS: Final = 28
_ROUTES: Final = {
    number: name.removeprefix("CODING_ROUTE_").lower().replace("_", "-")
    for name, number in coding_service_pb2.CodingRoute.items()
}
_CAUSES: Final = {number: name.removeprefix("CODING_CAUSE_").lower() for name, number in wire.CodingCause.items()}
_SHIFTS: Final = {number: name.removeprefix("CODING_SHIFT_").lower() for name, number in wire.CodingShift.items()}
_GROUPINGS: Final = {
    "hospital": wire.CODING_GROUPING_HOSPITAL,
    "version": wire.CODING_GROUPING_VERSION,
}


@click.group(name="codes")
def codes() -> None:
    """Codes that coding found: why, whether they were right, and taking them back."""


@codes.command(name="explain")
@click.argument("claim_id", metavar="CLAIM")
@json_option
def explain(*, claim_id: str, as_json: bool) -> None:
    """Every decision on every uncoded text of CLAIM: by which route, how probable, among what, by whom and why."""
    answer = run(_explain(load_client(), claim_id))
    if as_json:
        for each in answer.decisions:
            print_json(as_dict(each))
        return
    shown = table(f"Codes of {claim_id}", "line", "rev.", "text", "code", "name", "route", "p", "by", "why", "time")
    for each in answer.decisions:
        shown.add_row(*_cells(each))
    console().print(shown)


@codes.command(name="reverse")
@click.argument("spelling")
@click.option("--code", "disease_code", required=True, metavar="NNNNNNN", help="The automatic code that was wrong.")
@click.option("--to", "instead", default="", metavar="NNNNNNN", help="The code that stands instead.")
@click.option(
    "--modifier", "modifiers", multiple=True, metavar="NNNN", help="A modifier of it; may be repeated. None without."
)
@click.option("--not-codable", is_flag=True, help="Instead: a diagnosis for which there is no code.")
@click.option("--no-diagnosis", is_flag=True, help="Instead: no disease of this patient of now.")
@click.option("--why", required=True, help="In words that name nobody.")
@click.option("--dry-run", is_flag=True, help="Only tell which claims would change.")
@json_option
def reverse(
    *,
    spelling: str,
    disease_code: str,
    instead: str,
    modifiers: tuple[str, ...],
    not_codable: bool,
    no_diagnosis: bool,
    why: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take back an automatic code in all claims that write SPELLING. What a person decided stays as it is.

    Each claim's codes are announced anew, and a claim is decided anew only where an edit depends on them. Exit code 1
    where some were left, because what should stand instead may not stand there.
    """
    if [bool(instead), not_codable, no_diagnosis].count(True) != 1:
        raise click.UsageError("Give one of --to, --not-codable, --no-diagnosis.")
    request = wire.ReverseCodingsRequest(
        reversal_id=str(uuid.uuid4()),
        spelling=spelling,
        disease_code=disease_code,
        why=why,
        dry_run=dry_run,
        page_size=PAGE,
    )
    if instead:
        request.coded.disease_code = instead
        request.coded.modifier_codes.extend(modifiers)
    elif not_codable:
        request.not_codable.SetInParent()
    else:
        request.no_diagnosis.SetInParent()
    with progress("taking back"):
        done, left = run(_reverse(load_client(), request))
    _tell_reversed(done, left, dry_run=dry_run, as_json=as_json)
    if left:
        raise click.exceptions.Exit(ExitCode.REFUSED)


@codes.command(name="measure")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help=f"First day; {DAYS} days before --until without it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day after the last; tomorrow without it.")
@click.option("--by", type=click.Choice([*_GROUPINGS]), help="Figures of each hospital, or of each coder's version.")
@json_option
def measure(*, since: datetime | None, until: datetime | None, by: str | None, as_json: bool) -> None:
    """How much was coded without a person, how often people agreed, and whether the coder still meets what it knows.

    The shift compares how probable codes were with the span of equal length before: stable below an index of 0.1,
    shifted from 0.25 on, unknown with fewer than 200 texts in one of the two.
    """
    end = until.date() if until is not None else today() + timedelta(days=1)
    begin = since.date() if since is not None else end - timedelta(days=DAYS)
    request = wire.MeasureCodingsRequest(grouping=_GROUPINGS[by] if by else wire.CODING_GROUPING_UNSPECIFIED)
    for stamp, day in ((request.since_time, begin), (request.until_time, end)):
        _set(stamp, datetime.combine(day, time.min, BUSINESS_ZONE))
    answer = run(_measure(load_client(), request))
    if as_json:
        for each in answer.figures:
            print_json(as_dict(each))
        return
    columns = (by or "all", "texts", "automatic", "decided", "agreed", "checked", "upheld", "index", "shift")
    shown = table(f"Codes from {begin} to before {end}", *columns, right=columns[1:-1])
    for each in answer.figures:
        shown.add_row(*_figures(each))
    console().print(shown)


async def _explain(client: Client, claim_id: str) -> wire.ExplainCodingsResponse:
    async with client.channel("coding") as channel:
        request = wire.ExplainCodingsRequest(claim_id=claim_id)
        return await CodingAuditServiceStub(channel).ExplainCodings(request, timeout=CALL_S)


async def _measure(client: Client, request: wire.MeasureCodingsRequest) -> wire.MeasureCodingsResponse:
    async with client.channel("coding") as channel:
        return await CodingAuditServiceStub(channel).MeasureCodings(request, timeout=CALL_S)


async def _reverse(
    client: Client, request: wire.ReverseCodingsRequest
) -> tuple[list[wire.ReversedCoding], list[wire.RefusedReversal]]:
    done: list[wire.ReversedCoding] = []
    left: list[wire.RefusedReversal] = []
    async with client.channel("coding") as channel:
        stub = CodingAuditServiceStub(channel)
        while True:
            request.request_id = str(uuid.uuid4())
            page = await stub.ReverseCodings(request, timeout=CALL_S)
            done.extend(page.reversed)
            left.extend(page.refused)
            if not page.next_page_token:
                return done, left
            request.page_token = page.next_page_token


def _tell_reversed(
    done: Sequence[wire.ReversedCoding], left: Sequence[wire.RefusedReversal], *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        for each in done:
            print_json({"outcome": "would-reverse" if dry_run else "reversed", **as_dict(each)})
        for refused in left:
            print_json({"outcome": "left", **as_dict(refused)})
        return
    said = "would be taken back" if dry_run else "taken back"
    console().print(f"{len(done)} lines of {len({each.claim_id for each in done})} claims {said}")
    for refused in left:
        console().print(f"left: {refused.claim_id} line {refused.line}: {', '.join(refused.rules)}")


def _cells(decision: wire.CodingDecision) -> list[str]:
    code = decision.code
    modifiers = " ".join(each.code for each in code.modifiers)
    return [
        str(decision.line),
        str(decision.revision),
        decision.text,
        f"{code.disease_code} {modifiers}".strip(),
        code.disease_name,
        f"{_CAUSES[decision.cause]}: {_ROUTES[decision.route]}" + (f" ({decision.reason})" if decision.reason else ""),
        f"{decision.probability:.2f}" if decision.HasField("probability") else "",
        decision.decided_by or decision.coder_version,
        decision.why,
        f"{decision.decided_time.ToDatetime(BUSINESS_ZONE):%Y-%m-%d %H:%M}",
    ]


def _figures(figures: wire.CodingFigures) -> list[str]:
    return [
        figures.group or "-",
        f"{figures.mentions:,}",
        _share(figures.automatic, figures.mentions),
        f"{figures.decided:,}",
        _share(figures.agreed, figures.decided),
        f"{figures.checked:,}",
        _share(figures.upheld, figures.checked),
        f"{figures.stability_index:.3f}" if figures.shift != wire.CODING_SHIFT_UNKNOWN else "",
        _SHIFTS[figures.shift],
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def _set(stamp: Timestamp, at: datetime) -> None:
    stamp.FromDatetime(at)
