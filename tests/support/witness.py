"""Sees what a hospital, its payers and an operator see of a running platform, through public surfaces only."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import grpc.aio
from confluent_kafka import Consumer, KafkaException, TopicPartition
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as claims
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1 import payer_service_pb2_grpc as payers_grpc
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc

from infra.local.topology import load_topology
from services.shared.chassis.group_member import event_of
from services.shared.chassis.messages import DEAD_LETTER_SUFFIX, Event
from tests.bench.__main__ import kafka_config
from tests.bench.clients import Clients
from tests.support.journey import KafkaConfig, Submitted, submit_file
from tests.support.proof import FINAL, Evidence, Expected, Fault, faults
from tests.support.waiting import until_awaited

PATIENCE_S = 90.0
LOOK_S = 0.1
BROKER_TIMEOUT_S = 15.0
PAGE = 1_000
ANSWER_WAIT_S = 300.0
"""Services are killed and started again under the hospital meanwhile."""
INTERNAL_TOPICS = [topic.name for topic in load_topology().topics]
SERVICE_TOPICS = [
    topic for topic in INTERNAL_TOPICS if not topic.endswith(DEAD_LETTER_SUFFIX) and topic != "household.stated"
]
"""Those that claims travel on; households' statements are made once a month's claims are in."""


@dataclass(slots=True, kw_only=True)
class Witness:
    """One file, submitted month after month, each by a hospital of its own: one hospital's second claim of a person's
    treatment month would be a duplicate. Every reading of the payers' topics is kept.
    """

    clients: Clients
    tokens: Mapping[str, Path]
    content: bytes
    payers: Sequence[str]
    expected: Expected
    readings: list[list[Event]] = field(default_factory=list)
    hospitals: dict[str, str] = field(default_factory=dict)

    async def submit(self, month: str) -> Submitted:
        """The file for a claim month. A hospital that gets no answer submits again until it gets one."""
        hospital = self.hospitals.setdefault(month, list(self.tokens)[len(self.hospitals)])
        content = claimed_by(self.content, hospital, month)
        answers: list[Submitted] = []

        async def answered() -> bool:
            answers.append(await submit_file(self.clients, self.tokens[hospital], content))
            return True

        await until_awaited(partial(_served, answered), patience_s=ANSWER_WAIT_S, look_s=LOOK_S)
        return answers[-1]

    async def faults_when_through(self, months: Sequence[str]) -> list[Fault]:
        """The proof, once these months are through, or once nobody would wait any longer."""
        deadline = time.monotonic() + PATIENCE_S
        for holds in (self._are_final, self._are_posted, self._are_published, self._are_coded):
            await _until(partial(holds, months), deadline)
        return await self.faults_now(months)

    async def faults_now(self, months: Sequence[str]) -> list[Fault]:
        """The proof over what can be seen now."""
        return faults(await self._evidence(), months, self.expected)

    async def claims(self, month: str = "", *, final: bool = False) -> list[claim_pb2.Claim]:
        """The claims of a month, or of all; those that are final only, if so wished."""
        months = [month] if month else list(self.hospitals)
        return [each for one in months for each in await self._claims_of(one, final=final)]

    async def _claims_of(self, month: str, *, final: bool) -> list[claim_pb2.Claim]:
        found: list[claim_pb2.Claim] = []
        states = FINAL if final else ()
        if month not in self.hospitals:
            return found
        async with self.clients.channel("claims", self.tokens[self.hospitals[month]]) as channel:
            stub = claim_service_pb2_grpc.ClaimServiceStub(channel)
            request = claims.ListClaimsRequest(page_size=PAGE, claim_month=month, states=states)
            while True:
                page = await stub.ListClaims(request)
                found += page.claims
                if not page.next_page_token:
                    return found
                request.page_token = page.next_page_token

    async def entries(self) -> list[ledger.Entry]:
        """The entries of the hospitals' accounts, hospital by hospital, in order."""
        return [each for hospital in self.hospitals.values() for each in await self._entries_of(hospital)]

    async def _entries_of(self, hospital: str) -> list[ledger.Entry]:
        found: list[ledger.Entry] = []
        request = ledger.ListEntriesRequest(account_id=f"hospital:{hospital}", page_size=PAGE)
        async with self.clients.channel("settlement") as channel:
            stub = ledger_grpc.SettlementServiceStub(channel)
            while True:
                page = await stub.ListEntries(request)
                found += page.entries
                if not page.next_page_token:
                    return found
                request.page_token = page.next_page_token

    async def internal(self, month: str) -> list[Event]:
        """Every event on the services' topics about claims of a month."""
        ids = {claim.claim_id for claim in await self.claims(month)}
        return [event for event in await asyncio.to_thread(self._read, SERVICE_TOPICS) if event.key in ids]

    async def read(self) -> None:
        """Read the payers' topics from their beginning, and keep what they say."""
        self.readings.append(await asyncio.to_thread(self._read, self._payers_topics))

    @property
    def kafka(self) -> KafkaConfig:
        """How the operator reaches the broker."""
        return kafka_config(self.clients.variables)

    async def _evidence(self) -> Evidence:
        await self.read()
        async with self.clients.channel("settlement") as channel:
            stub = ledger_grpc.SettlementServiceStub(channel)
            verdicts = [each async for each in stub.VerifyLedger(ledger.VerifyLedgerRequest())]
            return Evidence(
                claims=await self.claims(),
                readings=self.readings,
                internal=await asyncio.to_thread(self._read, INTERNAL_TOPICS),
                totals=(await stub.GetControlTotals(ledger.GetControlTotalsRequest())).totals,
                entries=await self.entries(),
                balance=await stub.GetTrialBalance(ledger.GetTrialBalanceRequest()),
                verdict=verdicts[-1],
            )

    async def _are_final(self, months: Sequence[str]) -> bool:
        counts = [len(await self.claims(month, final=True)) for month in months]
        return all(count >= self.expected.receipts for count in counts)

    async def _are_posted(self, months: Sequence[str]) -> bool:
        async with self.clients.channel("settlement") as channel:
            stub = ledger_grpc.SettlementServiceStub(channel)
            totals = (await stub.GetControlTotals(ledger.GetControlTotalsRequest())).totals
        events: Counter[str] = Counter()
        for total in totals:
            events[total.claim_month] += total.announced_events
        return all(events[month] >= self.expected.payer_records for month in months)

    async def _are_published(self, _: Sequence[str]) -> bool:
        """Not by settlement's word: a broker that lost its data has yet to hear everything again."""
        async with self.clients.channel("settlement") as channel:
            stub = payers_grpc.PayerServiceStub(channel)
            streams = [await stub.GetPayer(payers.GetPayerRequest(payer_number=number)) for number in self.payers]
        reached: Counter[str] = Counter()
        for event in await asyncio.to_thread(self._read, self._payers_topics):
            settled = events_pb2.ClaimSettled.FromString(event.value)
            reached[settled.payer_number] = max(reached[settled.payer_number], settled.sequence)
        return all(reached[stream.payer_number] == stream.last_sequence for stream in streams)

    async def _are_coded(self, _: Sequence[str]) -> bool:
        requests, answers = [
            {event.key for event in await asyncio.to_thread(self._read, [topic])}
            for topic in ("coding.requested", "coding.completed")
        ]
        return requests <= answers

    @property
    def _payers_topics(self) -> list[str]:
        return [f"settlement.{number}" for number in self.payers]

    def _read(self, topics: Sequence[str]) -> list[Event]:
        return read_all(self.kafka, topics)


