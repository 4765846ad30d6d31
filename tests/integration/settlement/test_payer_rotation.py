"""A payer's principal is rotated without a gap, withdrawn, enrolled again; and its events come once more."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from confluent_kafka import Consumer, KafkaException, Message
from confluent_kafka.admin import AdminClient
from seikyu.settlement.v1 import events_pb2 as settled_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc

from infra.local.kafka_admin import KafkaAccount
from infra.local.stack import Stack
from tests.integration.settlement.test_process import (
    READ_TIMEOUT_S,
    account_of,
    adjudicated,
    channel_of,
    enrol,
    publish,
    read,
)
from tests.support.settlement import INSURER, PROGRAMME
from tests.support.stack import running_platform
from tests.support.waiting import until_awaited

EVENTS = 12
METADATA_TIMEOUT_S = 10.0


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_platform(["postgres", "kafka", "settlement"]) as stack:
        yield stack


@pytest.fixture
async def admin(stack: Stack, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    async with channel_of(stack, tmp_path, "operator:tester", "admin") as channel:
        yield channel


def stub_of(channel: grpc.aio.Channel) -> "payers_grpc.PayerServiceAsyncStub":
    return payers_grpc.PayerServiceStub(channel)


def account(stack: Stack, username: str, password: str) -> KafkaAccount:
    return KafkaAccount(
        bootstrap=stack.settings.bootstrap,
        username=username,
        password=password,
        ca_file=stack.parts.keys.authority.ca_file,
    )


async def sees(account: KafkaAccount, topic: str) -> bool:
    """Whether the principal may log in and is told of the topic."""

    def look() -> bool:
        try:
            return topic in AdminClient(account.config()).list_topics(timeout=METADATA_TIMEOUT_S).topics
        except KafkaException:
            return False

    return await asyncio.to_thread(look)


async def rotate(admin: grpc.aio.Channel, payer: str, grace_hours: int) -> payers.RotatePayerResponse:
    request = payers.RotatePayerRequest(request_id=str(uuid.uuid4()), payer_number=payer, grace_hours=grace_hours)
    given = await stub_of(admin).RotatePayer(request)
    assert await stub_of(admin).RotatePayer(request) == given
    return given


async def test_both_passwords_hold_until_the_grace_is_over_and_then_the_new_one_alone(
    stack: Stack, admin: grpc.aio.Channel
) -> None:
    payer = "31130011"
    enrolled = await enrol(admin, payer)
    former = account_of(stack, enrolled)

    given = await rotate(admin, payer, grace_hours=24)

    following = account(stack, given.kafka_username, given.kafka_password)
    assert (given.kafka_username, given.former_kafka_username) == (f"payer-{payer}.b", f"payer-{payer}")
    assert await sees(former, enrolled.topic)
    assert await sees(following, enrolled.topic)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rotate(admin, payer, grace_hours=24)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_former_principal_is_withdrawn_when_its_grace_is_over_and_the_names_go_by_turns(
    stack: Stack, admin: grpc.aio.Channel
) -> None:
    payer = "31130012"
    enrolled = await enrol(admin, payer)
    first = await rotate(admin, payer, grace_hours=0)

    async def retired() -> bool:
        state = await stub_of(admin).GetPayer(payers.GetPayerRequest(payer_number=payer))
        return not state.former_kafka_username

    await until_awaited(retired)
    second = await rotate(admin, payer, grace_hours=24)

    assert not await sees(account_of(stack, enrolled), enrolled.topic)
    assert await sees(account(stack, first.kafka_username, first.kafka_password), enrolled.topic)
    assert second.kafka_username == enrolled.kafka_username
    assert second.kafka_password != enrolled.kafka_password
    assert await sees(account(stack, second.kafka_username, second.kafka_password), enrolled.topic)


async def test_unenrolled_a_payer_reads_nothing_and_is_told_at_its_return_what_was_posted_meanwhile(
    stack: Stack, admin: grpc.aio.Channel, tmp_path: Path
) -> None:
    enrolled = await enrol(admin, INSURER)
    await publish(stack, [adjudicated(number) for number in range(1, EVENTS + 1)])
    before = await asyncio.to_thread(read, account_of(stack, enrolled), enrolled, EVENTS)
    request = payers.UnenrolPayerRequest(request_id=str(uuid.uuid4()), payer_number=INSURER)

    gone = await stub_of(admin).UnenrolPayer(request)

    assert gone == await stub_of(admin).UnenrolPayer(request)
    assert not await sees(account_of(stack, enrolled), enrolled.topic)
    async with channel_of(stack, tmp_path, f"payer:{INSURER}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub_of(channel).GetPayer(payers.GetPayerRequest(payer_number=INSURER))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    await publish(stack, [adjudicated(number) for number in range(EVENTS + 1, 2 * EVENTS + 1)])
    await until_awaited(lambda: _owes(admin, 2 * EVENTS * 700))
    back = await enrol(admin, INSURER)
    events = await asyncio.to_thread(read, account_of(stack, back), back, 2 * EVENTS)
    assert [event.sequence for event in before] == list(range(1, EVENTS + 1))
    assert [event.sequence for event in events] == list(range(1, 2 * EVENTS + 1))


async def _owes(admin: grpc.aio.Channel, yen: int) -> bool:
    stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(admin)
    found = await stub.GetBalance(ledger.GetBalanceRequest(account_id=f"payer:{INSURER}"))
    return found.account.balance_yen == -yen


async def test_a_replay_brings_the_same_ids_headers_and_bytes_and_the_list_has_them_too(
    stack: Stack, admin: grpc.aio.Channel
) -> None:
    enrolled = await enrol(admin, PROGRAMME)
    await publish(stack, [adjudicated(number) for number in range(1, EVENTS + 1)])
    await asyncio.to_thread(messages, account_of(stack, enrolled), enrolled, EVENTS)
    await until_awaited(lambda: _is_published(admin, PROGRAMME))
    state = await stub_of(admin).GetPayer(payers.GetPayerRequest(payer_number=PROGRAMME))
    told = await asyncio.to_thread(messages, account_of(stack, enrolled), enrolled, state.last_sequence)

    request = payers.ReplayEventsRequest(payer_number=PROGRAMME, from_sequence=3, to_sequence=8)
    steps = [step async for step in stub_of(admin).ReplayEvents(request, timeout=60.0)]

    again = (await asyncio.to_thread(messages, account_of(stack, enrolled), enrolled, len(told) + 6))[len(told) :]
    assert (steps[-1].finished, steps[-1].replayed, steps[-1].last_sequence) == (True, 6, 8)
    assert [settled_pb2.ClaimSettled.FromString(each.value() or b"").sequence for each in again] == [3, 4, 5, 6, 7, 8]
    assert [as_told(each) for each in again] == [as_told(each) for each in told[2:8]]
    listed = await stub_of(admin).ListEvents(payers.ListEventsRequest(payer_number=PROGRAMME, from_sequence=3))
    assert [each.value for each in listed.events[:6]] == [each.value() for each in again]


async def _is_published(admin: grpc.aio.Channel, payer: str) -> bool:
    """Whether all that was announced is on the topic."""
    state = await stub_of(admin).GetPayer(payers.GetPayerRequest(payer_number=payer))
    return state.last_sequence >= EVENTS and state.published_sequence == state.last_sequence


def messages(account: KafkaAccount, enrolled: payers.EnrolPayerResponse, expected: int) -> list[Message]:
    """The topic's first messages as the payer itself reads them."""
    group = {"group.id": f"{enrolled.group_prefix}{uuid.uuid4().hex}", "auto.offset.reset": "earliest"}
    consumer = Consumer(account.config() | group)
    try:
        consumer.subscribe([enrolled.topic])
        return consumer.consume(expected, READ_TIMEOUT_S)
    finally:
        consumer.close()


def as_told(message: Message) -> tuple[object, ...]:
    return message.key(), message.value(), sorted(message.headers() or ())
