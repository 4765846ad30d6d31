"""`seikyu submit --dry-run`: a submission set sent to CheckUkeFile, which keeps nothing; shows what would be found."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc.aio
from rich.table import Table
from seikyu.claims.v1 import claim_pb2, claim_service_pb2, explanation_pb2
from seikyu.claims.v1.claim_service_pb2_grpc import ClaimServiceStub

from services.cli.claims import findings_table
from services.cli.command import as_dict, console, table
from services.cli.explaining import rule_findings_table
from services.cli.failures import CommandFailure, ExitCode
from services.cli.words import english

CHUNK_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 100
"""Receipts and findings shown one by one; the others are counted."""
_GRAVE: Final = frozenset({explanation_pb2.RULE_EFFECT_RETURN, explanation_pb2.RULE_EFFECT_REDUCE})


@dataclass(slots=True)
class Checked:
    """What the check found."""

    receipts: list[claim_service_pb2.CheckedReceipt] = field(default_factory=list)
    summary: claim_service_pb2.CheckSummary = field(default_factory=claim_service_pb2.CheckSummary)

    @property
    def exit_code(self) -> ExitCode:
        """DONE where every receipt would be accepted as it is."""
        graver = (_is_grave(receipt) for receipt in self.receipts)
        refused = self.summary.set_rejected or self.summary.rejected_receipts
        return ExitCode.REFUSED if refused or any(graver) else ExitCode.DONE

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"receipts": [as_dict(each) for each in self.receipts], "summary": as_dict(self.summary)}


def _is_grave(receipt: claim_service_pb2.CheckedReceipt) -> bool:
    """Whether the receipt would be refused, returned or reduced."""
    form = any(each.severity == claim_pb2.SEVERITY_ERROR for each in receipt.findings)
    return form or any(each.effect in _GRAVE for each in receipt.explanation.findings)


async def check_online(
    channel: grpc.aio.Channel,
    files: Sequence[Path],
    profile: "claim_service_pb2.Profile.ValueType",
    tell: Callable[[str], None],
) -> Checked:
    """Stream the volumes of one set; `tell` hears how far it is. Raises AioRpcError, CommandFailure."""
    checked, ended = Checked(), False
    async for response in ClaimServiceStub(channel).CheckUkeFile(_requests(files, profile)):
        checked.receipts.extend(response.checked.receipts)
        if response.WhichOneof("part") == "summary":
            checked.summary, ended = response.summary, True
        tell(f"{len(checked.receipts):,} receipts checked")
    if not ended:
        raise CommandFailure(
            "the stream ended without a summary", advice="send the file again", code=ExitCode.UNAVAILABLE
        )
    return checked


async def _requests(
    files: Sequence[Path], profile: "claim_service_pb2.Profile.ValueType"
) -> AsyncIterator[claim_service_pb2.CheckUkeFileRequest]:
    yield claim_service_pb2.CheckUkeFileRequest(header=claim_service_pb2.CheckHeader(profile=profile))
    for place, file in enumerate(files):
        if place:
            yield claim_service_pb2.CheckUkeFileRequest(next_volume=claim_service_pb2.NextVolume())
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield claim_service_pb2.CheckUkeFileRequest(chunk=chunk)


def show_checked(checked: Checked) -> None:
    """Receipts, findings, and what the set adds up to."""
    out, summary = console(), checked.summary
    out.print(_receipts_table(checked.receipts[:MOST_ROWS]))
    if len(checked.receipts) > MOST_ROWS:
        out.print(f"and {len(checked.receipts) - MOST_ROWS:,} more")
    form = [*summary.findings, *(each for receipt in checked.receipts for each in receipt.findings)]
    rules = [each for receipt in checked.receipts for each in receipt.explanation.findings]
    if form:
        out.print(findings_table(form[:MOST_ROWS]))
    if rules:
        out.print(rule_findings_table(rules[:MOST_ROWS], english))
    verdict = "[red]refused as a whole[/red]" if summary.set_rejected else "nothing was submitted"
    out.print(
        f"Check only: {verdict}; {summary.receipts:,} receipts, {summary.rejected_receipts:,} rejected, "
        f"{summary.declared_points:,} points declared, {summary.priced_points:,} with the prices found "
        f"({summary.units_priced:,} of {summary.units:,} units)"
    )


def _receipts_table(receipts: Sequence[claim_service_pb2.CheckedReceipt]) -> Table:
    numbers = ("no.", "declared", "priced", "difference")
    others = ("units priced", "patient yen", "findings")
    made = table("Receipts", *numbers, *others, right=(*numbers, *others))
    for receipt in receipts:
        units = receipt.explanation.units
        difference = receipt.priced_points - receipt.declared_points
        made.add_row(
            str(receipt.receipt_number or receipt.index + 1),
            f"{receipt.declared_points:,}",
            f"{receipt.priced_points:,}" if units else "",
            f"{difference:+,}" if units and difference else "",
            f"{sum(unit.HasField('priced_points') for unit in units)} of {len(units)}" if units else "",
            f"{receipt.patient_yen:,}" if receipt.HasField("patient_yen") else "",
            str(len(receipt.findings) + len(receipt.explanation.findings)),
            style="red" if _is_grave(receipt) else "",
        )
    return made
