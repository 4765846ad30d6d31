"""Answers in PostgreSQL: insert-only, one natural key per request, three statements per batch at most."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.coding.adapters.events import announcement_of
from services.coding.application.code_batch import Answer, CodingRequest, LineCoding, RequestKey, SeenCandidate
from services.coding.domain.coding import Route
from services.coding.domain.master import MODIFIER_CODE_DIGITS
from services.coding.domain.verify import Patient, Sex
from services.shared.chassis.postgres import Transaction, TransientFault
from services.shared.chassis.queries import load_queries
from services.shared.chassis.traceparent import trace_id_of

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "queries.sql")


class PostgresAnswers:
    """The answers as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def find(self, requests: Sequence[CodingRequest]) -> Mapping[RequestKey, Answer]:
        """The answers given before to any of the requests."""
        asked = {request.key: request for request in requests}
        rows = await self._tx.fetch(
            _QUERIES["find_answers"], [claim for claim, _ in asked], [cause for _, cause in asked]
        )
        grouped = groupby(rows, key=lambda row: (row["claim_id"], row["cause_event_id"]))
        return {key: _answer(asked[key], list(lines)) for key, lines in grouped}

    async def add(self, answers: Sequence[Answer]) -> None:
        """Keep new answers. Raises TransientFault when another process has answered one of them meanwhile."""
        if not answers:
            return
        added = await self._tx.execute(
            _QUERIES["insert_answers"],
            [answer.claim_id for answer in answers],
            [answer.cause_event_id for answer in answers],
            [str(answer.treatment_month) for answer in answers],
            [answer.coder_version for answer in answers],
            [trace_id_of(answer.traceparent) for answer in answers],
            [answer.completed_at for answer in answers],
            [answer.patient.sex.value if answer.patient.sex is not None else None for answer in answers],
            [answer.patient.age_band_years for answer in answers],
            [answer.hospital_code for answer in answers],
        )
        if added != len(answers):
            raise TransientFault("AnsweredMeanwhile")
        lines = [(answer, coding) for answer in answers for coding in answer.codings]
        await self._tx.execute(
            _QUERIES["insert_suggestions"],
            [answer.claim_id for answer, _ in lines],
            [answer.cause_event_id for answer, _ in lines],
            *columns_of([coding for _, coding in lines]),
        )

    def announce(self, answers: Sequence[Answer]) -> None:
        """One `coding.completed` per answer, through the outbox."""
        self._tx.announce([announcement_of(answer) for answer in answers])


def _answer(request: CodingRequest, rows: Sequence[asyncpg.Record]) -> Answer:
    first = rows[0]
    return Answer(
        claim_id=request.claim_id,
        cause_event_id=request.cause_event_id,
        treatment_month=request.treatment_month,
        codings=tuple(line_of(row) for row in rows),
        coder_version=first["coder_version"],
        completed_at=first["completed_at"],
        traceparent=request.traceparent,
        patient=patient_of(first),
        hospital_code=first["hospital_code"],
    )


def columns_of(lines: Sequence[LineCoding]) -> tuple[list[Any], ...]:
    """The columns of lines as suggestions and revisions keep them, from the line's number to the reason."""
    return (
        [line.line for line in lines],
        [line.route.value for line in lines],
        [line.disease_code for line in lines],
        ["".join(line.modifier_codes) for line in lines],
        [line.spelling for line in lines],
        [line.p for line in lines],
        [_as_json(line.candidates) for line in lines],
        [line.reason for line in lines],
    )


def line_of(row: asyncpg.Record) -> LineCoding:
    """One line, from the columns of a suggestion."""
    return LineCoding(
        line=row["line"],
        route=Route(row["route"]),
        disease_code=row["disease_code"],
        modifier_codes=modifiers_of(row["modifier_codes"]),
        spelling=row["spelling"],
        p=row["probability"],
        candidates=_candidates(row["candidates"]),
        reason=row["reason"],
    )


def patient_of(row: asyncpg.Record) -> Patient:
    """What the request told of the patient, from the columns of an answer."""
    return Patient(
        sex=Sex(row["sex"]) if row["sex"] is not None else None,
        age_band_years=row["age_band_years"],
    )


def _as_json(candidates: Sequence[SeenCandidate]) -> str:
    """The candidates as their column has them."""
    told = [{"code": each.code, "p": each.p, "found_by": each.found_by} for each in candidates]
    return json.dumps(told, ensure_ascii=False)


def _candidates(told: str) -> tuple[SeenCandidate, ...]:
    return tuple(SeenCandidate(code=each["code"], p=each["p"], found_by=each["found_by"]) for each in json.loads(told))


def modifiers_of(joined: str) -> tuple[str, ...]:
    """The codes of four digits that stand one after the other, as in the SY record."""
    starts = range(0, len(joined), MODIFIER_CODE_DIGITS)
    return tuple(joined[start : start + MODIFIER_CODE_DIGITS] for start in starts)
