"""Revisions in PostgreSQL: insert-only, numbered per request, of which only the changed lines are kept.

No lock is taken: who reads the highest number and adds the next loses to whoever added it meanwhile, and his whole
transaction is tried again. So a number is announced after the one before it, in the order of the commits.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from services.coding.adapters.answers import columns_of, line_of, patient_of
from services.coding.adapters.events import announcement_of
from services.coding.application.code_batch import Answer, RequestKey
from services.coding.application.revising import Revision
from services.shared.chassis.postgres import Transaction, TransientFault
from services.shared.chassis.queries import load_queries
from services.shared.chassis.traceparent import trace_id_of
from services.shared.kernel.months import Month

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "revisions.sql")


class PostgresRevisions:
    """The revisions as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def standing(self, asked: Mapping[RequestKey, str]) -> Mapping[RequestKey, Answer]:
        """Answered requests as they stand, each with the traceparent that it was asked with."""
        rows = await self._tx.fetch(
            _QUERIES["find_standing"], [claim for claim, _ in asked], [cause for _, cause in asked]
        )
        found: dict[RequestKey, Answer] = {}
        for key, lines in groupby(rows, key=lambda row: (row["claim_id"], row["cause_event_id"])):
            each = list(lines)
            found[key] = Answer(
                claim_id=key[0],
                cause_event_id=key[1],
                treatment_month=Month.parse(each[0]["treatment_month"]),
                patient=patient_of(each[0]),
                hospital_code=each[0]["hospital_code"],
                codings=tuple(line_of(row) for row in each),
                coder_version=each[0]["coder_version"],
                completed_at=each[0]["completed_at"],
                traceparent=asked[key],
                revision=each[0]["revision"],
            )
        return found

    async def add(self, revisions: Sequence[Revision]) -> None:
        """Keep revisions. Raises TransientFault when another process has given one of the numbers meanwhile."""
        if not revisions:
            return
        answers = [each.answer for each in revisions]
        added = await self._tx.execute(
            _QUERIES["insert_revisions"],
            [answer.claim_id for answer in answers],
            [answer.cause_event_id for answer in answers],
            [answer.revision for answer in answers],
            [each.cause.value for each in revisions],
            [answer.coder_version for answer in answers],
            [trace_id_of(answer.traceparent) for answer in answers],
            [answer.completed_at for answer in answers],
        )
        if added != len(revisions):
            raise TransientFault("RevisedMeanwhile")
        lines = [
            (each.answer, coding) for each in revisions for coding in each.answer.codings if coding.line in each.lines
        ]
        await self._tx.execute(
            _QUERIES["insert_revision_lines"],
            [answer.claim_id for answer, _ in lines],
            [answer.cause_event_id for answer, _ in lines],
            [answer.revision for answer, _ in lines],
            *columns_of([coding for _, coding in lines]),
        )

    def announce(self, answers: Sequence[Answer]) -> None:
        """One `coding.completed` per revision, through the outbox."""
        self._tx.announce([announcement_of(answer) for answer in answers])
