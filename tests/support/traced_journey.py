"""A hospital's journey through the running platform in all three ways of submission, and what is told of it."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as service
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc as settlement_grpc

from infra.local.stack import Stack
from services.shared.chassis.traceparent import new_traceparent
from tests.bench.__main__ import kafka_config
from tests.bench.clients import Clients
from tests.bench.population import Population
from tests.support.journey import clients_of, facts_of, final_claims, household
from tests.support.observed import Record, records_of_all_topics
from tests.support.otlp_collector import OtlpCollector
from tests.support.uke import act, disease, head, insurer, receipt, totals, volume
from tests.support.waiting import PATIENCE_S, seen
from tests.support.zipkin import ZipkinStore

Metadata = tuple[tuple[str, str], ...]

HOSPITAL, PAYER, CLAIM_MONTH = "1310000003", "01130012", "202406"
CALLER = new_traceparent(raised=False)
"""The hospital's own span: it does not ask for a trace."""
POISONED = new_traceparent(raised=False)
APPROVED, RETURNED, PENDED = (
    claim_pb2.CLAIM_STATE_APPROVED,
    claim_pb2.CLAIM_STATE_RETURNED,
    claim_pb2.CLAIM_STATE_PENDED,
)
STRANGERS = ("９９８", "９９９")
"""The numbers of members whom the payer does not know."""


def plain(number: int, member: str, *, marks: str = "", text: str = "") -> bytes:
    """A receipt of one visit."""
    diagnosis = disease(disease_code="0000999", name=text) if text else disease()
    return receipt(
        head(receipt_number=str(number), special_marks=marks), insurer(member_number=member), diagnosis, act()
    )


