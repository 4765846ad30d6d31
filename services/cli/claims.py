"""`seikyu claim ID` and `seikyu claims list`: claims as their hospital or an operator sees them."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import click
import grpc.aio
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from seikyu.claims.v1 import claim_pb2, claim_service_pb2
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub

from services.cli.client import Client, load_client
from services.cli.coded import coded
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.explaining import explanation_views, note_in_words, reasons_table
from services.cli.history import history_views
from services.cli.readjudicating import readjudicate
from services.cli.words import LANGUAGES, Say, english

PAGE: Final = 200
FINAL_STATES: Final = frozenset(
    {
        claim_pb2.CLAIM_STATE_APPROVED,
        claim_pb2.CLAIM_STATE_REDUCED,
        claim_pb2.CLAIM_STATE_RETURNED,
        claim_pb2.CLAIM_STATE_PENDED,
        claim_pb2.CLAIM_STATE_WITHDRAWN,
        claim_pb2.CLAIM_STATE_UNDER_REVIEW,
    }
)
STATES: Final = {
    name.removeprefix("CLAIM_STATE_").lower(): number
    for name, number in claim_pb2.ClaimState.items()
    if number not in {claim_pb2.CLAIM_STATE_UNSPECIFIED, claim_pb2.CLAIM_STATE_REJECTED}
}
_STYLES: Final = {
    "approved": "green",
    "reduced": "yellow",
    "returned": "red",
    "rejected": "red",
    "pended": "magenta",
    "withdrawn": "red",
    "under_review": "magenta",
}


def state_name(state: "claim_pb2.ClaimState.ValueType") -> str:
    """`approved`."""
    return claim_pb2.ClaimState.Name(state).removeprefix("CLAIM_STATE_").lower()


def state_text(state: "claim_pb2.ClaimState.ValueType", say: Say = english) -> Text:
    """The state in its colour."""
    return Text(say(state_name(state)), style=_STYLES.get(state_name(state), ""))


async def get_claim(channel: grpc.aio.Channel, claim_id: str) -> claim_pb2.Claim:
    """The claim. AioRpcError NOT_FOUND for an unknown one and for somebody else's."""
    request = claim_service_pb2.GetClaimRequest(claim_id=claim_id)
    return (await ClaimServiceStub(channel).GetClaim(request)).claim


async def every_claim(
    channel: grpc.aio.Channel, asked: claim_service_pb2.ListClaimsRequest
) -> AsyncIterator[claim_pb2.Claim]:
    """All claims that the request describes, page by page."""
    stub = ClaimServiceStub(channel)
    request = claim_service_pb2.ListClaimsRequest()
    request.CopyFrom(asked)
    request.page_size = request.page_size or PAGE
    while True:
        answer = await stub.ListClaims(request)
        for claim in answer.claims:
            yield claim
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def reason_of(claim: claim_pb2.Claim) -> str:
    """Why the decision is no plain approval, with the official code where there is one; then its notes, in short."""
    reasons = [
        f"{reason.code} ({reason.official_code})" if reason.official_code else reason.code
        for reason in claim.decision.reasons
    ]
    notes = dict.fromkeys(note.partition(".")[0] for note in claim.decision.notes)
    return ", ".join([*reasons, *notes])


def claims_table(claims: Sequence[claim_pb2.Claim], title: str, say: Say = english) -> Table:
    """One row per claim: state, points, yen of payers and patient, reason."""
    numbers = tuple(map(say, ("no.", "points", "payers yen", "patient yen", "cut yen")))
    heads = tuple(map(say, ("no.", "claim", "kind", "state")))
    made = table(title, *heads, *numbers[1:], say("reason"), right=numbers)
    for claim in claims:
        decision = claim.decision
        payers = sum(share.share_yen for share in decision.payers)
        figures = (yen(payers), yen(decision.patient_yen), yen(decision.reduced_yen))
        made.add_row(
            str(claim.receipt_number),
            claim.claim_id,
            claim.receipt_kind,
            state_text(claim.state, say),
            f"{claim.declared_points:,}",
            *(figures if claim.state in FINAL_STATES else ("", "", "")),
            reason_of(claim),
        )
    return made


def timeline_table(claim: claim_pb2.Claim, say: Say = english) -> Table:
    """Each stage that the claim reached, with milliseconds since it was received."""
    heads = tuple(map(say, ("stage", "time (UTC)", "after ms", "reason")))
    made = table(f"{say('Timeline of')} {claim.claim_id}", *heads, right=(heads[2],))
    stages = sorted(claim.timeline, key=lambda stage: stage.time.ToNanoseconds())
    for stage in stages:
        after_ms = (stage.time.ToNanoseconds() - stages[0].time.ToNanoseconds()) / 1e6
        made.add_row(say(stage.stage), stage.time.ToJsonString(), f"{after_ms:,.1f}", say(stage.reason))
    return made


