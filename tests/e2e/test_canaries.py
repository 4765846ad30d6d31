"""Personal data planted in receipts and requests leaves the four real services nowhere but where it is meant to.

Everything that leaves them is read: spans and metrics (OTLP as it arrives, Zipkin as it answers), the log files of
every process at debug level, every record of every topic with key, headers and value, dead letters and payers' topics
among them, every answer and error over gRPC, and what the other three services keep in their databases.

One exception, stated by `without_mentions`: the value of coding.requested holds the very texts that were to be coded
and in which the identifier screen found no patient, and coding keeps them for reviewers. An event that a stranger
injects with personal data in its value stays as it is, and so does its copy among the dead letters; their keys and
headers are searched like all others.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.coding.v1 import events_pb2 as coding_events

from infra.local.stack import Stack
from tests.support import planted
from tests.support.canaries import flat, whole
from tests.support.observed import Record, end_services, log_files, observed_platform, service_names
from tests.support.otlp_collector import OtlpCollector
from tests.support.planted import CANARIES, INSURER, PROGRAMME
from tests.support.planted_journey import (
    ACCEPTED,
    BATCH,
    FILE_BYTES,
    POISON,
    REFUSED,
    SINGLE,
    TOPICS,
    Answers,
    Journey,
)
from tests.support.zipkin import ZipkinStore

WITH_TEXTS = 3
TEXTS = {"passed text", "somebody else", "free text"}
"""What the identifier screen lets pass: it knows the patient, and finds no other person's name."""
SELDOM = {"OTEL_METRIC_EXPORT_INTERVAL": "5000"}
"""Cumulative metrics come again at each export; a few of them are enough."""
PASSED = {planted.CODED, planted.PASSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that left the services."""

    answers: Answers
    claims: Sequence[claim_pb2.Claim]
    records: Sequence[Record]
    logs: dict[str, bytes]
    otlp: bytes
    span_services: set[str]
    metrics: set[str]
    zipkin: str
    databases: dict[str, bytes]


async def kept_by(stack: Stack, name: str) -> bytes:
    """Every row of every table in a service's database, as text."""
    connection: Any = await asyncpg.connect(stack.parts.postgres.database(name).owner_dsn)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        rows = [await connection.fetch(f"SELECT kept::text FROM {table['name']} AS kept") for table in tables]
    finally:
        await connection.close()
    return whole(*(row[0].encode() for found in rows for row in found))


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """One platform, one journey; what it let out, read after its services have told everything and ended."""
    with OtlpCollector() as collector, observed_platform(collector, trace_share=1.0, variables=SELDOM) as stack:
        journey = Journey(stack, tmp_path_factory.mktemp("canaries"))
        claims = asyncio.run(journey.run())
        end_services(stack)
        yield Outside(
            answers=journey.answers,
            claims=claims,
            records=journey.records(),
            logs=log_files(stack),
            otlp=collector.raw,
            span_services={span.service for span in collector.spans},
            metrics={point.metric for point in collector.points},
            zipkin=ZipkinStore(stack.settings.zipkin_url).everything(),
            databases={name: asyncio.run(kept_by(stack, name)) for name in service_names(stack) if name != "claims"},
        )


def without_mentions(record: Record) -> Record:
    """coding.requested without the texts that were to be coded; the texts must be those that may be sent."""
    request = coding_events.CodingRequested.FromString(record.value)
    assert {mention.text for mention in request.mentions} == PASSED
    for mention in request.mentions:
        mention.text = ""
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=request.SerializeToString(),
        headers=record.headers,
    )


def is_injected(record: Record) -> bool:
    return record.value in POISON


def test_every_canary_is_in_what_was_submitted_and_the_search_finds_it_there() -> None:
    submitted = whole(*SINGLE, *BATCH, FILE_BYTES, *REFUSED, planted.broken_file())

    found = {leak.canary for leak in CANARIES.leaks([("submitted", submitted)])}

    spelled_otherwise = {"birth slashes", "birth dots", "birth kanji", "birth era short", "telephone digits"}
    assert CANARIES.texts.keys() - found == spelled_otherwise | {"symbol and number"}


