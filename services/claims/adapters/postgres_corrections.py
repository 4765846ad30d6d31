"""Corrections in Postgres: claims locked with their latest decisions, steps of corrections, reviews, links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_pb2

from services.claims.adapters.messages import OUTCOMES
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.application.correcting import Asker, Correction, OpenReview, Standing
from services.claims.application.model import Working
from services.claims.domain.correction import Borne, Cause, Side, State
from services.claims.domain.outcome import PayerPart
from services.claims.domain.uke.facts import PayerKind
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries
from services.shared.kernel.ids import ClaimId, DecisionId

CORRECTIONS: Final = load_queries(Path(__file__).parents[1] / "sql" / "corrections.sql")
STATES: Final = {
    State.RECEIVED: claim_pb2.CLAIM_STATE_RECEIVED,
    State.UNDER_REVIEW: claim_pb2.CLAIM_STATE_UNDER_REVIEW,
} | {State(outcome.value): number for outcome, number in OUTCOMES.items()}
_BY_NUMBER: Final = {number: state for state, number in STATES.items()}


class PostgresCorrections(PostgresLedger):
    """Implements application.correcting.CorrectionLedger, over one open transaction."""

    def __init__(self, tx: Transaction, platform_key: bytes) -> None:
        """As PostgresLedger."""
        super().__init__(tx, platform_key)
        self._own = tx

    async def hold(self, claim_ids: Sequence[ClaimId]) -> None:
        """Locks in id order."""
        await self._own.execute(QUERIES["lock_claims"], list(claim_ids))

    async def stand(self, claim_ids: Sequence[ClaimId]) -> Sequence[Standing]:
        """First the claims' locks, then their rows of the working set, then what they are: nothing may change after."""
        ids = list(claim_ids)
        await self.hold(ids)
        working = {each.claim_id: each for each in await self.lock_work(ids)}
        rows = await self._own.fetch(CORRECTIONS["stand"], ids)
        return [_standing(row, working.get(ClaimId(row["claim_id"]))) for row in rows]

    async def record(self, correction: Correction, now: datetime) -> None:
        """One row, and what was written to it in a row of its own."""
        await self._own.execute(
            CORRECTIONS["insert_correction"],
            correction.claim_id,
            correction.place,
            correction.kind.value,
            STATES[correction.state] if correction.state is not None else None,
            correction.hospital_code,
            correction.asked_by,
            correction.reason,
            correction.other_claim_id,
            correction.decision_id,
            now,
            correction.reference,
        )
        if correction.note:
            note = (correction.claim_id, correction.place, correction.note)
            await self._own.execute(CORRECTIONS["insert_correction_note"], *note)

    async def open_review(self, claim_id: ClaimId, cause: Cause, now: datetime) -> None:
        """One row."""
        await self._own.execute(CORRECTIONS["open_review"], claim_id, cause.value, now)

    async def close_review(self, claim_id: ClaimId) -> None:
        """The row leaves."""
        await self._own.execute(CORRECTIONS["close_review"], claim_id)

    async def open_error(self, claim_id: ClaimId, side: Side, reason: str, now: datetime) -> None:
        """One row."""
        await self._own.execute(CORRECTIONS["open_error"], claim_id, side.value, reason, now)

    async def close_error(self, claim_id: ClaimId) -> None:
        """The row leaves."""
        await self._own.execute(CORRECTIONS["close_error"], claim_id)

    async def link_resubmission(self, returned_claim: ClaimId, claim: ClaimId, now: datetime) -> bool:
        """The constraints say that each is tied once."""
        return bool(await self._own.fetch(CORRECTIONS["link_resubmission"], claim, returned_claim, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHistory:
    """What became of a claim: every decision and every step of its corrections, oldest first."""

    decisions: Sequence[asyncpg.Record]
    corrections: Sequence[asyncpg.Record]
    resubmission_of: str


async def history_of(database: Database, claim_id: str) -> ClaimHistory:
    """The history of a claim that exists."""
    returned = await database.fetch(CORRECTIONS["resubmission_of"], claim_id)
    return ClaimHistory(
        decisions=await database.fetch(CORRECTIONS["decisions_of"], claim_id),
        corrections=await database.fetch(CORRECTIONS["corrections_of"], claim_id),
        resubmission_of=returned[0][0] if returned else "",
    )


async def open_errors(database: Database, asker: Asker, after: str, limit: int) -> Sequence[asyncpg.Record]:
    """At most `limit` reported errors that wait for an answer, of claims after one that exist for the asker."""
    whose = (asker.hospital_code or "", asker.payer_number or "")
    return await database.fetch(CORRECTIONS["open_errors"], after, *whose, limit)


def _standing(row: asyncpg.Record, working: Working | None) -> Standing:
    if row["number"] is None and working is not None:
        return Standing(claim=working, state=State.RECEIVED, corrections=row["corrections"])
    under_review = row["cause"] is not None
    return Standing(
        claim=_claim(row),
        state=State.UNDER_REVIEW if under_review else _BY_NUMBER[row["outcome"]],
        number=row["number"],
        decision_id=DecisionId(row["decision_id"]),
        borne=_borne(row["content"]),
        review=OpenReview(cause=Cause(row["cause"])) if under_review else None,
        error=Side(row["side"]) if row["side"] is not None else None,
        resubmitted_as=ClaimId(row["resubmitted_as"]) if row["resubmitted_as"] else None,
        corrections=row["corrections"],
    )


def _claim(row: asyncpg.Record) -> Working:
    """The claim as it was when it was decided: it waits for nothing any more."""
    return Working(
        claim_id=ClaimId(row["claim_id"]),
        hospital_code=row["hospital_code"],
        claim_month=row["claim_month"],
        treatment_month=row["treatment_month"],
        receipt_kind=row["receipt_kind"],
        traceparent=row["traceparent"],
        origin=row["origin"],
        received_at=row["received_at"],
        coding_deadline=None,
        covers=None,
        kept_covers=row["covers"],
        determined_at=row["determined_at"],
        coded_at=row["coded_at"],
        coding_revision=row["coding_revision"],
    )


def _borne(content: bytes) -> Borne | None:
    """Who bears what by a stored decision; None where it moves no money."""
    made = claims_pb2.ClaimAdjudicated.FromString(content)
    if not made.parts:
        return None
    return Borne(
        billed_points=made.billed_points,
        parts=_parts(made),
        patient_yen=made.patient_yen,
        reduced_yen=made.reduced_yen,
        notes=tuple(made.notes),
    )


def _parts(made: claims_pb2.ClaimAdjudicated) -> tuple[PayerPart, ...]:
    """The parts in the receipt's order: the insurer at 0, programmes from 1."""
    has_insurer = any(part.kind == claim_pb2.PAYER_KIND_INSURER for part in made.parts)
    return tuple(
        PayerPart(
            part.payer_number,
            PayerKind.INSURER if part.kind == claim_pb2.PAYER_KIND_INSURER else PayerKind.PROGRAMME,
            place if has_insurer else place + 1,
            part.points,
            part.share_yen,
        )
        for place, part in enumerate(made.parts)
    )
