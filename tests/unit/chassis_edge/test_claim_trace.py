from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.shared.chassis.claim_trace import ClaimJourney, ClaimTraces
from services.shared.chassis.spans import SpanEvent, SpanWriter
from services.shared.chassis.traceparent import is_raised, is_traceparent, raise_flag, span_id_of, trace_id_of

RPC = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01"
OTHER = "00-cccccccccccccccccccccccccccccccc-dddddddddddddddd-01"


def traces(share: float = 0.5, *draws: float) -> tuple[ClaimTraces, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    writer = SpanWriter(Resource.create({"service.name": "claims"}), SimpleSpanProcessor(exporter))
    drawn = iter(draws)
    return ClaimTraces(writer, share, lambda: next(drawn)), exporter


def ids(span: ReadableSpan) -> tuple[str, str, str]:
    assert span.context is not None
    parent = f"{span.parent.span_id:016x}" if span.parent is not None else ""
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}", parent


def test_a_share_of_a_batch_starts_raised_and_each_claim_has_its_own_trace() -> None:
    claims, _ = traces(0.01, 0.5, 0.009, 0.01)

    begun = claims.begin(3)

    assert [is_raised(each) for each in begun] == [False, True, False]
    assert all(is_traceparent(each) for each in begun)
    assert len({trace_id_of(each) for each in begun}) == 3


def test_a_claim_submitted_alone_is_raised_and_continues_the_call_s_trace() -> None:
    claims, _ = traces()

    begun = claims.begin_single(RPC)

    assert is_raised(begun)
    assert trace_id_of(begun) == trace_id_of(RPC)


def test_a_stage_of_an_unraised_claim_writes_nothing() -> None:
    claims, exporter = traces(0.0, 0.9)
    (claim,) = claims.begin(1)

    claims.stage("determine eligibility", claim, start_ns=1)

    assert exporter.get_finished_spans() == ()


def test_a_stage_is_a_child_of_the_claim_span_that_is_written_later() -> None:
    claims, exporter = traces()
    claim = claims.begin_single(None)

    claims.stage("determine eligibility", claim, start_ns=10, end_ns=20, attributes={"seikyu.outcome": "covered"})
    claims.finish(ClaimJourney(traceparent=claim, start_ns=5, end_ns=30))

    stage, whole = exporter.get_finished_spans()
    assert ids(stage)[0] == ids(whole)[0] == trace_id_of(claim)
    assert ids(stage)[2] == ids(whole)[1] == span_id_of(claim)
    assert (stage.start_time, stage.end_time, whole.start_time, whole.end_time) == (10, 20, 5, 30)


def test_of_a_batch_only_the_raised_claims_are_asked_for_attributes() -> None:
    claims, exporter = traces(0.5, 0.9, 0.1, 0.9)
    asked: list[int] = []

    def attributes_of(index: int) -> dict[str, int]:
        asked.append(index)
        return {"seikyu.place": index}

    written = claims.stages("post", claims.begin(3), start_ns=1, attributes_of=attributes_of, links=[OTHER])

    (span,) = exporter.get_finished_spans()
    assert (written, asked) == (1, [1])
    assert span.attributes is not None
    assert span.attributes["seikyu.place"] == 1
    assert span.attributes["seikyu.linked_trace_ids"] == (trace_id_of(OTHER),)


def test_the_claim_span_of_a_single_submission_is_a_child_of_its_call() -> None:
    claims, exporter = traces()
    claim = claims.begin_single(RPC)

    claims.finish(ClaimJourney(traceparent=claim, start_ns=1, end_ns=2, origin=RPC))

    (span,) = exporter.get_finished_spans()
    assert ids(span) == (trace_id_of(RPC), span_id_of(claim), span_id_of(RPC))
    assert not span.links


def test_the_claim_span_of_a_batch_is_linked_to_its_call_and_tells_the_stages() -> None:
    claims, exporter = traces(0.5, 0.9)
    (claim,) = claims.begin(1)

    claims.finish(
        ClaimJourney(
            traceparent=raise_flag(claim),
            start_ns=1,
            end_ns=9,
            origin=OTHER,
            stages=[SpanEvent(name="received", at_ns=1), SpanEvent(name="adjudicated", at_ns=9)],
            attributes={"seikyu.outcome": "returned"},
        )
    )

    (span,) = exporter.get_finished_spans()
    assert ids(span)[2] == ""
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [trace_id_of(OTHER)]
    assert [(event.name, event.timestamp) for event in span.events] == [("received", 1), ("adjudicated", 9)]