def test_the_journey_took_every_way_there_is(outside: Outside) -> None:
    states = {each.state for each in outside.claims}
    topics = {each.topic for each in outside.records}

    assert states == {
        claim_pb2.CLAIM_STATE_APPROVED,
        claim_pb2.CLAIM_STATE_REDUCED,
        claim_pb2.CLAIM_STATE_RETURNED,
        claim_pb2.CLAIM_STATE_PENDED,
    }
    assert len(outside.claims) == ACCEPTED
    assert outside.answers.findings > 4 * len(REFUSED)
    assert len(outside.answers.errors) >= 12
    assert topics == {
        *TOPICS,
        *(f"{topic}.dlq" for topic in TOPICS),
        f"settlement.{INSURER}",
        f"settlement.{PROGRAMME}",
    }
    assert outside.span_services == {"claims", "eligibility", "coding", "settlement"}
    assert {"seikyu.claims", "seikyu.money", "rpc.server.call.duration"} <= outside.metrics
    assert {f"{name}.log" for name in outside.span_services} <= outside.logs.keys()
    assert all(b'"event"' in outside.logs[f"{name}.log"] for name in outside.span_services)


def test_no_span_and_no_metric_holds_personal_data(outside: Outside) -> None:
    leaks = CANARIES.leaks([("otlp", outside.otlp), ("zipkin", outside.zipkin.encode())])

    assert len(outside.zipkin) > 10_000
    assert flat(leaks) == []


def test_no_log_of_any_process_holds_personal_data(outside: Outside) -> None:
    assert flat(CANARIES.leaks(outside.logs.items())) == []


def test_no_key_and_no_header_of_any_event_holds_personal_data(outside: Outside) -> None:
    places = [
        (
            f"{each.topic}[{each.offset}]",
            whole(each.key, *(whole(name.encode(), value) for name, value in each.headers)),
        )
        for each in outside.records
    ]

    assert flat(CANARIES.leaks(places)) == []


def test_no_event_holds_personal_data_but_the_very_texts_to_be_coded_which_name_no_patient(outside: Outside) -> None:
    own = [each for each in outside.records if not is_injected(each)]
    asked = [each for each in own if each.topic == "coding.requested"]
    others = [each for each in own if each.topic != "coding.requested"]
    values = [(f"{each.topic}[{each.offset}]", each.value) for each in [*others, *map(without_mentions, asked)]]
    sent = {leak.canary for leak in CANARIES.leaks([("coding.requested", each.value) for each in asked])}

    assert flat(CANARIES.leaks(values)) == []
    assert len(asked) == WITH_TEXTS
    assert sent <= TEXTS
    assert sent


def test_a_dead_letter_adds_nothing_to_the_event_it_keeps(outside: Outside) -> None:
    dead = [each for each in outside.records if each.topic.endswith(".dlq")]

    assert all(is_injected(each) for each in dead)
    assert len(dead) == len(TOPICS) * len(POISON)
    assert {each.header("dlq-reason") for each in dead} <= {"unreadable", "invalid"}


def test_no_answer_over_grpc_and_no_error_s_detail_holds_personal_data(outside: Outside) -> None:
    answers = outside.answers
    places: list[tuple[str, bytes]] = [(f"response {place}", each) for place, each in enumerate(answers.responses)]
    places += [(f"error {place}", each) for place, each in enumerate(answers.errors)]

    assert flat(CANARIES.leaks(places)) == []


def test_the_other_services_keep_no_personal_data(outside: Outside) -> None:
    others = {name: held for name, held in outside.databases.items() if name != "coding"}

    assert all(others.values())
    assert flat(CANARIES.leaks(others.items())) == []


def test_coding_keeps_for_reviewers_the_very_texts_that_it_was_asked_about_and_nothing_else(outside: Outside) -> None:
    kept = {leak.canary for leak in CANARIES.leaks([("coding", outside.databases["coding"])])}

    assert kept <= TEXTS
    assert kept
