"""The settlement process on a real broker and database: decisions in, payers' events and a sound ledger out."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from seikyu.claims.v1 import claim_pb2, events_pb2
from seikyu.settlement.v1 import events_pb2 as settled_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc

from infra.local.kafka_admin import KafkaAccount
from infra.local.stack import Stack
from services.shared.chassis.channel import BearerToken, open_channel
from services.shared.chassis.identity import TokenIssuer, parse_subject
from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.messages import Announcement
from tests.support.settlement import HOSPITAL, INSURER, PROGRAMME
from tests.support.stack import running_platform

CLAIMS = 20
ROTATING = "01130012"
READ_TIMEOUT_S = 40.0


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_platform(["postgres", "kafka", "settlement"]) as stack:
        yield stack


def channel_of(stack: Stack, directory: Path, subject: str, *roles: str) -> grpc.aio.Channel:
    issuer = TokenIssuer.from_file(stack.parts.keys.token.key_file)
    token = directory / "token.jwt"
    token.write_text(issuer.issue(parse_subject(subject, roles), now=datetime.now(UTC), life=timedelta(minutes=5)))
    return open_channel(
        f"localhost:{stack.parts.ports('settlement')[0]}",
        ca_file=stack.parts.keys.authority.ca_file,
        identity=BearerToken(file=token),
        default_timeout_s=30.0,
    )


@pytest.fixture
async def admin(stack: Stack, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    async with channel_of(stack, tmp_path, "operator:tester", "admin") as channel:
        yield channel


async def enrol(channel: grpc.aio.Channel, payer: str) -> payers.EnrolPayerResponse:
    stub: payers_grpc.PayerServiceAsyncStub = payers_grpc.PayerServiceStub(channel)
    request = payers.EnrolPayerRequest(request_id=str(uuid.uuid4()), payer_number=payer)
    first = await stub.EnrolPayer(request)
    assert await stub.EnrolPayer(request) == first
    return first


async def test_an_enrolment_repeated_after_a_rotation_hands_out_no_dead_password(admin: grpc.aio.Channel) -> None:
    stub: payers_grpc.PayerServiceAsyncStub = payers_grpc.PayerServiceStub(admin)
    first, second = (payers.EnrolPayerRequest(request_id=str(uuid.uuid4()), payer_number=ROTATING) for _ in range(2))
    given = await stub.EnrolPayer(first)
    rotated = await stub.EnrolPayer(second)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.EnrolPayer(first)

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert given.kafka_password not in str(refused.value)
    assert given.kafka_password != rotated.kafka_password
    assert await stub.EnrolPayer(second) == rotated


def adjudicated(number: int) -> Announcement:
    """A decision of 1,000 yen: 700 the insurer's, 200 the programme's, 100 the patient's."""
    claim_id = f"clm_{number:032x}"
    message = events_pb2.ClaimAdjudicated(
        claim_id=claim_id,
        decision_id=f"dec_{number:032x}",
        hospital_code=HOSPITAL,
        claim_month="202604",
        treatment_month="202603",
        receipt_kind="1112",
        outcome=claim_pb2.CLAIM_STATE_APPROVED,
        billed_points=100,
        billed_yen=1_000,
        patient_yen=100,
        parts=[
            events_pb2.PayerPart(payer_number=INSURER, points=100, share_yen=700),
            events_pb2.PayerPart(payer_number=PROGRAMME, points=100, share_yen=200),
        ],
    )
    return Announcement(
        topic="claims.adjudicated",
        key=claim_id,
        event_id=f"evt_{number:032x}",
        type="jp.seikyu.claims.claim_adjudicated.v1",
        source="claims",
        subject=claim_id,
        traceparent=f"00-{number:032x}-{number:016x}-00",
        value=message.SerializeToString(),
        time=datetime.now(UTC),
    )


def account_of(stack: Stack, enrolled: payers.EnrolPayerResponse) -> KafkaAccount:
    return KafkaAccount(
        bootstrap=stack.settings.bootstrap,
        username=enrolled.kafka_username,
        password=enrolled.kafka_password,
        ca_file=stack.parts.keys.authority.ca_file,
    )


def read(account: KafkaAccount, enrolled: payers.EnrolPayerResponse, expected: int) -> list[settled_pb2.ClaimSettled]:
    """The topic's first events as the payer itself reads them."""
    group = {"group.id": f"{enrolled.group_prefix}{uuid.uuid4().hex}", "auto.offset.reset": "earliest"}
    consumer = Consumer(account.config() | group)
    try:
        consumer.subscribe([enrolled.topic])
        messages = consumer.consume(expected, READ_TIMEOUT_S)
        return [settled_pb2.ClaimSettled.FromString(message.value() or b"") for message in messages]
    finally:
        consumer.close()


async def publish(stack: Stack, batch: list[Announcement]) -> None:
    account = stack.parts.kafka.account("claims")
    access = KafkaAccess(
        bootstrap=account.bootstrap,
        client_id="test",
        username=account.username,
        password=account.password,
        ca_file=account.ca_file,
    )
    publisher = Publisher(access)
    await publisher.publish(batch)
    await publisher.close()


