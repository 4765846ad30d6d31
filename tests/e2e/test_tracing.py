"""Claims' traces through the four real services, read from Zipkin's API as its page does and from OTLP as it arrives.

The share of traced claims is 0: what is written is what single submissions and raised flags cause, and nothing else.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer
from seikyu.claims.v1 import claim_pb2, claim_service_pb2_grpc
from seikyu.claims.v1 import claim_service_pb2 as service
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc as settlement_grpc

from infra.local.stack import Stack
from services.shared.chassis.traceparent import is_raised, new_traceparent, span_id_of, trace_id_of
from tests.bench.__main__ import kafka_config
from tests.bench.clients import Clients
from tests.bench.population import Population
from tests.support.journey import clients_of, facts_of, final_claims, household
from tests.support.observed import Record, observed_platform, records_of_all_topics, seen
from tests.support.otlp_collector import OtlpCollector, PointSeen, SpanSeen
from tests.support.uke import act, disease, head, insurer, receipt, totals, volume
from tests.support.waiting import PATIENCE_S
from tests.support.zipkin import ZipkinSpan, ZipkinStore

Metadata = tuple[tuple[str, str], ...]

HOSPITAL, PAYER, CLAIM_MONTH = "1310000003", "01130012", "202406"
SUBMIT = "seikyu.claims.v1.ClaimService/SubmitClaim"
UPLOAD = "seikyu.claims.v1.ClaimService/SubmitUkeFile"
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


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """One platform, one journey."""
    often = {"SEIKYU_CONTROL_TOTALS_INTERVAL_S": "1"}
    with OtlpCollector() as collector, observed_platform(collector, trace_share=0.0, variables=often) as stack:
        yield asyncio.run(Journey(stack, collector, tmp_path_factory.mktemp("tracing")).run())


def claim_trace(told: Told, claim: claim_pb2.Claim, *, of: set[str]) -> list[ZipkinSpan]:
    """The claim's trace once it has spans of these names that hang on its `claim` span or its call."""
    return told.zipkin.wait_for(claim.trace_id, lambda spans: of <= {span.name for span in spans}, within_s=PATIENCE_S)


def named(spans: Sequence[ZipkinSpan], name: str) -> ZipkinSpan:
    (found,) = [span for span in spans if span.name == name]
    return found


def children(spans: Sequence[ZipkinSpan], parent: ZipkinSpan) -> Counter[tuple[str, str]]:
    return Counter((span.service, span.name) for span in spans if span.parent_id == parent.span_id)


def annotations(span: ZipkinSpan) -> list[str]:
    """The names of the span's events, in order."""
    return [text.split('"')[1] for text in span.annotations]


SINGLE_SPANS = {SUBMIT.lower(), "claim", "eligibility determine", "settlement post"}


def test_a_single_submission_is_one_trace_from_the_hospital_s_own_span_to_the_ledger(told: Told) -> None:
    spans = claim_trace(told, told.single, of=SINGLE_SPANS)

    call = named(spans, SUBMIT.lower())
    claim = named(spans, "claim")
    assert told.single.trace_id == trace_id_of(CALLER)
    assert (call.service, call.kind, call.parent_id) == ("claims", "SERVER", span_id_of(CALLER))
    assert (claim.service, claim.parent_id) == ("claims", call.span_id)
    assert children(spans, call) == {("claims", "transaction claims.intake"): 1, ("claims", "claim"): 1}
    assert children(spans, claim) == {("eligibility", "eligibility determine"): 1, ("settlement", "settlement post"): 1}


def test_the_claim_span_tells_when_each_stage_ended(told: Told) -> None:
    single = named(claim_trace(told, told.single, of=SINGLE_SPANS), "claim")
    coded = named(claim_trace(told, told.coded, of={*SINGLE_SPANS, "coding code"}), "claim")

    assert annotations(single) == ["received", "eligibility", "decided"]
    assert sorted(annotations(coded)) == ["coding", "decided", "eligibility", "received"]
    assert single.tags["seikyu.outcome"] == "approved"
    assert single.tags["seikyu.claim_id"] == told.single.claim_id
    assert single.duration_us > 0


