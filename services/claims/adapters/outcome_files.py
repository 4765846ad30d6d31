"""Decided claims of a hospital's month, taken out of the ledger for the files that its own systems read.

The rows hold whole receipts, personal data included: they go to the hospital that submitted them and to nobody else.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_events

from services.claims.adapters.messages import read_codes
from services.claims.application.explaining import KeptDecision
from services.claims.domain.edits.edit import Severity
from services.claims.domain.examination import Examination
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import ReasonCode
from services.claims.domain.outputs.reduced import Cut, ReducedReceipt
from services.claims.domain.outputs.returned import ReturnClass, ReturnedReceipt, ReturnReason
from services.claims.domain.outputs.search_number import search_number_of
from services.claims.domain.outputs.wording import RETURN_REASONS, in_japanese
from services.claims.domain.uke.document import read_document
from services.shared.chassis.postgres import Database
from services.shared.chassis.queries import load_queries
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import Month, business_day

OUTCOMES: Final = load_queries(Path(__file__).parents[1] / "sql" / "outcomes.sql")
CLAIMS_A_PAGE: Final = 200
MOST_LETTERS: Final = 2
"""増減点事由 that one row takes."""
_is_return_code = re.compile("L[0-9]{4}").fullmatch
_BY_A_PERSON: Final = frozenset({ReasonCode.RETURNED_IN_REVIEW.name, ReasonCode.RETURNED_BY_PERSON.name})
_OFFICE: Final = frozenset(code.name for code in ReasonCode)
_CLASSES: Final[Mapping[str, ReturnClass]] = {
    ReasonCode.RETURNED_IN_REVIEW.name: ReturnClass.REVIEWED_AGAIN,
    ReasonCode.ERROR_REPORTED.name: ReturnClass.ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesAsked:
    """Whose claims of which month (YYYYMM) at which agency (1 支払基金, 2 国保連), and with which last outcome."""

    hospital_code: str
    agency: int
    claim_month: str
    outcome: claim_pb2.ClaimState.ValueType


class OutcomeReads:
    """Reads decided claims, a page at a time."""

    def __init__(self, database: Database) -> None:
        """`database` is claims' own."""
        self._database = database

    async def pages(self, asked: OutcomesAsked) -> AsyncIterator[Sequence[asyncpg.Record]]:
        """The claims in the order of their receipt numbers; a page is read when the one before was taken."""
        found = await self._database.fetch(
            OUTCOMES["hospital_outcomes"], asked.hospital_code, asked.agency, asked.claim_month, asked.outcome
        )
        ids = [row["claim_id"] for row in found]
        for at in range(0, len(ids), CLAIMS_A_PAGE):
            yield await self._database.fetch(OUTCOMES["outcome_rows"], ids[at : at + CLAIMS_A_PAGE], asked.outcome)


def kept_of(row: asyncpg.Record, hospital_code: str, claim_month: str) -> KeptDecision:
    """The claim's last decision, with its receipt."""
    made = claims_events.ClaimAdjudicated.FromString(row["content"])
    return KeptDecision(
        receipt=row["receipt"],
        hospital_code=hospital_code,
        claim_month=claim_month,
        decided_at=row["decided_at"],
        notes=made.notes,
        reasons=[each.code for each in made.reasons],
        billed_points=row["billed_points"],
        reduced_yen=row["reduced_yen"],
        codes=seen_codes(row),
    )


def seen_codes(row: asyncpg.Record) -> tuple[FoundCode, ...]:
    """The codes that a decision saw."""
    return read_codes(row["codings"]) if row["codings"] is not None else ()


def returned_of(row: asyncpg.Record, examination: Examination | None) -> ReturnedReceipt:
    """A returned claim with its reasons; the examination, where there is one, tells in which section each lies."""
    made = claims_events.ClaimAdjudicated.FromString(row["content"])
    return ReturnedReceipt(
        search_number=search_number_of(row["claim_id"]),
        receipt=row["receipt"],
        decided_in=Month.of(business_day(row["decided_at"])),
        reasons=[_return_reason(each, examination, supplement_of(row)) for each in made.reasons],
    )


def supplement_of(row: asyncpg.Record) -> str:
    """補足: why the person who returned the claim did so, and what they wrote to it; empty where nobody said."""
    return "：".join(part for part in (RETURN_REASONS.get(row["why"] or "", ""), row["note"] or "") if part)


def _return_reason(reason: claim_pb2.Reason, examination: Examination | None, supplement: str) -> ReturnReason:
    return ReturnReason(
        return_class=_CLASSES.get(reason.code, ReturnClass.OFFICE if reason.code in _OFFICE else ReturnClass.REVIEW),
        section=_section_of(reason.code, examination),
        code=reason.official_code if _is_return_code(reason.official_code) else "",
        text=reason.message_ja or in_japanese(reason.code) or reason.message,
        supplement=supplement if reason.code in _BY_A_PERSON else "",
    )


def _section_of(code: str, examination: Examination | None) -> str:
    """診療識別 of the first line that the edit of this name speaks of; empty where it speaks of no line."""
    if examination is None:
        return ""
    line = next((each.line for each in examination.findings if each.edit.name == code), 0)
    units = (each.unit for each in examination.units)
    return next((unit.section for unit in units if line in {each.number for each in unit.lines}), "")


def reduced_of(row: asyncpg.Record, examination: Examination | None) -> ReducedReceipt:
    """A reduced claim with its cuts; `examination` is None where it does not come to the decision."""
    made = claims_events.ClaimAdjudicated.FromString(row["content"])
    return ReducedReceipt(
        search_number=search_number_of(row["claim_id"]),
        document=read_document(row["receipt"]),
        cuts=cuts_of(made, examination),
    )


def cuts_of(made: claims_events.ClaimAdjudicated, examination: Examination | None) -> list[Cut]:
    """The cuts of lines, as examined, and what they leave of the sum that was cut (H); they add up to the decision's.

    Where the lines lose more than was decided, they do not tell what was cut: the sum alone does.
    """
    reduced_points = made.reduced_yen // YEN_PER_POINT
    cuts = _cuts_of_lines(examination) if examination is not None else []
    if _points_of(cuts) > reduced_points:
        cuts = []
    rest = reduced_points - _points_of(cuts)
    if rest:
        letters = _letters(made.reasons, {cut.letters for cut in cuts})
        cuts.append(Cut(0, letters, made.billed_points, made.billed_points - rest))
    return cuts


def _cuts_of_lines(examination: Examination) -> list[Cut]:
    return [
        Cut(each.line, each.edit.official_code[:MOST_LETTERS], each.points_before, each.points_after)
        for each in examination.of_severity(Severity.REDUCE)
        if each.points_before is not None and each.points_after is not None
    ]


def _points_of(cuts: Sequence[Cut]) -> int:
    return sum(cut.points_before - cut.points_after for cut in cuts)


def _letters(reasons: Sequence[claim_pb2.Reason], told: Collection[str]) -> str:
    """The letters (増減点事由) of the reasons that no line has told, each once, in their order."""
    letters = dict.fromkeys(each.official_code for each in reasons if len(each.official_code) == 1)
    return "".join([letter for letter in letters if letter not in told])[:MOST_LETTERS]
