"""DownloadOutcomes: a hospital's returned receipts or cut points of a month, streamed as the file it can read."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

import asyncpg
from seikyu.claims.v1 import claim_pb2, claim_service_pb2

from services.claims.adapters.outcome_files import OutcomeReads, OutcomesAsked, kept_of, reduced_of, returned_of
from services.claims.application.explaining import examined_again
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.examination import Examination
from services.claims.domain.outputs import reduced, returned
from services.shared.kernel.months import Month

Request = claim_service_pb2.DownloadOutcomesRequest
Response = claim_service_pb2.DownloadOutcomesResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How one kind of file is written: which claims, and its opening, one claim's part, its closing."""

    outcome: claim_pb2.ClaimState.ValueType
    opening: Callable[[str, Request], bytes]
    part: Callable[[asyncpg.Record, Examination | None], bytes]
    closing: Callable[[], bytes]


def _returns_opening(hospital_code: str, request: Request) -> bytes:
    return returned.opening(
        agency=str(request.review_agency), hospital_code=hospital_code, month=Month.parse(request.claim_month)
    )


_FORMS: Final = {
    claim_service_pb2.OUTCOME_FILE_RETURNS: _Form(
        outcome=claim_pb2.CLAIM_STATE_RETURNED,
        opening=_returns_opening,
        part=lambda row, examination: returned.returned(returned_of(row, examination)),
        closing=returned.closing,
    ),
    claim_service_pb2.OUTCOME_FILE_REDUCTIONS: _Form(
        outcome=claim_pb2.CLAIM_STATE_REDUCED,
        opening=lambda hospital_code, _request: reduced.opening(hospital_code),
        part=lambda row, examination: reduced.reduced(reduced_of(row, examination)),
        closing=bytes,
    ),
}


async def outcome_chunks(
    reads: OutcomeReads,
    masters: KnownSchedules,
    hospital_code: str,
    request: Request,
    *,
    registrations: Registrations = NOTHING_REGISTERED,
) -> AsyncIterator[Response]:
    """The file in chunks of whole records. Complete even where no claim has the outcome: then it holds its frame."""
    form = _FORMS[request.file]
    asked = OutcomesAsked(
        hospital_code=hospital_code,
        agency=request.review_agency,
        claim_month=request.claim_month,
        outcome=form.outcome,
    )
    receipts = 0
    yield Response(chunk=form.opening(hospital_code, request))
    async for rows in reads.pages(asked):
        receipts += len(rows)
        parts = [form.part(row, await _examined(row, masters, registrations, asked)) for row in rows]
        yield Response(chunk=b"".join(parts), receipts=receipts)
    yield Response(chunk=form.closing(), receipts=receipts)


async def _examined(
    row: asyncpg.Record, masters: KnownSchedules, registrations: Registrations, asked: OutcomesAsked
) -> Examination | None:
    """The receipt examined again, None where it does not come to the decision's points or is read no longer."""
    kept = kept_of(row, asked.hospital_code, asked.claim_month)
    again = await examined_again(kept, masters, registrations)
    return again.examination if again is not None and again.agrees else None
