"""The review queue in PostgreSQL: row locks in id order, and past locked rows for whoever asks for the next item."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.coding.adapters.answers import line_of, patient_of
from services.coding.application.code_batch import Answer, LineKey, RequestKey
from services.coding.application.reviewing import (
    FOR_PEOPLE,
    ModelView,
    ReviewDecision,
    ReviewItem,
    StepDone,
)
from services.coding.domain.coding import AUTOMATIC
from services.coding.domain.master import MODIFIER_CODE_DIGITS
from services.coding.domain.reviewing import ReviewKind, ReviewState, ReviewStep, Standing
from services.coding.domain.rulings import Ruling, RulingOutcome
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries
from services.shared.kernel.months import Month

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "reviews.sql")

Position = tuple[datetime, str]
"""Due time and item id: where a page ended."""


class PostgresReviews:
    """The queue as one transaction sees it."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def open(self, items: Sequence[ReviewItem]) -> None:
        """Put new items into the queue."""
        if not items:
            return
        await self._tx.execute(
            _QUERIES["insert_items"],
            [item.item_id for item in items],
            [item.kind.value for item in items],
            [item.claim_id for item in items],
            [item.cause_event_id for item in items],
            [item.seen.line for item in items],
            [str(item.treatment_month) for item in items],
            [item.traceparent for item in items],
            [item.opened_at for item in items],
            [item.due_at for item in items],
        )

    async def lock(self, item_id: str) -> ReviewItem | None:
        """The item, with all of its request locked."""
        await self._tx.fetch(_QUERIES["lock_request"], item_id)
        return await self._read(item_id)

    async def hold(self, keys: Sequence[RequestKey]) -> frozenset[LineKey]:
        """The items of these requests, locked; those of their lines that a person has decided."""
        claims, causes = [claim for claim, _ in keys], [cause for _, cause in keys]
        rows = await self._tx.fetch(_QUERIES["hold_requests"], claims, causes)
        return frozenset((row["claim_id"], row["cause_event_id"], row["line"]) for row in rows if row["decisions"])

    async def lock_next(self, reviewer: str, now: datetime) -> ReviewItem | None:
        """The next item for the reviewer, locked."""
        item_id = await self._tx.fetchval(_QUERIES["lock_next"], reviewer, now)
        return await self._read(item_id) if item_id is not None else None

    async def settle(self, answers: Sequence[Answer], now: datetime) -> None:
        """Close and open items as their lines, decided anew, want it."""
        lines = [(answer, coding) for answer in answers for coding in answer.codings]
        await self._tx.execute(
            _QUERIES["settle_items"],
            [answer.claim_id for answer, _ in lines],
            [answer.cause_event_id for answer, _ in lines],
            [coding.line for _, coding in lines],
            [coding.route in FOR_PEOPLE for _, coding in lines],
            [coding.route in AUTOMATIC for _, coding in lines],
            now,
        )

    async def tell(self, views: Mapping[LineKey, ModelView]) -> None:
        """Keep what the adviser said of lines."""
        await self._tx.execute(
            _QUERIES["keep_model_views"],
            [claim for claim, _, _ in views],
            [cause for _, cause, _ in views],
            [line for _, _, line in views],
            [json.dumps({"pick": view.pick, "model": view.model}) for view in views.values()],
        )

    async def keep(self, item: ReviewItem, done: StepDone) -> None:
        """Keep a locked item's new standing, and what was done."""
        await self._keep_standing(item)
        await self._tx.execute(
            _QUERIES["insert_step"], item.item_id, done.step.value, done.reviewer, done.at, done.note
        )

    async def decide(self, item: ReviewItem, decision: ReviewDecision) -> None:
        """Keep a locked item's new standing, and what was decided."""
        await self._keep_standing(item)
        ruling = decision.ruling
        await self._tx.execute(
            _QUERIES["insert_decision"],
            decision.item_id,
            decision.number,
            ruling.outcome.value,
            ruling.disease_code,
            "".join(ruling.modifier_codes),
            ruling.candidate,
            ruling.why,
            decision.reviewer,
            decision.decided_at,
            decision.revision,
        )

    async def _keep_standing(self, item: ReviewItem) -> None:
        standing = item.standing
        await self._tx.execute(
            _QUERIES["keep_standing"],
            item.item_id,
            standing.assignee,
            standing.leased_until,
            standing.skipped_by,
            standing.escalated_by,
            standing.decisions,
            standing.resolved_at,
        )

    async def _read(self, item_id: str) -> ReviewItem | None:
        row = await self._tx.fetchrow(_QUERIES["read_items"], [item_id])
        return _item(row) if row is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which items a list shows. `state` None: whatever is not resolved; `held_by` a person: what he holds."""

    state: ReviewState | None = None
    month: Month | None = None
    opened_before: datetime | None = None
    past_due: bool = False
    held_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHistory:
    """All that was decided of an item and done with it, each in order."""

    decisions: tuple[ReviewDecision, ...]
    steps: tuple[StepDone, ...]


class ReviewReads:
    """What the queue tells; nothing here locks."""

    def __init__(self, database: Database) -> None:
        """Each answer is a statement or two of its own."""
        self._database = database

    async def page(
        self, wanted: ReviewFilter, after: Position | None, limit: int, now: datetime
    ) -> Sequence[ReviewItem]:
        """At most `limit` items behind a position, by due time."""
        rows = await self._page(wanted, after or (None, None), limit, now)
        items = await self._database.fetch(_QUERIES["read_items"], [row["item_id"] for row in rows])
        return [_item(item) for item in items]

    async def one(self, item_id: str) -> ReviewItem | None:
        """An item; None: there is none."""
        rows = await self._database.fetch(_QUERIES["read_items"], [item_id])
        return _item(rows[0]) if rows else None

    async def history(self, item_id: str) -> ReviewHistory:
        """What became of an item."""
        decisions = await self._database.fetch(_QUERIES["decisions_of_item"], item_id)
        steps = await self._database.fetch(_QUERIES["steps_of_item"], item_id)
        return ReviewHistory(
            decisions=tuple(_decision(row) for row in decisions),
            steps=tuple(
                StepDone(step=ReviewStep(row["step"]), reviewer=row["reviewer"], at=row["at"], note=row["note"])
                for row in steps
            ),
        )

    async def _page(
        self, wanted: ReviewFilter, after: tuple[datetime | None, str | None], limit: int, now: datetime
    ) -> Sequence[asyncpg.Record]:
        month = str(wanted.month) if wanted.month is not None else None
        narrowed: tuple[Any, ...] = (month, wanted.opened_before)
        if wanted.held_by:
            held = (wanted.held_by, now, *narrowed, wanted.past_due, *after, limit)
            return await self._database.fetch(_QUERIES["held_items"], *held)
        if wanted.state is ReviewState.RESOLVED:
            return await self._database.fetch(_QUERIES["resolved_items"], *narrowed, *after, limit)
        state = wanted.state.value if wanted.state is not None else None
        return await self._database.fetch(
            _QUERIES["waiting_items"], now, state, *narrowed, wanted.past_due, *after, limit
        )


def _item(row: asyncpg.Record) -> ReviewItem:
    return ReviewItem(
        item_id=row["item_id"],
        kind=ReviewKind(row["kind"]),
        claim_id=row["claim_id"],
        cause_event_id=row["cause_event_id"],
        treatment_month=Month.parse(row["treatment_month"]),
        patient=patient_of(row),
        seen=line_of(row),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        traceparent=row["traceparent"],
        hospital_code=row["hospital_code"],
        standing=Standing(
            assignee=row["assignee"],
            leased_until=row["leased_until"],
            skipped_by=tuple(row["skipped_by"]),
            escalated_by=tuple(row["escalated_by"]),
            decisions=row["decisions"],
            resolved_at=row["resolved_at"],
        ),
        model_view=_model_view(row["model_view"]),
    )


def _model_view(told: str | None) -> ModelView | None:
    if told is None:
        return None
    view = json.loads(told)
    return ModelView(pick=view["pick"], model=view["model"])


def _decision(row: asyncpg.Record) -> ReviewDecision:
    joined = row["modifier_codes"]
    starts = range(0, len(joined), MODIFIER_CODE_DIGITS)
    return ReviewDecision(
        item_id=row["item_id"],
        number=row["number"],
        ruling=Ruling(
            outcome=RulingOutcome(row["outcome"]),
            disease_code=row["disease_code"],
            modifier_codes=tuple(joined[start : start + MODIFIER_CODE_DIGITS] for start in starts),
            candidate=row["candidate"],
            why=row["why"],
        ),
        reviewer=row["reviewer"],
        decided_at=row["decided_at"],
        revision=row["revision"],
    )
