"""`seikyu submit FILE.UKE`: sends a submission set in chunks, shows the answers, and watches the decisions."""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
import grpc.aio
from seikyu.claims.v1 import claim_pb2, claim_service_pb2
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub

from services.cli.checking import Checked, check_online, show_checked
from services.cli.claims import claims_table, findings_table, state_text
from services.cli.client import Client, load_client, unreadable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table
from services.cli.failures import CommandFailure, ExitCode
from services.cli.watching import watch_until_final

CHUNK_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 100
"""Receipts shown one by one; the others are counted."""
PROFILES: Final = {"strict": claim_service_pb2.PROFILE_STRICT, "lenient": claim_service_pb2.PROFILE_LENIENT}
_FIELDS_OF_IR: Final = 5


@dataclass(slots=True)
class Submission:
    """The answers to a submission set."""

    answers: list[claim_service_pb2.ReceiptAnswer] = field(default_factory=list)
    summary: claim_service_pb2.SubmissionSummary = field(default_factory=claim_service_pb2.SubmissionSummary)

    @property
    def exit_code(self) -> ExitCode:
        """DONE where every receipt was taken."""
        clean = self.summary.released and not self.summary.rejected_receipts
        return ExitCode.DONE if clean else ExitCode.REFUSED


def hospital_of(file: Path) -> str:
    """The hospital code in the first record (IR): 都道府県 2 + 点数表 1 + 医療機関コード 7; empty without one."""
    try:
        with file.open("rb") as stream:
            first = stream.readline(4096).decode("cp932", "replace").split(",")
    except OSError as fault:
        raise unreadable(fault) from fault
    if first[0] != "IR" or len(first) < _FIELDS_OF_IR:
        return ""
    return f"{first[2]}{first[3]}{first[4]}"


def speaking_as_hospital(client: Client, file: Path, token_file: Path | None) -> Client:
    """The client with the token asked for, else with the one kept for the file's hospital, else as it is.

    Raises CommandFailure for a file that names no hospital.
    """
    if token_file is not None:
        return client.speaking_with(token_file)
    code = hospital_of(file)
    if not code:
        raise CommandFailure(
            f"{file} is no claim file: its first record is not IR",
            advice="`seikyu check` shows everything that is wrong with a file",
            code=ExitCode.USAGE,
        )
    kept = client.hospital_token_file(code)
    return client.speaking_with(kept) if kept.exists() else client


async def send(
    channel: grpc.aio.Channel,
    files: Sequence[Path],
    profile: "claim_service_pb2.Profile.ValueType",
    tell: Callable[[str], None],
) -> Submission:
    """Stream the volumes of one set; `tell` hears how far it is. Raises AioRpcError, CommandFailure."""
    submission = Submission()
    ended = False
    async for response in ClaimServiceStub(channel).SubmitUkeFile(_requests(files, profile, tell)):
        if response.WhichOneof("part") == "summary":
            submission.summary.CopyFrom(response.summary)
            ended = True
        else:
            submission.answers.extend(response.checked.answers)
            tell(f"{len(submission.answers):,} receipts checked")
    if not ended:
        raise CommandFailure(
            "the stream ended without a summary",
            advice="send the file again: what was taken is answered with its first answer",
            code=ExitCode.UNAVAILABLE,
        )
    return submission


async def _requests(
    files: Sequence[Path], profile: "claim_service_pb2.Profile.ValueType", tell: Callable[[str], None]
) -> AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]:
    header = claim_service_pb2.UkeFileHeader(request_id=str(uuid.uuid4()), profile=profile)
    yield claim_service_pb2.SubmitUkeFileRequest(header=header)
    sent_bytes = 0
    for place, file in enumerate(files):
        if place:
            yield claim_service_pb2.SubmitUkeFileRequest(next_volume=claim_service_pb2.NextVolume())
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield claim_service_pb2.SubmitUkeFileRequest(chunk=chunk)
                sent_bytes += len(chunk)
                tell(f"{sent_bytes / 1_048_576:,.1f} MiB sent")


@click.command(name="submit")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--watch", is_flag=True, help="Wait until every receipt is decided, and show the decisions.")
@click.option("--dry-run", is_flag=True, help="Submit nothing: only show what the platform would find by its masters.")
@click.option("--profile", type=click.Choice(list(PROFILES)), default="strict", show_default=True)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The hospital's token; else the one kept by `hospital enrol`, else SEIKYU_TOKEN_FILE.",
)
@json_option
def submit(
    *, files: tuple[Path, ...], watch: bool, dry_run: bool, profile: str, token_file: Path | None, as_json: bool
) -> None:
    """Submit a claim file (UKE); give the volumes of a set in their order.

    Exit code 1 where the set or any of its receipts was refused, or would be.
    """
    client = speaking_as_hospital(load_client(), files[0], token_file)
    if dry_run:
        checked = run(_checked(client, files, PROFILES[profile]))
        if as_json:
            print_json(checked.as_json())
        else:
            show_checked(checked)
        raise click.exceptions.Exit(checked.exit_code)
    submission, claims = run(_submitted(client, files, PROFILES[profile], watch=watch))
    if as_json:
        print_json(_as_json(submission, claims if watch else None))
    else:
        _show(submission, claims if watch else None)
    raise click.exceptions.Exit(submission.exit_code)


async def _checked(client: Client, files: Sequence[Path], profile: "claim_service_pb2.Profile.ValueType") -> Checked:
    async with client.channel("claims") as channel:
        with progress("checking") as tell:
            return await check_online(channel, files, profile, tell)


async def _submitted(
    client: Client, files: Sequence[Path], profile: "claim_service_pb2.Profile.ValueType", *, watch: bool
) -> tuple[Submission, list[claim_pb2.Claim]]:
    async with client.channel("claims") as channel:
        with progress("submitting") as tell:
            submission = await send(channel, files, profile, tell)
        if not (watch and submission.summary.released):
            return submission, []
        with progress("deciding") as tell:
            return submission, await watch_until_final(channel, submission.answers, tell)


def _as_json(submission: Submission, claims: Sequence[claim_pb2.Claim] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": as_dict(submission.summary),
        "answers": [as_dict(answer) for answer in submission.answers],
    }
    if claims is not None:
        found["claims"] = [as_dict(claim) for claim in claims]
    return found


def _show(submission: Submission, claims: Sequence[claim_pb2.Claim] | None) -> None:
    out, summary = console(), submission.summary
    answers = table("Receipts", "no.", "claim", "state", "note", right=("no.",))
    for answer in submission.answers[:MOST_ROWS]:
        number = str(answer.receipt_number or answer.index + 1)
        answers.add_row(number, answer.claim_id, state_text(answer.state), _note(answer))
    out.print(answers)
    if len(submission.answers) > MOST_ROWS:
        out.print(f"and {len(submission.answers) - MOST_ROWS:,} more")
    findings = [*summary.findings, *(finding for answer in submission.answers for finding in answer.findings)]
    if findings:
        out.print(findings_table(findings[:MOST_ROWS]))
    verdict = "[green]released[/green]" if summary.released else "[red]refused as a whole[/red]"
    out.print(
        f"Set {summary.submission_id}: {verdict}; {summary.receipts:,} receipts, "
        f"{summary.rejected_receipts:,} rejected, {summary.declared_points:,} points"
    )
    if claims is not None:
        out.print(claims_table(claims, "Decisions"))


def _note(answer: claim_service_pb2.ReceiptAnswer) -> str:
    if answer.repeated_submission:
        return "was submitted before"
    found = len(answer.findings)
    return f"{found} finding{'s' if found > 1 else ''}" if found else ""