async def test_decisions_reach_ledger_and_payers_once_whatever_is_repeated(
    stack: Stack, admin: grpc.aio.Channel
) -> None:
    insurer = await enrol(admin, INSURER)
    batch = [adjudicated(number) for number in range(1, CLAIMS + 1)]
    await publish(stack, [*batch, *reversed(batch)])
    events = await asyncio.to_thread(read, account_of(stack, insurer), insurer, CLAIMS)
    programme = await enrol(admin, PROGRAMME)
    late = await asyncio.to_thread(read, account_of(stack, programme), programme, CLAIMS)

    assert [event.sequence for event in events] == list(range(1, CLAIMS + 1))
    assert {(event.points, event.share_yen) for event in events} == {(100, 700)}
    assert [event.sequence for event in late] == list(range(1, CLAIMS + 1))
    stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(admin)
    trial = await stub.GetTrialBalance(ledger.GetTrialBalanceRequest())
    assert {account.account_id: account.balance_yen for account in trial.accounts} == {
        f"hospital:{HOSPITAL}": 900 * CLAIMS,
        f"payer:{INSURER}": -700 * CLAIMS,
        f"payer:{PROGRAMME}": -200 * CLAIMS,
    }
    verdicts = [each async for each in stub.VerifyLedger(ledger.VerifyLedgerRequest())]
    assert (verdicts[-1].finished, verdicts[-1].sound, verdicts[-1].events_checked) == (True, True, 2 * CLAIMS)
    totals = (await stub.GetControlTotals(ledger.GetControlTotalsRequest())).totals
    assert [(each.posted_parts, each.posted_yen, each.announced_yen) for each in totals] == [
        (CLAIMS, 700 * CLAIMS, 700 * CLAIMS),
        (CLAIMS, 200 * CLAIMS, 200 * CLAIMS),
    ]
    asked = ["dec_" + "f" * 32, f"dec_{1:032x}"]
    assert list((await stub.FindUnposted(ledger.FindUnpostedRequest(decision_ids=asked))).decision_ids) == asked[:1]


async def test_a_payer_sees_its_own_account_and_topics_only(
    stack: Stack, admin: grpc.aio.Channel, tmp_path: Path
) -> None:
    mine, other = await enrol(admin, "31130001"), await enrol(admin, "31130002")
    account = account_of(stack, mine)
    async with channel_of(stack, tmp_path, "payer:31130001") as channel:
        stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(channel)
        for account_id in (f"payer:{INSURER}", f"hospital:{HOSPITAL}", "payer:99999999"):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.GetBalance(ledger.GetBalanceRequest(account_id=account_id))
            assert refused.value.code() is grpc.StatusCode.NOT_FOUND

    topics = await asyncio.to_thread(lambda: AdminClient(account.config()).list_topics(timeout=READ_TIMEOUT_S).topics)
    assert set(topics) == {mine.topic, mine.statements_topic} == {"settlement.31130001", "statements.31130001"}
    for topic in (other.topic, other.statements_topic):
        with pytest.raises(KafkaException) as denied:
            await asyncio.to_thread(read_without_group, account, mine, topic)
        assert denied.value.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def read_without_group(account: KafkaAccount, mine: payers.EnrolPayerResponse, topic: str) -> None:
    """Read the topic; raises what the broker says."""
    consumer = Consumer(account.config() | {"group.id": f"{mine.group_prefix}test"})
    try:
        consumer.subscribe([topic])
        message = consumer.poll(READ_TIMEOUT_S)
        error = message.error() if message is not None else None
        if error is not None:
            raise KafkaException(error)
    finally:
        consumer.close()


async def test_entries_come_by_pages_and_a_hospital_sees_its_own_side_of_a_claim(
    stack: Stack, admin: grpc.aio.Channel, tmp_path: Path
) -> None:
    enrolled = await enrol(admin, INSURER)
    await publish(stack, [adjudicated(number) for number in range(1, CLAIMS + 1)])
    await asyncio.to_thread(read, account_of(stack, enrolled), enrolled, CLAIMS)
    async with channel_of(stack, tmp_path, f"hospital:{HOSPITAL}") as channel:
        stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(channel)
        own = await stub.ListEntries(ledger.ListEntriesRequest(claim_id=f"clm_{1:032x}"))
        request = ledger.ListEntriesRequest(account_id=f"hospital:{HOSPITAL}", page_size=30)
        first = await stub.ListEntries(request)
        request.page_token = first.next_page_token
        second = await stub.ListEntries(request)

    assert sorted(entry.amount_yen for entry in own.entries) == [200, 700]
    versions = [entry.version for entry in (*first.entries, *second.entries)]
    assert versions == list(range(1, 2 * CLAIMS + 1))
    assert second.next_page_token == ""


async def test_a_broker_that_lost_its_data_gets_every_payer_and_every_event_again(
    stack: Stack, admin: grpc.aio.Channel
) -> None:
    enrolled = await enrol(admin, INSURER)
    await publish(stack, [adjudicated(number) for number in range(1, CLAIMS + 1)])
    before = await asyncio.to_thread(read, account_of(stack, enrolled), enrolled, CLAIMS)

    await asyncio.to_thread(lose_data, stack)

    again = await asyncio.to_thread(read, account_of(stack, enrolled), enrolled, CLAIMS)
    assert len(before) == CLAIMS
    assert again == before


def lose_data(stack: Stack) -> None:
    """Kill the broker, delete its data, start it as another cluster without any payer."""
    stack.kill_component("kafka")
    stack.parts.kafka.wipe()
    stack.restart_broker()
