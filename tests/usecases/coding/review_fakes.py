"""The review queue in memory; passes the suite that the real one passes (tests/contracts/coding)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.coding.application.code_batch import Answer, LineKey, RequestKey
from services.coding.application.reviewing import FOR_PEOPLE, ModelView, ReviewDecision, ReviewItem, StepDone
from services.coding.domain.coding import AUTOMATIC
from services.coding.domain.reviewing import ReviewKind, ReviewStep


@dataclass(slots=True)
class MemoryReviews:
    items: dict[str, ReviewItem] = field(default_factory=dict)
    steps: list[tuple[str, StepDone]] = field(default_factory=list)
    decisions: list[ReviewDecision] = field(default_factory=list)

    async def open(self, items: Sequence[ReviewItem]) -> None:
        for item in items:
            self.items.setdefault(item.item_id, item)

    async def lock(self, item_id: str) -> ReviewItem | None:
        return self.items.get(item_id)

    async def hold(self, keys: Sequence[RequestKey]) -> frozenset[LineKey]:
        """One user at a time has the memory anyhow."""
        items = self.items.values()
        return frozenset((*each.key, each.seen.line) for each in items if each.key in keys and each.standing.decisions)

    async def lock_next(self, reviewer: str, now: datetime) -> ReviewItem | None:
        waiting = [item for item in self.items.values() if _may_be_offered(item, reviewer, now)]
        return min(waiting, key=lambda item: (item.due_at, item.item_id), default=None)

    async def settle(self, answers: Sequence[Answer], now: datetime) -> None:
        routes = {(answer.key, line.line): line.route for answer in answers for line in answer.codings}
        for item in list(self.items.values()):
            route, is_waiting = routes.get((item.key, item.seen.line)), item.standing.resolved_at is None
            is_double = item.kind is ReviewKind.DOUBLE_CHECK
            wanted = is_waiting and route in AUTOMATIC if is_double else route in FOR_PEOPLE
            if route is None or item.standing.decisions or wanted == is_waiting:
                continue
            standing = replace(item.standing, resolved_at=None if wanted else now, assignee="", leased_until=None)
            done = StepDone(step=ReviewStep.RECODED, reviewer="", at=now)
            await self.keep(replace(item, standing=standing), done)

    async def tell(self, views: Mapping[LineKey, ModelView]) -> None:
        for item in list(self.items.values()):
            view = views.get((*item.key, item.seen.line))
            if view is not None:
                self.items[item.item_id] = replace(item, model_view=view)

    async def keep(self, item: ReviewItem, done: StepDone) -> None:
        self.items[item.item_id] = item
        self.steps.append((item.item_id, done))

    async def decide(self, item: ReviewItem, decision: ReviewDecision) -> None:
        self.items[item.item_id] = item
        self.decisions.append(decision)


def _may_be_offered(item: ReviewItem, reviewer: str, now: datetime) -> bool:
    standing = item.standing
    return (
        standing.resolved_at is None
        and not standing.holder(now)
        and reviewer not in (*standing.skipped_by, *standing.escalated_by)
    )
