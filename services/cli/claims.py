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
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen

PAGE: Final = 200
FINAL_STATES: Final = frozenset(
    {
        claim_pb2.CLAIM_STATE_APPROVED,
        claim_pb2.CLAIM_STATE_REDUCED,
        claim_pb2.CLAIM_STATE_RETURNED,
        claim_pb2.CLAIM_STATE_PENDED,
    }
)
STATES: Final = {
    name.removeprefix("CLAIM_STATE_").lower(): number
    for name, number in claim_pb2.ClaimState.items()
    if number not in {claim_pb2.CLAIM_STATE_UNSPECIFIED, claim_pb2.CLAIM_STATE_REJECTED}
}
_STYLES: Final = {"approved": "green", "reduced": "yellow", "returned": "red", "rejected": "red", "pended": "magenta"}


def state_name(state: "claim_pb2.ClaimState.ValueType") -> str:
    """`approved`."""
    return claim_pb2.ClaimState.Name(state).removeprefix("CLAIM_STATE_").lower()


def state_text(state: "claim_pb2.ClaimState.ValueType") -> Text:
    """The state in its colour."""
    return Text(state_name(state), style=_STYLES.get(state_name(state), ""))


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
    """Why the decision is no plain approval, with the official code where there is one; else its notes."""
    reasons = [
        f"{reason.code} ({reason.official_code})" if reason.official_code else reason.code
        for reason in claim.decision.reasons
    ]
    return ", ".join([*reasons, *claim.decision.notes])


def claims_table(claims: Sequence[claim_pb2.Claim], title: str) -> Table:
    """One row per claim: state, points, yen of payers and patient, reason."""
    numbers = ("no.", "points", "payers yen", "patient yen", "cut yen")
    made = table(title, "no.", "claim", "kind", "state", *numbers[1:], "reason", right=numbers)
    for claim in claims:
        decision = claim.decision
        payers = sum(share.share_yen for share in decision.payers)
        figures = (yen(payers), yen(decision.patient_yen), yen(decision.reduced_yen))
        made.add_row(
            str(claim.receipt_number),
            claim.claim_id,
            claim.receipt_kind,
            state_text(claim.state),
            f"{claim.declared_points:,}",
            *(figures if claim.state in FINAL_STATES else ("", "", "")),
            reason_of(claim),
        )
    return made


def timeline_table(claim: claim_pb2.Claim) -> Table:
    """Each stage that the claim reached, with milliseconds since it was received."""
    made = table(f"Timeline of {claim.claim_id}", "stage", "time (UTC)", "after ms", right=("after ms",))
    stages = sorted(claim.timeline, key=lambda stage: stage.time.ToNanoseconds())
    for stage in stages:
        after_ms = (stage.time.ToNanoseconds() - stages[0].time.ToNanoseconds()) / 1e6
        made.add_row(stage.stage, stage.time.ToJsonString(), f"{after_ms:,.1f}")
    return made


def claim_view(claim: claim_pb2.Claim) -> RenderableType:
    """Everything that is known of a claim."""
    agency = claim_pb2.ReviewAgency.Name(claim.review_agency).removeprefix("REVIEW_AGENCY_").lower()
    facts = (
        f"hospital {claim.hospital_code}, {agency}, claimed {claim.claim_month}, treated {claim.treatment_month}, "
        f"trace {claim.trace_id or 'none'}"
    )
    parts: list[RenderableType] = [claims_table([claim], "Claim"), Text(facts), Text("")]
    if claim.decision.payers:
        shares = table("Payers", "payer", "kind", "points", "yen", right=("points", "yen"))
        for share in claim.decision.payers:
            kind = claim_pb2.PayerKind.Name(share.kind).removeprefix("PAYER_KIND_").lower()
            shares.add_row(share.payer_number, kind, f"{share.points:,}", yen(share.share_yen))
        parts.append(shares)
    if claim.coded_diagnoses:
        codes = table("Diagnoses written as text", "line", "route", "disease", "modifiers", right=("line",))
        for found in claim.coded_diagnoses:
            codes.add_row(str(found.line), found.route, found.disease_code, " ".join(found.modifier_codes))
        parts.append(codes)
    if claim.findings:
        parts.append(findings_table(claim.findings))
    return Group(*parts, timeline_table(claim))


def findings_table(findings: Sequence[claim_pb2.Finding]) -> Table:
    """Where which rule of form is broken; never a value of the patient's."""
    made = table("Findings", "line", "field", "rule", "message", right=("line",))
    for finding in findings:
        style = "red" if finding.severity == claim_pb2.SEVERITY_ERROR else "yellow"
        place = ".".join(part for part in (finding.record, finding.field) if part)
        made.add_row(str(finding.line or "set"), place, finding.rule, finding.message, style=style)
    return made


@click.command(name="claim")
@click.argument("claim_id")
@json_option
def claim(*, claim_id: str, as_json: bool) -> None:
    """Show one claim: decision, payers' shares, timeline."""
    found = run(_one(load_client(), claim_id))
    if as_json:
        print_json(as_dict(found))
    else:
        console().print(claim_view(found))


async def _one(client: Client, claim_id: str) -> claim_pb2.Claim:
    async with client.channel("claims") as channel:
        return await get_claim(channel, claim_id)


@click.group(name="claims")
def claims() -> None:
    """List claims."""


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
