"""CheckUkeFile: what would be found in a submission set if it came now. Nothing is stored, announced or counted."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Final

from seikyu.claims.v1 import claim_service_pb2

from services.claims.adapters.form_findings import form_findings_of
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.entrypoints.forms import profile_of
from services.shared.chassis.rpc_errors import invalid, permission_denied

SLICE_BYTES: Final = 65_536
"""Read at once; other calls get their turn between two slices."""
RECEIPTS_PER_ANSWER: Final = 100
MOST_FINDINGS: Final = 1_000

Response = claim_service_pb2.CheckUkeFileResponse
Requests = AsyncIterator[claim_service_pb2.CheckUkeFileRequest]


@dataclass(slots=True, kw_only=True)
class _Progress:
    """One check under way; `hospital_code` is whose file it must be, None for anybody's."""

    hospital_code: str | None
    reader: SubmissionReader
    summary: claim_service_pb2.CheckSummary = field(default_factory=claim_service_pb2.CheckSummary)


async def checked_file(hospital_code: str | None, requests: Requests) -> AsyncIterator[Response]:
    """Findings per receipt as they come, and the summary at the end."""
    progress = _Progress(hospital_code=hospital_code, reader=SubmissionReader(profile_of(await _profile(requests))))
    async for request in requests:
        if request.WhichOneof("part") == "header":
            raise invalid("header", "once", "stands in the first message only")
        for at in range(0, len(request.chunk), SLICE_BYTES):
            for response in _answers(progress, progress.reader.feed(request.chunk[at : at + SLICE_BYTES])):
                yield response
            await asyncio.sleep(0)
    rest, report = progress.reader.finish()
    for response in _answers(progress, rest):
        yield response
    yield Response(summary=_summary(progress, report))


async def _profile(requests: Requests) -> claim_service_pb2.Profile.ValueType:
    async for request in requests:
        if request.WhichOneof("part") == "header":
            return request.header.profile
        break
    raise invalid("header", "first", "the first message carries the header")


def _answers(progress: _Progress, receipts: list[ReadReceipt]) -> Iterator[Response]:
    for at in range(0, len(receipts), RECEIPTS_PER_ANSWER):
        checked = [_checked(progress, each) for each in receipts[at : at + RECEIPTS_PER_ANSWER]]
        yield Response(checked=claim_service_pb2.FullyCheckedReceipts(receipts=checked))


def _checked(progress: _Progress, read: ReadReceipt) -> claim_service_pb2.CheckedReceipt:
    if read.header is not None and progress.hospital_code not in {None, read.header.hospital_code}:
        raise permission_denied()
    facts, summary = read.assessment.facts, progress.summary
    arithmetic = facts.arithmetic if facts is not None else ()
    answer = claim_service_pb2.CheckedReceipt(
        index=summary.receipts,
        receipt_number=read.assessment.receipt_number or 0,
        declared_points=facts.claimed_points if facts is not None else 0,
        findings=form_findings_of([*read.assessment.findings, *arithmetic]),
    )
    summary.receipts += 1
    summary.declared_points += answer.declared_points
    return answer


def _summary(progress: _Progress, report: SetReport) -> claim_service_pb2.CheckSummary:
    summary = progress.summary
    summary.rejected_receipts = report.receipts if report.rejected else report.rejected_receipts
    summary.set_rejected = report.rejected
    summary.findings.extend(form_findings_of(report.findings[:MOST_FINDINGS]))
    summary.finding_count = report.finding_count
    return summary