def claimed_by(content: bytes, hospital: str, month: str) -> bytes:
    """The file as this hospital (10 digits) claims it in this month (YYYYMM): its IR record changes."""
    head, rest = content.split(b"\r\n", 1)
    fields = head.split(b",")
    fields[2], fields[3], fields[4], fields[7] = (
        part.encode() for part in (hospital[:2], hospital[2:3], hospital[3:], month)
    )
    return b",".join(fields) + b"\r\n" + rest


def read_all(config: KafkaConfig, topics: Sequence[str]) -> list[Event]:
    """Everything that stands on these topics now, each partition in its order; joins no group, commits nothing.

    A topic that is not there holds nothing. A broker that has just started may say for a moment that it does not lead
    its partitions: then it is asked again.
    """
    deadline = time.monotonic() + BROKER_TIMEOUT_S
    own = {"group.id": f"operator.witness-{uuid.uuid4().hex[:8]}", "enable.auto.commit": False}
    while True:
        consumer = Consumer(config | own)
        try:
            return _read_all(consumer, topics)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
        finally:
            consumer.close()


def _read_all(consumer: Consumer, topics: Sequence[str]) -> list[Event]:
    known = consumer.list_topics(timeout=BROKER_TIMEOUT_S).topics
    there = [topic for topic in topics if topic in known]
    places = [TopicPartition(topic, number) for topic in there for number in known[topic].partitions]
    ends = {}
    for place in places:
        low, high = consumer.get_watermark_offsets(place, timeout=BROKER_TIMEOUT_S)
        if low < high:
            ends[place.topic, place.partition] = (low, high)
    consumer.assign([TopicPartition(topic, number, low) for (topic, number), (low, _) in ends.items()])
    return _read_to(consumer, {place: high for place, (_, high) in ends.items()})


def _read_to(consumer: Consumer, ends: dict[tuple[str, int], int]) -> list[Event]:
    events: list[Event] = []
    deadline = time.monotonic() + BROKER_TIMEOUT_S
    while ends and time.monotonic() < deadline:
        for message in consumer.consume(1_000, 0.5):
            if message.error() is None:
                event = event_of(message)
                events.append(event)
                if event.offset + 1 >= ends.get((event.topic, event.partition), 0):
                    ends.pop((event.topic, event.partition), None)
    if ends:
        raise TimeoutError(f"topics could not be read to their ends: {sorted(ends)}")
    return events


async def _until(holds: Callable[[], Awaitable[bool]], deadline: float) -> None:
    """Wait for the condition until the deadline; what is missing then is the proof's to say."""
    with suppress(TimeoutError):
        await until_awaited(partial(_served, holds), patience_s=deadline - time.monotonic(), look_s=LOOK_S)


async def _served(holds: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it holds; not where the service is just starting."""
    try:
        return await holds()
    except grpc.aio.AioRpcError:
        return False