def test_a_claim_with_a_diagnosis_as_text_takes_all_four_services_into_its_trace(told: Told) -> None:
    spans = claim_trace(told, told.coded, of={*SINGLE_SPANS, "coding code"})

    claim = named(spans, "claim")
    assert {span.service for span in spans} == {"claims", "eligibility", "coding", "settlement"}
    assert children(spans, claim) == {
        ("eligibility", "eligibility determine"): 1,
        ("coding", "coding code"): 1,
        ("settlement", "settlement post"): 1,
    }
    assert told.coded.coded_diagnoses[0].route == "exact"


@pytest.mark.parametrize("state", [RETURNED, PENDED])
def test_a_claim_of_a_file_that_is_not_paid_is_raised_from_there_on_and_linked_to_its_upload(
    told: Told, state: claim_pb2.ClaimState.ValueType
) -> None:
    claim = told.in_file(state)
    spans = claim_trace(told, claim, of={"claim", "settlement post"})

    root = named(spans, "claim")
    assert (root.service, root.parent_id, root.linked_trace_ids) == ("claims", "", (told.file_trace_id,))
    assert children(spans, root) == {("settlement", "settlement post"): 1}
    assert len(spans) == 2
    assert annotations(root) == ["received", "eligibility", "decided"]
    upload = claim_trace_of(told, told.file_trace_id, UPLOAD)
    assert (upload.service, upload.kind) == ("claims", "SERVER")


def claim_trace_of(told: Told, trace_id: str, name: str) -> ZipkinSpan:
    spans = told.zipkin.wait_for(trace_id, lambda found: name.lower() in {s.name for s in found}, within_s=PATIENCE_S)
    return named(spans, name.lower())


def test_a_returned_claim_of_a_batch_is_linked_to_its_call_and_the_approved_ones_leave_no_trace(told: Told) -> None:
    approved, returned = told.batch
    spans = claim_trace(told, returned, of={"claim", "settlement post"})

    assert named(spans, "claim").linked_trace_ids == (told.batch_trace_id,)
    assert (approved.state, returned.state) == (APPROVED, RETURNED)
    assert told.zipkin.trace(approved.trace_id) == []
    assert told.zipkin.trace(told.in_file(APPROVED).trace_id) == []


def test_each_stage_is_linked_to_the_batch_it_was_done_in_and_that_batch_to_its_claims(told: Told) -> None:
    stages = {
        "eligibility determine": "process claims.received",
        "coding code": "process coding.requested",
        "settlement post": "process claims.adjudicated",
    }
    spans = claim_trace(told, told.coded, of={*SINGLE_SPANS, "coding code"})

    for stage, batch_name in stages.items():
        span = named(spans, stage)
        (batch_id,) = span.linked_trace_ids
        batch = claim_trace_of(told, batch_id, batch_name)
        assert told.coded.trace_id in batch.linked_trace_ids
        assert (batch.kind, batch.service, batch.parent_id) == ("CONSUMER", span.service, "")


def test_the_store_s_page_offers_four_services_and_their_spans(told: Told) -> None:
    claim_trace(told, told.coded, of={*SINGLE_SPANS, "coding code"})

    assert set(told.zipkin.services()) == {"claims", "eligibility", "coding", "settlement"}
    assert {"claim", SUBMIT.lower(), UPLOAD.lower(), "process eligibility.determined"} <= set(
        told.zipkin.span_names("claims")
    )
    assert {"settlement post", "process claims.adjudicated"} <= set(told.zipkin.span_names("settlement"))
    assert {"coding code", "process coding.requested"} <= set(told.zipkin.span_names("coding"))


def test_ledger_entries_and_payer_s_events_name_the_claim_s_trace(told: Told) -> None:
    paid = [told.single, told.coded, told.batch[0], told.in_file(APPROVED)]
    payer_s = [each for each in told.records if each.topic == f"settlement.{PAYER}"]

    assert {each.claim_id: each.trace_id for each in told.entries} == {each.claim_id: each.trace_id for each in paid}
    assert {each.key.decode(): trace_id_of(each.header("traceparent")) for each in payer_s} == {
        each.claim_id: each.trace_id for each in paid
    }


def test_no_event_leaves_its_claim_s_span_and_none_lowers_the_flag(told: Told) -> None:
    order = ["claims.received", "eligibility.determined", "claims.adjudicated", f"settlement.{PAYER}"]
    for claim in (told.single, told.coded, *told.batch, *told.file):
        flags = {each.topic: is_raised(each.header("traceparent")) for each in told.of(claim)}
        spans = {span_id_of(each.header("traceparent")) for each in told.of(claim)}
        path = [flags[topic] for topic in order if topic in flags]

        assert len(spans) == 1
        assert path == sorted(path)
        assert path[-1] is (claim in (told.single, told.coded) or claim.state != APPROVED)


