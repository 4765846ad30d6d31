"""What every review queue does: the fake of the use cases' tests and the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.coding.adapters.answers import PostgresAnswers
from services.coding.adapters.postgres_reviews import PostgresReviews, ReviewReads
from services.coding.application.code_batch import LineCoding, SeenCandidate
from services.coding.application.reviewing import (
    ModelView,
    ReviewDecision,
    ReviewItem,
    Reviews,
    StepDone,
    items_of,
)
from services.coding.domain.coding import Route
from services.coding.domain.reviewing import NEW, ReviewKind, ReviewStep, Standing
from services.coding.domain.rulings import Ruling, RulingOutcome
from services.coding.domain.verify import Patient, Sex
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.ids import review_item_id
from tests.contracts.coding.test_answers import ANSWER as WITHOUT_CANDIDATES
from tests.support.stack import PostgresCluster
from tests.usecases.coding.review_fakes import MemoryReviews

ANSWER = replace(
    WITHOUT_CANDIDATES,
    patient=Patient(sex=Sex.FEMALE, age_band_years=60),
    hospital_code="1310000003",
    codings=(
        LineCoding(line=1, route=Route.UNRESOLVED, disease_code="", spelling="謎"),
        LineCoding(
            line=4,
            route=Route.REVIEW,
            disease_code="8290001",
            modifier_codes=("2049",),
            spelling="左骨折",
            p=0.6,
            reason="not-alone",
            candidates=(SeenCandidate(code="8290001", p=0.6, found_by="骨折"),),
        ),
    ),
)
NOW = datetime(2024, 11, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)
SATO, SUZUKI = "operator:sato", "operator:suzuki"
ITEMS = {item.seen.line: item for item in items_of([ANSWER], service_level=timedelta(hours=72))}
FIRST = min(ITEMS.values(), key=lambda item: item.item_id)
SECOND = max(ITEMS.values(), key=lambda item: item.item_id)
TAKEN = StepDone(step=ReviewStep.TAKEN, reviewer=SATO, at=NOW)
HELD = Standing(assignee=SATO, leased_until=LATER)


@dataclass(slots=True)
class Store:
    database: Database | None
    memory: MemoryReviews = field(default_factory=MemoryReviews)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Reviews]:
        if self.database is None:
            yield self.memory
        else:
            async with self.database.transaction(label="test") as tx:
                yield PostgresReviews(tx)

    async def found(self, item: ReviewItem) -> ReviewItem:
        async with self.open() as reviews:
            found = await reviews.lock(item.item_id)
        assert found is not None
        return found

    async def stands(self, item: ReviewItem, standing: Standing) -> None:
        async with self.open() as reviews:
            await reviews.keep(replace(item, standing=standing), TAKEN)

    async def next_for(self, reviewer: str, now: datetime = NOW) -> ReviewItem | None:
        async with self.open() as reviews:
            return await reviews.lock_next(reviewer, now)


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    database = Database(pool)
    async with database.transaction(label="test") as tx:
        await PostgresAnswers(tx).add([ANSWER])
        await PostgresReviews(tx).open(list(ITEMS.values()))
    yield database
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """The queue with the answer's two items."""
    if request.param == "postgres":
        return Store(request.getfixturevalue("database"))
    return Store(None, MemoryReviews({item.item_id: item for item in ITEMS.values()}))


async def test_an_item_is_found_as_it_was_opened(store: Store) -> None:
    for item in ITEMS.values():
        assert await store.found(item) == item


async def test_an_item_that_is_there_already_stays_as_it_is(store: Store) -> None:
    await store.stands(FIRST, HELD)
    async with store.open() as reviews:
        await reviews.open([FIRST])

    assert (await store.found(FIRST)).standing == HELD


async def test_what_does_not_exist_is_not_found(store: Store) -> None:
    async with store.open() as reviews:
        assert await reviews.lock("rvw_" + "0" * 32) is None


async def test_a_standing_is_found_as_it_was_kept(store: Store) -> None:
    standing = Standing(
        assignee=SATO,
        leased_until=LATER,
        skipped_by=(SUZUKI,),
        escalated_by=("operator:ito",),
        decisions=2,
        resolved_at=NOW,
    )
    await store.stands(FIRST, standing)

    assert (await store.found(FIRST)).standing == standing


async def test_of_those_due_at_the_same_time_the_lesser_id_is_next(store: Store) -> None:
    assert await store.next_for(SATO) == FIRST


@pytest.mark.parametrize(
    "standing",
    [HELD, Standing(skipped_by=(SUZUKI,)), Standing(escalated_by=(SUZUKI,)), Standing(decisions=1, resolved_at=NOW)],
    ids=["held", "skipped", "escalated", "resolved"],
)
async def test_an_item_that_must_not_be_offered_is_passed_over(store: Store, standing: Standing) -> None:
    await store.stands(FIRST, standing)

    assert await store.next_for(SUZUKI) == SECOND


