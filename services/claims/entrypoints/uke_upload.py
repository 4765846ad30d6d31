"""SubmitUkeFile: a submission set as it is uploaded. Receipts are staged and answered; the set's end decides.

Nothing becomes a claim before the totals agree. The submission id derives from the sender and its request id, so an
upload that is repeated goes on with the same set; a set that was released before is read again and answered as such.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import grpc
from seikyu.claims.v1 import claim_pb2, claim_service_pb2

from services.claims.adapters.form_findings import form_findings_of
from services.claims.adapters.postgres_staging import PostgresStaging
from services.claims.application.model import Agency, Answer, Ending, Sender, SetStage, Staged, Submission, Submitted
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.entrypoints.forms import answer_of, profile_of
from services.shared.chassis.clock import Clock
from services.shared.chassis.postgres import Database
from services.shared.chassis.rpc_errors import RpcRefusal, invalid, permission_denied
from services.shared.kernel.ids import claim_id

SLICE_BYTES: Final = 65_536
"""Read at once; other calls get their turn between two slices."""
RECEIPTS_PER_ANSWER: Final = 500
MOST_FINDINGS: Final = 1_000

Response = claim_service_pb2.SubmitUkeFileResponse
Requests = AsyncIterator[claim_service_pb2.SubmitUkeFileRequest]


@dataclass(slots=True, kw_only=True)
class _Progress:
    """One upload under way."""

    sender: Sender
    submission: Submission
    reader: SubmissionReader
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    seen: Counter[str] = field(default_factory=Counter)
    place: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UkeUpload:
    """Takes submission sets in; `release` makes claims of a set whose totals agree."""

    database: Database
    clock: Clock
    platform_key: bytes
    release: Callable[[str], Awaitable[None]]
    refused: Callable[[Sequence[Answer]], None]
    """Counts the receipts among these answers that are refused; the others are counted when they become claims."""

    async def answers(self, sender: Sender, requests: Requests) -> AsyncIterator[Response]:
        """Answers per receipt as they come, and the summary at the end."""
        progress = await self._begin(sender, await _header(requests))
        async for request in requests:
            if request.WhichOneof("part") == "header":
                raise invalid("header", "once", "stands in the first message only")
            chunk = request.chunk
            for at in range(0, len(chunk), SLICE_BYTES):
                piece = chunk[at : at + SLICE_BYTES]
                progress.digest.update(piece)
                async for response in self._take(progress, progress.reader.feed(piece)):
                    yield response
                await asyncio.sleep(0)
        rest, report = progress.reader.finish()
        async for response in self._take(progress, rest):
            yield response
        yield await self._end(progress, report)

    async def _begin(self, sender: Sender, header: claim_service_pb2.UkeFileHeader) -> _Progress:
        key = hashlib.sha256(f"{sender.hospital_code}|{header.request_id}".encode()).hexdigest()[:32]
        async with self.database.transaction(label="claims.upload") as tx:
            submission = await PostgresStaging(tx, self.platform_key).begin(f"sub_{key}", sender, self.clock.now())
        return _Progress(sender=sender, submission=submission, reader=SubmissionReader(profile_of(header.profile)))

    async def _take(self, progress: _Progress, receipts: list[ReadReceipt]) -> AsyncIterator[Response]:
        for at in range(0, len(receipts), RECEIPTS_PER_ANSWER):
            batch = [_numbered(progress, each) for each in receipts[at : at + RECEIPTS_PER_ANSWER]]
            staged = [
                Staged(submitted=submitted, findings=read.assessment.findings)
                for submitted, read in batch
                if not read.assessment.rejected
            ]
            answers = [_answer(progress, *each) for each in batch]
            if staged and progress.submission.stage is SetStage.STAGING:
                answers = await self._staged(progress.submission.submission_id, staged, answers)
            self.refused(answers)
            checked = [answer_of(each, claim_pb2.CLAIM_STATE_CHECKED) for each in answers]
            yield Response(checked=claim_service_pb2.CheckedReceipts(answers=checked))

    async def _staged(self, submission_id: str, staged: Sequence[Staged], answers: Sequence[Answer]) -> list[Answer]:
        """Stage the receipts; an answer for one that is a claim already says so, whichever call it came by."""
        async with self.database.transaction(label="claims.stage") as tx:
            staging = PostgresStaging(tx, self.platform_key)
            await staging.stage(submission_id, staged)
            known = await staging.known([each.claim_id for each in answers if each.claim_id is not None])
        return [replace(each, repeated=each.claim_id in known) for each in answers]

    async def _end(self, progress: _Progress, report: SetReport) -> Response:
        known, digest = progress.submission, progress.digest.hexdigest()
        if known.stage is not SetStage.STAGING and known.content_sha256 != digest:
            raise RpcRefusal(
                grpc.StatusCode.ALREADY_EXISTS,
                "REQUEST_ID_REUSED",
                "this request id was used before with another file",
            )
        released = await self._judged(known, report, digest)
        if released:
            await self.release(known.submission_id)
        return Response(summary=_summary(progress, report, released=released))

    async def _judged(self, known: Submission, report: SetReport, digest: str) -> bool:
        """Whether the set's receipts become claims: as it was judged first, whatever this upload's profile finds."""
        if known.stage is not SetStage.STAGING:
            return known.stage is not SetStage.REFUSED
        ending = Ending(
            submission_id=known.submission_id,
            released=not report.rejected,
            content_sha256=digest,
            receipts=report.receipts,
        )
        async with self.database.transaction(label="claims.upload-end") as tx:
            if not await PostgresStaging(tx, self.platform_key).end(ending):
                raise RpcRefusal(
                    grpc.StatusCode.ABORTED,
                    "UPLOAD_TOO_LONG",
                    "the upload took too long and was given up; send it again",
                )
        return ending.released


async def _header(requests: Requests) -> claim_service_pb2.UkeFileHeader:
    async for request in requests:
        if request.WhichOneof("part") == "header":
            return request.header
        break
    raise invalid("header", "first", "the first message carries the header")


def _numbered(progress: _Progress, read: ReadReceipt) -> tuple[Submitted, ReadReceipt]:
    """The receipt with its place and its occurrence in the set; refused where IR names another hospital."""
    header = read.header
    if header is not None and header.hospital_code != progress.sender.hospital_code:
        raise permission_denied()
    key = hashlib.sha256(read.raw.content).hexdigest()
    submitted = Submitted(
        place=progress.place,
        agency=Agency.KOKUHOREN if header is not None and header.agency == "2" else Agency.SSK,
        claim_month=header.claim_month if header is not None else "",
        receipt=read.raw.content,
        occurrence=progress.seen[key],
    )
    progress.seen[key] += 1
    progress.place += 1
    return submitted, read


def _answer(progress: _Progress, submitted: Submitted, read: ReadReceipt) -> Answer:
    facts = read.assessment.facts
    known = claim_id(
        hospital_code=progress.sender.hospital_code,
        agency=str(submitted.agency.value),
        claim_month=submitted.claim_month,
        receipt_sha256=hashlib.sha256(submitted.receipt).hexdigest(),
        occurrence=submitted.occurrence,
    )
    progress.points += facts.claimed_points if facts is not None else 0
    return Answer(
        place=submitted.place,
        claim_id=known if facts is not None else None,
        findings=read.assessment.findings,
        receipt_number=read.assessment.receipt_number or 0,
        repeated=progress.submission.stage is not SetStage.STAGING,
    )


def _summary(progress: _Progress, report: SetReport, *, released: bool) -> claim_service_pb2.SubmissionSummary:
    return claim_service_pb2.SubmissionSummary(
        submission_id=progress.submission.submission_id,
        released=released,
        receipts=report.receipts,
        rejected_receipts=report.rejected_receipts,
        declared_points=progress.points,
        findings=form_findings_of(report.findings[:MOST_FINDINGS]),
        finding_count=report.finding_count,
    )
