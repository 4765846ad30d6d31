"""The backlog in PostgreSQL: which requests are chosen, page by page, and what is announced of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from seikyu.coding.v1 import events_pb2

from services.coding.adapters.answers import PostgresAnswers
from services.coding.adapters.backlog import BACKLOG_TOPIC, PostgresBacklog
from services.coding.adapters.events import read_request
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.backlog import Choice, Page, Position, put_on_backlog
from services.coding.application.code_batch import Answer, LineCoding
from services.coding.application.revising import RevisionCause, revised
from services.coding.domain.coding import Route
from services.coding.domain.verify import Patient, Sex
from services.shared.chassis.messages import Event
from services.shared.chassis.postgres import Database, open_pool
from services.shared.chassis.traceparent import trace_id_of
from services.shared.kernel.months import Month
from tests.support.stack import PostgresCluster

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PATIENT = Patient(sex=Sex.FEMALE, age_band_years=60)
OPEN = LineCoding(line=1, route=Route.UNRESOLVED, disease_code="", spelling="謎")
LOOKED_AT = LineCoding(line=2, route=Route.REVIEW, disease_code="8290001", spelling="左骨折")
SURE = LineCoding(line=3, route=Route.EXACT, disease_code="8833421", spelling="高血圧症")
CHOICE = Choice(since=BEGAN, until=BEGAN + timedelta(days=1), routes=frozenset({Route.UNRESOLVED, Route.REVIEW}))


def answer(number: int, *lines: LineCoding, version: str = "rules-1") -> Answer:
    return Answer(
        claim_id=f"clm_{number:032x}",
        cause_event_id=f"evt_{number:032x}",
        treatment_month=Month(2024, 10),
        codings=lines,
        coder_version=version,
        completed_at=BEGAN + timedelta(hours=number // 2),
        traceparent=f"00-{number + 1:032x}-{'b' * 16}-00",
        patient=PATIENT,
        hospital_code="1310000001",
    )


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


async def keep(database: Database, *answers: Answer) -> None:
    async with database.transaction(label="test") as tx:
        await PostgresAnswers(tx).add(answers)


async def page(database: Database, choice: Choice = CHOICE, after: Position | None = None, size: int = 100) -> Page:
    async with database.transaction(label="test") as tx:
        return await PostgresBacklog(tx).page(choice, after, size)


def told(found: Page) -> list[tuple[int, list[int]]]:
    return [(int(each.claim_id[4:], 16), [mention.line for mention in each.mentions]) for each in found.requests]


async def test_lines_are_chosen_by_their_route_with_what_is_kept_of_them(database: Database) -> None:
    await keep(database, answer(0, OPEN, LOOKED_AT, SURE), answer(1, SURE))
    [request] = (await page(database)).requests

    assert [(mention.line, mention.text) for mention in request.mentions] == [(1, "謎"), (2, "左骨折")]
    assert (request.key, request.patient) == (answer(0).key, PATIENT)
    assert trace_id_of(request.traceparent) == trace_id_of(answer(0).traceparent)


async def test_the_pages_are_the_whole_without_repeats_also_where_many_were_answered_at_once(
    database: Database,
) -> None:
    await keep(database, *[answer(number, OPEN) for number in range(7)])
    pages: list[Page] = [await page(database, size=3)]
    while pages[-1].last is not None:
        pages.append(await page(database, after=pages[-1].last, size=3))

    assert [[number for number, _ in told(each)] for each in pages] == [[0, 1, 2], [3, 4, 5], [6]]
    async with database.transaction(label="test") as tx:
        assert await PostgresBacklog(tx).count(CHOICE) == 7


async def test_requests_answered_at_other_times_or_before_spellings_were_kept_are_left_out(database: Database) -> None:
    early, late = replace(answer(0, OPEN), completed_at=BEGAN - timedelta(seconds=1)), answer(48, OPEN)
    await keep(database, early, late, answer(1, replace(OPEN, spelling="")), answer(2, OPEN))

    assert told(await page(database)) == [(2, [1])]


async def test_a_line_is_chosen_as_it_stands_by_the_coder_that_decided_it(database: Database) -> None:
    first, second = answer(0, OPEN, LOOKED_AT), answer(1, OPEN)
    await keep(database, first, second)
    coded = replace(OPEN, route=Route.RANKED, disease_code="2500013")
    person = replace(LOOKED_AT, route=Route.REVIEWED)
    revision = revised(first, [coded, person], cause=RevisionCause.RECODED, coder_version="rules-2/x", now=BEGAN)
    async with database.transaction(label="test") as tx:
        await PostgresRevisions(tx).add([revision])

    ranked = frozenset({Route.RANKED})
    assert told(await page(database)) == [(1, [1])]
    assert told(await page(database, replace(CHOICE, routes=ranked))) == [(0, [1])]
    assert told(await page(database, replace(CHOICE, routes=ranked, coder_version="rules-1"))) == []
    assert told(await page(database, replace(CHOICE, routes=ranked, coder_version="rules-2"))) == [(0, [1])]


async def test_an_event_of_the_backlog_is_the_request_once_more(database: Database) -> None:
    await keep(database, answer(0, OPEN, SURE))
    async with database.transaction(label="test") as tx:
        found = await put_on_backlog(PostgresBacklog(tx), CHOICE, after=None, size=9, now=BEGAN, dry_run=False)
        [event] = tx.announcements

    headers = [("ce_id", event.event_id.encode()), ("traceparent", event.traceparent.encode())]
    assert event.topic == BACKLOG_TOPIC
    assert read_request(Event(event.topic, 0, 0, event.key, event.value, headers)) == found.requests[0]
    assert events_pb2.CodingRequested.FromString(event.value).requested_time.ToDatetime(UTC) == BEGAN


async def test_what_is_only_looked_at_is_not_announced(database: Database) -> None:
    await keep(database, answer(0, OPEN))
    async with database.transaction(label="test") as tx:
        found = await put_on_backlog(PostgresBacklog(tx), CHOICE, after=None, size=9, now=BEGAN, dry_run=True)
        assert (found.lines, tx.announcements) == (1, [])


@pytest.mark.parametrize("routes", [frozenset[Route](), frozenset({Route.REVIEWED})])
def test_nothing_and_what_a_person_decided_cannot_be_chosen(routes: frozenset[Route]) -> None:
    with pytest.raises(ValueError, match="chosen"):
        replace(CHOICE, routes=routes)
