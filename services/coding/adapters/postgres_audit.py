"""Reversals, histories and figures of codes in PostgreSQL."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from services.coding.adapters.answers import line_of, modifiers_of
from services.coding.application.auditing import Figures, Grouping, ReversedLine, WantedReversal
from services.coding.application.code_batch import LineCoding, RequestKey
from services.coding.domain.coding import Route
from services.coding.domain.drift import BINS, Spread
from services.coding.domain.reviewing import ReviewKind
from services.coding.domain.rulings import RulingOutcome, Told
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries
from services.shared.chassis.traceparent import new_traceparent

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "audit.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision on one line: which revision made it, why there was one, what it said, and by whom."""

    cause_event_id: str
    revision: int
    cause: str
    coding: LineCoding
    coder_version: str
    at: datetime
    by: str
    why: str


class PostgresReversals:
    """The reversals as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def holding(self, spelling: str, after: RequestKey, count: int) -> Mapping[RequestKey, str]:
        """The next answered requests with a line of this spelling, in key order, each with a traceparent."""
        rows = await self._tx.fetch(_QUERIES["requests_holding"], spelling, *after, count)
        return {
            (row["claim_id"], row["cause_event_id"]): new_traceparent(raised=True, trace_id=int(row["trace_id"], 16))
            for row in rows
        }

    async def find(self, reversal_id: str) -> WantedReversal | None:
        """What its first page said; None: nothing was taken back under this id."""
        row = await self._tx.fetchrow(_QUERIES["find_reversal"], reversal_id)
        if row is None:
            return None
        instead = Told(
            outcome=RulingOutcome(row["instead"]),
            disease_code=row["instead_code"],
            modifier_codes=modifiers_of(row["instead_modifiers"]),
            why=row["why"],
        )
        return WantedReversal(
            reversal_id=reversal_id,
            spelling=row["spelling"],
            disease_code=row["disease_code"],
            instead=instead,
            by=row["reversed_by"],
        )

    async def keep(self, wanted: WantedReversal, lines: Sequence[ReversedLine], *, now: datetime) -> None:
        """Keep who took back what, and why."""
        if not lines:
            return
        told = wanted.instead
        await self._tx.execute(
            _QUERIES["insert_reversal"],
            wanted.reversal_id,
            wanted.spelling,
            wanted.disease_code,
            told.outcome.value,
            told.disease_code,
            "".join(told.modifier_codes),
            told.why,
            wanted.by,
            now,
        )
        await self._tx.execute(
            _QUERIES["insert_reversal_lines"],
            wanted.reversal_id,
            [line.answer.claim_id for line in lines],
            [line.answer.cause_event_id for line in lines],
            [line.was.line for line in lines],
            [line.answer.revision + 1 for line in lines],
        )


class CodingRecords:
    """What was decided of claims, and figures of spans of time, as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def history(self, claim_id: str) -> Sequence[Decided]:
        """Every decision on every line of a claim, by request, line and revision; empty: it was never asked about."""
        return [_decided(row) for row in await self._tx.fetch(_QUERIES["history_of_claim"], claim_id)]

    async def figures(self, since: datetime, until: datetime, by: Grouping) -> Sequence[Figures]:
        """The figures of each group that had mentions in the span, by group."""
        now = await self._counted(since, until, by)
        before = await self._counted(since - (until - since), since, by)
        people = await self._agreement(since, until, by)
        return [
            Figures(
                group=group,
                routes=_routes(counts),
                spread=_spread(counts),
                before=_spread(before.get(group, Counter())),
                decided=people[group, ReviewKind.UNCODED][0],
                agreed=people[group, ReviewKind.UNCODED][1],
                checked=people[group, ReviewKind.DOUBLE_CHECK][0],
                upheld=people[group, ReviewKind.DOUBLE_CHECK][1],
            )
            for group, counts in sorted(now.items())
        ]

    async def _counted(
        self, since: datetime, until: datetime, by: Grouping
    ) -> Mapping[str, Counter[tuple[Route, int]]]:
        counted: defaultdict[str, Counter[tuple[Route, int]]] = defaultdict(Counter)
        for row in await self._tx.fetch(_QUERIES["figures"], since, until, by.value):
            counted[row["grouped_by"]][Route(row["route"]), row["bin"]] += row["mentions"]
        return counted

    async def _agreement(
        self, since: datetime, until: datetime, by: Grouping
    ) -> Mapping[tuple[str, ReviewKind], tuple[int, int]]:
        found: defaultdict[tuple[str, ReviewKind], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for row in await self._tx.fetch(_QUERIES["agreement"], since, until, by.value):
            found[row["grouped_by"], ReviewKind(row["kind"])] = (row["decided"], row["agreed"])
        return found


def _decided(row: asyncpg.Record) -> Decided:
    return Decided(
        cause_event_id=row["cause_event_id"],
        revision=row["revision"],
        cause=row["cause"],
        coding=line_of(row),
        coder_version=row["coder_version"],
        at=row["completed_at"],
        by=row["decided_by"],
        why=row["why"],
    )


def _routes(counts: Mapping[tuple[Route, int], int]) -> Mapping[Route, int]:
    routes: Counter[Route] = Counter()
    for (route, _), mentions in counts.items():
        routes[route] += mentions
    return routes


def _spread(counts: Mapping[tuple[Route, int], int]) -> Spread:
    bins: Counter[int] = Counter()
    for (_, place), mentions in counts.items():
        bins[place] += mentions
    return Spread(counts=tuple(bins[place] for place in range(BINS)))
