"""Submission sets in Postgres, over one open transaction."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.claims.adapters.findings_text import read_findings, write_findings
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.application.model import Agency, Ending, Sender, SetStage, Staged, Submission, Submitted
from services.shared.chassis.postgres import Transaction


class PostgresStaging(PostgresLedger):
    """Implements application.ports.StagingLedger beside the intake's ledger, as a release needs both."""

    def __init__(self, tx: Transaction, platform_key: bytes) -> None:
        """See PostgresLedger."""
        super().__init__(tx, platform_key)
        self._staging = tx

    async def begin(self, submission_id: str, sender: Sender, now: datetime) -> Submission:
        """The set's row is made or locked."""
        row = await self._staging.fetchrow(
            QUERIES["begin_submission"], submission_id, sender.hospital_code, sender.origin, now
        )
        stage = SetStage(row["stage"]) if row is not None else SetStage.STAGING
        if stage is SetStage.STAGING:
            await self._staging.execute(QUERIES["delete_all_staged"], submission_id)
        return Submission(
            submission_id=submission_id,
            hospital_code=sender.hospital_code,
            stage=stage,
            content_sha256=row["content_sha256"] if row is not None else "",
            origin=sender.origin,
        )

    async def stage(self, submission_id: str, staged: Sequence[Staged]) -> None:
        """One statement."""
        await self._staging.execute(
            QUERIES["insert_staged"],
            submission_id,
            [s.submitted.place for s in staged],
            [s.submitted.agency.value for s in staged],
            [s.submitted.claim_month for s in staged],
            [s.submitted.occurrence for s in staged],
            [s.submitted.receipt for s in staged],
            [write_findings(s.findings) for s in staged],
        )

    async def end(self, ending: Ending) -> bool:
        """A refused set forgets its receipts at once."""
        stage = SetStage.RELEASING if ending.released else SetStage.REFUSED
        moved = await self._staging.fetchval(
            QUERIES["move_submission"], ending.submission_id, stage.value, ending.content_sha256, ending.receipts
        )
        if moved is not None and not ending.released:
            await self._staging.execute(QUERIES["delete_all_staged"], ending.submission_id)
        return moved is not None

    async def lock(self, submission_id: str) -> Submission | None:
        """FOR UPDATE."""
        row = await self._staging.fetchrow(QUERIES["lock_submission"], submission_id)
        if row is None:
            return None
        return Submission(
            submission_id=row["submission_id"],
            hospital_code=row["hospital_code"],
            stage=SetStage(row["stage"]),
            content_sha256=row["content_sha256"],
            origin=row["origin"],
        )

    async def next_staged(self, submission_id: str, limit: int) -> list[Staged]:
        """In the file's order."""
        return [_staged(row) for row in await self._staging.fetch(QUERIES["read_staged"], submission_id, limit)]

    async def forget(self, submission_id: str, places: Sequence[int]) -> None:
        """By place."""
        await self._staging.execute(QUERIES["delete_staged"], submission_id, list(places))

    async def finish(self, submission_id: str) -> None:
        """From releasing to released."""
        await self._staging.execute(QUERIES["finish_submission"], submission_id)


def _staged(row: asyncpg.Record) -> Staged:
    submitted = Submitted(
        place=row["place"],
        agency=Agency(row["agency"]),
        claim_month=row["claim_month"],
        receipt=row["receipt"],
        occurrence=row["occurrence"],
    )
    return Staged(submitted=submitted, findings=read_findings(row["findings"]))
