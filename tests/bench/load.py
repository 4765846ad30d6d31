"""The open loop: batches go out on schedule whatever comes back; a consumer notes when each payer's event arrives."""

import asyncio
import itertools
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from confluent_kafka import Consumer, Message
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as service
from typing_extensions import override

from tests.bench.clients import Clients
from tests.bench.population import BATCH, Offer, Population, offers

SEED = 2
CONSUME_BATCH = 1_000
CONSUME_WAIT_S = 0.005
"""The client gathers for so long before it hands over what came: a part of every latency measured."""
LAST_EVENT_WAIT_S = 60.0
POLL_S = 0.05


@dataclass(slots=True)
class Measured:
    """What one run saw. Times are seconds of the monotonic clock."""

    submitted_at: dict[str, float] = field(default_factory=dict)
    in_warmup: set[str] = field(default_factory=set)
    expected_events: dict[str, int] = field(default_factory=dict)
    arrived_at: dict[str, float] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    duplicates: int = 0
    refused: int = 0


class Arrivals(threading.Thread):
    """Reads every payer's topic as the operator and notes each event once."""

    def __init__(self, config: dict[str, str | int | float | bool], payers: list[str], measured: Measured) -> None:
        """Begins at the topics' ends."""
        super().__init__(daemon=True)
        self._consumer = Consumer(
            config | {"group.id": f"operator.bench-{uuid.uuid4().hex[:8]}", "auto.offset.reset": "earliest"}
        )
        self._consumer.subscribe([f"settlement.{number}" for number in payers])
        self._measured = measured
        self._stopped = threading.Event()

    @override
    def run(self) -> None:
        """Until stopped."""
        while not self._stopped.is_set():
            messages = self._consumer.consume(CONSUME_BATCH, CONSUME_WAIT_S)
            now = time.monotonic()
            for message in messages:
                if message.error() is None:
                    self._note(wire_headers(message), now)
        self._consumer.close()

    def _note(self, headers: dict[str, bytes], now: float) -> None:
        event, claim = headers["ce_id"].decode(), headers["ce_subject"].decode()
        if event in self._measured.events:
            self._measured.duplicates += 1
            return
        self._measured.events.add(event)
        self._measured.arrived_at[claim] = now

    def stop(self) -> None:
        """Stop and close."""
        self._stopped.set()
        self.join()


def wire_headers(message: Message) -> dict[str, bytes]:
    """A message's headers that have a value."""
    pairs = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return {name: value for name, value in pairs if value is not None}


class Load:
    """Submits at a rate for a time, one stream per hospital."""

    def __init__(self, clients: Clients, population: Population, tokens: dict[str, Path], measured: Measured) -> None:
        """Sends nothing yet."""
        self._clients = clients
        self._population = population
        self._tokens = tokens
        self._measured = measured
        self._numbers = itertools.count(1)

    async def run(self, *, rate: int, seconds: float, warmup_s: float) -> float:
        """Offer `rate` claims a second; returns the seconds from the end of the warm-up to the last submission."""
        queues: list[asyncio.Queue[Batch | None]] = [asyncio.Queue() for _ in self._population.hospitals]
        streams = [
            asyncio.create_task(self._stream(self._tokens[code], queue))
            for code, queue in zip(self._population.hospitals, queues, strict=True)
        ]
        start = time.monotonic()
        batches = itertools.islice(offers(self._population, SEED), int(rate * (seconds + warmup_s) / BATCH))
        for number, offer in enumerate(batches):
            due = start + number * BATCH / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            queues[offer.hospital].put_nowait(self._batch(offer, due, warm=due - start >= warmup_s))
        took = time.monotonic() - start - warmup_s
        for queue in queues:
            queue.put_nowait(None)
        await asyncio.gather(*streams)
        return took

    def _batch(self, offer: Offer, due: float, *, warm: bool) -> "Batch":
        population = self._population
        return Batch(
            due=due,
            warm=warm,
            claim_month=offer.claim_month,
            receipts=[population.receipts[each].receipt.numbered(next(self._numbers)) for each in offer.places],
            events=[population.expected_events(each) for each in offer.places],
        )

    async def _stream(self, token: Path, queue: "asyncio.Queue[Batch | None]") -> None:
        under_way: list[Batch] = []

        async def requests() -> AsyncIterator[service.SubmitClaimsRequest]:
            while (batch := await queue.get()) is not None:
                under_way.append(batch)
                yield service.SubmitClaimsRequest(
                    request_id=str(uuid.uuid4()),
                    review_agency=claim_pb2.REVIEW_AGENCY_SSK,
                    claim_month=batch.claim_month,
                    receipts=batch.receipts,
                    profile=service.PROFILE_LENIENT,
                )

        async with self._clients.channel("claims", token) as channel:
            stub = claim_service_pb2_grpc.ClaimServiceStub(channel)
            async for answers in stub.SubmitClaims(requests()):
                self._note(under_way.pop(0), answers)

    def _note(self, batch: "Batch", answers: service.SubmitClaimsResponse) -> None:
        for answer, events in zip(answers.answers, batch.events, strict=True):
            if not answer.claim_id:
                self._measured.refused += 1
                continue
            self._measured.submitted_at[answer.claim_id] = batch.due
            self._measured.expected_events[answer.claim_id] = events
            if not batch.warm:
                self._measured.in_warmup.add(answer.claim_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Receipts due at a moment, and how many events each will cause."""

    due: float
    warm: bool
    claim_month: str
    receipts: list[bytes]
    events: list[int]


async def drained(measured: Measured) -> float:
    """Wait until every expected event arrived, at most LAST_EVENT_WAIT_S; returns the seconds waited."""
    start = time.monotonic()
    expected = sum(measured.expected_events.values())
    while len(measured.events) < expected and time.monotonic() - start < LAST_EVENT_WAIT_S:  # noqa: ASYNC110 - they arrive in a thread
        await asyncio.sleep(POLL_S)
    return time.monotonic() - start
