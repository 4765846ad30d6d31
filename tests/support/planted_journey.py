"""What is planted goes through the running platform in every way there is, is asked for wrongly, and poisons topics."""

import uuid
from collections.abc import AsyncIterable, Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc.aio
from confluent_kafka import Producer
from google.protobuf.message import Message
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as service
from seikyu.coding.v1 import coding_service_pb2 as coding
from seikyu.coding.v1 import coding_service_pb2_grpc as coding_grpc
from seikyu.eligibility.v1 import eligibility_service_pb2 as eligibility
from seikyu.eligibility.v1 import eligibility_service_pb2_grpc as eligibility_grpc

from infra.local.stack import Stack
from services.shared.chassis.traceparent import new_traceparent
from tests.bench.__main__ import kafka_config
from tests.bench.clients import Clients
from tests.bench.population import Population
from tests.support import planted
from tests.support.canaries import whole
from tests.support.journey import clients_of, facts_of, final_claims, household
from tests.support.observed import Record, records_of_all_topics
from tests.support.planted import CLAIM_MONTH, HOSPITAL, INSURER, PROGRAMME
from tests.support.uke import totals, volume
from tests.support.waiting import PATIENCE_S, seen

TOPICS = ("claims.received", "eligibility.determined", "coding.requested", "coding.completed", "claims.adjudicated")
SINGLE = [planted.approved(11), planted.with_texts(12), planted.returned(13)]
BATCH = [planted.pended(14), planted.reduced(15), planted.with_texts(16)]
FILE = [planted.approved(1), planted.returned(2), planted.pended(3), planted.with_texts(4)]
FILE_BYTES = volume(FILE, totals(5, 4 * 73))
REFUSED = planted.refused()
ACCEPTED = len(SINGLE) + len(BATCH) + len(FILE)
POISON = [planted.NAME.encode(), planted.approved(9), planted.SYMBOL.encode("cp932")]
"""Values of the injected events; none is a message."""


@dataclass(slots=True, kw_only=True)
class Answers:
    """What was answered over gRPC: responses to hospitals, and errors with their details and trailing metadata."""

    responses: list[bytes] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)
    findings: int = 0

    async def to(self, call: Awaitable[Message]) -> None:
        """Await a call, keep what it brings."""
        try:
            self.keep(await call)
        except grpc.aio.AioRpcError as refused:
            metadata = [f"{key}={value!r}".encode() + _raw(value) for key, value in refused.trailing_metadata() or ()]
            self.errors.append(whole((refused.details() or "").encode(), *metadata))

    async def to_all(self, stream: AsyncIterable[Message]) -> None:
        """The same for a stream of answers."""

        async def drained() -> Message:
            async for response in stream:
                self.keep(response)
            return service.SubmitClaimsResponse()

        await self.to(drained())

    def keep(self, response: Message) -> None:
        """One answer, as bytes and as text."""
        self.findings += str(response).count("rule:")
        self.responses.append(whole(response.SerializeToString(), str(response).encode()))


