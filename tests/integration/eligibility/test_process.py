"""The whole service on a real broker and a real PostgreSQL: a received claim is determined and announced."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_events
from seikyu.eligibility.v1 import coverage_pb2, events_pb2

from infra.local.databases import ServiceDatabase
from services.eligibility.adapters.events import DETERMINED_TOPIC, DETERMINED_TYPE, RECEIVED_TOPIC
from services.eligibility.adapters.store import PostgresCoverage
from services.eligibility.entrypoints.main import assemble
from services.eligibility.settings import EligibilitySettings
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.messages import Announcement, Event
from services.shared.chassis.postgres import Database
from services.shared.chassis.service import EXIT_DRAINED, Service, serve
from services.shared.kernel.ids import event_id
from tests.contracts.eligibility.suites import entry
from tests.support.chassis_parts import ChassisBroker, unique
from tests.support.edge import grpc_settings
from tests.support.stack import KafkaBroker
from tests.support.waiting import PATIENCE_S

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
NOW = datetime(2025, 10, 5, tzinfo=UTC)


@pytest.fixture
async def settings(tmp_path: Path, migrated: ServiceDatabase, kafka_broker: KafkaBroker) -> EligibilitySettings:
    key = tmp_path / "platform.key"
    key.write_bytes(b"k" * 32)
    account = kafka_broker.account("eligibility")
    return EligibilitySettings(
        postgres_dsn=migrated.dsn,
        kafka_bootstrap=account.bootstrap,
        kafka_username=account.username,
        kafka_password=account.password,
        kafka_ca_file=account.ca_file,
        platform_key_file=key,
        **grpc_settings(tmp_path).model_dump(exclude={"log_level", "trace_share", "crashpoint", "crashpoint_file"}),
    )


@pytest.fixture
async def running(settings: EligibilitySettings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    service = Service(name="eligibility", settings=EligibilitySettings, assemble=assemble)
    task = asyncio.create_task(serve(service, settings, stop=stop))
    yield
    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        assert await task == EXIT_DRAINED


def received(claim: str, member: str) -> Announcement:
    body = claims_events.ClaimReceived(claim_id=claim, treatment_month="202509", sex=2)
    body.payers.add(
        payer_number="01130012",
        kind=claim_pb2.PAYER_KIND_INSURER,
        member_key=member,
        branch="01",
        birth_digest="born-1980",
    )
    return Announcement(
        topic=RECEIVED_TOPIC,
        key=claim,
        event_id=event_id("jp.seikyu.claims.received.v1", claim, ""),
        type="jp.seikyu.claims.received.v1",
        source="claims",
        subject=claim,
        traceparent=TRACE,
        value=body.SerializeToString(),
        time=NOW,
    )


async def announced(broker: ChassisBroker, claims: set[str]) -> list[Event]:
    async with asyncio.timeout(PATIENCE_S):
        found: list[Event] = []
        while {event.key for event in found} != claims:
            size = await asyncio.to_thread(broker.size, DETERMINED_TOPIC)
            events = await asyncio.to_thread(broker.read, DETERMINED_TOPIC, size)
            found = [event for event in events if event.key in claims]
    return found


@pytest.mark.usefixtures("running")
async def test_a_received_claim_is_determined_and_announced_in_its_own_trace(
    kafka_broker: KafkaBroker, database: Database
) -> None:
    broker = ChassisBroker(real=kafka_broker)
    async with database.transaction(label="test") as tx:
        await PostgresCoverage(tx).record([entry("m1")], NOW)
    covered, unknown = unique("clm"), unique("clm")
    publisher = Publisher(broker.access)
    await publisher.publish([received(covered, "m1"), received(unknown, "m2"), received(covered, "m1")])

    events = {event.key: event for event in await announced(broker, {covered, unknown})}
    await publisher.close()

    reasons = {
        key: events_pb2.EligibilityDetermined.FromString(event.value).covers[0].reason for key, event in events.items()
    }
    assert reasons == {
        covered: coverage_pb2.COVER_REASON_COVERED,
        unknown: coverage_pb2.COVER_REASON_UNKNOWN_MEMBER,
    }
    assert {event.type for event in events.values()} == {DETERMINED_TYPE}
    assert {event.traceparent for event in events.values()} == {TRACE}
