"""What really leaves a process: asserted on OTLP as a collector receives it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.shared.chassis.claim_trace import ClaimJourney
from services.shared.chassis.exporters import UnknownExporter
from services.shared.chassis.messages import Announcement, DeadLetterReason, Event
from services.shared.chassis.metrics import Count, Duration
from services.shared.chassis.observers import ConsumerWatch, RelayWatch
from services.shared.chassis.spans import SpanEvent, current_traceparent
from services.shared.chassis.telemetry import BATCH_SPANS_PER_S, Telemetry
from services.shared.chassis.traceparent import new_traceparent, span_id_of, trace_id_of
from tests.support.echo_service import EchoClient, EchoServicer, Spoken, Word
from tests.support.edge import serving
from tests.support.otlp_collector import OtlpCollector


async def test_a_single_submission_is_one_trace_from_the_call_to_the_claim_span(
    tmp_path: Path, collector: OtlpCollector
) -> None:
    telemetry = Telemetry.configure("claims", share=0.0)
    begun: list[str] = []

    async def submit(word: Spoken) -> Spoken:
        begun.append(telemetry.claims.begin_single(current_traceparent()))
        return word

    async with (
        serving(tmp_path, telemetry, EchoServicer(say=submit)) as edge,
        edge.token_channel(edge.token("hospital:1310000001")) as channel,
    ):
        await EchoClient(channel).say(Word(text="claim"))
    settlement = Telemetry.configure("settlement", share=0.0)
    settlement.claims.stage("post transfers", begun[0], start_ns=20, end_ns=30)
    rpc = "00-" + trace_id_of(begun[0]) + "-1234567890abcdef-01"
    telemetry.claims.finish(
        ClaimJourney(
            traceparent=begun[0], start_ns=10, end_ns=40, origin=rpc, stages=[SpanEvent(name="received", at_ns=10)]
        )
    )
    telemetry.shutdown()
    settlement.shutdown()

    call, claim = collector.span("seikyu.test.v1.EchoService/Say"), collector.span("claim")
    post = collector.span("post transfers")
    assert {span.trace_id for span in (call, claim, post)} == {trace_id_of(begun[0])}
    assert (call.service, claim.service, post.service) == ("claims", "claims", "settlement")
    assert (claim.span_id, claim.parent_id) == (span_id_of(begun[0]), "1234567890abcdef")
    assert post.parent_id == claim.span_id
    assert [event.name for event in claim.events] == ["received"]
    assert (call.kind, call.attributes["rpc.system.name"], call.attributes["rpc.method"]) == (
        "SERVER",
        "grpc",
        "seikyu.test.v1.EchoService/Say",
    )
    assert call.attributes["rpc.response.status_code"] == "OK"


async def test_a_call_continues_the_trace_of_its_caller(tmp_path: Path, collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("edge", share=0.0)
    async with (
        serving(tmp_path, telemetry) as edge,
        edge.token_channel(edge.token("hospital:1310000001")) as channel,
    ):
        with telemetry.batch_span("sweep", traceparents=[new_traceparent(raised=True)]) as span:
            assert span.is_written
            stream = EchoClient(channel).count(Word(text="a", times=1))
            assert [word.times async for word in stream] == [0]
    telemetry.shutdown()

    sweep, call = collector.span("sweep"), collector.span("seikyu.test.v1.EchoService/Count")
    assert (call.trace_id, call.parent_id) == (sweep.trace_id, sweep.span_id)


def test_no_export_batch_mixes_two_services(collector: OtlpCollector) -> None:
    services = [Telemetry.configure(name, share=1.0) for name in ("claims", "eligibility")]
    for _ in range(5):
        for telemetry in services:
            with telemetry.child_span("work"):
                pass
    for telemetry in services:
        telemetry.shutdown()

    by_batch = {(span.batch, span.service) for span in collector.spans}
    assert len(collector.spans) == 10
    assert len({batch for batch, _ in by_batch}) == len(by_batch)


def test_a_consumed_batch_is_a_span_of_its_own_linked_to_the_raised_events(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("eligibility", share=0.0)
    raised, other = new_traceparent(raised=True), new_traceparent(raised=False)
    events = [event(raised, 1), event(other, 2)]
    watch = ConsumerWatch(telemetry, "eligibility")

    with watch.applying(events):
        telemetry.claims.stage("determine eligibility", raised, start_ns=1, links=[current_traceparent() or ""])
    watch.batch_applied(events, 0.25)
    telemetry.shutdown()

    batch, stage = collector.span("process claims.received"), collector.span("determine eligibility")
    assert (batch.kind, batch.parent_id) == ("CONSUMER", "")
    assert batch.links == ((trace_id_of(raised), span_id_of(raised)),)
    assert batch.attributes["seikyu.linked_trace_ids"] == (trace_id_of(raised),)
    assert batch.attributes["messaging.batch.message_count"] == 2
    assert batch.attributes["messaging.consumer.group.name"] == "eligibility"
    assert not [name for name in batch.attributes if name.startswith("messaging.kafka.message")]
    assert stage.links == ((batch.trace_id, batch.span_id),)
    consumed = collector.last("messaging.client.consumed.messages", messaging__destination__name="claims.received")
    assert consumed.value == 2
    assert collector.last("messaging.process.duration").value == 0.25


def test_a_dead_letter_is_counted_and_raises_the_claim_s_trace(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("settlement", share=0.0)
    unraised = new_traceparent(raised=False)

    ConsumerWatch(telemetry, "settlement").dead_lettered(event(unraised, 7), DeadLetterReason.INVALID)
    telemetry.shutdown()

    span = collector.span("dead-letter")
    assert (span.trace_id, span.parent_id, span.is_error) == (trace_id_of(unraised), span_id_of(unraised), True)
    assert collector.last("seikyu.events.dead_lettered", seikyu__reason="invalid").value == 1


def test_the_outbox_s_age_is_told_and_a_payer_s_topic_is_no_label(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("settlement", share=0.0)
    RelayWatch(telemetry, "outbox").oldest_age(12.5)
    RelayWatch(telemetry, "streams").oldest_age(0.5)
    paid = Event("settlement.06132013", 0, 1, "key", b"", [("traceparent", b"")])

    ConsumerWatch(telemetry, "payer").batch_applied([paid], 0.01)
    telemetry.shutdown()

    assert collector.last("seikyu.outbox.age", seikyu__relay="outbox").value == 12.5
    assert collector.last("seikyu.outbox.age", seikyu__relay="streams").value == 0.5
    consumed = collector.last("messaging.client.consumed.messages")
    assert consumed.attributes["messaging.destination.name"] == "settlement.*"
    assert b"06132013" not in collector.raw


def test_above_the_rate_batches_are_written_by_share_alone(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("claims", share=0.0)
    raised = new_traceparent(raised=True)
    for _ in range(40 * BATCH_SPANS_PER_S):
        with telemetry.batch_span("transaction", traceparents=[raised]):
            pass
    telemetry.shutdown()

    assert BATCH_SPANS_PER_S <= len(collector.named("transaction")) <= 2 * BATCH_SPANS_PER_S


def test_an_exception_leaves_its_type_and_never_its_message(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("claims", share=1.0)

    with pytest.raises(ValueError, match="19500101"), telemetry.child_span("work", attributes={"text": "架空　花子"}):
        raise ValueError("架空　花子 19500101")
    telemetry.shutdown()

    assert collector.span("work").attributes["error.type"] == "ValueError"
    assert collector.span("work").is_error
    assert collector.span("work").attributes["text"] == "[redacted]"
    assert "架空".encode() not in collector.raw
    assert b"19500101" not in collector.raw


def test_money_and_latency_are_told_by_outcome_and_stage(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("claims", share=0.0)

    telemetry.metrics.add(Count.MONEY, 61_495, outcome="approved", party="insurer")
    telemetry.metrics.record_all(Duration.STAGE, [0.1, 0.2, 0.3], stage="adjudicated")
    telemetry.shutdown()

    money, latency = collector.last("seikyu.money"), collector.last("seikyu.claim.stage.duration")
    assert (money.value, money.attributes["seikyu.outcome"]) == (61_495, "approved")
    assert (latency.count, round(latency.value, 6)) == (3, 0.6)


def test_an_exporter_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "carrier-pigeon")

    with pytest.raises(UnknownExporter, match=r"OTEL_TRACES_EXPORTER.*carrier-pigeon"):
        Telemetry.configure("claims")


def test_a_collector_that_is_away_does_not_hold_the_process_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with OtlpCollector() as gone:
        environment = gone.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    telemetry = Telemetry.configure("claims", share=1.0)

    with telemetry.child_span("work"):
        pass
    telemetry.shutdown()

    assert gone.spans == []


def event(traceparent: str, offset: int) -> Event:
    return Event("claims.received", 0, offset, "clm_1", b"x", [("traceparent", traceparent.encode())])


def test_a_batch_sent_to_the_broker_is_counted_by_topic_once_it_is_acknowledged(collector: OtlpCollector) -> None:
    telemetry = Telemetry.configure("claims", share=0.0)
    watch = RelayWatch(telemetry, "outbox")
    raised = new_traceparent(raised=True)
    batch = [announcement("claims.received", raised), announcement("coding.requested", raised)]

    with watch.publishing(batch):
        pass
    with pytest.raises(ConnectionError), watch.publishing(batch):
        raise ConnectionError
    telemetry.shutdown()

    sent, failed = collector.named("send mixed")
    assert (sent.kind, sent.is_error, failed.is_error) == ("PRODUCER", False, True)
    assert collector.last("messaging.client.sent.messages", messaging__destination__name="claims.received").value == 1


def announcement(topic: str, traceparent: str) -> Announcement:
    return Announcement(
        topic=topic,
        key="clm_1",
        event_id="evt_1",
        type="seikyu.claims.v1.ClaimReceived",
        source="claims",
        subject="clm_1",
        traceparent=traceparent,
        value=b"",
        time=datetime(2026, 1, 1, tzinfo=UTC),
    )
