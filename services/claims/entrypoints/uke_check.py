"""CheckUkeFile: what would be found in a submission set if it came now. Nothing is stored, announced or counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol, TypeVar

from seikyu.claims.v1 import claim_pb2, claim_service_pb2, explanation_pb2

from services.claims.adapters.explanations import checked_receipt_of
from services.claims.adapters.form_findings import form_findings_of
from services.claims.application.full_check import FullChecker, known_on
from services.claims.application.masters import Masters
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.entrypoints.forms import profile_of
from services.shared.chassis.rpc_errors import invalid, permission_denied
from services.shared.kernel.months import Month

SLICE_BYTES: Final = 16_384
"""Read and examined at once; other calls get their turn between two slices."""
RECEIPTS_PER_ANSWER: Final = 100
MOST_FINDINGS: Final = 1_000

Answer = TypeVar("Answer")
Response = claim_service_pb2.CheckUkeFileResponse
Requests = AsyncIterator[claim_service_pb2.CheckUkeFileRequest]
Registered = Callable[[str], Awaitable[FacilityStandards | None]]
"""What a hospital has registered, None where it was never told; all volumes of a set are one hospital's."""


class KeptMasters(Protocol):
    """The masters that the process holds (see `application.master_keeper`)."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The month's schedule as known on a day; None: by all files."""
        ...

    async def ask(self, question: Callable[[Masters], Answer]) -> Answer:
        """The answer of a question to the masters."""
        ...


@dataclass(slots=True, kw_only=True)
class _Progress:
    """One check under way; `hospital_code` is whose file it must be, None for anybody's."""

    hospital_code: str | None
    masters: KeptMasters
    registered: Registered
    as_of: date | None
    reader: SubmissionReader
    checker: FullChecker
    summary: claim_service_pb2.CheckSummary = field(default_factory=claim_service_pb2.CheckSummary)


async def never_told(_hospital_code: str) -> FacilityStandards | None:
    """Of no hospital is a registration known."""
    return None


async def checked_file(
    hospital_code: str | None,
    masters: KeptMasters,
    requests: Requests,
    registered: Registered = never_told,
    *,
    programmes: ProgrammeTable = NATIONAL,
) -> AsyncIterator[Response]:
    """Findings per receipt as they come, and the summary at the end."""
    profile = profile_of(await _profile(requests))
    progress = _Progress(
        hospital_code=hospital_code,
        masters=masters,
        registered=registered,
        as_of=await masters.ask(known_on),
        reader=SubmissionReader(profile),
        checker=FullChecker(programmes=programmes),
    )
    async for request in requests:
        if request.WhichOneof("part") == "header":
            raise invalid("header", "once", "stands in the first message only")
        for at in range(0, len(request.chunk), SLICE_BYTES):
            async for response in _answers(progress, progress.reader.feed(request.chunk[at : at + SLICE_BYTES])):
                yield response
            await asyncio.sleep(0)
    rest, report = progress.reader.finish()
    async for response in _answers(progress, rest):
        yield response
    yield Response(summary=_summary(progress, report))


async def _profile(requests: Requests) -> claim_service_pb2.Profile.ValueType:
    async for request in requests:
        if request.WhichOneof("part") == "header":
            return request.header.profile
        break
    raise invalid("header", "first", "the first message carries the header")


async def _answers(progress: _Progress, receipts: Sequence[ReadReceipt]) -> AsyncIterator[Response]:
    for at in range(0, len(receipts), RECEIPTS_PER_ANSWER):
        checked = [await _checked(progress, each) for each in receipts[at : at + RECEIPTS_PER_ANSWER]]
        yield Response(checked=claim_service_pb2.FullyCheckedReceipts(receipts=checked))


async def _checked(progress: _Progress, read: ReadReceipt) -> claim_service_pb2.CheckedReceipt:
    if read.header is not None and progress.hospital_code not in {None, read.header.hospital_code}:
        raise permission_denied()
    readable = progress.checker.readable(read)
    month = readable.treatment.month if readable.treatment is not None else None
    schedule = await progress.masters.schedule(month) if month is not None else None
    if read.header is not None and progress.summary.receipts == 0:
        progress.checker.standards = await progress.registered(read.header.hospital_code)
    answer = checked_receipt_of(progress.summary.receipts, progress.checker.checked(readable, schedule), progress.as_of)
    _count(progress.summary, answer)
    return answer


def _count(summary: claim_service_pb2.CheckSummary, answer: claim_service_pb2.CheckedReceipt) -> None:
    """Count one receipt by the gravest thing found in it."""
    units = answer.explanation.units
    effects = {finding.effect for finding in answer.explanation.findings}
    refused = any(finding.severity == claim_pb2.SEVERITY_ERROR for finding in answer.findings)
    summary.receipts += 1
    summary.declared_points += answer.declared_points
    summary.priced_points += answer.priced_points
    summary.units += len(units)
    summary.units_priced += sum(unit.HasField("priced_points") for unit in units)
    if refused:
        return
    if explanation_pb2.RULE_EFFECT_RETURN in effects:
        summary.receipts_returned += 1
    elif explanation_pb2.RULE_EFFECT_REFER in effects:
        summary.receipts_referred += 1
    elif explanation_pb2.RULE_EFFECT_REDUCE in effects:
        summary.receipts_reduced += 1


def _summary(progress: _Progress, report: SetReport) -> claim_service_pb2.CheckSummary:
    summary = progress.summary
    summary.rejected_receipts = report.receipts if report.rejected else report.rejected_receipts
    summary.set_rejected = report.rejected
    summary.findings.extend(form_findings_of(report.findings[:MOST_FINDINGS]))
    summary.finding_count = report.finding_count
    return summary
