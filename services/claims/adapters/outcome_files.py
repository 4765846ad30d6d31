"""Decided claims of a hospital's month, taken out of the ledger for the files that its own systems read.

The rows hold whole receipts, personal data included: they go to the hospital that submitted them and to nobody else.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
from seikyu.claims.v1 import claim_pb2, explanation_pb2
from seikyu.claims.v1 import events_pb2 as claims_events

from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.domain.outcome import ReasonCode
from services.claims.domain.outputs.reduced import Cut, ReducedReceipt
from services.claims.domain.outputs.returned import ReturnClass, ReturnedReceipt, ReturnReason
from services.claims.domain.outputs.search_number import search_number_of
from services.claims.domain.outputs.wording import in_japanese
from services.claims.domain.uke.document import read_document
from services.shared.chassis.postgres import Database
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import Month

CLAIMS_A_PAGE: Final = 200
BUSINESS_ZONE: Final = ZoneInfo("Asia/Tokyo")
MOST_LETTERS: Final = 2
"""増減点事由 that one row takes."""
_is_return_code = re.compile("L[0-9]{4}").fullmatch
_OFFICE: Final = frozenset(code.name for code in ReasonCode)


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
            QUERIES["hospital_outcomes"], asked.hospital_code, asked.agency, asked.claim_month, asked.outcome
        )
        ids = [row["claim_id"] for row in found]
        for at in range(0, len(ids), CLAIMS_A_PAGE):
            yield await self._database.fetch(QUERIES["outcome_rows"], ids[at : at + CLAIMS_A_PAGE], asked.outcome)


def returned_of(row: asyncpg.Record) -> ReturnedReceipt:
    """A returned claim with its reasons."""
    made = claims_events.ClaimAdjudicated.FromString(row["content"])
    return ReturnedReceipt(
        search_number=search_number_of(row["claim_id"]),
        receipt=row["receipt"],
        decided_in=Month.of(row["decided_at"].astimezone(BUSINESS_ZONE).date()),
        reasons=[_return_reason(each) for each in made.reasons],
    )


def _return_reason(reason: claim_pb2.Reason) -> ReturnReason:
    return ReturnReason(
        return_class=ReturnClass.OFFICE if reason.code in _OFFICE else ReturnClass.REVIEW,
        section="",
        code=reason.official_code if _is_return_code(reason.official_code) else "",
        text=reason.message_ja or in_japanese(reason.code) or reason.message,
    )


def reduced_of(row: asyncpg.Record, explanation: explanation_pb2.ClaimExplanation | None = None) -> ReducedReceipt:
    """A reduced claim with its cuts: those of lines as explained, and what they leave of the sum that was cut."""
    made = claims_events.ClaimAdjudicated.FromString(row["content"])
    cuts = [*_cuts_of_lines(explanation)] if explanation is not None else []
    rest = made.reduced_yen // YEN_PER_POINT - sum(cut.points_before - cut.points_after for cut in cuts)
    if rest:
        cuts.append(Cut(0, _letters(made.reasons), made.billed_points, made.billed_points - rest))
    return ReducedReceipt(
        search_number=search_number_of(row["claim_id"]), document=read_document(row["receipt"]), cuts=cuts
    )


def _cuts_of_lines(explanation: explanation_pb2.ClaimExplanation) -> Sequence[Cut]:
    return [
        Cut(each.line, each.official_code[:MOST_LETTERS], each.points_before, each.points_after)
        for each in explanation.findings
        if each.effect == explanation_pb2.RULE_EFFECT_REDUCE and each.HasField("points_after")
    ]


def _letters(reasons: Sequence[claim_pb2.Reason]) -> str:
    """The letters (増減点事由) of the reasons, each once, in their order."""
    known: Mapping[str, None] = dict.fromkeys(each.official_code for each in reasons if len(each.official_code) == 1)
    return "".join(known)[:MOST_LETTERS]