def test_a_dead_letter_raises_the_trace_it_lies_in(told: Told) -> None:
    (letter,) = [each for each in told.records if each.topic == "claims.adjudicated.dlq"]
    spans = told.zipkin.wait_for(trace_id_of(POISONED), bool, within_s=PATIENCE_S)

    assert letter.header("traceparent") == f"{POISONED[:-2]}01"
    (span,) = spans
    assert (span.service, span.name, span.parent_id) == ("settlement", "dead-letter", span_id_of(POISONED))
    assert span.tags["error.type"] == "unreadable"


def otlp_span(told: Told, name: str, *, linked_to: str = "", trace_id: str = "") -> SpanSeen:
    """The span of that name in that trace, or with a link to it, as OTLP brought it."""

    def found() -> list[SpanSeen]:
        return [
            span
            for span in told.collector.named(name)
            if trace_id in {"", span.trace_id} and (not linked_to or linked_to in {link for link, _ in span.links})
        ]

    return seen(found)[0]


def test_over_otlp_a_batch_s_link_names_the_claim_span_and_a_stage_s_link_the_transaction_in_it(told: Told) -> None:
    returned = told.in_file(RETURNED)
    claim = otlp_span(told, "claim", trace_id=returned.trace_id)
    post = otlp_span(told, "settlement post", trace_id=returned.trace_id)
    batch = otlp_span(told, "process claims.adjudicated", linked_to=returned.trace_id)
    work = otlp_span(told, "transaction consumer.settlement.claims-adjudicated", trace_id=batch.trace_id)
    upload = otlp_span(told, UPLOAD, trace_id=told.file_trace_id)

    assert claim.links == ((upload.trace_id, upload.span_id),)
    assert (returned.trace_id, claim.span_id) in batch.links
    assert post.links == ((batch.trace_id, work.span_id),)
    assert work.parent_id == batch.span_id
    assert post.parent_id == claim.span_id
    assert [event.name for event in claim.events] == ["received", "eligibility", "decided"]
    assert (claim.start_ns, claim.end_ns) == (claim.events[0].at_ns, claim.events[-1].at_ns)


def test_messaging_spans_follow_the_semantic_conventions(told: Told) -> None:
    process = otlp_span(told, "process claims.received", linked_to=told.coded.trace_id)
    send = otlp_span(told, "send claims.adjudicated", linked_to=told.coded.trace_id)

    assert (process.kind, send.kind) == ("CONSUMER", "PRODUCER")
    assert {name: process.attributes[name] for name in process.attributes if name.startswith("messaging.")} == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "claims.received",
        "messaging.consumer.group.name": "eligibility.claims-received",
        "messaging.batch.message_count": process.attributes["messaging.batch.message_count"],
    }
    assert int(str(process.attributes["messaging.batch.message_count"])) >= 1
    assert {name: send.attributes[name] for name in send.attributes if name.startswith("messaging.")} == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "claims.adjudicated",
        "messaging.batch.message_count": send.attributes["messaging.batch.message_count"],
    }


def test_rpc_and_database_spans_follow_the_semantic_conventions(told: Told) -> None:
    call = otlp_span(told, SUBMIT, trace_id=told.single.trace_id)
    intake = otlp_span(told, "transaction claims.intake", trace_id=told.single.trace_id)

    assert call.kind == "SERVER"
    assert call.attributes == {
        "rpc.system.name": "grpc",
        "rpc.method": SUBMIT,
        "rpc.response.status_code": "OK",
        "seikyu.caller.kind": "hospital",
    }
    assert intake.kind == "CLIENT"
    assert intake.attributes == {
        "db.system.name": "postgresql",
        "db.namespace": "claims",
        "db.operation.name": "transaction",
        "db.query.summary": "transaction claims.intake",
    }


def test_every_name_in_a_convention_s_namespace_is_one_of_the_convention(told: Told) -> None:
    otlp_span(told, "settlement post", trace_id=told.coded.trace_id)
    known = {
        "messaging.system",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.destination.name",
        "messaging.destination.partition.id",
        "messaging.consumer.group.name",
        "messaging.batch.message_count",
        "rpc.system.name",
        "rpc.method",
        "rpc.response.status_code",
        "db.system.name",
        "db.namespace",
        "db.operation.name",
        "db.query.summary",
        "error.type",
    }
    written = {name for span in told.collector.spans for name in span.attributes}
    written |= {name for point in told.collector.points for name in point.attributes}

    assert {name for name in written if not name.startswith("seikyu.")} <= known