SINGLE = plain(1, "１０１")
CODED = plain(1, "１０２", text="高血圧症")
BATCH = [plain(1, "１０３"), plain(2, STRANGERS[0])]
FILE = [plain(1, "１０４"), plain(2, STRANGERS[1]), plain(3, "１０５", marks="10")]
PAID = 4
CLAIMS = 2 + len(BATCH) + len(FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the platform's public surfaces said after the journey."""

    zipkin: ZipkinStore
    collector: OtlpCollector
    single: claim_pb2.Claim
    coded: claim_pb2.Claim
    batch: Sequence[claim_pb2.Claim]
    file: Sequence[claim_pb2.Claim]
    batch_trace_id: str
    file_trace_id: str
    entries: Sequence[settlement.Entry]
    records: Sequence[Record]

    def of(self, claim: claim_pb2.Claim) -> list[Record]:
        """The events about a claim."""
        return [each for each in self.records if each.key == claim.claim_id.encode()]

    def in_file(self, state: claim_pb2.ClaimState.ValueType) -> claim_pb2.Claim:
        """The claim of the file that ended so."""
        (found,) = [each for each in self.file if each.state == state]
        return found


class Journey:
    """A hospital that submits in all three ways."""

    def __init__(self, stack: Stack, collector: OtlpCollector, folder: Path) -> None:
        """Does nothing yet."""
        self._clients: Clients = clients_of(stack, folder)
        self._zipkin = ZipkinStore(stack.settings.zipkin_url)
        self._collector = collector

    async def run(self) -> Told:
        """Submit, wait until all is final, and read what is told."""
        token = await self._enrol()
        async with self._clients.channel("claims", token) as channel:
            stub: claim_service_pb2_grpc.ClaimServiceAsyncStub = claim_service_pb2_grpc.ClaimServiceStub(channel)
            single = await self._single(stub, SINGLE, (("traceparent", CALLER),))
            coded = await self._single(stub, CODED, ())
            batch, batch_trace_id = await self._batch(stub)
            file, file_trace_id = await self._file(stub)
        claims = {each.claim_id: each for each in await final_claims(self._clients, token, CLAIMS)}
        entries = await self._posted()
        self._poison()
        return Told(
            zipkin=self._zipkin,
            collector=self._collector,
            single=claims[single],
            coded=claims[coded],
            batch=[claims[each] for each in batch],
            file=[claims[each] for each in file],
            batch_trace_id=batch_trace_id,
            file_trace_id=file_trace_id,
            entries=entries,
            records=seen(self._records, _is_whole),
        )

    async def _enrol(self) -> Path:
        facts = facts_of(volume([SINGLE, CODED, *BATCH, *FILE], totals(CLAIMS, 73 * CLAIMS)))
        known = [each for each in facts if each.payers[0].member_number not in STRANGERS]
        population = Population(
            hospitals=[HOSPITAL], payers=[PAYER], receipts=[], settled=[], coverage=household(known)
        )
        return (await self._clients.enrol(population))[HOSPITAL]

    async def _single(
        self, stub: "claim_service_pb2_grpc.ClaimServiceAsyncStub", content: bytes, metadata: Metadata
    ) -> str:
        request = service.SubmitClaimRequest(
            request_id=str(uuid.uuid4()),
            review_agency=claim_pb2.REVIEW_AGENCY_SSK,
            claim_month=CLAIM_MONTH,
            receipt=content,
        )
        return (await stub.SubmitClaim(request, metadata=metadata, timeout=PATIENCE_S)).answer.claim_id

    async def _batch(self, stub: "claim_service_pb2_grpc.ClaimServiceAsyncStub") -> tuple[list[str], str]:
        request = service.SubmitClaimsRequest(
            request_id=str(uuid.uuid4()),
            review_agency=claim_pb2.REVIEW_AGENCY_SSK,
            claim_month=CLAIM_MONTH,
            receipts=BATCH,
        )
        call = stub.SubmitClaims(iter([request]))
        ids = [answer.claim_id async for response in call for answer in response.answers]
        return ids, await _trace_id(call)

    async def _file(self, stub: "claim_service_pb2_grpc.ClaimServiceAsyncStub") -> tuple[list[str], str]:
        header = service.UkeFileHeader(request_id=str(uuid.uuid4()), profile=service.PROFILE_STRICT)
        content = volume(FILE, totals(len(FILE), 73 * len(FILE)))
        parts = [service.SubmitUkeFileRequest(header=header), service.SubmitUkeFileRequest(chunk=content)]
        call = stub.SubmitUkeFile(iter(parts))
        ids = [answer.claim_id async for response in call for answer in response.checked.answers]
        return ids, await _trace_id(call)

    async def _posted(self) -> list[settlement.Entry]:
        """The entries of the payer's account, one per claim that is paid."""
        async with self._clients.channel("settlement") as channel:
            stub: settlement_grpc.SettlementServiceAsyncStub = settlement_grpc.SettlementServiceStub(channel)
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    request = settlement.ListEntriesRequest(account_id=f"payer:{PAYER}", page_size=1_000)
                    entries = list((await stub.ListEntries(request)).entries)
                    if len(entries) >= PAID:
                        return entries

    def _records(self) -> list[Record]:
        return records_of_all_topics(kafka_config(self._clients.variables))

    def _poison(self) -> None:
        """An event that nobody can read, in a trace that is not raised."""
        producer = Producer(kafka_config(self._clients.variables))
        headers: list[tuple[str, str | bytes | None]] = [("ce_id", b"evt_poison"), ("traceparent", POISONED.encode())]
        producer.produce("claims.adjudicated", key=b"clm_poison", value=b"\xff\xff", headers=headers)
        producer.flush(PATIENCE_S)


def _is_whole(records: Sequence[Record]) -> bool:
    """Whether the dead letter and the payer's events are there."""
    topics = Counter(each.topic for each in records)
    return topics["claims.adjudicated.dlq"] == 1 and topics[f"settlement.{PAYER}"] == PAID


async def _trace_id(call: object) -> str:
    trailing = dict(await call.trailing_metadata())  # type: ignore[attr-defined]  # each kind of call has it
    return str(trailing["seikyu-trace-id"])
