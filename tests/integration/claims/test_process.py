"""The whole service on a real broker and a real PostgreSQL: eligibility's answer makes a decision and its event."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1 import events_pb2 as claims_events
from seikyu.eligibility.v1 import coverage_pb2, events_pb2

from infra.local.authority import ensure_token_keys
from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.application.intake import Intake, assess_all
from services.claims.application.model import Agency, Sender, Submitted
from services.claims.application.recent import RecentReceipts
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.main import assemble
from services.claims.settings import ClaimsSettings
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.messages import Announcement, Event
from services.shared.chassis.postgres import Database
from services.shared.chassis.service import EXIT_DRAINED, Service, serve
from services.shared.kernel.ids import ClaimId, event_id
from tests.integration.claims.test_ledger import NoTraces
from tests.support.chassis_parts import ChassisBroker
from tests.support.edge import grpc_settings
from tests.support.stack import KafkaBroker
from tests.support.uke import plain_receipt
from tests.support.waiting import PATIENCE_S

HOSPITAL = "1310000003"
KEY = b"k" * 32
NOW = datetime(2026, 4, 10, tzinfo=UTC)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
DETERMINED_TYPE = "jp.seikyu.eligibility.determined.v1"


@pytest.fixture
async def settings(tmp_path: Path, migrated: ServiceDatabase, kafka_broker: KafkaBroker) -> ClaimsSettings:
    key = tmp_path / "platform.key"
    key.write_bytes(KEY)
    account = kafka_broker.account("claims")
    return ClaimsSettings(
        postgres_dsn=migrated.dsn,
        kafka_bootstrap=account.bootstrap,
        kafka_username=account.username,
        kafka_password=account.password,
        kafka_ca_file=account.ca_file,
        platform_key_file=key,
        token_private_key_file=ensure_token_keys(tmp_path).key_file,
        **grpc_settings(tmp_path).model_dump(exclude={"log_level", "trace_share", "crashpoint", "crashpoint_file"}),
    )


@pytest.fixture
async def running(settings: ClaimsSettings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    service = Service(name="claims", settings=ClaimsSettings, assemble=assemble)
    task = asyncio.create_task(serve(service, settings, stop=stop))
    yield
    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        assert await task == EXIT_DRAINED


def determined(claim: ClaimId) -> Announcement:
    body = events_pb2.EligibilityDetermined(claim_id=claim)
    body.covers.add(payer_number="01130012", covered=True, reason=coverage_pb2.COVER_REASON_COVERED, copay_tenths=3)
    return Announcement(
        topic="eligibility.determined",
        key=claim,
        event_id=event_id(DETERMINED_TYPE, claim, ""),
        type=DETERMINED_TYPE,
        source="eligibility",
        subject=claim,
        traceparent=TRACE,
        value=body.SerializeToString(),
        time=NOW,
    )


async def announced(broker: ChassisBroker, topic: str, claim: ClaimId) -> list[Event]:
    async with asyncio.timeout(PATIENCE_S):
        found: list[Event] = []
        while not found:
            size = await asyncio.to_thread(broker.size, topic)
            events = await asyncio.to_thread(broker.read, topic, size)
            found = [event for event in events if event.key == claim]
    return found


async def submit(database: Database) -> ClaimId:
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt())
    intake = Intake(recent=RecentReceipts(), coding_wait=timedelta(seconds=2))
    async with database.transaction(label="test") as tx:
        ledger = PostgresLedger(tx, KEY)
        receipts = assess_all(HOSPITAL, [submitted], Profile.STRICT)
        sender = Sender(hospital_code=HOSPITAL, origin=None)
        answers = await intake.accept(ledger, NoTraces(), sender, receipts, now=NOW)
    known = answers[0].claim_id
    assert known is not None
    return known


@pytest.mark.usefixtures("running")
async def test_an_accepted_claim_is_announced_and_decided_once_in_its_own_trace(
    kafka_broker: KafkaBroker, database: Database
) -> None:
    broker = ChassisBroker(real=kafka_broker)
    claim = await submit(database)
    (received,) = await announced(broker, "claims.received", claim)
    publisher = Publisher(broker.access)
    await publisher.publish([determined(claim), determined(claim)])

    (adjudicated,) = await announced(broker, "claims.adjudicated", claim)
    await publisher.close()

    body = claims_events.ClaimAdjudicated.FromString(adjudicated.value)
    assert body.outcome == claim_pb2.CLAIM_STATE_APPROVED
    assert (body.billed_yen, body.patient_yen, body.parts[0].share_yen) == (730, 219, 511)
    assert adjudicated.traceparent == received.traceparent
