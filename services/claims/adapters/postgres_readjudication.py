"""The claims of a past month in Postgres: paged in id order, each with its latest decision and the covers kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import asyncpg
from seikyu.claims.v1 import events_pb2 as claims_pb2

from services.claims.adapters.messages import OUTCOMES, read_covers, read_revision
from services.claims.adapters.postgres_corrections import PostgresCorrections
from services.claims.application.readjudicating import PastClaim
from services.claims.domain.correction import Cause
from services.claims.domain.readjudication import Ground, Place, Share, Terms
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import Month

READJUDICATION: Final = load_queries(Path(__file__).parents[1] / "sql" / "readjudication.sql")
_OUTCOMES: Final = {number: outcome for outcome, number in OUTCOMES.items()}


class PostgresReadjudication(PostgresCorrections):
    """Implements application.readjudicating.PastClaims, over one open transaction."""

    def __init__(self, tx: Transaction, platform_key: bytes) -> None:
        """As PostgresLedger."""
        super().__init__(tx, platform_key)
        self._past = tx

    async def count(self, month: Month) -> int:
        """One statement."""
        return int(await self._past.fetchval(READJUDICATION["count_month"], str(month)))

    async def page(self, month: Month, after: ClaimId | None, most: int) -> Sequence[ClaimId]:
        """Along the index of treatment months."""
        rows = await self._past.fetch(READJUDICATION["page_month"], str(month), after or "", most)
        return [ClaimId(row["claim_id"]) for row in rows]

    async def of_same_persons(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Along the primary key and the index of persons."""
        rows = await self._past.fetch(READJUDICATION["claims_of_same_persons"], list(claim_ids))
        return [ClaimId(row["claim_id"]) for row in rows]

    async def past(self, claim_ids: Sequence[ClaimId]) -> Sequence[PastClaim]:
        """One statement, so that a claim is seen as it stood at one moment."""
        return [_past(row) for row in await self._past.fetch(READJUDICATION["past_claims"], list(claim_ids))]


def _past(row: asyncpg.Record) -> PastClaim:
    decided = row["content"] is not None
    return PastClaim(
        claim_id=ClaimId(row["claim_id"]),
        person=row["person"] or b"",
        hospital_code=row["hospital_code"],
        claim_month=row["claim_month"],
        receipt=row["receipt"],
        place=Place(
            terms=read_terms(row["content"]) if decided else None,
            cause=Cause(row["cause"]) if decided else None,
            has_covers=row["covers"] is not None,
            under_review=row["under_review"],
            resubmitted=row["resubmitted"],
        ),
        covers=read_covers(row["covers"]) if row["covers"] is not None else None,
        kept_covers=row["covers"],
        revisions=tuple(map(read_revision, row["revisions"])),
        saw=row["saw"],
    )


def read_notes(content: bytes) -> Sequence[str]:
    """A stored decision's notes."""
    return claims_pb2.ClaimAdjudicated.FromString(content).notes


def read_terms(content: bytes) -> Terms:
    """A stored decision's terms."""
    made = claims_pb2.ClaimAdjudicated.FromString(content)
    return Terms(
        outcome=_OUTCOMES[made.outcome],
        billed_points=made.billed_points,
        reduced_points=made.reduced_yen // YEN_PER_POINT,
        patient_yen=made.patient_yen,
        shares=tuple(sorted(Share(each.payer_number, each.points, each.share_yen) for each in made.parts)),
        grounds=tuple(Ground(each.code, each.official_code, each.payer_number, each.message) for each in made.reasons),
    )
