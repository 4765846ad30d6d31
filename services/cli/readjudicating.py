"""`seikyu claims readjudicate`: a past month under the masters of any day, and what differs in outcomes and yen.

The document of --json and -o holds no instant and no id of the call: the same claims and masters give the same bytes.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import readjudication_service_pb2 as wire
from seikyu.claims.v1.readjudication_service_pb2_grpc import ReadjudicationServiceStub

from services.cli.client import Client, load_client, unreadable
from services.cli.command import console, json_option, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode, failure_of
from services.cli.outcomes import ClaimMonth

MOST_ROWS: Final = 200
"""Differences shown one by one; the others are counted."""
_SKIPS: Final = {
    "on_its_way": "not decided yet",
    "withdrawn": "withdrawn (取下げ)",
    "under_review": "under review (再審査)",
    "resubmitted": "submitted again (再請求)",
    "decided_by_people": "decided by another review or as an agreed error (再審査, 過誤)",
    "no_covers": "cannot be readjudicated: no covers kept",
    "unreadable": "its receipt is read no longer",
}


@dataclass(slots=True, kw_only=True)
class Told:
    """What the service told of a month."""

    differences: list[wire.ReadjudicatedClaim] = field(default_factory=list)
    summary: wire.ReadjudicationSummary = field(default_factory=wire.ReadjudicationSummary)


@click.command(name="readjudicate")
@click.option("--month", required=True, type=ClaimMonth(), help="The treatment month (診療年月).")
@click.option(
    "--as-of",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="By the masters as they were known on this day; not after today.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would differ, and change nothing.")
@click.option("--request-id", default="", metavar="UUID", help="Go on with a call that broke off: its id.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the document of --json here as well."
)
@json_option
def readjudicate(
    *, month: str, as_of: datetime, dry_run: bool, request_id: str, output: Path | None, as_json: bool
) -> None:
    """Adjudicate a past month again: what differs in outcomes and yen.

    What differs gets a new decision that replaces the latest, and settlement follows to the yen. Claims on their way,
    withdrawn, under review, submitted again or decided by people are left alone and counted. Exit code 0 whether
    anything differs or not.
    """
    request = wire.ReadjudicateRequest(
        request_id=request_id or str(uuid.uuid4()), month=month, as_of=f"{as_of:%Y-%m-%d}", dry_run=dry_run
    )
    told = run(_told(load_client(), request))
    written = document(request, told)
    if output is not None:
        _write(output, written)
    if as_json:
        click.echo(written, nl=False)
    else:
        _show(request, told)


async def _told(client: Client, request: wire.ReadjudicateRequest) -> Told:
    """Everything that the service tells. Raises CommandFailure that says how to go on with a call that broke off."""
    with progress("adjudicating again") as tell:
        async with client.channel("claims") as channel:
            try:
                return await _listened(channel, request, tell)
            except grpc.aio.AioRpcError as error:
                failure = failure_of(error)
                if request.dry_run or failure.exit_code != ExitCode.UNAVAILABLE:
                    raise
                advice = f"what was done stays; go on with it: --request-id {request.request_id}"
                raise CommandFailure(failure.message, advice=advice, code=ExitCode.UNAVAILABLE) from error


async def _listened(channel: grpc.aio.Channel, request: wire.ReadjudicateRequest, tell: Callable[[str], None]) -> Told:
    told, seen, claims = Told(), 0, 0
    async for response in ReadjudicationServiceStub(channel).Readjudicate(request):
        part = response.WhichOneof("part")
        if part == "begun":
            claims = response.begun.claims
        elif part == "batch":
            batch = response.batch
            seen += batch.unchanged + sum(each.claims for each in batch.skipped) + len(batch.differences)
            told.differences.extend(batch.differences)
            tell(f"{seen:,} of {claims:,} claims, {len(told.differences):,} differ")
        else:
            told.summary = response.summary
    return told


def document(request: wire.ReadjudicateRequest, told: Told) -> str:
    """One JSON document of one line, its keys sorted, its numbers integers."""
    content = {
        "month": request.month,
        "as_of": request.as_of,
        "dry_run": request.dry_run,
        "differences": [
            {"claim_id": each.claim_id, "before": _terms(each.before), "after": _terms(each.after)}
            for each in told.differences
        ],
        "summary": _summary(told.summary),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n"


def _terms(terms: wire.ReadjudicatedTerms) -> Mapping[str, object]:
    return {
        "outcome": _outcome(terms.outcome),
        "billed_points": terms.billed_points,
        "reduced_points": terms.reduced_points,
        "patient_yen": terms.patient_yen,
        "payers": {each.payer_number: {"points": each.points, "yen": each.yen} for each in terms.shares},
        "reasons": [
            {
                "code": each.code,
                "official_code": each.official_code,
                "message": each.message,
                "payer_number": each.payer_number,
            }
            for each in terms.reasons
        ],
    }


def _summary(summary: wire.ReadjudicationSummary) -> Mapping[str, object]:
    return {
        "claims": summary.claims,
        "unchanged": summary.unchanged,
        "changed": summary.changed,
        "skipped": {_skip(each): each.claims for each in summary.skipped},
        "outcomes": [
            {"before": _outcome(each.before), "after": _outcome(each.after), "claims": each.claims}
            for each in summary.outcomes
        ],
        "billed_points": _amount(summary.billed_points),
        "reduced_points": _amount(summary.reduced_points),
        "patient_yen": _amount(summary.patient_yen),
        "payers_yen": {each.payer_number: _amount(each.yen) for each in summary.payers},
    }


def _amount(amount: wire.ReadjudicatedAmount) -> Mapping[str, int]:
    return {"before": amount.before, "after": amount.after}


def _outcome(state: "claim_pb2.ClaimState.ValueType") -> str:
    return claim_pb2.ClaimState.Name(state).removeprefix("CLAIM_STATE_").lower()


def _skip(skipped: wire.ReadjudicationSkipped) -> str:
    return wire.ReadjudicationSkip.Name(skipped.skip).removeprefix("READJUDICATION_SKIP_").lower()


def _write(file: Path, content: str) -> None:
    """The whole document, or what was there before."""
    passing = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    try:
        passing.write_text(content, encoding="utf-8")
        passing.replace(file)
    except OSError as fault:
        raise unreadable(fault) from fault
    finally:
        passing.unlink(missing_ok=True)


def _show(request: wire.ReadjudicateRequest, told: Told) -> None:
    out, summary = console(), told.summary
    if told.differences:
        out.print(_differences_table(told.differences))
    if len(told.differences) > MOST_ROWS:
        out.print(f"and {len(told.differences) - MOST_ROWS:,} more; --json lists all\n")
    if summary.changed:
        out.print(_sums_table(summary))
    for each in summary.skipped:
        out.print(f"{each.claims:,} left alone: {_SKIPS[_skip(each)]}", markup=False)
    verb = "would change" if request.dry_run else "changed"
    out.print(
        f"{request.month} as known on {request.as_of}: {summary.claims:,} claims, "
        f"{summary.unchanged:,} unchanged, {summary.changed:,} {verb}"
    )


def _differences_table(differences: Sequence[wire.ReadjudicatedClaim]) -> Table:
    numbers = ("points", "cut points", "payers yen", "patient yen")
    made = table("Differences", "claim", "outcome", *numbers, "reasons now", right=numbers)
    for each in differences[:MOST_ROWS]:
        before, after = each.before, each.after
        made.add_row(
            each.claim_id,
            _arrow(_outcome(before.outcome), _outcome(after.outcome)),
            _arrow(yen(before.billed_points), yen(after.billed_points)),
            _arrow(yen(before.reduced_points), yen(after.reduced_points)),
            "\n".join(_payer_lines(before, after)),
            _arrow(yen(before.patient_yen), yen(after.patient_yen)),
            "\n".join(dict.fromkeys(reason.message for reason in after.reasons)),
        )
    return made


def _payer_lines(before: wire.ReadjudicatedTerms, after: wire.ReadjudicatedTerms) -> Iterable[str]:
    old, new = ({share.payer_number: share.yen for share in terms.shares} for terms in (before, after))
    for number in sorted({*old, *new}):
        yield f"{number}: {_arrow(yen(old.get(number, 0)), yen(new.get(number, 0)))}"


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _sums_table(summary: wire.ReadjudicationSummary) -> Table:
    """The changed claims' yen in sum: each payer, the patients, what is cut."""
    heads = ("before", "after", "difference")
    made = table("Yen of the changed claims", "who", *heads, right=heads)
    cut = wire.ReadjudicatedAmount(before=10 * summary.reduced_points.before, after=10 * summary.reduced_points.after)
    rows = [*((each.payer_number, each.yen) for each in summary.payers), ("patients", summary.patient_yen)]
    for who, amount in (*rows, ("cut", cut)):
        made.add_row(who, yen(amount.before), yen(amount.after), f"{amount.after - amount.before:+,}")
    return made