def points(told: Told, metric: str, **labels: str) -> list[PointSeen]:
    """The latest points of a metric, one per service and set of attributes, once there is one with these labels."""
    wanted = {f"seikyu.{name}": value for name, value in labels.items()}

    def found() -> list[PointSeen]:
        latest = {
            (point.service, tuple(sorted(point.attributes.items()))): point
            for point in told.collector.points
            if point.metric == metric and wanted.items() <= point.attributes.items()
        }
        return list(latest.values())

    return seen(found)


def value(told: Told, metric: str, **labels: str) -> float:
    """The sum over the points."""
    return sum(point.value for point in points(told, metric, **labels))


def test_throughput_is_told_by_stage_and_outcome(told: Told) -> None:
    assert value(told, "seikyu.claims", stage="received", outcome="accepted") == CLAIMS
    assert value(told, "seikyu.claims", stage="decided", outcome="approved") == 4
    assert value(told, "seikyu.claims", stage="decided", outcome="returned") == 2
    assert value(told, "seikyu.claims", stage="decided", outcome="pended") == 1


def test_money_is_told_by_outcome_and_party_and_as_posted(told: Told) -> None:
    assert value(told, "seikyu.money", outcome="approved", party="insurer") == 4 * 511
    assert value(told, "seikyu.money", outcome="approved", party="patient") == 4 * 219
    assert value(told, "seikyu.ledger.posted", kind="share") == 4 * 511
    assert value(told, "seikyu.ledger.transfers", kind="share") == 4


def test_latency_is_told_for_each_stage(told: Told) -> None:
    counts = {
        stage: sum(point.count for point in points(told, "seikyu.claim.stage.duration", stage=stage))
        for stage in ("eligibility", "coding", "decided")
    }

    assert counts == {"eligibility": CLAIMS, "coding": 1, "decided": CLAIMS}


def test_coding_s_routes_dead_letters_outbox_age_and_lag_are_told(told: Told) -> None:
    assert value(told, "seikyu.coding.mentions", route="exact", outcome="coded") == 1
    assert value(told, "seikyu.events.dead_lettered", reason="unreadable") == 1
    assert {point.service for point in points(told, "seikyu.outbox.age", relay="outbox")} == {
        "claims",
        "eligibility",
        "coding",
        "settlement",
    }
    groups = {str(point.attributes["messaging.consumer.group.name"]) for point in points(told, "seikyu.consumer.lag")}
    assert groups == {
        "claims.eligibility-determined",
        "claims.coding-completed",
        "eligibility.claims-received",
        "coding.requests",
        "settlement.claims-adjudicated",
    }


def test_the_books_of_claims_and_settlement_do_not_differ(told: Told) -> None:
    found = points(told, "seikyu.control.difference", books="adjudicated_posted")
    found += points(told, "seikyu.control.difference", books="posted_announced")

    assert {str(point.attributes["seikyu.total"]) for point in found} == {"parts", "points", "yen"}
    assert {point.value for point in found} == {0.0}
    assert {point.service for point in found} == {"claims"}


def test_measures_of_calls_messages_and_transactions_carry_what_the_conventions_require(told: Told) -> None:
    required = {
        "rpc.server.call.duration": {"rpc.system.name": "grpc", "rpc.method": SUBMIT, "rpc.response.status_code": "OK"},
        "db.client.operation.duration": {"db.system.name": "postgresql", "db.operation.name": "transaction"},
        "messaging.client.consumed.messages": {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.destination.name": "claims.received",
            "messaging.consumer.group.name": "eligibility.claims-received",
        },
        "messaging.process.duration": {"messaging.system": "kafka", "messaging.operation.name": "process"},
        "messaging.client.sent.messages": {"messaging.system": "kafka", "messaging.operation.name": "send"},
        "messaging.client.operation.duration": {"messaging.system": "kafka", "messaging.operation.name": "send"},
    }

    for metric, attributes in required.items():
        assert any(attributes.items() <= point.attributes.items() for point in points(told, metric)), metric
