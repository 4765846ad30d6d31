"""Drives a running platform as its users do: enrols, imports coverage, submits a claim file, waits, reads events."""

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

from confluent_kafka import Consumer
from dotenv import dotenv_values
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as service
from seikyu.settlement.v1 import events_pb2

from infra.local.stack import Stack
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from tests.bench.clients import Clients
from tests.bench.population import Covered, Population

Submitted = tuple[list[service.ReceiptAnswer], service.SubmissionSummary]
KafkaConfig = dict[str, str | int | float | bool]

CHUNK_BYTES = 64 * 1024
FROM_THE_BEGINNING = "0"
FINAL_WAIT_S = 60.0
EVENTS_WAIT_S = 30.0
QUIET_S = 1.0
FINAL = {
    claim_pb2.CLAIM_STATE_APPROVED,
    claim_pb2.CLAIM_STATE_REDUCED,
    claim_pb2.CLAIM_STATE_RETURNED,
    claim_pb2.CLAIM_STATE_PENDED,
}


def clients_of(stack: Stack, folder: Path) -> Clients:
    """Clients with the operator's identity, as `make up` leaves it."""
    variables = {name: value or "" for name, value in dotenv_values(stack.settings.client_env_file).items()}
    return Clients(variables, folder)


def facts_of(content: bytes) -> list[ReceiptFacts]:
    """The facts of every receipt of a file that passes under the lenient profile."""
    reader = SubmissionReader(Profile.LENIENT)
    receipts = reader.feed(content)
    receipts += reader.finish()[0]
    return [receipt.assessment.facts for receipt in receipts if receipt.assessment.facts is not None]


def household(facts: Sequence[ReceiptFacts]) -> list[Covered]:
    """Coverage for each person of these receipts. Persons under one number get a branch each, so that they differ."""
    people: dict[tuple[str, str, str], set[tuple[date, str]]] = {}
    rows = []
    for receipt in facts:
        for payer in receipt.payers:
            persons = people.setdefault((payer.number, payer.symbol, payer.member_number), set())
            person = (receipt.birth_date, receipt.sex.value)
            if person not in persons:
                rows.append(Covered(payer=payer, facts=receipt, branch=payer.branch or f"{len(persons):02d}"))
                persons.add(person)
    return rows


def population_of(hospital_code: str, facts: Sequence[ReceiptFacts]) -> Population:
    """The hospital, the payers and the members of these receipts."""
    payers = sorted({payer.number for receipt in facts for payer in receipt.payers})
    return Population(hospitals=[hospital_code], payers=payers, receipts=[], settled=[], coverage=household(facts))


async def submit_file(
    clients: Clients, token: Path, content: bytes
) -> tuple[list[service.ReceiptAnswer], service.SubmissionSummary]:
    """Submit under the lenient profile; the answers of all receipts, and the summary."""

    async def parts() -> AsyncIterator[service.SubmitUkeFileRequest]:
        header = service.UkeFileHeader(request_id=str(uuid.uuid4()), profile=service.PROFILE_LENIENT)
        yield service.SubmitUkeFileRequest(header=header)
        for start in range(0, len(content), CHUNK_BYTES):
            yield service.SubmitUkeFileRequest(chunk=content[start : start + CHUNK_BYTES])

    answers: list[service.ReceiptAnswer] = []
    summary = service.SubmissionSummary()
    async with clients.channel("claims", token) as channel:
        async for response in claim_service_pb2_grpc.ClaimServiceStub(channel).SubmitUkeFile(parts()):
            answers += response.checked.answers
            if response.HasField("summary"):
                summary = response.summary
    return answers, summary


async def final_claims(clients: Clients, token: Path, count: int) -> list[claim_pb2.Claim]:
    """Watch until that many claims of the hospital are final, then list them all."""
    async with clients.channel("claims", token) as channel:
        stub = claim_service_pb2_grpc.ClaimServiceStub(channel)
        final: set[str] = set()
        watch = stub.WatchClaims(service.WatchClaimsRequest(resume_token=FROM_THE_BEGINNING), timeout=FINAL_WAIT_S)
        async for response in watch:
            final |= {change.claim_id for change in response.changes if change.state in FINAL}
            if len(final) >= count:
                break
        watch.cancel()
        listed = await stub.ListClaims(service.ListClaimsRequest(page_size=1_000))
    return list(listed.claims)


def read_events(
    config: dict[str, str | int | float | bool], payers: Sequence[str], count: int
) -> list[events_pb2.ClaimSettled]:
    """Every event on these payers' topics: until `count` came and nothing follows, so that one too many is seen."""
    group = {"group.id": f"operator.test-{uuid.uuid4().hex[:8]}", "auto.offset.reset": "earliest"}
    consumer = Consumer(config | group)
    consumer.subscribe([f"settlement.{number}" for number in payers])
    events: list[events_pb2.ClaimSettled] = []
    deadline = time.monotonic() + EVENTS_WAIT_S
    try:
        quiet = False
        while not (quiet and len(events) >= count) and time.monotonic() < deadline:
            messages = consumer.consume(500, QUIET_S)
            quiet = not messages
            for message in messages:
                value = message.value()
                if message.error() is None and isinstance(value, bytes):
                    events.append(events_pb2.ClaimSettled.FromString(value))
    finally:
        consumer.close()
    return events