def claim_view(claim: claim_pb2.Claim, say: Say = english) -> RenderableType:
    """Everything that is known of a claim."""
    agency = claim_pb2.ReviewAgency.Name(claim.review_agency).removeprefix("REVIEW_AGENCY_").lower()
    facts = (
        f"{say('hospital')} {claim.hospital_code}, {say(agency)}, {say('claimed')} {claim.claim_month}, "
        f"{say('treated')} {claim.treatment_month}, trace {claim.trace_id or 'none'}"
    )
    parts: list[RenderableType] = [claims_table([claim], say("Claim"), say), Text(facts), Text("")]
    if claim.decision.reasons:
        parts.append(reasons_table(claim.decision.reasons, say))
    if claim.decision.payers:
        parts.append(_shares_table(claim.decision.payers, say))
    parts.extend(explanation_views(claim.decision.explanation, say))
    if claim.decision.notes:
        notes = ", ".join(note_in_words(note, say) for note in claim.decision.notes)
        parts += [Text(f"{say('Notes')}: {notes}"), Text("")]
    if claim.coded_diagnoses:
        parts.append(codes_table(claim.coded_diagnoses, say))
    if claim.findings:
        parts.append(findings_table(claim.findings, say))
    return Group(*parts, *history_views(claim, say), timeline_table(claim, say))


def _shares_table(payers: Sequence[claim_pb2.PayerShare], say: Say) -> Table:
    heads = tuple(map(say, ("payer", "kind", "points", "yen")))
    shares = table(say("Payers"), *heads, right=heads[2:])
    for share in payers:
        kind = claim_pb2.PayerKind.Name(share.kind).removeprefix("PAYER_KIND_").lower()
        shares.add_row(share.payer_number, say(kind), f"{share.points:,}", yen(share.share_yen))
    return shares


def codes_table(codes: Sequence[claim_pb2.CodedDiagnosis], say: Say = english) -> Table:
    """Each line's code in force, and below it what earlier revisions said."""
    heads = tuple(map(say, ("line", "route", "disease code", "modifiers", "revision", "by", "came")))
    made = table(say("Diagnoses written as text"), *heads, right=(heads[0], heads[4]))
    for found in codes:
        said = (say(found.route), found.disease_code, " ".join(found.modifier_codes))
        revision = str(found.revision) if found.decided_by else ""
        came = say("after the decision") if found.late else ""
        made.add_row(str(found.line), *said, revision, say(found.decided_by), came)
        for each in found.earlier:
            was = (say(each.route), each.disease_code, " ".join(each.modifier_codes))
            made.add_row("", *was, str(each.revision), say(each.decided_by), say("replaced"), style="dim")
    return made


def findings_table(findings: Sequence[claim_pb2.Finding], say: Say = english) -> Table:
    """Where which rule of form is broken; never a value of the patient's."""
    heads = tuple(map(say, ("line", "field", "rule", "message")))
    made = table(say("Findings"), *heads, right=heads[:1])
    for finding in findings:
        style = "red" if finding.severity == claim_pb2.SEVERITY_ERROR else "yellow"
        place = ".".join(part for part in (finding.record, finding.field) if part)
        made.add_row(str(finding.line or say("set")), place, finding.rule, finding.message, style=style)
    return made


@click.command(name="claim")
@click.argument("claim_id")
@click.option("--lang", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Of what is shown.")
@json_option
def claim(*, claim_id: str, lang: str, as_json: bool) -> None:
    """Show one claim: decision and why, each line declared, priced and allowed, payers' shares, timeline."""
    found = run(_one(load_client(), claim_id))
    if as_json:
        print_json(as_dict(found))
    else:
        console().print(claim_view(found, LANGUAGES[lang]))


async def _one(client: Client, claim_id: str) -> claim_pb2.Claim:
    async with client.channel("claims") as channel:
        return await get_claim(channel, claim_id)


@click.group(name="claims")
def claims() -> None:
    """List claims; see which used a code; adjudicate a past month again."""


claims.add_command(coded)
claims.add_command(readjudicate)


@claims.command(name="list")
@click.option("--state", "states", multiple=True, type=click.Choice(list(STATES)), help="Only this state; repeatable.")
@click.option("--month", default="", metavar="YYYYMM", help="Only this claim month.")
@click.option("--hospital", default="", metavar="CODE", help="Only this hospital's (operators).")
@click.option("--submission", default="", metavar="ID", help="Only this submission set's.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1_000_000), help="At most this many.")
@json_option
def list_claims(
    *, states: tuple[str, ...], month: str, hospital: str, submission: str, limit: int, as_json: bool
) -> None:
    """List claims; with --json one per line."""
    asked = claim_service_pb2.ListClaimsRequest(
        states=[STATES[state] for state in states],
        claim_month=month,
        hospital_code=hospital,
        submission_id=submission,
        page_size=min(limit, PAGE),
    )
    found = run(_listed(load_client(), asked, limit))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(claims_table(found, f"Claims: {len(found):,}"))


async def _listed(client: Client, asked: claim_service_pb2.ListClaimsRequest, limit: int) -> list[claim_pb2.Claim]:
    found: list[claim_pb2.Claim] = []
    with progress("listing claims") as tell:
        async with client.channel("claims") as channel:
            async for each in every_claim(channel, asked):
                found.append(each)
                tell(f"{len(found):,}")
                if len(found) >= limit:
                    break
    return found
