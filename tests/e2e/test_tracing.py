"""Claims' traces through the four real services, read from Zipkin's API as its page does and from OTLP as it arrives.

The share of traced claims is 0: what is written is what single submissions and raised flags cause, and nothing else.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from seikyu.claims.v1 import claim_pb2

from services.shared.chassis.traceparent import is_raised, span_id_of, trace_id_of
from tests.support.observed import observed_platform
from tests.support.otlp_collector import OtlpCollector, PointSeen, SpanSeen
from tests.support.traced_journey import (
    APPROVED,
    CALLER,
    CLAIMS,
    PAYER,
    PENDED,
    POISONED,
    RETURNED,
    Journey,
    Told,
)
from tests.support.waiting import PATIENCE_S, seen
from tests.support.zipkin import ZipkinSpan

SUBMIT = "seikyu.claims.v1.ClaimService/SubmitClaim"
UPLOAD = "seikyu.claims.v1.ClaimService/SubmitUkeFile"


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


def test_the_batches_that_decided_and_published_a_claim_are_linked_to_its_span(told: Told) -> None:
    claim = otlp_span(told, "claim", trace_id=told.coded.trace_id)
    answered = otlp_span(told, "process eligibility.determined", linked_to=told.coded.trace_id)
    coded = otlp_span(told, "process coding.completed", linked_to=told.coded.trace_id)
    published = otlp_span(told, "send settlement.*", linked_to=told.coded.trace_id)

    for batch in (answered, coded, published):
        assert (claim.trace_id, claim.span_id) in batch.links
        assert claim.trace_id in str(batch.attributes["seikyu.linked_trace_ids"])
        assert batch.trace_id != claim.trace_id


def test_messaging_spans_follow_the_semantic_conventions(told: Told) -> None:
    process = otlp_span(told, "process claims.received", linked_to=told.coded.trace_id)
    send = otlp_span(told, "send eligibility.determined", linked_to=told.coded.trace_id)

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
        "messaging.destination.name": "eligibility.determined",
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
        "coding.advice",
        "coding.backlog",
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