class Journey:
    """Submits what is planted in every way there is, asks wrongly, and poisons every topic."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        """Does nothing yet."""
        self.clients: Clients = clients_of(stack, folder)
        self.answers = Answers()

    async def run(self) -> list[claim_pb2.Claim]:
        """Returns the claims once all are final and every poisoned event lies among the dead letters."""
        token = await self._enrol()
        async with self.clients.channel("claims", token) as channel:
            stub: claim_service_pb2_grpc.ClaimServiceAsyncStub = claim_service_pb2_grpc.ClaimServiceStub(channel)
            for content in SINGLE:
                await self.answers.to(stub.SubmitClaim(_single(content), timeout=PATIENCE_S))
            await self._submit_refused(stub)
            await self.answers.to_all(stub.SubmitClaims(iter([_batch(BATCH)])))
            for content, profile in (
                (FILE_BYTES, service.PROFILE_LENIENT),
                (planted.broken_file(), service.PROFILE_STRICT),
            ):
                await self.answers.to_all(stub.SubmitUkeFile(iter(_file(content, profile))))
            await self._ask_wrongly(stub)
        await self._ask_others_wrongly()
        claims = await final_claims(self.clients, token, ACCEPTED)
        for each in claims:
            self.answers.keep(each)
        self._poison()
        seen(self.records, lambda found: _dead_topics(found) == {f"{topic}.dlq" for topic in TOPICS})
        return claims

    def records(self) -> list[Record]:
        """Every record so far."""
        return records_of_all_topics(kafka_config(self.clients.variables))

    async def _enrol(self) -> Path:
        everything = volume([*SINGLE, *BATCH, *FILE], totals(0, 0))
        known = [each for each in facts_of(everything) if each.payers[0].member_number == planted.NUMBER]
        population = Population(
            hospitals=[HOSPITAL],
            payers=[INSURER, PROGRAMME],
            receipts=[],
            settled=[],
            coverage=household(known),
        )
        return (await self.clients.enrol(population))[HOSPITAL]

    async def _submit_refused(self, stub: "claim_service_pb2_grpc.ClaimServiceAsyncStub") -> None:
        for profile in (service.PROFILE_STRICT, service.PROFILE_LENIENT):
            for content in REFUSED:
                await self.answers.to(stub.SubmitClaim(_single(content, profile), timeout=PATIENCE_S))
            await self.answers.to_all(stub.SubmitClaims(iter([_batch(REFUSED, profile)])))

    async def _ask_wrongly(self, stub: "claim_service_pb2_grpc.ClaimServiceAsyncStub") -> None:
        """Personal data where ids, months and tokens belong, and an id used twice."""
        first = _single(SINGLE[0])
        second = service.SubmitClaimRequest()
        second.CopyFrom(first)
        second.receipt = planted.returned(8)
        note = (("x-note", planted.CHART), ("traceparent", planted.CHART))
        await self.answers.to(stub.SubmitClaim(first, metadata=note, timeout=PATIENCE_S))
        for call in (  # these begin at once, and in any order
            stub.SubmitClaim(second, timeout=PATIENCE_S),
            stub.SubmitClaim(_single(SINGLE[0], request_id=planted.NAME), timeout=PATIENCE_S),
            stub.SubmitClaim(_single(SINGLE[0], claim_month=planted.CHART), timeout=PATIENCE_S),
            stub.GetClaim(service.GetClaimRequest(claim_id=f"clm_{planted.CHART}"), timeout=PATIENCE_S),
            stub.ListClaims(service.ListClaimsRequest(page_token=planted.NAME), timeout=PATIENCE_S),
            stub.ListClaims(service.ListClaimsRequest(submission_id=planted.NAME), timeout=PATIENCE_S),
            stub.ListClaims(service.ListClaimsRequest(hospital_code=planted.CHART), timeout=PATIENCE_S),
        ):
            await self.answers.to(call)
        for stream in (
            stub.WatchClaims(service.WatchClaimsRequest(resume_token=planted.NAME), timeout=PATIENCE_S),
            stub.SubmitUkeFile(iter([service.SubmitUkeFileRequest(chunk=FILE_BYTES)])),
            stub.SubmitUkeFile(iter(_file(FILE_BYTES, service.PROFILE_STRICT, request_id=planted.NAME))),
        ):
            await self.answers.to_all(stream)

    async def _ask_others_wrongly(self) -> None:
        right = eligibility.Member(
            payer_number=INSURER,
            symbol=planted.SYMBOL,
            number=planted.NUMBER,
            birth_date=planted.BIRTH.isoformat(),
            sex=1,
        )
        wrong = eligibility.Member(
            payer_number=planted.CHART + "1",
            symbol=planted.NAME * 5,
            number=planted.NUMBER,
            birth_date="S38.09.17",
            sex=7,
        )
        async with self.clients.channel("eligibility") as channel:
            stub: eligibility_grpc.EligibilityServiceAsyncStub = eligibility_grpc.EligibilityServiceStub(channel)
            for member, day in (
                (right, "2024-05-10"),
                (right, planted.NAME),
                (wrong, "2024-05-10"),
                (right, "2024-13-99"),
            ):
                asked = eligibility.CheckEligibilityRequest(member=member, treatment_date=day)
                await self.answers.to(stub.CheckEligibility(asked, timeout=PATIENCE_S))
            impossible = eligibility.Member()
            impossible.CopyFrom(right)
            impossible.birth_date = "1963-09-31"
            for member in (wrong, impossible):
                row = eligibility.CoverageRow(member=member, valid_from="2024-04-01")
                imported = eligibility.ImportCoverageRequest(request_id=str(uuid.uuid4()), rows=[row])
                await self.answers.to(stub.ImportCoverage(iter([imported])))
        async with self.clients.channel("coding") as channel:
            coder: coding_grpc.CodingServiceAsyncStub = coding_grpc.CodingServiceStub(channel)
            wrong_month = coding.CodeTextRequest(text=planted.WITHHELD, treatment_month=planted.CHART)
            await self.answers.to(coder.CodeText(wrong_month, timeout=PATIENCE_S))
            await coder.CodeText(
                coding.CodeTextRequest(text=planted.WITHHELD, treatment_month="202405"), timeout=PATIENCE_S
            )

    def _poison(self) -> None:
        """Events that nobody can apply, with personal data in their values, in every topic that a service consumes."""
        producer = Producer(kafka_config(self.clients.variables))
        for number, topic in enumerate(TOPICS):
            for place, value in enumerate(POISON):
                headers: list[tuple[str, str | bytes | None]] = [
                    ("ce_id", f"evt_{number:031x}{place}".encode()),
                    ("traceparent", new_traceparent(raised=False).encode()),
                ]
                producer.produce(topic, key=f"clm_{number:031x}{place}".encode(), value=value, headers=headers)
        producer.flush(PATIENCE_S)


def _raw(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _dead_topics(records: Iterable[Record]) -> set[str]:
    """Dead-letter topics in which every poisoned value has arrived."""
    dead = [each for each in records if each.topic.endswith(".dlq")]
    return {each.topic for each in dead if {other.value for other in dead if other.topic == each.topic} >= set(POISON)}


def _single(
    content: bytes,
    profile: service.Profile.ValueType = service.PROFILE_LENIENT,
    *,
    request_id: str = "",
    claim_month: str = CLAIM_MONTH,
) -> service.SubmitClaimRequest:
    return service.SubmitClaimRequest(
        request_id=request_id or str(uuid.uuid4()),
        review_agency=claim_pb2.REVIEW_AGENCY_SSK,
        claim_month=claim_month,
        receipt=content,
        profile=profile,
    )


def _batch(
    receipts: Sequence[bytes], profile: service.Profile.ValueType = service.PROFILE_LENIENT
) -> service.SubmitClaimsRequest:
    return service.SubmitClaimsRequest(
        request_id=str(uuid.uuid4()),
        review_agency=claim_pb2.REVIEW_AGENCY_SSK,
        claim_month=CLAIM_MONTH,
        receipts=receipts,
        profile=profile,
    )


def _file(
    content: bytes, profile: service.Profile.ValueType, *, request_id: str = ""
) -> list[service.SubmitUkeFileRequest]:
    header = service.UkeFileHeader(request_id=request_id or str(uuid.uuid4()), profile=profile)
    return [service.SubmitUkeFileRequest(header=header), service.SubmitUkeFileRequest(chunk=content)]