async def test_an_item_whose_lease_is_over_is_next_again(store: Store) -> None:
    await store.stands(FIRST, HELD)

    found = await store.next_for(SUZUKI, LATER)
    assert found is not None
    assert found.item_id == FIRST.item_id


async def test_nothing_is_next_where_nothing_waits(store: Store) -> None:
    for item in ITEMS.values():
        await store.stands(item, HELD)

    assert await store.next_for(SUZUKI) is None


async def test_a_line_that_coding_anew_made_sure_of_waits_no_longer_and_comes_back_where_it_is_unsure_again(
    store: Store,
) -> None:
    await store.stands(ITEMS[1], HELD)
    sure = LineCoding(line=1, route=Route.RANKED, disease_code="3669004")
    async with store.open() as reviews:
        await reviews.settle([replace(ANSWER, codings=(sure, ANSWER.codings[1]))], LATER)
    closed = (await store.found(ITEMS[1])).standing
    async with store.open() as reviews:
        await reviews.settle([ANSWER], LATER)

    assert closed == Standing(resolved_at=LATER)
    assert (await store.found(ITEMS[1])).standing == Standing()
    assert (await store.found(ITEMS[4])).standing == Standing()


async def test_what_a_person_decided_is_not_settled_by_coding_anew(store: Store) -> None:
    resolved = Standing(decisions=1, resolved_at=NOW)
    await store.stands(ITEMS[1], resolved)
    async with store.open() as reviews:
        await reviews.settle([ANSWER], LATER)

    assert (await store.found(ITEMS[1])).standing == resolved


async def test_held_requests_tell_the_lines_that_people_decided(store: Store) -> None:
    await store.stands(ITEMS[4], Standing(decisions=1, resolved_at=NOW))
    async with store.open() as reviews:
        assert await reviews.hold([ANSWER.key]) == {(*ANSWER.key, 4)}
    async with store.open() as reviews:
        assert await reviews.hold([]) == frozenset()


async def test_a_double_check_waits_no_longer_where_its_line_is_automatic_no_more(store: Store) -> None:
    double = replace(
        ITEMS[1],
        item_id=review_item_id(*ANSWER.key, 1, ReviewKind.DOUBLE_CHECK.value),
        kind=ReviewKind.DOUBLE_CHECK,
        standing=NEW,
    )
    sure = replace(ANSWER, codings=(LineCoding(line=1, route=Route.RANKED, disease_code="3669004"),))
    async with store.open() as reviews:
        await reviews.open([double])
        await reviews.settle([sure], NOW)
    waiting = (await store.found(double)).standing
    for answer in (ANSWER, sure):
        async with store.open() as reviews:
            await reviews.settle([answer], LATER)

    assert waiting == NEW
    assert (await store.found(double)).standing == Standing(resolved_at=LATER)


async def test_the_advisers_view_is_found_on_its_line(store: Store) -> None:
    view = ModelView(pick="8290001", model="domestic-3b")
    async with store.open() as reviews:
        await reviews.tell({(*ANSWER.key, 4): view})

    assert (await store.found(ITEMS[4])).model_view == view
    assert (await store.found(ITEMS[1])).model_view is None


async def test_steps_and_decisions_are_read_in_order(database: Database) -> None:
    decisions = [
        ReviewDecision(
            item_id=FIRST.item_id,
            number=number,
            ruling=Ruling(
                outcome=outcome, disease_code=code, modifier_codes=("2049",) if code else (), candidate=place, why="x"
            ),
            reviewer=SATO,
            decided_at=NOW,
            revision=number,
        )
        for number, outcome, code, place in [
            (1, RulingOutcome.CODED, "8290001", 1),
            (2, RulingOutcome.NO_DIAGNOSIS, "", 0),
        ]
    ]
    skipped = StepDone(step=ReviewStep.SKIPPED, reviewer=SUZUKI, at=LATER, note="")
    async with database.transaction(label="test") as tx:
        reviews = PostgresReviews(tx)
        for done in (TAKEN, skipped):
            await reviews.keep(FIRST, done)
        for decision in decisions:
            await reviews.decide(FIRST, decision)

    history = await ReviewReads(database).history(FIRST.item_id)
    assert history.steps == (TAKEN, skipped)
    assert history.decisions == tuple(decisions)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review_decision SET why = ''",
        "DELETE FROM review_decision",
        "UPDATE review_step SET note = ''",
        "DELETE FROM review_item",
        "UPDATE review_item SET due_at = now()",
    ],
)
async def test_the_services_own_role_changes_nothing_but_an_items_standing(database: Database, statement: str) -> None:
    async with database.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
